"""From a problem to chips: what is installed when, what goes live, what is lost and comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.buildout.problem import FOR_GOOD_DAY, Floats, Ints, Problem, arrival_day
from gigacampus.clock import DAY_S
from gigacampus.errors import InvariantError
from gigacampus.kernels.installing import FULL, HALLS, LOTS, MODELS, PLACED, install, room
from gigacampus.kernels.recorded import RECORD, retimed


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of a stock of chips, in order of time; arrays of shape (changes,)."""

    at_s: Ints
    chips: Ints
    lot_index: Ints
    hall_index: Ints

    def ordered(self) -> Changes:
        """The same in order of time; changes at one instant keep their order."""
        order = np.argsort(self.at_s, kind="stable")
        return self.where(order)

    def where(self, mask: NDArray[np.generic]) -> Changes:
        """The changes at a mask or at positions."""
        return Changes(self.at_s[mask], self.chips[mask], self.lot_index[mask], self.hall_index[mask])


@dataclass(frozen=True, slots=True)
class Stock:
    """What becomes of the chips of a problem."""

    installed: Changes
    """Chips put into racks."""
    live: Changes
    """Chips going live, and out of service (negative) and back where halls are lost."""
    lost: Changes
    """Chips out of service because their hall is lost (positive), and back (negative)."""
    removed: Changes
    """Chips taken away for good."""


def place(problem: Problem) -> NDArray[np.void]:
    """Install the lots; the rows of `PLACED`."""
    lots = np.zeros(len(problem.lots), dtype=LOTS)
    lots["arrive_day"] = arrival_day(problem.lots.arrive_s)
    lots["chips"], lots["model_index"] = problem.lots.chips, problem.lots.model_index
    models = np.zeros(len(problem.models), dtype=MODELS)
    models["chips_per_rack"], models["rack_w"], models["air_w"] = problem.chips_per_rack, problem.rack_w, problem.air_w
    halls = np.zeros(len(problem.halls.names), dtype=HALLS)
    halls["open_day"], halls["limit_w"] = problem.halls.open_day, problem.halls.limit_w
    halls["air_w"] = problem.halls.air_w
    days = problem.days
    placed = np.zeros(room(len(lots), len(models), len(halls), len(problem.losses), len(days)), dtype=PLACED)
    rows = install(lots, models, halls, problem.losses, days, placed)
    if rows == FULL:
        raise InvariantError(f"installation wrote more than {len(placed)} rows for {len(lots)} lots")
    return placed[:rows]


def follow(problem: Problem) -> Stock:
    """Install, commission, replace early failures, and take out what is lost."""
    placed = place(problem)
    lot, hall = placed["lot_index"].copy(), placed["hall_index"].copy()
    chips, installed_s = placed["chips"].copy(), placed["day"] * DAY_S
    installed = Changes(installed_s, chips, lot, hall)
    early = _share(chips, problem.early_fraction)
    pieces = Changes(
        np.concatenate([installed_s, installed_s + problem.replacement_s]) + problem.commissioning_s,
        np.concatenate([chips - early, early]),
        np.concatenate([lot, lot]),
        np.concatenate([hall, hall]),
    )
    if problem.record is not None:
        placed_s = np.concatenate([installed_s, installed_s])
        pieces, installed = _as_recorded(problem, pieces, placed_s)
    live, lost, removed = _lose(problem, pieces.where(pieces.chips > 0).ordered())
    return Stock(installed, live.ordered(), lost.ordered(), removed.ordered())


def _as_recorded(problem: Problem, pieces: Changes, placed_s: Ints) -> tuple[Changes, Changes]:
    """Live chips and installed ones with the record in the plan's place; nothing is installed after it went live."""
    record = np.zeros(0, dtype=RECORD) if problem.record is None else problem.record
    models = problem.lots.model_index[pieces.lot_index]
    at_s, chips, source, hall = retimed(pieces.at_s, pieces.chips, models, record, problem.clock.known_s)
    hall = np.where(hall >= 0, hall, pieces.hall_index[source])
    lot, was_s = pieces.lot_index[source], placed_s[source]
    live = Changes(at_s, chips, lot, hall)
    return live, Changes(np.minimum(was_s, at_s), chips, lot, hall).ordered()


def _share(chips: Ints, fraction: float) -> Ints:
    """Whole parts of `chips` that sum, over any first rows, to `fraction` of their sum, rounded half up."""
    total = np.floor(np.cumsum(chips) * fraction + 0.5).astype(np.int64)
    return np.asarray(np.diff(total, prepend=0), dtype=np.int64)


def _lose(problem: Problem, pieces: Changes) -> tuple[Changes, Changes, Changes]:
    """Take the lost parts of halls out of service and bring them back; what would go live meanwhile waits.

    Live chips, lost ones, and those of losses without an end, which do not come back.
    """
    at_s = pieces.at_s.copy()
    out: list[Changes] = [pieces]
    lost, removed = list[Changes](), list[Changes]()
    for loss in problem.losses:
        start_s, end_s = int(loss["from_day"]) * DAY_S, int(loss["until_day"]) * DAY_S
        mine = pieces.hall_index == loss["hall_index"]
        for standing in (mine & (at_s < start_s), mine & (at_s >= start_s) & (at_s < end_s)):
            hit = pieces.where(standing)
            part = _share(hit.chips, float(loss["fraction"]))
            gone_s = np.maximum(at_s[standing], start_s)
            back_s = np.full(len(part), end_s, dtype=np.int64)
            gone = Changes(gone_s, -part, hit.lot_index, hit.hall_index)
            back = Changes(back_s, part, hit.lot_index, hit.hall_index)
            out += [gone, back]
            if loss["until_day"] >= FOR_GOOD_DAY:
                removed.append(_negative(gone))
            else:
                lost += [_negative(gone), _negative(back)]
    return _joined(out), _joined(lost), _joined(removed)


def _negative(changes: Changes) -> Changes:
    return Changes(changes.at_s, -changes.chips, changes.lot_index, changes.hall_index)


def _joined(parts: list[Changes]) -> Changes:
    if not parts:
        return Changes(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    columns = zip(*((p.at_s, p.chips, p.lot_index, p.hall_index) for p in parts), strict=True)
    joined = Changes(*(np.concatenate(column) for column in columns))
    return joined.where(joined.chips != 0)


def level(at_s: Ints, change: NDArray[np.generic], edges_s: Ints) -> Floats:
    """The running sum of changes just before each edge; shape of `edges_s`. `at_s` is in order of time."""
    total = np.concatenate([[0], np.cumsum(change)])
    return np.asarray(total[np.searchsorted(at_s, edges_s, side="left")])
