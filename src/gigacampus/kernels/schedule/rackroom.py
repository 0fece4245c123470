"""Room for a job in alike racks, by the rules of `packed` (`racks.py`), found in cells instead of by looking.

A job that one node could hold goes to the node with the least free, in the rack with the least free. A gang goes to the
rack with the least free GPUs that holds all of it; else it takes all whole nodes of the rack that has most of them, and
so on until one rack holds the rest. The rest of less than a node may lie on a node in use, first of all in a rack that
the gang is on. Of equals the first.
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.cells import count_in, first_in, next_in
from gigacampus.kernels.schedule.mintree import first_least
from gigacampus.kernels.schedule.pointer import first_bit, last_bit
from gigacampus.kernels.schedule.rackmasks import (
    ANY_WHOLE,
    BY_FREE,
    FREE,
    GPUS,
    MANY,
    MOST,
    NEXT,
    NODES_WITH,
    OVER,
    PIECE,
    PIECE_AT,
    RACK,
    RACKS,
    SHARE,
    file,
    full_cell,
    hold_part,
    hold_racks,
    hold_whole,
    part_tree,
    parts_of,
    row_of,
    unfile,
    whole_cell,
)


@part
def largest_fit(r: Any) -> int:
    """The most GPUs that find room; all fewer do too: whole nodes, and one node that holds the rest."""
    gpus = r[GPUS]
    share = gpus - 1
    while share > 0 and r[r[NODES_WITH] + share] == 0:
        share -= 1
    return r[r[NODES_WITH] + gpus] * gpus + share


@kernel
def take_room(r: Any, size: int, holder: int) -> int:
    """Take so many GPUs, for which there must be room; returns the first piece."""
    gpus, chain, left = r[GPUS], -1, size
    racks = min(size // r[MOST], count_in(r, full_cell(r)))
    if racks > 0:
        chain = hold_racks(r, racks, holder, chain)
        left -= racks * r[MOST]
    while left > 0:
        nodes = left // gpus
        rest = left - nodes * gpus
        if nodes > 0:
            rack = _rack_for(r, nodes, rest)
            if rack < 0:
                nodes, rest = last_bit(r[ANY_WHOLE]), 0
                rack = _fullest(r, nodes)
        elif chain < 0:
            rack = _least_part(r, rest)
            if rack < 0:
                rack = _rack_for(r, 1, 0)
        else:
            rack = _among(r, chain, rest)
            if rack < 0:
                rack = _rack_with(r, rest)
        had = parts_of(r, rack)
        unfile(r, rack)
        if nodes > 0:
            chain = hold_whole(r, rack, nodes, holder, chain)
        if rest > 0:
            chain = hold_part(r, rack, rest, holder, chain)
        file(r, rack, had)
        left -= nodes * gpus + rest
    return chain


@part
def _least_part(r: Any, share: int) -> int:
    """The rack of the node in use with the least GPUs free that are enough, of these racks that with the least free."""
    for k in range(share, r[GPUS]):
        if r[r[NODES_WITH] + k] > 0:
            return first_least(r, part_tree(r, k), r[RACKS])
    return -1


@kernel
def _rack_for(r: Any, nodes: int, rest: int) -> int:
    """The rack with the least free that has so many whole nodes and the rest on one more node; -1: none has."""
    over = r[OVER]
    if nodes > last_bit(r[ANY_WHOLE] | 1):
        return -1
    for free in range(nodes * r[GPUS] + rest, r[MOST] + 1):
        counts = (r[r[BY_FREE] + free] >> nodes) << nodes
        best = -1
        while counts != 0:
            count = first_bit(counts)
            counts &= counts - 1
            cell = whole_cell(r, count, free)
            rack = first_in(r, cell, over)
            if count == nodes and rest > 0:
                while rack >= 0 and not _has_node_with(r, rack, rest):
                    rack = next_in(r, cell, over, rack + 1)
            if rack >= 0 and (best < 0 or rack < best):
                best = rack
        if best >= 0:
            return best
    return -1


@part
def _has_node_with(r: Any, rack: int, share: int) -> bool:
    """Whether some node in use of a rack has so many GPUs free."""
    return parts_of(r, rack) >> share != 0


@part
def _fullest(r: Any, nodes: int) -> int:
    """The first of the racks with so many whole nodes; there must be one."""
    best, gpus = -1, r[GPUS]
    for free in range(nodes * gpus, r[MOST] + 1):
        if (r[r[BY_FREE] + free] >> nodes) & 1 == 1:
            rack = first_in(r, whole_cell(r, nodes, free), r[OVER])
            if best < 0 or rack < best:
                best = rack
    return best


@kernel
def _among(r: Any, chain: int, share: int) -> int:
    """Of the racks that a job is on, the one with the least free that has a node with so many; -1: none has."""
    best, least, piece = -1, 0, chain
    while piece >= 0:
        p = r[PIECE_AT] + piece * PIECE
        if r[p + SHARE] == MANY:
            piece = r[p + NEXT]
            continue
        rack = r[p + RACK]
        free = r[row_of(r, rack) + FREE]
        if (best < 0 or free < least or (free == least and rack < best)) and _has_node_with(r, rack, share):
            best, least = rack, free
        piece = r[p + NEXT]
    return best


@kernel
def _rack_with(r: Any, share: int) -> int:
    """The rack with the least free that has a node with so many, in use or not; there must be one."""
    best, least = -1, 0
    for k in range(share, r[GPUS] + 1):
        rack = first_least(r, part_tree(r, k), r[RACKS]) if k < r[GPUS] else _rack_for(r, 1, 0)
        if rack >= 0:
            free = r[row_of(r, rack) + FREE]
            if best < 0 or free < least or (free == least and rack < best):
                best, least = rack, free
    return best
