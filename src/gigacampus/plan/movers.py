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


def live_h100e_years(found: Samples) -> NDArray[np.float64]:
    """Live H100 equivalents summed over the horizon, in H100e years; shape (samples,). Levels are the months' ends."""
    months_s = np.diff(found.clock.month_starts_s())
    return np.asarray(found.h100e @ (months_s / (YEAR_DAYS * DAY_S)), dtype=np.float64)


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
    low, high = reached[1 : 1 + count] - reached[0], reached[1 + count :] - reached[0]
    texts = {row["path"]: row["text"] for row in inputs(scenario).rows()}
    rows = _options(past, float(reached[0])) + [
        {
            "path": path, "text": texts.get(path, ""), "metric": METRIC, "low": float(low[k]), "high": float(high[k]),
            "unit": UNIT,
        }
        for k, path in enumerate(found.paths)
        if abs(low[k]) + abs(high[k]) > 1e-9 * max(abs(reached[0]), 1.0)
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
            ends.append(float(reached[0]) - base)
        if any(abs(one) > 1e-9 * max(abs(base), 1.0) for one in ends):
            rows.append(
                {
                    "path": f"deal.quotas.{name}.extension",
                    "text": f"left or taken up (probability {probability:.0%})",
                    "metric": METRIC, "low": ends[0], "high": ends[1], "unit": UNIT,
                }
            )  # fmt: skip
    return rows
