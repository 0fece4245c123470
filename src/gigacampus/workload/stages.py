"""A stated training run as stages: ramp-up, full size, and where it is elastic as many chips as there are to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S
from gigacampus.scenario.tenants import TrainingRun

Ints = NDArray[np.int64]
Pace = Callable[[int], float]
"""Training done in a second on so many chips, against all chips of the run."""
PARTS = 8
"""An elastic run holds eighths of its chips: whole replicas of the model come and go."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: from when it is planned, on how many chips, for how long."""

    stage: str
    start_s: int
    chips: int
    run_s: int
    done_fraction: float


@dataclass(frozen=True, slots=True)
class Room:
    """Chips that a run may count on, from each instant on; shape (steps,)."""

    at_s: Ints
    chips: Ints
    node_chips: int

    def at(self, when_s: int) -> int:
        """Chips at an instant."""
        row = int(np.searchsorted(self.at_s, when_s, side="right")) - 1
        return int(self.chips[row]) if row >= 0 else 0


def stages(run: TrainingRun, start_s: int, work_s: float, room: Room, pace: Pace) -> list[Stage]:
    """The stages of a run of `work_s` seconds of training on all its chips, end to end as if nothing went wrong."""
    made: list[Stage] = []
    ramp = _ramp(run, room.node_chips)
    ramp_s = float(run.ramp_up.length) if run.ramp_up else 0.0
    ramp_ends = [start_s + round((k + 1) * ramp_s / len(ramp)) for k in range(len(ramp))]
    at, left = start_s, work_s
    while left > 0.5:
        step = sum(at >= end for end in ramp_ends)
        wanted = ramp[step] if step < len(ramp) else int(run.chips)
        chips = _fitting(run, wanted, room, at)
        until = min(ramp_ends[step] if step < len(ramp) else math.inf, _next_change(run, wanted, chips, room, at))
        speed = pace(chips)
        whole = left / speed
        train, length = _within(run, until - at) if until < math.inf else (whole, math.inf)
        if train >= whole:
            train, length = whole, _with_evaluations(run, whole)
        name = "ramp-up" if step < len(ramp) else "full" if chips == int(run.chips) else "elastic"
        made.append(Stage(name, at, chips, max(1, round(length)), train * speed / work_s))
        left -= train * speed
        at += max(1, round(length))
    return made


def _ramp(run: TrainingRun, node_chips: int) -> list[int]:
    """Chips of the steps of the ramp-up: the stated share, then twice as many each time, below all."""
    if run.ramp_up is None:
        return []
    steps = max(1, math.ceil(math.log2(1.0 / float(run.ramp_up.share)) - 1e-9))
    first = float(run.ramp_up.share) * float(run.chips)
    return [min(_nodes(first * 2**k, node_chips), int(run.chips)) for k in range(steps)]


def _nodes(chips: float, node_chips: int) -> int:
    """Whole nodes."""
    return max(node_chips, math.ceil(chips / node_chips - 1e-9) * node_chips)


def _sizes(run: TrainingRun, wanted: int, node_chips: int) -> list[int]:
    """Sizes that an elastic run may take up to `wanted`, smallest first; only `wanted` where it is not elastic."""
    if run.elastic_from is None:
        return [wanted]
    parts = {min(_nodes(float(run.chips) * k / PARTS, node_chips), int(run.chips)) for k in range(1, PARTS + 1)}
    return sorted({size for size in parts if int(run.elastic_from) <= size <= wanted} | {wanted})


def _fitting(run: TrainingRun, wanted: int, room: Room, at_s: int) -> int:
    """The largest size that there is room for; the smallest (it will wait) where there is for none."""
    sizes = _sizes(run, wanted, room.node_chips)
    there = room.at(at_s)
    return max((size for size in sizes if size <= there), default=sizes[0])


def _next_change(run: TrainingRun, wanted: int, chips: int, room: Room, at_s: int) -> float:
    """When an elastic run next takes another size; growing waits until the stage has lasted a day."""
    if run.elastic_from is None:
        return math.inf
    for when in room.at_s[room.at_s > at_s].tolist():
        size = _fitting(run, wanted, room, when)
        if size < chips or (size > chips and when >= at_s + DAY_S):
            return float(when)
    return math.inf


def _within(run: TrainingRun, length_s: float) -> tuple[float, float]:
    """Training that fits into a stage of a length, evaluations taken off; and the length."""
    if run.evaluation is None:
        return length_s, length_s
    every, pause = float(run.evaluation.every), float(run.evaluation.length)
    cycles, rest = divmod(length_s, every + pause)
    return cycles * every + min(rest, every), length_s


def _with_evaluations(run: TrainingRun, train_s: float) -> float:
    """Length of a last stage: training and its evaluations, one at the very end among them."""
    if run.evaluation is None:
        return train_s
    return train_s + math.ceil(train_s / float(run.evaluation.every) - 1e-9) * float(run.evaluation.length)
