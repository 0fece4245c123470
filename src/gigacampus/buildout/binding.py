"""What binds, month by month: a limit binds where relaxing it would raise that month's live chips.

Of several that would, one that keeps nothing out and has a balance left is not named first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigacampus.buildout.limits import LIMITS, relax, shown
from gigacampus.buildout.months import Levels, levels
from gigacampus.buildout.problem import Ints, Problem
from gigacampus.buildout.room import Bools, room
from gigacampus.buildout.stock import follow
from gigacampus.tables.supply import Supply
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import SHADOW

DROP_ORDER = (
    "loss", "delivery", "commissioning", "install", "watts", "plant", "cooling", "energisation", "building",
    "obligation", "gate", "licence", "quota",
)  # fmt: skip
"""In which order limits are spared when several must give way together: the first that can be is."""


@dataclass(slots=True)
class Relaxations:
    """The build-outs that relaxed limits would give, each computed once."""

    problem: Problem
    supply: Supply
    edges_s: Ints
    known: dict[tuple[frozenset[str], bool], Levels] = field(default_factory=dict)

    def reached(self, names: Iterable[str] = (), *, wholly: bool = False) -> Levels:
        """Levels at the months' ends with the named limits relaxed by their steps, or dropped."""
        key = (frozenset(names), wholly)
        if key not in self.known:
            problem = relax(self.problem, self.supply, key[0], wholly=wholly)
            self.known[key] = levels(problem, follow(problem).live, self.edges_s)
        return self.known[key]

    def gain(self, names: Iterable[str], *, wholly: bool = False) -> Ints:
        """Live chips more in each month."""
        return self.reached(names, wholly=wholly).chips - self.reached().chips


def bind(relaxations: Relaxations) -> tuple[list[str], list[str]]:
    """What binds in each month, and what would next (or ties); lists of length months."""
    alone = {name: relaxations.gain([name]) for name in LIMITS}
    free = room(relaxations.supply, relaxations.edges_s)
    binding, following = list[str](), list[str]()
    for month in range(len(relaxations.edges_s)):
        first, then = _bind_month(relaxations, alone, free, month)
        binding.append(first)
        following.append(then)
    return binding, following


def _bind_month(
    relaxations: Relaxations, alone: dict[str, Ints], free: dict[str, Bools], month: int
) -> tuple[str, str]:
    gaining = [name for name in alone if alone[name][month] > 0]
    spent = [name for name in gaining if not (name in free and free[name][month])]
    if gaining:
        best = max(spent or gaining, key=lambda name: int(alone[name][month]))
        return shown(best), _next(relaxations, alone, best, month)
    for wholly in (False, True):
        names = [name for name in DROP_ORDER if name in LIMITS]
        if relaxations.gain(names, wholly=wholly)[month] <= 0:
            continue
        for name in DROP_ORDER:
            rest = [one for one in names if one != name]
            if rest and relaxations.gain(rest, wholly=wholly)[month] > 0:
                names = rest
        first, *ties = list(dict.fromkeys(shown(name) for name in LIMITS if name in names))
        notes = [f"tie: {tie}" for tie in ties]
        both = any({date, amount} <= set(names) for date, amount in (("energisation", "watts"), ("cooling", "plant")))
        notes += ["its date and its amount together"] if both else []
        notes += ["by more than one step"] if wholly else []
        return first, "; ".join(notes)
    return "nothing", ""


def _next(relaxations: Relaxations, alone: dict[str, Ints], best: str, month: int) -> str:
    """What else gains alone, as much (a tie) or less (also), and then what gains most once the best is relaxed."""
    gaining = [name for name in LIMITS if name != best and alone[name][month] > 0]
    equal = [name for name in gaining if alone[name][month] == alone[best][month]]
    ties = [f"tie: {name}" for name in dict.fromkeys(map(shown, equal)) if name != shown(best)]
    said = {shown(best), *map(shown, equal)}
    ties += [f"also: {name}" for name in dict.fromkeys(map(shown, gaining)) if name not in said]
    base = int(relaxations.reached([best]).chips[month])
    further = {name: int(relaxations.reached([best, name]).chips[month]) - base for name in LIMITS if name != best}
    name = max(further, key=lambda one: further[one])
    then = [shown(name)] if further[name] > 0 and shown(name) != shown(best) else []
    return "; ".join(ties + then)


def shadow(relaxations: Relaxations, months_s: Ints) -> Table:
    """What each month would gain by each limit's step alone; rows of gain only."""
    base = relaxations.reached()
    rows: list[dict[str, Any]] = []
    for limit in LIMITS.values():
        other = relaxations.reached([limit.name])
        rows += [
            {
                "month_s": int(months_s[month]), "limit": limit.name, "relaxation": limit.step,
                "gain_chips": int(other.chips[month] - base.chips[month]),
                "gain_h100e": float(other.h100e[month] - base.h100e[month]),
                "gain_it_w": float(other.it_w[month] - base.it_w[month]),
            }
            for month in np.flatnonzero(other.chips != base.chips).tolist()
        ]  # fmt: skip
    rows.sort(key=lambda row: row["month_s"])
    return Table.from_rows(SHADOW, rows)
