"""Why a case differs: its changes in up to six groups, the combinations of them played, and what each group adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.compare.changes import Change, worked_in
from gigacampus.compare.shapley import MOST_PLAYERS, Subset, shapley, subsets
from gigacampus.errors import ScenarioError
from gigacampus.scenario import Scenario

Floats = NDArray[np.float64]
MOST_RUNS = 8
"""Whole runs of combinations that are played unasked; above it, deal and build-out alone."""
ROUNDING = 1e-9
"""Contributions that are smaller than this share of a number are rounding."""


@dataclass(frozen=True)
class Cause:
    """A group of changes that count as one: what it is called, what it says, and the changes in it."""

    name: str
    words: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Because:
    """What each cause adds to each number; the parts of a number sum to its change."""

    causes: tuple[Cause, ...]
    parts: dict[str, Floats]
    """Number to the contributions, shape (causes,)."""
    kind: str
    """By which walk: run or plan."""
    combinations: int

    def largest(self, key: str) -> list[tuple[Cause, float]]:
        """The causes of a number's change, the one that adds most first; none of those that add nothing."""
        if key not in self.parts:
            return []
        pairs = zip(self.causes, self.parts[key].tolist(), strict=True)
        size = float(np.abs(self.parts[key]).sum())
        return sorted((one for one in pairs if abs(one[1]) > 1e-9 * max(size, 1e-300)), key=lambda one: -abs(one[1]))


def grouped(found: Sequence[Change]) -> list[Cause]:
    """At most six causes: changes one by one where they are few, else those together that stand under one key."""
    for depth in range(max((one.path.count(".") + 1 for one in found), default=1), 0, -1):
        groups: dict[str, list[Change]] = {}
        for one in found:
            groups.setdefault(".".join(one.path.split(".")[:depth]), []).append(one)
        if len(groups) <= MOST_PLAYERS:
            return [_cause(name, together) for name, together in groups.items()]
    ranked = sorted(groups.items(), key=lambda one: -len(one[1]))
    kept = ranked[: MOST_PLAYERS - 1]
    rest = [one for _, together in ranked[MOST_PLAYERS - 1 :] for one in together]
    return [*(_cause(name, together) for name, together in kept), _cause("the rest", rest)]


def _cause(name: str, together: Sequence[Change]) -> Cause:
    if len(together) == 1:
        return Cause(together[0].path, together[0].said, tuple(together))
    return Cause(name, f"{len(together)} changes of {name}: {together[0].said}, …", tuple(together))


def joined(causes: Sequence[Cause]) -> Cause:
    """Causes that cannot stand without each other, as one."""
    if len(causes) == 1:
        return causes[0]
    names = list(dict.fromkeys(one.name for one in causes))
    return Cause(" with ".join(names), "; ".join(one.words for one in causes), sum((c.changes for c in causes), ()))


def separable(base: Scenario, other: Scenario, causes: list[Cause]) -> tuple[list[Cause], dict[Subset, Scenario]]:
    """Causes of which every combination is a sound scenario, and those scenarios; causes that need each other merge.

    A licence that is taken out and the delivery under it that is taken out with it, for one, count together.
    """
    while True:
        made, broken = _combined(base, other, causes)
        if broken is None or len(causes) <= 1:
            whole = frozenset(range(len(causes)))
            return causes, {**made, frozenset(): base, whole: other}
        outside = [k for k in range(len(causes)) if k not in broken]
        inside = sorted(broken)
        merged = _partner(base, other, causes, inside, outside)
        causes = [joined([causes[k] for k in sorted(merged)]), *(c for k, c in enumerate(causes) if k not in merged)]


def _combined(base: Scenario, other: Scenario, causes: list[Cause]) -> tuple[dict[Subset, Scenario], Subset | None]:
    """The scenario of every combination, and the first combination that is none."""
    made: dict[Subset, Scenario] = {}
    for one in subsets(len(causes))[1:-1]:
        scenario = worked_in(base, other, [change for k in sorted(one) for change in causes[k].changes])
        if scenario is None:
            return made, one
        made[one] = scenario
    return made, None


def _partner(base: Scenario, other: Scenario, causes: list[Cause], inside: list[int], outside: list[int]) -> set[int]:
    """The broken combination's member and the cause beside it that mends it; all of both where no single one does."""
    for k in outside:
        some = [change for one in (*inside, k) for change in causes[one].changes]
        if worked_in(base, other, some) is not None:
            return {inside[0], k}
    return {*inside, *outside}


def because(
    causes: Sequence[Cause],
    play: Callable[[Subset], dict[str, float]],
    kind: str,
) -> Because:
    """Shapley's values of every number that the combinations give. A number that a case does not have counts as 0."""
    worth = {one: play(one) for one in subsets(len(causes))}
    keys = sorted(set().union(*worth.values()))
    table = {one: np.nan_to_num(np.array([of.get(key, 0.0) for key in keys])) for one, of in worth.items()}
    parts = shapley(len(causes), table)
    sizes = np.max(np.abs(list(table.values())), axis=0)
    parts[np.abs(parts) < ROUNDING * sizes] = 0.0
    return Because(tuple(causes), {key: parts[:, k] for k, key in enumerate(keys)}, kind, len(worth))


def by_variants(load: Callable[[Sequence[str]], Scenario], names: Sequence[str]) -> dict[Subset, Scenario] | None:
    """The scenario of every combination of variants, in their order; None where one of them cannot stand."""
    try:
        return {one: load([names[k] for k in sorted(one)]) for one in subsets(len(names))}
    except ScenarioError:
        return None
