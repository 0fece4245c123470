"""Which cooling plant: chillers to build, water, throttled work and cost, under the same work; and what events cost."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.html import Html, tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View


def section(view: View) -> Section | None:
    """The plants side by side, as the work ran and under a tight grid; grid events where there were any."""
    if not view.has("cooling_options"):
        return None
    parts: list[Any] = [_plants(view, "cooling_options", "Plants under the same work, last year of the run")]
    if view.has("cooling_options_limited"):
        limit = float(view.table("cooling_options_limited")["limit_w"][0]) / 1e6
        title = f"The same where the grid gives {numbers.figure(limit)} MW, 90 % of the scenario's own peak"
        parts.append(_plants(view, "cooling_options_limited", title))
    parts.append(tag("p", tag("strong", "Not a design year. "), DESIGN, class_="note"))
    if view.has("event_costs"):
        parts.append(behind("What grid events cost", _events(view)))
    return Section("cooling", "Cooling plant", "What would another cooling plant change?", answer(view), parts)


DESIGN = (
    "Sizes follow from the hour that 0.4 % of hours exceed, in a typical or derived year unless real years are given. "
    "Throttled: busy GPU-hours that would stop to keep the racks' water class; by the grid: those that a grid of 90 % "
    "of the scenario's own peak would stop, work giving way before anything else. Cost of the year: cooling's energy, "
    "water, and the chillers at an annuity of 20 years and 8 %; what stopped work would have earned is not in it."
)
ASKED = ("dry W45", "dry W40", "adiabatic W40", "tower W32")
"""The plants between which a site in the Gulf chooses."""


def answer(view: View) -> str:
    """The scenario's plant, and the choice between dry, wetted and tower cooling, in words."""
    rows = {row["option"]: row for row in view.table("cooling_options").rows()}
    own = next(row for row in rows.values() if row["is_own"])
    said = (
        f"In the last year of the run the scenario's plant has a PUE of {numbers.figure(own['pue_fraction'], 4)}, "
        f"{numbers.count(own['chiller_h'])} hours with compressors on the racks' loop and "
        f"{numbers.volume(own['water_l'])} of water."
    )
    told = [_told(name, rows) for name in ASKED if name in rows]
    return f"{said} {'; '.join(told)}." if told else said


def _told(name: str, rows: dict[str, Any]) -> str:
    row, bare = rows[name], rows.get(f"{name}, no chillers")
    words = (
        f"{name}: compressors in {numbers.count(row['chiller_h'])} hours, "
        f"{numbers.figure(row['chiller_thermal_w'] / 1e6)} MW of chillers, {numbers.volume(row['water_l'])} of water, "
        f"${numbers.figure(row['cost_usd'] / 1e6)} million a year"
    )
    if bare is not None and bare["throttled_gpu_h"] > 0.0:
        words += f" (without chillers {numbers.large(bare['throttled_gpu_h'])} GPU-hours throttled)"
    return words


def _plants(view: View, name: str, title: str) -> Html:
    heads = [
        "plant", n("PUE", ""), n("compressors", "hours"), n("chillers to build", "MW of heat"), n("peak", "MW"),
        n("water", "thousand m³"), n("throttled", "thousand GPU-hours"), n("lost by the grid", "thousand GPU-hours"),
        n("cooling energy", "million USD"), n("water", "million USD"), n("chillers", "million USD, once"),
        n("cost", "million USD a year"),
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
            numbers.figure(row["cost_usd"] / 1e6),
        ]
        for row in view.table(name).rows()
    ]
    return table(title, heads, rows)


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
