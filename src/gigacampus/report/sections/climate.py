"""Water and carbon, with the boundary of each named."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, Trace, area_steps, stack, steps, time_figure
from gigacampus.report.html import tag
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View, colored

HOW = (
    "Sums of `water_l` and `carbon_kg` over flows_months, over the energy of IT and at the meter. Carbon is the energy "
    "of each source times its intensity."
)
MONTHS, SOURCES = "t-water-and-carbon-by-month", "t-sources"


def section(view: View) -> Section | None:
    """Water by month, carbon by source and month."""
    if not view.has("flows_months"):
        return None
    boundary = view.meta.get("carbon_boundary") or "as the scenario states them"
    rests = " ".join(view.results.summary.get("facility", {}).get("statements", [])).replace("CO2", "CO₂")
    parts: list[Any] = [tag("p", rests, class_="note")] if rests else []
    parts.append(_water(view) if view.number("water_l") else tag("p", "No water is used on site.", class_="note"))
    if view.has("source_months"):
        parts += [_carbon(view), _sources(view)]
    parts.append(
        tag(
            "p",
            tag("strong", "Boundary. "),
            f"Carbon intensities count: {boundary}. Water counts what the cooling plant uses on site.",
            class_="note",
        )
    )
    if view.has("water_months"):
        parts.append(behind("Water by supply, and the energy and carbon in it", _supplies(view)))
    parts.append(behind("Water and carbon month by month", _months(view)))
    return Section(
        "climate",
        "Water and carbon",
        "What does it drink and emit?",
        answer(view),
        parts,
        how=HOW,
        topic="power",
        nav="Water, CO₂",
    )


def answer(view: View) -> str:
    """Water and carbon over the horizon in words."""
    per_kwh = view.number("carbon_kg_per_kwh")
    return (
        f"Over the horizon the cooling plant uses {numbers.volume(view.number('water_l'))} of water "
        f"({numbers.figure(view.number('wue_l_per_kwh'))} L per kWh of IT), and the energy stands for "
        f"{numbers.mass(view.number('carbon_kg'))} of CO₂ "
        f"({numbers.count(None if per_kwh is None else 1e3 * per_kwh)} g per kWh at the meter)."
    )


def _water(view: View) -> Figure:
    water = view.per_month("flows_months", "water_l") / 1e6
    traces = [steps(view, water, "water", "--c5", fill="tozeroy", fillcolor="--c5")]
    return time_figure(
        view, "chart-water", "Water used on site", traces, "thousand m³ a month", table=MONTHS, height_px=260
    )


def _carbon(view: View) -> Figure:
    def band(keys: list[str], name: str, color: str) -> Trace:
        kg = sum(view.per_month("source_months", "carbon_kg", source=key) for key in keys)
        return area_steps(view, kg / 1e6, name, color)

    sources = view.table("source_months")
    names = dict.fromkeys(str(one) for one in sources["source"])
    totals = {name: float(sources["carbon_kg"][sources["source"] == name].sum()) for name in names}
    return time_figure(
        view,
        "chart-carbon",
        "CO₂ by source",
        stack(totals, band, str, colored(view.source_sums_j)),
        "kt a month",
        table=MONTHS,
        height_px=280,
    )


def _by_source(view: View) -> dict[str, Any]:
    """Carbon of each source that emits any, kg by month; none where the run has no sources."""
    if not view.has("source_months"):
        return {}
    names = dict.fromkeys(str(one) for one in view.table("source_months")["source"])
    found = {name: view.per_month("source_months", "carbon_kg", source=name) for name in names}
    return {name: kg for name, kg in found.items() if kg.any()}


def _sources(view: View) -> Any:
    sources = view.table("source_months")
    heads = [
        "source",
        n("energy", "GWh", "source_months.energy_j"),
        n("share", "%", "The source's energy over that of all"),
        n("CO₂", "kt", "source_months.carbon_kg"),
        n("intensity", "g/kWh", "CO₂ over energy"),
    ]
    total = float(sources["energy_j"].sum())
    rows = []
    for name in dict.fromkeys(str(one) for one in sources["source"]):
        mine = sources.where(sources["source"] == name)
        joules, kg = float(mine["energy_j"].sum()), float(mine["carbon_kg"].sum())
        rows.append(
            [
                name,
                numbers.figure(joules / 3.6e12),
                numbers.percent(joules / total if total else None),
                numbers.figure(kg / 1e6),
                numbers.figure(kg / (joules / 3.6e6) * 1e3 if joules else None),
            ]
        )
    return table("Sources over the whole horizon, record and projection together", heads, rows, ident=SOURCES)


def _supplies(view: View) -> Any:
    supplies = view.table("water_months")
    heads = ["supply", "supplier", n("water", "thousand m³"), n("energy in it", "GWh"), n("CO₂ of that", "kt"),
             n("cost", "$ million")]  # fmt: skip
    rows = []
    for name in dict.fromkeys(str(one) for one in supplies["source"]):
        mine = supplies.where(supplies["source"] == name)
        rows.append(
            [
                name,
                view.name(str(mine["supplier"][0])),
                numbers.figure(float(mine["water_l"].sum()) / 1e6),
                numbers.figure(float(mine["supply_j"].sum()) / 3.6e12),
                numbers.figure(float(mine["carbon_kg"].sum()) / 1e6),
                numbers.figure(float(mine["cost_usd"].sum()) / 1e6),
            ]
        )
    return table("Water by supply; its energy and carbon are the supplier's, never added to the campus's", heads, rows)


def _months(view: View) -> Any:
    heads = [
        "month",
        n("water", "thousand m³", "flows_months.water_l"),
        n("water", "L per kWh IT", "Water over energy of IT"),
        n("CO₂", "kt", "flows_months.carbon_kg"),
        n("CO₂", "g/kWh at the meter", "CO₂ over energy at the meter"),
    ]
    carbon = _by_source(view)
    heads += [n(f"CO₂: {name}", "kt", "source_months.carbon_kg Of the source.") for name in carbon]
    rows = []
    for k, row in enumerate(view.table("flows_months").rows()):
        it_kwh, kwh = row["it_j"] / 3.6e6, row["facility_j"] / 3.6e6
        rows.append(
            (
                view.month_part(row["month_s"]),
                [
                    view.month(row["month_s"]),
                    numbers.figure(row["water_l"] / 1e6),
                    numbers.figure(row["water_l"] / it_kwh if it_kwh else None),
                    numbers.figure(row["carbon_kg"] / 1e6),
                    numbers.figure(1e3 * row["carbon_kg"] / kwh if kwh else None),
                    *(numbers.figure(carbon[name][k] / 1e6) for name in carbon),
                ],
            )
        )
    return parted(view, "Water and carbon by month", heads, rows, ident=MONTHS)
