"""The headline numbers, with the arithmetic under each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigacampus.report import numbers
from gigacampus.report.html import Html, tag
from gigacampus.report.listing import rests
from gigacampus.report.sections import under
from gigacampus.report.sections.made_of import IDLE
from gigacampus.report.view import View


class Card(NamedTuple):
    """One headline number and how it comes about."""

    label: str
    value: str
    beside: str
    how: str
    topic: str
    """What it belongs to, a key of `lineage.TOPICS`."""
    course: Any = None
    """The same by month, for a small line without axes; None where it has none."""


def cards(view: View) -> Html:
    """The headline numbers, each with the arithmetic under it."""
    made = [card for maker in (_chips, _h100e, _power, _energy, _pue, _water, _carbon, _cost) if (card := maker(view))]
    shown = [
        tag(
            "div",
            tag("p", card.label, class_="label"),
            tag("p", card.value, class_="value"),
            tag("p", card.beside, class_="beside"),
            None if card.course is None else spark(np.asarray(card.course, dtype=np.float64)),
            tag(
                "details",
                tag("summary", "how"),
                tag("p", card.how),
                rests(card.topic),
                under.ranges(view, card.topic),
                class_="how",
            ),
            class_="card",
        )
        for card in made
    ]
    return tag("div", *shown, class_="cards", id="numbers", role="group", aria_label="Headline numbers")


WIDE, HIGH = 120, 22


def spark(values: NDArray[np.float64]) -> Html | None:
    """A small line of monthly values, drawn as steps from the lowest to the highest; None where nothing changes."""
    known = values[np.isfinite(values)]
    if len(known) < 3 or known.max() == known.min():
        return None
    low = min(0.0, known.min()) if known.min() < 0.6 * known.max() else known.min()
    x = np.linspace(0, WIDE, len(values) + 1)
    y = HIGH - (HIGH - 1) * (values - low) / (known.max() - low)
    path, pen = [], "M"
    for k, at in enumerate(y):
        if not np.isfinite(at):
            pen = "M"
            continue
        path.append(f"{pen}{x[k]:.1f} {at:.1f}H{x[k + 1]:.1f}")
        pen = "L"
    line = tag("path", d="".join(path))
    return tag(
        "svg", line, class_="spark", viewBox=f"0 0 {WIDE} {HIGH + 1}", preserveAspectRatio="none", aria_hidden="true"
    )


def _monthly(view: View, table: str, column: str) -> Any:
    return view.table(table)[column] if view.has(table) and column in view.table(table).spec.names else None


def _end(view: View) -> str:
    return str(view.meta["end"])[:7]


def _chips(view: View) -> Card | None:
    live = view.number("live_chips")
    if live is None:
        return None
    known = view.number("live_chips_known")
    return Card(
        "chips live",
        numbers.count(live),
        f"end of {_end(view)}; {numbers.count(known)} on record",
        f"live_chips in the last row of buildout_months: chips cleared ({numbers.count(view.number('cleared_chips'))}) "
        "that have arrived, stand in an energised hall and are through commissioning.",
        "live",
        _monthly(view, "buildout_months", "live_chips"),
    )


def _h100e(view: View) -> Card | None:
    value, live = view.number("live_h100e"), view.number("live_chips")
    if value is None or not live:
        return None
    return Card(
        "H100 equivalents",
        numbers.large(value),
        f"{numbers.figure(value / live)} H100e a chip",
        "Live chips times each model's dense 8-bit rate over that of an H100 SXM.",
        "live",
        _monthly(view, "buildout_months", "live_h100e"),
    )


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
        "provisioned power",
        numbers.power(value),
        beside,
        f"Live chips times provisioned IT power per chip, network and storage included ({per_chip}). "
        "Drawn is the mean of the last month.",
        "live",
        _monthly(view, "buildout_months", "live_it_w"),
    )


def _energy(view: View) -> Card | None:
    value, peak = view.number("facility_energy_j"), view.number("peak_facility_w")
    if value is None:
        return None
    return Card(
        "energy at the meter",
        numbers.energy(value),
        f"over the horizon; peak hour {numbers.power(peak)}",
        (
            "Sum of facility_j over flows_months: IT, conversion losses, "
            "cooling and house load, integrated between events."
        ),
        "power",
        _monthly(view, "flows_months", "facility_j"),
    )


def _pue(view: View) -> Card | None:
    value = view.number("pue_mean")
    if value is None:
        return None
    it_j, facility_j = view.number("it_energy_j"), view.number("facility_energy_j")
    return Card(
        "PUE, mean",
        numbers.figure(value, 4),
        "facility over IT energy",
        f"{numbers.energy(facility_j, 4)} at the meter over {numbers.energy(it_j, 4)} of IT.",
        "power",
        _monthly(view, "flows_months", "pue_fraction"),
    )


def _water(view: View) -> Card | None:
    value, rate = view.number("water_l"), view.number("wue_l_per_kwh")
    if value is None:
        return None
    return Card(
        "water on site",
        numbers.volume(value),
        f"{numbers.figure(rate)} L per kWh of IT",
        "Sum of water_l over flows_months; water used to make the electricity is not in it.",
        "power",
        _monthly(view, "flows_months", "water_l"),
    )


def _costs(view: View) -> Any:
    """Levelised dollars a useful GPU-hour by month, of the tenants' chips."""
    if not view.has("cost_parts", "usage"):
        return None
    hours = view.per_month("usage", "useful_gpu_h")
    parts = view.table("cost_parts")
    used = parts["tenant"] != IDLE
    usd = np.bincount(
        view.month_index(parts["month_s"][used]), weights=np.nan_to_num(parts["cost_usd"][used]), minlength=len(hours)
    )
    return np.divide(usd, hours, out=np.full(len(hours), np.nan), where=hours > 0.05 * hours.max())


def _carbon(view: View) -> Card | None:
    value, rate = view.number("carbon_kg"), view.number("carbon_kg_per_kwh")
    if value is None:
        return None
    boundary = view.meta.get("carbon_boundary") or "the scenario's boundary"
    return Card(
        "CO₂ of energy",
        numbers.mass(value),
        f"{numbers.count(None if rate is None else rate * 1e3)} g per kWh at the meter",
        f"Energy of each source times its intensity. Boundary: {boundary}.",
        "power",
        _monthly(view, "flows_months", "carbon_kg"),
    )


def _cost(view: View) -> Card | None:
    value = view.number("usd_per_gpu_h")
    if value is None:
        return None
    return Card(
        "cost of a useful GPU-hour",
        numbers.money(value),
        f"{numbers.money(view.number('usd_per_h100e_h'))} per H100e-hour",
        f"{numbers.money(view.number('cost_usd'))} of levelised capital, energy, water and operation over the useful "
        "GPU-hours delivered (tenant_cost); chips that are nobody's to use stand apart.",
        "cost",
        _costs(view),
    )
