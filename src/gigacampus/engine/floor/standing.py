"""What both loops on a floor reckon alike of a job that stands on nodes: when it ends, where it stands, its power."""

from __future__ import annotations

from typing import Any

from gigacampus.engine.desk import NEVER
from gigacampus.engine.floor.desk import FULL
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.floor import STAMP, Floor


@kernel
def after(since: int, left: int, rate: int) -> int:
    """When `left` thousandths of a second at speed 1 are done at a rate, from a time on."""
    return since + (left + rate - 1) // rate


@kernel
def reach(f: Floor, piece: int) -> Any:
    """On how many nodes and racks the pieces of a job stand, and of which models (bits) those are."""
    nodes, racks, models = 0, 0, 0
    f.want[STAMP] += 1
    while piece >= 0:
        node = f.c.piece_node[piece]
        nodes += 1
        models |= f.c.model_bit[node]
        if f.seen[f.rack[node]] != f.want[STAMP]:
            f.seen[f.rack[node]] = f.want[STAMP]
            racks += 1
        piece = f.c.piece_next[piece]
    return nodes, racks, models


@kernel
def is_in_hall(f: Floor, piece: int, hall: int) -> bool:
    """Whether any of a job's pieces stands in a hall."""
    while piece >= 0:
        if f.hall[f.c.piece_node[piece]] == hall:
            return True
        piece = f.c.piece_next[piece]
    return False


@kernel
def draw_in_halls(f: Floor, piece: int, watts: int, sign: int) -> None:
    """Count what a job draws in each of its halls, `watts` a GPU; with sign -1, that it draws it no more."""
    while piece >= 0:
        given = 0
        for i in range(f.c.free_gpu.shape[1]):
            given += f.c.piece_given[piece, i]
        f.hall_used[f.hall[f.c.piece_node[piece]]] += sign * (watts * given // WHOLE)
        piece = f.c.piece_next[piece]


@kernel
def power_left(used: int, limit: int) -> int:
    """Thousandths of the power asked for that a limit leaves."""
    if limit == NEVER or used <= limit:
        return FULL
    return limit * FULL // used


@kernel
def power_left_in_halls(f: Floor, piece: int) -> int:
    """The same of the tightest of a job's halls."""
    least = FULL
    while piece >= 0:
        hall = f.hall[f.c.piece_node[piece]]
        least = min(least, power_left(f.hall_used[hall], f.hall_limit[hall]))
        piece = f.c.piece_next[piece]
    return least
