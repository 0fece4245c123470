"""The limits of a build-out, and what it would be without one of them: by a stated step, or altogether."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, replace

import numpy as np

from gigacampus.buildout.problem import NO_LIMIT_W, Floats, Problem, lots
from gigacampus.tables.supply import Supply

QUARTER_D = 91
"""The step by which dates are relaxed: a quarter of a year, days."""
TIMES = 2.0
"""The step by which rates and powers are relaxed: doubled."""
PLENTY = 1e6
"""Times a rate or a power that binds nothing."""
RACKS, WATTS = 1e6, 1e12
"""Racks a day and a hall's watts that bind nothing, for those that are zero."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: how it is printed, the step by which it is relaxed, and what it is without it."""

    name: str
    step: str
    relax: Callable[[Problem], Problem] | None = None
    drop: Callable[[Problem], Problem] | None = None


def earlier(problem: Problem, which: str, by_d: int | None) -> Problem:
    """The halls with one kind of date earlier by some days, or from the start."""
    days = getattr(problem.halls, which)
    moved = np.zeros_like(days) if by_d is None else days - by_d
    changed = replace(problem, halls=replace(problem.halls, **{which: np.minimum(days, moved)}))
    if which != "power_day":
        return changed
    supply = problem.campus_w
    if by_d is None:
        return replace(changed, campus_w=np.full_like(supply, supply[-1]))
    return replace(
        changed, campus_w=np.concatenate([supply[by_d:], np.full(min(by_d, len(supply)), supply[-1])])[: len(supply)]
    )


def _scaled(values: Floats, times: float, enough: float) -> Floats:
    """Values times a step; where the limit is dropped at least so much, if they are next to nothing."""
    if times < PLENTY:
        return values * times
    most = float(values.max(initial=0.0))
    return values * max(times, enough / most) if most > 0.0 else np.full_like(values, enough)


def _more_power(problem: Problem, times: float) -> Problem:
    halls = replace(problem.halls, power_w=_scaled(problem.halls.power_w, times, WATTS))
    return replace(problem, halls=halls, campus_w=np.minimum(_scaled(problem.campus_w, times, WATTS), NO_LIMIT_W))


def _cooler(problem: Problem, times: float) -> Problem:
    halls = problem.halls
    cooling_w, air_w = _scaled(halls.cooling_w, times, WATTS), _scaled(halls.air_w, times, WATTS)
    return replace(problem, halls=replace(halls, cooling_w=cooling_w, air_w=air_w))


def _faster(problem: Problem, times: float) -> Problem:
    return replace(problem, racks_per_day=_scaled(problem.racks_per_day, times, RACKS))


def _sooner(problem: Problem, share: float) -> Problem:
    return replace(
        problem, commissioning_s=int(problem.commissioning_s * share),
        replacement_s=int(problem.replacement_s * share),
    )  # fmt: skip


def _whole(problem: Problem) -> Problem:
    return replace(problem, losses=problem.losses[:0])


UPSTREAM = (
    Limit(
        "delivery", "deliveries for the campus start a quarter earlier, at twice the rate, a quarter less on the way"
    ),
    Limit("quota", "twice the ceiling in every window, the last one a year longer"),
    Limit("licence", "licences for the campus for twice as much, issued a quarter earlier"),
    Limit("gate", "every gate a quarter earlier"),
    Limit("obligation", "evidence a quarter earlier, twice the headroom"),
)
"""Limits on what arrives. The deal relaxes them (`Supply.relaxed`)."""

DOWNSTREAM = (
    Limit("building", "every building ready a quarter earlier",
          lambda p: earlier(p, "building_day", QUARTER_D), lambda p: earlier(p, "building_day", None)),
    Limit("cooling", "every cooling plant ready a quarter earlier",
          lambda p: earlier(p, "cooling_day", QUARTER_D), lambda p: earlier(p, "cooling_day", None)),
    Limit("plant", "every hall with twice the cooling, by liquid and by air",
          lambda p: _cooler(p, TIMES), lambda p: _cooler(p, PLENTY)),
    Limit("energisation", "every hall and feed energised a quarter earlier",
          lambda p: earlier(p, "power_day", QUARTER_D), lambda p: earlier(p, "power_day", None)),
    Limit("watts", "every hall and feed with twice the power",
          lambda p: _more_power(p, TIMES), lambda p: _more_power(p, PLENTY)),
    Limit("install", "twice the racks a day", lambda p: _faster(p, TIMES), lambda p: _faster(p, PLENTY)),
    Limit("commissioning", "half the time", lambda p: _sooner(p, 0.5), lambda p: _sooner(p, 0.0)),
    Limit("loss", "no hall lost", _whole, _whole),
)  # fmt: skip
"""Limits on what becomes of what has arrived. They are relaxed in the campus."""

LIMITS = {limit.name: limit for limit in (*UPSTREAM, *DOWNSTREAM)}
SHOWN = {"energisation": "power", "watts": "power", "plant": "cooling"}
"""Limits that go by another name in the table of months: when power comes, and how much of it."""


def shown(name: str) -> str:
    """A limit as the table of months names it."""
    return SHOWN.get(name, name)


def relax(problem: Problem, supply: Supply, names: Set[str], *, wholly: bool = False) -> Problem:
    """The problem with the named limits relaxed by their steps, or wholly dropped."""
    for limit in DOWNSTREAM:
        change = limit.drop if wholly else limit.relax
        if limit.name in names and change is not None:
            problem = change(problem)
    causes = names & {limit.name for limit in UPSTREAM}
    if causes and supply.relaxed is not None:
        problem = replace(problem, lots=lots(supply.relaxed(frozenset(causes), wholly), problem.models))
    return problem
