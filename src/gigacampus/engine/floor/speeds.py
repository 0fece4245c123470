"""Speeds of jobs by where they stand, from rows of measurements to the dense table that the loop looks up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.floor.desk import FULL
from gigacampus.engine.floor.given import Speeds

ANY = "*"


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of a table of speeds: from so many nodes, racks and neighbours on, a job of this class runs so fast."""

    kind: str
    """Class of job; `*` any that has no rows of its own."""
    model: str
    """GPU model; `*` any that has no rows of its own."""
    nodes: int
    racks: int
    neighbours: int
    """Other jobs on the fullest of its nodes."""
    speed: float
    """1 is the speed at which the stated run time holds."""


def speeds(rows: Sequence[Measured], models: Sequence[str]) -> Speeds:
    """The table for a machine with these models (in the order of their bits).

    Of the rows with no more nodes, racks and neighbours than a job has, those of its class count (of any class, where
    it has none), of these those of its model (of any); of what is left the one with the most nodes, then with the most
    racks, then with the most neighbours. Raises ValueError
    where a class or model has no row that holds for the least job (1 node, 1 rack, no neighbour).
    """
    classes = (ANY, *sorted({row.kind for row in rows} - {ANY}))
    names = [getattr(row, name) for name in ("nodes", "racks", "neighbours") for row in rows]
    count = len(rows)
    steps = [sorted({*names[k * count : (k + 1) * count], int(k < 2)}) for k in range(3)]
    stairs = np.full((3, max(map(len, steps))), NEVER, dtype=np.int64)
    for k, values in enumerate(steps):
        stairs[k, : len(values)] = values
    shape = (len(classes), max(len(models), 1), *map(len, steps))
    milli = np.zeros(shape, dtype=np.int64)
    for place in np.ndindex(*shape):
        held = (steps[0][place[2]], steps[1][place[3]], steps[2][place[4]])
        model = models[place[1]] if models else ANY
        milli[place] = max(1, round(FULL * _holding(rows, classes[place[0]], model, held).speed))
    return Speeds(classes, milli, stairs)


def _holding(rows: Sequence[Measured], kind: str, model: str, held: tuple[int, int, int]) -> Measured:
    """The row that counts."""
    able = [row for row in rows if row.nodes <= held[0] and row.racks <= held[1] and row.neighbours <= held[2]]
    able = [row for row in able if row.kind == kind] or [row for row in able if row.kind == ANY]
    able = [row for row in able if row.model == model] or [row for row in able if row.model == ANY]
    if not able:
        raise ValueError(f'no row for class "{kind}" on model "{model or ANY}" with 1 node, 1 rack and no neighbour')
    return max(able, key=lambda row: (row.nodes, row.racks, row.neighbours))
