"""Power usage, water and node power against published and metered figures.

Bars, judged as aggregates: metered weeks (wet bulb and chiller share given) within 0.03 PUE as root mean square; named
archetypes within 0.06 PUE as mean absolute error; undisclosed ones inside the archetypes' range in 80 % of rows. No
constant belongs to a site or an operator; what a row tells of its plant (wet bulb, chillers' share, heat) goes in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from gigacampus.facility.archetypes import CLOUD, HALLS, Hall, Score, named, score
from gigacampus.facility.frontier import frontier_w
from gigacampus.facility.node import H100, Phase, rated_fraction
from gigacampus.validate._facility_rows import KW_PER_TON, Air, Row, read_rows, station_air, weather_of
from gigacampus.validate.frame import Case, Evidence

TITLE = "Facility: PUE, water, the power chain and node power against published figures"

METERED_RMSE, NAMED_ERROR, OUTSIDE = 0.03, 0.06, 0.20
NONE = math.nan

MODELLED: dict[str, tuple[Callable[[], float], float, bool]] = {
    "modelled peak MW": (lambda: frontier_w(1.0, 1.0) / 1e6, 0.002, False),
    "modelled idle MW": (lambda: frontier_w(0.0, 0.0) / 1e6, 0.002, False),
    "power range MW low": (lambda: frontier_w(0.0, 0.0) / 1e6, NONE, False),
    "max power / rated power": (lambda: rated_fraction(H100, Phase.COMPUTE), 0.05, True),
    "heavy training power / rated": (lambda: rated_fraction(H100, Phase.TRAIN), 0.05, True),
}
"""Metrics that need no weather: our value, its tolerance, and whether that is absolute."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A row's case with the group that it counts in: metered, named, undisclosed or none."""

    case: Case
    group: str
    is_inside: bool = True


def cases(data: Path | None = None) -> list[Case]:
    """A case for each row, then the aggregates that are judged."""
    rows = read_rows(data)
    base = data.parent if data is not None else Path()
    found = [_scored(row, base) for row in rows]
    return [one.case for one in found] + _aggregates(found)


def _evidence(row: Row) -> Evidence:
    if row.metric.startswith("modelled"):
        return "own-derivation"
    if row.operator == "Uptime" or row.verified == "memory":
        return "third-party-estimate"
    measured = np.isfinite(row.wet_bulb_degc) or "rated" in row.metric or "digitised" in row.source or "spot" in row.id
    return "measured" if measured else "disclosed"


def _case(
    row: Row, ours: float, note: str, tolerance: float = NONE, is_absolute: bool = True, counts: bool = True
) -> Case:
    return Case(row.id, row.value, ours, tolerance, _evidence(row), row.source, row.unit, is_absolute, counts, note)


def _scored(row: Row, base: Path) -> Scored:
    if row.metric in MODELLED:
        make, tolerance, is_absolute = MODELLED[row.metric]
        return Scored(_case(row, make(), "", tolerance, is_absolute), "")
    if row.metric not in {"PUE", "WUE", "plant power per ton of heat", "make-up water per heat"}:
        return Scored(_case(row, NONE, f"metric {row.metric!r} is not modelled", counts=False), "")
    air, hall = weather_of(row, base), named(row.cooling)
    if hall is None:
        return _undisclosed(row, air)
    ours = _ours(row, hall, air)
    note = (
        f"{hall.name}, water {hall.loop.supply_degc:g} C; {air.said}"
        if hall.chain == "computer"
        else f"{hall.name}; {air.said}"
    )
    if np.isfinite(row.heat_over_it):
        note += f"; plant metered apart, heat {row.heat_over_it:.2f} times the hall's power"
    if row.metric != "PUE":
        return Scored(_case(row, ours, note), "")
    if row.verified == "memory":
        return Scored(_case(row, ours, f"{note}; quoted from memory, not judged", counts=False), "")
    return Scored(_case(row, ours, note), "metered" if np.isfinite(row.wet_bulb_degc) else "named")


def _ours(row: Row, hall: Hall, air: Air) -> float:
    lift = np.full_like(air.wet, row.chiller_fraction) if np.isfinite(row.chiller_fraction) else None
    if air.station and not np.isfinite(row.heat_over_it):
        found = _station_score(hall, air.station)
    else:
        found = score(hall, air.dry, air.wet, air.pressure, lift, row.heat_over_it)
    if row.metric == "WUE":
        return found.wue_l_per_kwh
    if row.metric == "make-up water per heat":
        return found.heat_water_l_per_kwh
    if row.metric == "plant power per ton of heat":
        return found.plant_fraction * KW_PER_TON
    return found.pue_fraction


@cache
def _station_score(hall: Hall, name: str) -> Score:
    air = station_air(name)
    return score(hall, air.dry, air.wet, air.pressure)


def _undisclosed(row: Row, air: Air) -> Scored:
    """An undisclosed hall: the central guess is the mean over the archetypes, the range their least and most."""
    values = [_ours(row, HALLS[name], air) for name in CLOUD]
    low, high = min(values), max(values)
    ours = sum(values) / len(values)
    note = f"archetypes {low:.3f} to {high:.3f}; {air.said}"
    is_single = row.metric == "PUE" and row.verified != "memory" and "fleet" not in row.cooling.lower()
    group = "undisclosed" if is_single else ""
    return Scored(_case(row, ours, note), group, low - 0.005 <= row.value <= high + 0.005)


def _aggregates(found: list[Scored]) -> list[Case]:
    metered = [one.case.error for one in found if one.group == "metered"]
    by_name = [one.case.error for one in found if one.group in {"metered", "named"}]
    guessed = [one for one in found if one.group == "undisclosed"]
    out = []

    def add(name: str, ours: float, tolerance: float, evidence: Evidence, note: str, counts: bool = True) -> None:
        out.append(Case(name, 0.0, ours, tolerance, evidence, "aggregate of the rows above", "PUE", True, counts, note))

    if metered:
        rmse = math.sqrt(sum(error * error for error in metered) / len(metered))
        mean = sum(metered) / len(metered)
        add(
            "metered: root mean square error",
            rmse,
            METERED_RMSE,
            "measured",
            f"{len(metered)} rows, mean error {mean:+.3f}",
        )
    if by_name:
        error = sum(abs(one) for one in by_name) / len(by_name)
        add("named: mean absolute error", error, NAMED_ERROR, "disclosed", f"{len(by_name)} rows")
        others = [abs(one.case.error) for one in found if one.group == "named"]
        if others:
            rest = sum(others) / len(others)
            add("named, not metered: mean absolute error", rest, NAMED_ERROR, "disclosed", f"{len(others)} rows")
    if guessed:
        outside = sum(not one.is_inside for one in guessed) / len(guessed)
        add("undisclosed: share of rows outside the archetypes' range", outside, OUTSIDE, "disclosed",
            f"{len(guessed)} rows, {100 * (1 - outside):.0f} % inside")  # fmt: skip
        central = sum(abs(one.case.error) for one in guessed) / len(guessed)
        bias = sum(one.case.error for one in guessed) / len(guessed)
        add("undisclosed: mean absolute error of the central guess", central, NONE, "disclosed",
            f"mean error {bias:+.3f}; the archetype matters more than the climate", counts=False)  # fmt: skip
    return out
