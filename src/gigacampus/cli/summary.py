"""What a run prints: a dozen lines that answer the first questions."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from gigacampus import units

if TYPE_CHECKING:
    from gigacampus.results import Results
    from gigacampus.scenario import Scenario


def lines(scenario: Scenario, found: Results) -> list[str]:
    """The headline numbers of a run as aligned lines; what the run has no number for is left out."""
    told = [scenario.title, f"  {scenario.start} to {scenario.end}, record until {scenario.known_as_of}"]
    if scenario.applied:
        marks = [f"{name} ({scenario.variants[name].status})" for name in scenario.applied]
        told.append(f"  variants: {', '.join(marks)}")
    is_own = any(one.mix is not None and one.mix.log for one in scenario.tenants.values())
    said = "" if is_own else ", illustrative: the tenants' real jobs are not public"
    rows = [(label, text) for label, text in _rows(found.summary, said) if text]
    width = max((len(label) for label, _ in rows), default=0)
    statements = [f"  {line}" for one in found.summary.get("statements") or [] for line in _wrapped(one)]
    return [
        *told,
        "",
        *(f"  {label:<{width}}  {text}" for label, text in rows),
        *([""] if statements else []),
        *statements,
    ]


def warnings(found: Results) -> str:
    """What looks like a mistake in the deal, rests on a rule that nobody re-checked, or was mended: a line each."""
    return "\n".join(f"warning: {one}" for one in found.meta.get("warnings") or [])


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, 110, initial_indent="- ", subsequent_indent="  ")


def _carbon(summary: dict[str, Any]) -> str:
    """Intensity by the sources that serve the campus, and beside it by the grid's own mix."""
    own, mix = summary.get("carbon_kg_per_kwh"), summary.get("facility", {}).get("carbon_at_grid_mix_kg_per_kwh")
    if own is None:
        return ""
    return f"{1e3 * own:.0f} g by its sources" + (f", {1e3 * mix:.0f} g at the grid's mix" if mix is not None else "")


def _of_accounts(summary: dict[str, Any], name: str) -> str:
    value = summary.get("accounts", {}).get(name)
    return "" if value is None else units.human(float(value), "USD")


def _whole_cost(summary: dict[str, Any]) -> str:
    """Levelised cost, chips that are nobody's to use included."""
    whole, hour = (_of_accounts(summary, f"levelised_{name}") for name in ("cost_usd", "usd_per_gpu_h"))
    return f"{whole}, {hour} per GPU-hour" if whole and hour else whole


def _rows(summary: dict[str, Any], said: str) -> list[tuple[str, str]]:
    def of(name: str, unit: str, scale: float = 1.0) -> str:
        value = summary.get(name)
        return "" if value is None else units.human(float(value) * scale, unit)

    binding = summary.get("binding_months") or {}
    held = sorted(binding.items(), key=lambda one: (-one[1], one[0]))
    statuses = summary.get("inputs_by_status") or {}
    return [
        ("live chips at the end", of("live_chips", "chips")),
        ("  in H100e", of("live_h100e", "H100e")),
        ("  provisioned IT power", of("provisioned_it_w", "W")),
        ("  on the record", of("live_chips_known", "chips")),
        ("what binds, in months", ", ".join(f"{name} {months}" for name, months in held)),
        ("jobs", f"{int(summary['jobs']):,}{said}" if "jobs" in summary else ""),
        ("  never to fit", f"{summary['unplaced_jobs']:,}" if summary.get("unplaced_jobs") else ""),
        ("  length known ahead", _clairvoyant(summary)),
        ("mean wait", of("wait_mean_s", "s")),
        ("utilisation", of("utilisation_fraction", "%", 100.0)),
        ("goodput", of("goodput_fraction", "%", 100.0)),
        ("energy at the meter", of("facility_energy_j", "J")),
        ("  highest hour", of("peak_facility_w", "W")),
        ("PUE", of("pue_mean", "one")),
        ("water", of("water_l", "m3", 1.0 / units.L_PER_M3)),
        ("carbon", of("carbon_kg", "t", 1e-3)),
        ("  per kWh", _carbon(summary)),
        ("cost, idle chips apart", of("cost_usd", "USD")),
        ("  per GPU-hour", of("usd_per_gpu_h", "USD")),
        ("  per H100e-hour", of("usd_per_h100e_h", "USD")),
        ("  with idle chips", _whole_cost(summary)),
        ("  per exaFLOP-day", _of_accounts(summary, "usd_per_exaflop_day")),
        ("  per million tokens", _of_accounts(summary, "usd_per_million_tokens")),
        ("matching money due", of("matching_due_usd", "USD")),
        ("inputs by status", ", ".join(f"{name} {number}" for name, number in sorted(statuses.items()))),
    ]


def _clairvoyant(summary: dict[str, Any]) -> str:
    """Share of the jobs whose expected length is exactly their run time."""
    share = (summary.get("engine") or {}).get("clairvoyant_jobs_fraction")
    return "" if share is None else units.human(float(share) * 100.0, "%")
