"""What moves the build-out most: each ranged input alone, from its P10 to its P90."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, YEAR_DAYS
from gigacampus.plan.past import Past, past_of
from gigacampus.plan.samples import Samples, options, played, relevant, taken_up
from gigacampus.scenario import Scenario, inputs
from gigacampus.tables import Table
from gigacampus.tables.samples import MOVERS

METRIC, UNIT = "live_h100e_years", "H100e years"
NOISE = 1e-9
"""A change smaller than this share of the whole is what two sums differ by in their last digits."""


def live_h100e_years(found: Samples) -> NDArray[np.float64]:
    """Live H100 equivalents summed over the horizon, in H100e years; shape (samples,). Levels are the months' ends."""
    months_s = np.diff(found.clock.month_starts_s())
    return np.asarray(found.h100e @ (months_s / (YEAR_DAYS * DAY_S)), dtype=np.float64)


def change(reached: NDArray[np.float64], base: float) -> NDArray[np.float64]:
    """How far values lie from the base; zero where no more than rounding parts them."""
    away = np.asarray(reached, dtype=np.float64) - base
    return np.where(np.abs(away) > NOISE * max(abs(base), 1.0), away, 0.0)


def movers(scenario: Scenario) -> Table:
    """One row a range that can move live chips, the widest swing first; ranges that move nothing are left out."""
    past = past_of(scenario)
    scenario = past.scenario
    found = relevant(scenario)
    count = len(found.paths)
    if not count:
        return MOVERS.empty()
    values = np.repeat(found.mid[np.newaxis], 1 + 2 * count, axis=0)
    at = np.arange(count)
    values[1 + at, at] = found.low
    values[1 + count + at, at] = found.high
    reached = live_h100e_years(played(past, found, values))
    moved = change(reached[1:], float(reached[0]))
    low, high = moved[:count], moved[count:]
    texts = {row["path"]: row["text"] for row in inputs(scenario).rows()}
    rows = _options(past, float(reached[0])) + [
        {
            "path": path, "text": texts.get(path, ""), "metric": METRIC, "low": float(low[k]), "high": float(high[k]),
            "unit": UNIT,
        }
        for k, path in enumerate(found.paths)
        if low[k] or high[k]
    ]  # fmt: skip
    return Table.from_rows(MOVERS, sorted(rows, key=lambda row: (-abs(row["high"] - row["low"]), row["path"])))


def _options(past: Past, base: float) -> list[dict[str, Any]]:
    """What taking up each option on its own does, against leaving it."""
    scenario, rows = past.scenario, []
    for position, (name, probability) in enumerate(options(scenario).items()):
        found = relevant(scenario)
        ends = []
        for is_taken in (False, True):
            pattern = [
                is_taken if k == position else quota.extension.exercised
                for k, quota in enumerate(scenario.deal.quotas[one] for one in options(scenario))
                if quota.extension is not None
            ]
            reached = live_h100e_years(
                played(replace(past, scenario=taken_up(scenario, pattern)), found, found.mid[np.newaxis])
            )
            ends.append(float(change(reached, base)[0]))
        if any(ends):
            rows.append(
                {
                    "path": f"deal.quotas.{name}.extension",
                    "text": f"left or taken up (probability {probability:.0%})",
                    "metric": METRIC, "low": ends[0], "high": ends[1], "unit": UNIT,
                }
            )  # fmt: skip
    return rows
