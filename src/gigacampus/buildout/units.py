"""The shadow answer by the unit: one more of what would bring how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gigacampus.buildout.limits import earlier
from gigacampus.buildout.months import Levels, levels
from gigacampus.buildout.problem import NO_LIMIT_W, Ints, Problem, lots
from gigacampus.buildout.stock import follow
from gigacampus.clock import DAY_S, NEVER, YEAR_DAYS
from gigacampus.tables.supply import Supply
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import UNITS

MONTH_D, WEEK_S, UNIT_W = 30, 7 * DAY_S, 1e6

UPSTREAM = {
    "quota: amount": "1,000 chips more in every window, for every class",
    "quota: date": "the last window 30 days longer",
    "licence": "1,000 chips more on every licence for the campus",
    "gate": "every gate 30 days earlier",
    "obligation": "evidence 30 days earlier",
    "delivery": "deliveries for the campus start 30 days earlier",
}
"""Units of limits on what arrives; the deal gives them."""


def _more_power(problem: Problem) -> Problem:
    halls = replace(problem.halls, power_w=problem.halls.power_w + UNIT_W)
    more_w = problem.campus_w + UNIT_W * len(halls.names) * (problem.campus_w > 0.0)
    return replace(problem, halls=halls, campus_w=np.minimum(more_w, NO_LIMIT_W))


def _more_cooling(problem: Problem) -> Problem:
    halls = problem.halls
    return replace(problem, halls=replace(halls, cooling_w=halls.cooling_w + UNIT_W, air_w=halls.air_w + UNIT_W))


def _sooner(problem: Problem) -> Problem:
    return replace(problem, commissioning_s=max(problem.commissioning_s - WEEK_S, 0))


DOWNSTREAM: dict[str, tuple[str, Callable[[Problem], Problem]]] = {
    "building": ("every building ready 30 days earlier", lambda p: earlier(p, "building_day", MONTH_D)),
    "cooling: amount": ("cooling for 1 MW more in every hall, by liquid and by air", _more_cooling),
    "cooling: date": ("every cooling plant ready 30 days earlier", lambda p: earlier(p, "cooling_day", MONTH_D)),
    "power: date": ("every hall and feed energised 30 days earlier", lambda p: earlier(p, "power_day", MONTH_D)),
    "power: amount": ("1 MW of IT more in every hall, and as much more on the feeds", _more_power),
    "install": ("one rack a day more", lambda p: replace(p, racks_per_day=p.racks_per_day + (p.racks_per_day > 0.0))),
    "commissioning": ("commissioning 7 days shorter", _sooner),
}
"""Units of limits on what becomes of what has arrived."""


def units(problem: Problem, supply: Supply, months_s: Ints) -> Table:
    """One row a limit, those that gain nothing too; `months_s` are the months' first seconds and the end."""
    base = levels(problem, follow(problem).live, months_s[1:])
    rows = []
    if supply.relaxed is not None:
        for name, unit in UPSTREAM.items():
            came = lots(supply.relaxed(frozenset({f"{name}:unit"}), False), problem.models)
            rows.append(_row(name, unit, base, replace(problem, lots=came), months_s))
    rows += [_row(name, unit, base, change(problem), months_s) for name, (unit, change) in DOWNSTREAM.items()]
    return Table.from_rows(UNITS, sorted(rows, key=lambda row: -row["gain_h100e_years"]))


def _row(name: str, unit: str, base: Levels, problem: Problem, months_s: Ints) -> dict[str, Any]:
    found = levels(problem, follow(problem).live, months_s[1:])
    gain = found.chips - base.chips
    most = int(np.argmax(gain))
    years = np.diff(months_s) / (YEAR_DAYS * DAY_S)
    return {
        "limit": name, "unit": unit, "gain_chips": int(gain[-1]), "gain_h100e": float(found.h100e[-1] - base.h100e[-1]),
        "gain_it_w": float(found.it_w[-1] - base.it_w[-1]), "most_chips": int(gain[most]),
        "most_month_s": int(months_s[most]) if gain[most] > 0 else NEVER,
        "gain_h100e_years": float((found.h100e - base.h100e) @ years),
    }  # fmt: skip
