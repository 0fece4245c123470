"""Levels at the months' ends: live chips of a problem, and the table of months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigacampus.buildout.problem import Floats, Ints, Problem
from gigacampus.buildout.stock import Changes, Stock, level
from gigacampus.clock import DAY_S


@dataclass(frozen=True, slots=True)
class Levels:
    """Live stock at the end of each month; arrays of shape (months,)."""

    chips: Ints
    h100e: Floats
    it_w: Floats


def h100e_per_chip(problem: Problem) -> Floats:
    """H100 equivalents per chip of each lot; shape (lots,)."""
    return problem.lots.h100e / problem.lots.chips


def levels(problem: Problem, live: Changes, edges_s: Ints) -> Levels:
    """Live chips, H100e and provisioned IT power just before each edge."""
    lot = live.lot_index
    chip_w = problem.chip_w[problem.lots.model_index[lot]]
    chips = level(live.at_s, live.chips, edges_s).astype(np.int64)
    h100e = level(live.at_s, live.chips * h100e_per_chip(problem)[lot], edges_s)
    it_w = level(live.at_s, live.chips * chip_w, edges_s)
    # without chips there is neither compute nor power, whatever is left of rounding
    return Levels(chips, np.where(chips == 0, 0.0, h100e), np.where(chips == 0, 0.0, it_w))


def columns(problem: Problem, stock: Stock, reached: Levels) -> dict[str, Any]:
    """All columns of `MONTHS` but those that say what binds."""
    starts = problem.clock.month_starts_s()
    edges = starts[1:]
    lots, halls = problem.lots, problem.halls
    order = np.argsort(lots.cleared_s, kind="stable")
    cleared = level(lots.cleared_s[order], lots.chips[order], edges)
    arrived = level(lots.arrive_s, lots.chips, edges)
    installed = level(stock.installed.at_s, stock.installed.chips, edges)
    arrived = np.maximum(arrived, installed)  # by the record chips may run before the plan has them arrive
    lost = level(stock.lost.at_s, stock.lost.chips, edges)
    removed = level(stock.removed.at_s, stock.removed.chips, edges)
    built = np.maximum(halls.building_day, halls.cooling_day) * DAY_S
    energised = _standing_w(halls.power_day * DAY_S, halls.limit_w, edges)
    supplied = problem.campus_w[np.minimum(edges // DAY_S - 1, len(problem.campus_w) - 1)]
    return {
        "month_s": starts[:-1],
        "cleared_chips": cleared,
        "arrived_chips": arrived,
        "installed_chips": installed - removed,
        "live_chips": reached.chips,
        "live_h100e": reached.h100e,
        "live_it_w": reached.it_w,
        "building_limit_w": _standing_w(built, halls.limit_w, edges),
        "power_limit_w": np.minimum(energised, supplied),
        "stored_chips": arrived - installed,
        "transit_chips": cleared - arrived,
        "commissioning_chips": installed - removed - reached.chips - lost,
        "lost_chips": lost,
        "removed_chips": removed,
        "is_record": edges <= problem.clock.known_s,
    }


def _standing_w(ready_s: Ints, limit_w: Floats, edges_s: Ints) -> Floats:
    """IT power of the halls ready before each edge."""
    return np.asarray(((ready_s[:, None] < edges_s[None, :]) * limit_w[:, None]).sum(axis=0))
