"""The head: what kind of statement this is, and the headline numbers with the arithmetic under each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.html import Child, Html, join, prose, tag
from gigacampus.report.view import STATUSES, View

STATUS_WORDS = {
    "official": "stated by a party to the deal or a regulator", "reported": "reported by the press or a vendor",
    "estimate": "estimated by a third party", "opinion": "somebody's opinion", "alleged": "alleged",
    "assumption": "assumed by this scenario",
}  # fmt: skip


class Card(NamedTuple):
    """One headline number and how it comes about."""

    label: str
    value: str
    beside: str
    how: str


def statement(view: View) -> Html:
    """What kind of statement the report is: ranges, sources, movers, the record's last day, variants."""
    known = view.meta["known_as_of"]
    kind = join(
        tag("strong", "A simulation, not a forecast. "),
        "Where inputs are ranges, the range runs from P10 to P90 of what their sources say; it does not say how likely "
        "the outcome is. ",
        f"Until {known} the report shows the record; what comes after is projection.",
    )
    parts = [tag("p", kind), _statuses(view), _movers(view), _variants(view), _warnings(view)]
    return tag("aside", *parts, class_="statement", aria_label="What kind of statement this is")


def _statuses(view: View) -> Html | None:
    counts = view.results.summary.get("inputs_by_status") or {}
    total = sum(counts.values())
    if not total:
        return None
    present = [status for status in STATUSES if counts.get(status)]
    bar = [
        tag("span", class_=f"s-{status}", style=f"flex-grow:{counts[status]}", title=f"{counts[status]} {status}")
        for status in present
    ]
    words = [
        tag(
            "span",
            tag("i", class_=f"s-{status}"),
            f" {counts[status]:,} {status}",
            title=STATUS_WORDS[status],
            class_="key",
        )
        for status in present
    ]
    summary = view.results.summary
    rest = f"{summary.get('default_inputs', 0):,} are defaults, {summary.get('stale_inputs', 0):,} are flagged stale."
    return tag(
        "div", tag("p", tag("a", f"{total:,} inputs", href="#inputs"), ": ", words, " ", rest, class_="keys"),
        tag("div", bar, class_="status-bar", aria_hidden="true"),
    )  # fmt: skip


def _movers(view: View) -> Html | None:
    """The three that move the results most: of the build-out where the run sampled it, else of the cost."""
    movers = [one for one in view.results.summary.get("movers") or [] if isinstance(one, dict)][:3]
    items = [_mover(one) for one in movers]
    said = "The inputs that move the results most, each alone from its P10 to its P90:"
    if not items and view.has("cost_movers"):
        rows = sorted(view.table("cost_movers").rows(), key=_swing, reverse=True)[:3]
        items = [_cost_mover(row) for row in rows if row["low"] == row["low"]]
        said = "The inputs that move the cost of a GPU-hour most, each alone from its P10 to its P90:"
    return tag("div", tag("p", said), tag("ol", [tag("li", one) for one in items])) if items else None


def _swing(row: dict[str, Any]) -> float:
    return float(abs(row["high_usd_per_gpu_h"] - row["low_usd_per_gpu_h"]))


def _cost_mover(row: dict[str, Any]) -> Html:
    ends = sorted((row["low_usd_per_gpu_h"], row["high_usd_per_gpu_h"]))
    return join(tag("code", row["input"]), f": {numbers.money(ends[0])} to {numbers.money(ends[1])}")


def _mover(one: dict[str, Any]) -> Html:
    text = f" = {one['text']}" if one.get("text") else ""
    metric = str(one.get("metric", "live_chips")).replace("_", " ")
    ends = [float(end) for end in (one.get("low"), one.get("high")) if isinstance(end, (int, float))]
    effect = " to ".join(f"{'+' if end > 0 else ''}{numbers.large(end)}" for end in sorted(ends)).replace("-", "−")
    return join(tag("code", str(one.get("path", ""))), text, f": {metric} {effect}" if len(ends) == 2 else "")


def _variants(view: View) -> Html | None:
    if not view.has("variants"):
        return None
    rows = list(view.table("variants").rows())
    on = [row for row in rows if row["is_active"]]
    alleged = [row["variant"] for row in rows if row["status"] == "alleged" and not row["is_active"]]
    said: list[Child] = []
    if on:
        said.append("Variants turned on: ")
        for position, row in enumerate(on):
            mark = tag("span", "alleged", class_="flag") if row["status"] == "alleged" else None
            said += ["; " if position else "", tag("strong", row["variant"]), f" ({row['title']}) ", mark]
        said.append(". ")
    else:
        said.append("The base case: no variant is turned on. ")
    if alleged:
        said.append(f"Alleged, and off, so that nothing here rests on them: {', '.join(alleged)}.")
    return tag("p", said)


def _warnings(view: View) -> Html | None:
    warnings = view.meta.get("warnings") or []
    if not warnings:
        return None
    items = tag("ul", [tag("li", prose(text)) for text in warnings])
    count = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return tag("details", tag("summary", f"{count} from the deal's rules"), items)


def cards(view: View) -> Html:
    """The headline numbers, each with the arithmetic under it."""
    made = [card for maker in (_chips, _h100e, _power, _energy, _pue, _water, _carbon, _cost) if (card := maker(view))]
    shown = [
        tag(
            "div", tag("p", card.label, class_="label"), tag("p", card.value, class_="value"),
            tag("p", card.beside, class_="beside"),
            tag("details", tag("summary", "how"), tag("p", card.how)), class_="card",
        ) for card in made
    ]  # fmt: skip
    return tag("div", *shown, class_="cards", id="numbers", role="group", aria_label="Headline numbers")


def _end(view: View) -> str:
    return str(view.meta["end"])[:7]


def _chips(view: View) -> Card | None:
    live = view.number("live_chips")
    if live is None:
        return None
    known = view.number("live_chips_known")
    return Card(
        "chips live", numbers.count(live), f"end of {_end(view)}; {numbers.count(known)} on record",
        f"live_chips in the last row of buildout_months: chips cleared ({numbers.count(view.number('cleared_chips'))}) "
        "that have arrived, stand in an energised hall and are through commissioning.",
    )  # fmt: skip


def _h100e(view: View) -> Card | None:
    value, live = view.number("live_h100e"), view.number("live_chips")
    if value is None or not live:
        return None
    return Card(
        "H100 equivalents", numbers.large(value), f"{numbers.figure(value / live)} H100e a chip",
        "Live chips times each model's dense 8-bit rate over that of an H100 SXM.",
    )  # fmt: skip


def _power(view: View) -> Card | None:
    value = view.number("provisioned_it_w")
    if value is None:
        return None
    beside = f"IT, end of {_end(view)}"
    if view.has("flows_months"):
        months = view.table("flows_months")
        seconds = np.diff(view.edges_s)
        drawn = float(months["it_j"][-1] / seconds[-1])
        beside = f"of IT; {numbers.power(drawn)} really drawn"
    per_chip = ", ".join(f"{chip}: {numbers.power(w)}" for chip, w in view.meta.get("chip_it_w", {}).items())
    return Card(
        "provisioned power", numbers.power(value), beside,
        f"Live chips times provisioned IT power per chip, network and storage included ({per_chip}). "
        "Drawn is the mean of the last month.",
    )  # fmt: skip


def _energy(view: View) -> Card | None:
    value, peak = view.number("facility_energy_j"), view.number("peak_facility_w")
    if value is None:
        return None
    return Card(
        "energy at the meter", numbers.energy(value), f"over the horizon; peak hour {numbers.power(peak)}",
        "Sum of facility_j over flows_months: IT, conversion losses, cooling and house load, integrated between events.",
    )  # fmt: skip


def _pue(view: View) -> Card | None:
    value = view.number("pue_mean")
    if value is None:
        return None
    it_j, facility_j = view.number("it_energy_j"), view.number("facility_energy_j")
    return Card(
        "PUE, mean", numbers.figure(value, 4), "facility over IT energy",
        f"{numbers.energy(facility_j, 4)} at the meter over {numbers.energy(it_j, 4)} of IT.",
    )  # fmt: skip


def _water(view: View) -> Card | None:
    value, rate = view.number("water_l"), view.number("wue_l_per_kwh")
    if value is None:
        return None
    return Card(
        "water on site", numbers.volume(value), f"{numbers.figure(rate)} L per kWh of IT",
        "Sum of water_l over flows_months; water used to make the electricity is not in it.",
    )  # fmt: skip


def _carbon(view: View) -> Card | None:
    value, rate = view.number("carbon_kg"), view.number("carbon_kg_per_kwh")
    if value is None:
        return None
    boundary = view.meta.get("carbon_boundary") or "the scenario's boundary"
    return Card(
        "CO₂ of energy", numbers.mass(value), f"{numbers.count(None if rate is None else rate * 1e3)} g per kWh at the meter",
        f"Energy of each source times its intensity. Boundary: {boundary}.",
    )  # fmt: skip


def _cost(view: View) -> Card | None:
    value = view.number("usd_per_gpu_h")
    if value is None:
        return None
    return Card(
        "cost of a useful GPU-hour", numbers.money(value), f"{numbers.money(view.number('usd_per_h100e_h'))} per H100e-hour",
        f"{numbers.money(view.number('cost_usd'))} of levelised capital, energy, water and operation over the useful "
        "GPU-hours delivered (tenant_cost).",
    )  # fmt: skip
