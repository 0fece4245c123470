"""What moves the build-out among inputs that state no range: each by a default swing, the same for all of a kind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from gigacampus.plan.batch import reaches
from gigacampus.plan.movers import METRIC, UNIT, change, live_h100e_years
from gigacampus.plan.past import past_of
from gigacampus.plan.samples import played
from gigacampus.plan.slots import slot_of
from gigacampus.scenario import Ranges, Scenario
from gigacampus.scenario.inputs import walk
from gigacampus.scenario.quantity import Quantity, When
from gigacampus.tables import Table
from gigacampus.tables.samples import DEFAULT_MOVERS

SWING_FRACTION = 0.1
"""Amounts are moved by a tenth, down and up."""
SWING_D = 91
"""Dates are moved by a quarter of a year, but never back into the record."""


def default_movers(scenario: Scenario) -> Table:
    """One row an input without a range whose default swing moves live chips, the widest first."""
    past = past_of(scenario)
    scenario = past.scenario
    found = swings(scenario)
    count = len(found.paths)
    if not count:
        return DEFAULT_MOVERS.empty()
    values = np.repeat(found.mid[np.newaxis], 1 + 2 * count, axis=0)
    at = np.arange(count)
    values[1 + at, at], values[1 + count + at, at] = found.low, found.high
    reached = live_h100e_years(played(past, found, values))
    moved = change(reached[1:], float(reached[0]))
    texts = {one.path: one.text for one in walk(scenario)}
    rows: list[dict[str, Any]] = []
    for k, path in enumerate(found.paths):
        low, high = float(moved[k]), float(moved[count + k])
        if low or high:
            swing = f"{SWING_D} days" if found.is_date[k] else f"{SWING_FRACTION:.0%}"
            row = {"path": path, "text": texts[path], "swing": f"default: {swing} down and up"}
            rows.append(row | {"metric": METRIC, "low": low, "high": high, "unit": UNIT})
    return Table.from_rows(DEFAULT_MOVERS, sorted(rows, key=lambda row: (-abs(row["high"] - row["low"]), row["path"])))


def swings(scenario: Scenario) -> Ranges:
    """The default swings of every input that states no range and whose cell in the samples is known."""
    kept = [
        one
        for one in walk(scenario)
        if isinstance(one.value, (Quantity, When)) and not one.value.is_range and _counts(scenario, one.path, one.value)
    ]
    ends = np.array([_ends(scenario, one.value) for one in kept], dtype=np.float64).reshape(len(kept), 3)
    is_date = np.array([isinstance(one.value, When) for one in kept], dtype=bool)
    none = np.zeros(len(kept), dtype=bool)
    low, mid, high = ends.T
    return Ranges(
        scenario, tuple(one.path for one in kept), low, mid, high, low, high, is_log=none, is_whole=is_date,
        is_date=is_date,
    )  # fmt: skip


def _counts(scenario: Scenario, path: str, value: Any) -> bool:
    is_past = isinstance(value, date) and value <= scenario.known_as_of
    return not is_past and reaches(scenario, path) and slot_of(path, scenario) is not None


def _ends(scenario: Scenario, value: Any) -> tuple[float, float, float]:
    if isinstance(value, date):
        first = max(value - timedelta(days=SWING_D), scenario.known_as_of + timedelta(days=1))
        return first.toordinal(), value.toordinal(), (value + timedelta(days=SWING_D)).toordinal()
    number = float(value)
    most = 1.0 if value.canonical == "one" and number <= 1.0 else np.inf
    return number * (1.0 - SWING_FRACTION), number, min(number * (1.0 + SWING_FRACTION), most)
