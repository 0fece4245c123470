"""A 16-ary tree of sums over positions: add at a position, sum before it, find where a running sum is reached.

`tree` is flat int64: `levels` levels of 16^levels, 16^(levels-1), ... nodes, the leaves first. A node is the sum of its
16 children, which lie in two cache lines.
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import kernel


def sumtree_size(leaves: int) -> tuple[int, int]:
    """Levels (at least 1) and int64 elements of a tree over at least `leaves` positions."""
    levels = 1
    while 16**levels < leaves:
        levels += 1
    return levels, sum(16**k for k in range(1, levels + 1))


@kernel
def sum_add(tree: Any, levels: int, at: int, amount: int) -> None:
    """Add `amount` at a position, at every level."""
    base = 0
    width = 1 << (4 * levels)
    for _ in range(levels):
        tree[base + at] += amount
        base += width
        width >>= 4
        at >>= 4


@kernel
def sum_before(tree: Any, levels: int, at: int) -> int:
    """The sum over positions less than `at`."""
    total = 0
    base = 0
    width = 1 << (4 * levels)
    for _ in range(levels):
        block = at & ~15
        for i in range(block, at):
            total += tree[base + i]
        base += width
        width >>= 4
        at >>= 4
    return total


@kernel
def sum_reach(tree: Any, levels: int, wanted: int) -> tuple[int, int]:
    """The first position whose running sum, itself included, reaches `wanted` (> 0), and the sum before it.

    Position -1 where the whole sum falls short; its second value is then the whole sum.
    """
    base = 0
    width = 1 << (4 * levels)
    for _ in range(levels - 1):
        base += width
        width >>= 4
    before = 0
    block = 0
    for level in range(levels):
        i = 0
        while i < 16 and before + tree[base + block + i] < wanted:
            before += tree[base + block + i]
            i += 1
        if i == 16:
            return -1, before
        block = (block + i) << 4
        if level < levels - 1:
            width <<= 4
            base -= width
    return block >> 4, before
