"""A scenario against its base case: from when on live chips differ, by how many days, and what took up the rest."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S
from gigacampus.scenario import Scenario
from gigacampus.tables.timeline import Timeline

Ints = NDArray[np.int64]


def live_days(timeline: Timeline) -> Ints:
    """The day on which the n-th live chip is reached for good, by day; shape (days, 2): day, live chips at its end."""
    at, chips = timeline.installs["at_s"] // DAY_S, timeline.installs["chips"]
    days, inverse = np.unique(at, return_inverse=True)
    steps = np.zeros(len(days), dtype=np.int64)
    np.add.at(steps, inverse, chips)
    return np.column_stack([days, np.cumsum(steps)])


def _first_day(levels: Ints, wanted: Ints) -> Ints:
    """The first day on which so many chips are live; -1 where never. The level counts at its highest so far."""
    if not len(levels):
        return np.full(len(wanted), -1, dtype=np.int64)
    highest = np.maximum.accumulate(levels[:, 1])
    place = np.searchsorted(highest, wanted, side="left")
    return np.where(place < len(levels), levels[np.minimum(place, len(levels) - 1), 0], -1).astype(np.int64)


def against(scenario: Scenario, timeline: Timeline, base: Scenario, before: Timeline) -> dict[str, Any]:
    """What the variants moved: numbers and sentences.

    The n-th live chip is compared with the n-th of the base case: `later_mean_d` and `later_most_d` over the chips that
    are live in both and differ; `never_chips` are live in the base case only. `asked_d` is the largest shift of a
    licence's date between the two; what does not arrive at live chips was absorbed by what bound in those months.
    """
    ours, theirs = live_days(timeline), live_days(before)
    most = int(theirs[:, 1].max(initial=0))
    wanted = np.arange(1, most + 1, dtype=np.int64)
    mine, base_day = _first_day(ours, wanted), _first_day(theirs, wanted)
    both = (mine >= 0) & (base_day >= 0)
    later = (mine - base_day)[both]
    moved = later[later != 0]
    final = int(ours[-1, 1]) if len(ours) else 0
    base_final = int(theirs[-1, 1]) if len(theirs) else 0
    asked = _asked_d(scenario, base)
    found: dict[str, Any] = {
        "variants": list(scenario.applied), "same_until": _same_until(scenario, ours, theirs),
        "moved_chips": len(moved), "later_mean_d": float(moved.mean()) if len(moved) else 0.0,
        "later_most_d": int(moved.max(initial=0)), "earlier_most_d": int(-moved.min(initial=0)),
        "never_chips": int(((mine < 0) & (base_day >= 0)).sum()), "final_chips": final,
        "base_final_chips": base_final, "asked_d": asked,
    }  # fmt: skip
    found["absorbed_by"] = _absorbed_by(scenario, before, base_day, later, both, asked) if asked else {}
    found["sentences"] = _said(found)
    return found


def _same_until(scenario: Scenario, ours: Ints, theirs: Ints) -> str:
    """The last day up to which live chips are the same; empty where they never differ."""
    days = np.unique(np.concatenate([ours[:, 0], theirs[:, 0]]))

    def level(levels: Ints) -> Ints:
        place = np.searchsorted(levels[:, 0], days, side="right") - 1
        return np.where(place >= 0, levels[np.maximum(place, 0), 1], 0) if len(levels) else np.zeros_like(days)

    differs = np.flatnonzero(level(ours) != level(theirs))
    return scenario.clock.iso((int(days[differs[0]]) - 1) * DAY_S) if len(differs) else ""


def _asked_d(scenario: Scenario, base: Scenario) -> int:
    """Days by which the variants put off a licence at the most."""
    shifts = [
        (one.issued - base.deal.licences[name].issued).days
        for name, one in scenario.deal.licences.items()
        if name in base.deal.licences
    ]
    return max([0, *shifts])


def _absorbed_by(
    scenario: Scenario, before: Timeline, base_day: Ints, later: Ints, both: NDArray[np.bool_], asked: int
) -> dict[str, int]:
    """What bound in the base case in the months in which chips came that are put off by less than was asked."""
    spared = base_day[both][later < asked]
    if not len(spared):
        return {}
    months = before.months["month_s"]
    month = np.searchsorted(months, spared * DAY_S, side="right") - 1
    counted = Counter(str(before.months["binding"][m]) for m in month.tolist())
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _said(found: dict[str, Any]) -> list[str]:
    names = " with ".join(found["variants"])
    if not found["same_until"]:
        return [f"{names}: live chips are those of the base case on every day."]
    parts = [f"Against the base case {names} changes no live chip until {found['same_until']}"]
    if found["moved_chips"]:
        mean = found["later_mean_d"]
        word, most = ("later", found["later_most_d"]) if mean >= 0 else ("earlier", found["earlier_most_d"])
        parts.append(
            f"{found['moved_chips']:,} chips go live at another date, on average {abs(mean):.0f} days {word} "
            f"({most} at the most)"
        )
    if found["never_chips"]:
        parts.append(f"{found['never_chips']:,} do not go live within the horizon")
    if found["final_chips"] > found["base_final_chips"]:
        parts.append(f"{found['final_chips'] - found['base_final_chips']:,} more are live at the end")
    said = ["; ".join(parts) + "."]
    if found["asked_d"] and found["later_mean_d"] > 0:
        rest = max(0.0, found["asked_d"] - found["later_mean_d"])
        by = ", ".join(word for word in found["absorbed_by"] if word != "nothing")
        said.append(
            f"Of the {found['asked_d']} days by which licences are put off, {found['later_mean_d']:.0f} arrive at the "
            f"chips that move; the other {rest:.0f} are absorbed"
            + (f" where in the base case other limits bound: {by}." if by else ".")
        )
    return said
