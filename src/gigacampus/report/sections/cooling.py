"""Which cooling plant: chillers to build, water, throttled work and cost, under the same work; and what events cost."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.html import Html, tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View


def section(view: View) -> Section | None:
    """The plants side by side; grid events where there were any."""
    if not view.has("cooling_options"):
        return None
    parts: list[Any] = [_plants(view), tag("p", tag("strong", "Not a design year. "), DESIGN, class_="note")]
    if view.has("event_costs"):
        parts.append(behind("What grid events cost", _events(view)))
    return Section("cooling", "Cooling plant", "What would another cooling plant change?", answer(view), parts)


DESIGN = (
    "Sizes follow from the hour that 0.4 % of hours exceed, in a typical or derived year unless real years are given. "
    "Throttled: busy GPU-hours that would stop to keep the racks' water class; at 90 % of the peak: those that a grid "
    "of 90 % of the scenario's own peak would stop, work giving way before anything else."
)


def answer(view: View) -> str:
    """The scenario's plant against the extremes, in words."""
    rows = list(view.table("cooling_options").rows())
    own = next(row for row in rows if row["is_own"])
    least = min(rows, key=lambda row: row["pue_fraction"])
    dry = min((row for row in rows if row["water_l"] == 0.0), key=lambda row: row["pue_fraction"], default=None)
    said = (
        f"In the last year of the run the scenario's plant has a PUE of {numbers.figure(own['pue_fraction'], 4)}, "
        f"{numbers.count(own['chiller_h'])} hours with compressors on the racks' loop and "
        f"{numbers.volume(own['water_l'])} of water. Lowest PUE: {least['option']} "
        f"({numbers.figure(least['pue_fraction'], 4)}, {numbers.volume(least['water_l'])} of water)."
    )
    if dry is None:
        return said
    return f"{said} Without water: {dry['option']} ({numbers.figure(dry['pue_fraction'], 4)})."


def _plants(view: View) -> Html:
    heads = [
        "plant", n("PUE", ""), n("compressors", "hours"), n("chillers to build", "MW of heat"), n("peak", "MW"),
        n("water", "thousand m³"), n("throttled", "thousand GPU-hours"), n("at 90 % of the peak", "thousand GPU-hours"),
        n("cooling energy", "million USD"), n("water", "million USD"), n("chillers", "million USD, once"),
    ]  # fmt: skip
    rows = [
        [
            row["option"],
            numbers.figure(row["pue_fraction"], 4),
            numbers.count(row["chiller_h"]),
            numbers.figure(row["chiller_thermal_w"] / 1e6),
            numbers.figure(row["peak_facility_w"] / 1e6),
            numbers.figure(row["water_l"] / 1e6),
            numbers.figure(row["throttled_gpu_h"] / 1e3),
            numbers.figure(row["limited_gpu_h"] / 1e3),
            numbers.figure(row["energy_usd"] / 1e6),
            numbers.figure(row["water_usd"] / 1e6),
            numbers.figure(row["chiller_usd"] / 1e6),
        ]
        for row in view.table("cooling_options").rows()
    ]
    return table("Plants under the same work, last year of the run", heads, rows)


def _events(view: View) -> Html:
    events, tenants = list(view.table("grid_events").rows()), view.table("tenants")["tenant"]
    heads = [
        "event", "from", "tenant", n("limit", "MW"), n("shed", "GPU-hours"), n("shed", "MWh"),
        n("lost", "GPU-hours per MWh"), n("rebound", "MW"), n("return", "MW/min"),
    ]  # fmt: skip
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
