"""The waiting jobs, ordered by a rank known beforehand: a 16-ary tree of minima over ranks.

Fcfs, priority and shortest-first all have keys that are known when the trace is loaded, so the order is a rank and
the queue is a set of live ranks. Every node holds the least size and the least length below it, as two blocks of 16
int32 (size, then length), so that "the next job that may start" is a descent: one 16-lane test a node. The pair of
minima is necessary, not sufficient, so a descent may fail; then it goes on with the next lane. A rank that does not
wait has the size GONE. Sizes and lengths above GONE - 1 are held as GONE - 1: whoever starts a job checks the exact
numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.pointer import first_bit, lanes_that_fit, lowest

GONE = 2**31 - 1


def waiting_size(ranks: int) -> tuple[int, int]:
    """Levels and int32 elements of a tree over `ranks` ranks."""
    levels, blocks, total = 1, -(-max(ranks, 1) // 16), 0
    while True:
        total += blocks * 32
        if blocks == 1:
            return levels, total
        blocks = -(-blocks // 16)
        levels += 1


@kernel
def join(tree: Any, ranks: int, rank: int, size: int, length: int) -> None:
    """Put a rank among the waiting."""
    base = 0
    blocks = (ranks + 15) >> 4
    held_size = np.int32(min(size, GONE - 1))
    held_length = np.int32(min(length, GONE - 1))
    i = rank
    while True:
        at = base + ((i >> 4) << 5) + (i & 15)
        is_less = False
        if held_size < tree[at]:
            tree[at] = held_size
            is_less = True
        if held_length < tree[at + 16]:
            tree[at + 16] = held_length
            is_less = True
        if blocks == 1 or not is_less:
            return
        base += blocks << 5
        blocks = (blocks + 15) >> 4
        i >>= 4


@kernel
def leave(tree: Any, ranks: int, rank: int) -> None:
    """Take a rank out."""
    base = 0
    blocks = (ranks + 15) >> 4
    i = rank
    size = np.int32(GONE)
    length = np.int32(GONE)
    while True:
        at = base + ((i >> 4) << 5) + (i & 15)
        if tree[at] == size and tree[at + 16] == length:
            return
        tree[at] = size
        tree[at + 16] = length
        if blocks == 1:
            return
        at -= i & 15
        size = lowest(tree, at)
        length = lowest(tree, at + 16)
        base += blocks << 5
        blocks = (blocks + 15) >> 4
        i >>= 4


@kernel
def may_fit(tree: Any, ranks: int, free: int) -> bool:
    """Whether any waiting job is of size <= free: a look at the root alone."""
    base = 0
    blocks = (ranks + 15) >> 4
    while blocks > 1:
        base += blocks << 5
        blocks = (blocks + 15) >> 4
    return lowest(tree, base) <= free


@kernel
def next_fit(tree: Any, ranks: int, rank: int, spare: int, free: int, window: int) -> int:
    """The first waiting rank >= `rank` of size <= spare, or of size <= free and length <= window; -1 if none.

    With spare = GONE - 1 it is the next waiting rank, whatever its size.
    """
    if rank >= ranks:
        return -1
    spare32 = np.int32(min(spare, GONE - 1))
    free32 = np.int32(min(free, GONE - 1))
    window32 = np.int32(max(min(window, GONE - 1), -1))
    base = 0
    blocks = (ranks + 15) >> 4
    level = 0
    i = rank
    while i >> 4 < blocks:
        mask = lanes_that_fit(tree, base + ((i >> 4) << 5), spare32, free32, window32)
        mask = (mask >> (i & 15)) << (i & 15)
        if mask != 0:
            i = (i & ~15) + first_bit(mask)
            if level == 0:
                return i
            level -= 1
            blocks = _blocks(ranks, level)
            base -= blocks << 5
            i <<= 4
        elif blocks == 1:
            return -1
        else:
            i = (i >> 4) + 1
            base += blocks << 5
            level += 1
            blocks = _blocks(ranks, level)
    return -1


@part
def held_size(tree: Any, rank: int) -> int:
    """A waiting rank's size as the tree holds it: exact where less than GONE - 1."""
    return tree[((rank >> 4) << 5) + (rank & 15)]


@part
def held_length(tree: Any, rank: int) -> int:
    """A waiting rank's length as the tree holds it: exact where less than GONE - 1."""
    return tree[((rank >> 4) << 5) + (rank & 15) + 16]


@part
def _blocks(ranks: int, level: int) -> int:
    """Blocks of a level."""
    return (ranks + (1 << (4 * level + 4)) - 1) >> (4 * level + 4)
