"""Which cooling plant: chillers to build, water, throttled work and cost, under the same work; and what events cost."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, bars, series
from gigacampus.report.html import tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View, short

PLANTS = "t-cooling-plants"
HOW = (
    "Rows of cooling_options: each plant recomputed by the hour over the last year of the run, under the same IT load "
    "and weather."
)


def section(view: View) -> Section | None:
    """The plants side by side, as the work ran and under a tight grid; grid events where there were any."""
    if not view.has("cooling_options"):
        return None
    parts: list[Any] = [
        _chart(view),
        _plants(view, "cooling_options", "Plants under the same work, last year of the run", PLANTS),
    ]
    if view.has("cooling_options_limited"):
        limit = float(view.table("cooling_options_limited")["limit_w"][0]) / 1e6
        title = f"The same where the grid gives {numbers.figure(limit)} MW, 90 % of the scenario's own peak"
        parts.append(_plants(view, "cooling_options_limited", title))
    parts.append(tag("p", tag("strong", "Not a design year. "), DESIGN, class_="note"))
    if view.has("event_costs"):
        parts.append(behind("What grid events cost", _events(view)))
    return Section(
        "cooling",
        "Cooling plant",
        "What would another cooling plant change?",
        answer(view),
        parts,
        how=HOW,
        topic="power",
        nav="Cooling",
    )


DESIGN = (
    "Sizes follow from the hour that 0.4 % of hours exceed, in a typical or derived year unless real years are given. "
    "Throttled: busy GPU-hours that would stop to keep the racks' water class; by the grid: those that a grid of 90 % "
    "of the scenario's own peak would stop, work giving way before anything else. Cost of the year: cooling's energy, "
    "water, and the chillers at an annuity of 20 years and 8 %; what stopped work would have earned is not in it."
)


def answer(view: View) -> str:
    """The scenario's plant, and the best of the others by energy, by water and by cost, in words."""
    rows = list(view.table("cooling_options").rows())
    own = next(row for row in rows if row["is_own"])
    said = (
        f"In the last year of the run the scenario's plant has a PUE of {numbers.figure(own['pue_fraction'], 4)} and "
        f"drinks {_drinks(own['water_l'])}."
    )
    others = [row for row in rows if not row["is_own"] and row["throttled_gpu_h"] <= own["throttled_gpu_h"]]
    if not others:
        return said
    least = min(others, key=lambda row: row["cooling_j"])
    if least["cooling_j"] < own["cooling_j"]:
        said += (
            f" Of the others {least['option']} takes the least energy (PUE "
            f"{numbers.figure(least['pue_fraction'], 4)}) and drinks {_drinks(least['water_l'])}"
        )
    else:
        said += " None of the others would take less energy"
    dry = [row for row in others if row["water_l"] == 0.0]
    if not dry or own["water_l"] == 0.0:
        return f"{said}."
    best = min(dry, key=lambda row: row["cost_usd"])
    dearer = (best["cost_usd"] - own["cost_usd"]) / 1e6
    return (
        f"{said}; without any water {best['option']} comes cheapest, with a PUE of "
        f"{numbers.figure(best['pue_fraction'], 4)}, {numbers.power(best['chiller_thermal_w'])} of chillers, and "
        f"${numbers.figure(abs(dearer))} million a year {'more' if dearer > 0 else 'less'}."
    )


def _drinks(water_l: float) -> str:
    return f"{numbers.volume(water_l)} of water" if water_l else "no water"


def _chart(view: View) -> Figure:
    """What each plant takes of the year's power beyond that of IT, over the water that it drinks."""
    options = view.table("cooling_options")
    names = [short(str(one), 30) for one in options["option"]]
    most = float(options["cooling_j"].max()) / 3.6e12
    trace = {
        **bars([], options["cooling_j"] / 3.6e12, "cooling energy", "--c1"),
        "orientation": "h",
        "y": names,
        "x": series(options["cooling_j"] / 3.6e12),
        "text": [numbers.volume(one) if one else "no water" for one in options["water_l"].tolist()],
        "textposition": "outside",
        "cliponaxis": False,
    }
    layout = {
        "xaxis": axis("GWh of cooling in the last year", showgrid=True, range=[0, 1.22 * most]),
        "yaxis": axis("", autorange="reversed", type="category", tickfont={"size": 11}),
        "margin": {"t": 8},
    }
    title = "Energy that each plant takes to cool, and beside it the water it drinks"
    return Figure("chart-cooling", title, [trace], layout, height_px=90 + 26 * len(names), table=PLANTS)


def _plants(view: View, name: str, title: str, ident: str = "") -> Any:
    heads = [
        "plant",
        n("PUE", "", f"{name}.pue_fraction"),
        n("cooling", "GWh", f"{name}.cooling_j"),
        n("compressors", "hours", f"{name}.chiller_h"),
        n("chillers to build", "MW of heat", f"{name}.chiller_thermal_w"),
        n("peak", "MW", f"{name}.peak_facility_w"),
        n("water", "thousand m³", f"{name}.water_l"),
        n("throttled", "thousand GPU-hours", f"{name}.throttled_gpu_h"),
        n("lost by the grid", "thousand GPU-hours", f"{name}.limited_gpu_h"),
        n("cooling energy", "million USD", f"{name}.energy_usd"),
        n("water", "million USD", f"{name}.water_usd"),
        n("chillers", "million USD, once", f"{name}.chiller_usd"),
        n("cost", "million USD a year", f"{name}.cost_usd"),
    ]
    rows = [
        [
            row["option"],
            numbers.figure(row["pue_fraction"], 4),
            numbers.figure(row["cooling_j"] / 3.6e12),
            numbers.count(row["chiller_h"]),
            numbers.figure(row["chiller_thermal_w"] / 1e6),
            numbers.figure(row["peak_facility_w"] / 1e6),
            numbers.figure(row["water_l"] / 1e6),
            numbers.figure(row["throttled_gpu_h"] / 1e3),
            numbers.figure(row["limited_gpu_h"] / 1e3),
            numbers.figure(row["energy_usd"] / 1e6),
            numbers.figure(row["water_usd"] / 1e6),
            numbers.figure(row["chiller_usd"] / 1e6),
            numbers.figure(row["cost_usd"] / 1e6),
        ]
        for row in view.table(name).rows()
    ]
    return table(title, heads, rows, ident=ident)


def _events(view: View) -> Any:
    events, tenants = list(view.table("grid_events").rows()), view.table("tenants")["tenant"]
    heads = [
        "event",
        "from",
        "tenant",
        n("limit", "MW", "grid_events.limit_w"),
        n("shed", "GPU-hours", "event_costs.shed_gpu_h"),
        n("shed", "MWh", "event_costs.shed_j"),
        n("lost", "GPU-hours per MWh", "event_costs.gpu_h_per_mwh"),
        n("rebound", "MW", "event_costs.rebound_w"),
        n("return", "MW/min", "event_costs.return_w_per_min"),
    ]
    rows = []
    for row in view.table("event_costs").rows():
        event = events[row["event_index"]]
        rows.append(
            [
                event["kind"],
                view.day(event["start_s"]),
                str(tenants[row["tenant_index"]]),
                numbers.figure(event["limit_w"] / 1e6),
                numbers.count(row["shed_gpu_h"]),
                numbers.figure(row["shed_j"] / 3.6e9),
                numbers.figure(row["gpu_h_per_mwh"]),
                numbers.figure(row["rebound_w"] / 1e6),
                numbers.figure(row["return_w_per_min"] / 1e6),
            ]
        )
    return table("Grid events by tenant", heads, rows)
