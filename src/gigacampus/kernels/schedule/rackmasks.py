"""Alike nodes in racks, each rack a few words: which of its nodes have 1, 2, ... GPUs free, as bits.

A gang takes and gives back the nodes of a rack as one mask, so it costs by the racks it touches, not by its nodes. The
racks stand in cells by what a rule may ask for, which are brought up to date whenever a rack changes:

    a cell for each (w, f): racks with w wholly free nodes and f free GPUs
    a tree for each k: the racks with some node of which k GPUs are free, fewer than all, by their free GPUs

All of it is one flat int64 array, so that a call hands on one pointer. It begins with a header (below), then come

    racks   per rack: free GPUs, first piece, nodes that are down, first node, and a mask of the nodes with 1, 2, ...
            GPUs free; nodes that are down are in none
    pieces  what a job holds of a rack: next piece of the job, rack, mask, GPUs of its one node (0: whole nodes), who
            holds it, and which piece comes before and after it in the list of its rack's pieces, the latest first.
            Or, for a large gang, whole racks: number of their 64, mask of the racks, and MANY

Nodes are alike, racks need not be: a short one has fewer bits. At most 62 nodes a rack and 16 GPUs a node.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.cells import cell_size, count_in, next_in, put_in, take_out
from gigacampus.kernels.schedule.mintree import NO_KEY, NO_KEYS, mintree_size, set_key
from gigacampus.kernels.schedule.pointer import count_bits, first_bit, last_bit, prefetch, with_bit, without_bit

MOST_NODES, MOST_GPUS = 62, 16
"""Nodes of a rack and GPUs of a node that its words have room for."""

GPUS, RACKS, MOST, CELL, OVER, WHOLES, PARTS, TREE, BY_FREE, BY_WHOLE, ANY_WHOLE, NODES_WITH, RACK_AT, WIDTH = (
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
)  # fmt: skip
PIECE_AT, VACANT, FULL, HEADER = 14, 15, 16, 24
"""Header: GPUs of a node, racks, the most GPUs of a rack; size of a cell, and words over its words; where cells and
trees begin, size of a tree; for each number of free GPUs which numbers of whole nodes racks have, how many racks have
so many whole nodes, and which numbers any has; how many nodes have 0, 1, ... GPUs free; racks, their width, pieces; the
first vacant piece; nodes of a rack that is not short."""

FREE, FIRST_PIECE, DOWN, FIRST_NODE, MASK = 0, 1, 2, 3, 3
"""Of a rack; MASK + k is the mask of nodes with k free GPUs, from k = 1 on."""
NEXT, RACK, NODES, SHARE, HOLDER, LOG, BEFORE, AFTER, PIECE = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Of a piece, one cache line. LOG is the holder's own."""
MANY = -1
"""In place of SHARE: a piece of whole racks."""


def rack_masks(first_nodes: NDArray[np.int64], gpus: int, pieces: int) -> NDArray[np.int64]:
    """Empty racks: `first_nodes` is the first node of each and one past the last; nodes of so many GPUs.

    `pieces` is how many may be held at a time; no job needs more than one a GPU.
    """
    sizes = np.diff(first_nodes)
    racks, nodes = len(sizes), int(sizes.max(initial=1))
    most = nodes * gpus
    over, cell = cell_size(racks)
    width = -(-(MASK + gpus + 1) // 8) * 8
    lengths = {
        WHOLES: (nodes + 1) * (most + 1) * cell, PARTS: gpus * mintree_size(racks), BY_FREE: most + 1,
        BY_WHOLE: nodes + 1, NODES_WITH: gpus + 1, RACK_AT: racks * width,
        PIECE_AT: (pieces + 1) * PIECE,
    }  # fmt: skip
    size, begins = HEADER, {}
    for name, length in lengths.items():
        size = -(-size // 8) * 8
        begins[name] = size
        size += length
    r = np.zeros(size + 8, dtype=np.int64)
    skew = (-(r.ctypes.data // 8)) % 8  # whole cache lines
    r = r[skew : skew + size]
    for name, begin in begins.items():
        r[name] = begin
    r[GPUS], r[RACKS], r[MOST], r[CELL], r[OVER], r[WIDTH] = gpus, racks, most, cell, over, width
    r[TREE], r[FULL] = mintree_size(racks), nodes
    r[begins[PARTS] : begins[PARTS] + lengths[PARTS]] = NO_KEYS
    rows = r[begins[RACK_AT] : begins[RACK_AT] + racks * width].reshape(racks, width)
    rows[:, FREE], rows[:, FIRST_PIECE], rows[:, FIRST_NODE] = sizes * gpus, -1, first_nodes[:-1]
    rows[:, MASK + gpus] = (np.int64(1) << sizes) - 1
    rows = r[begins[PIECE_AT] : begins[PIECE_AT] + (pieces + 1) * PIECE].reshape(-1, PIECE)
    rows[:, NEXT] = np.arange(1, pieces + 2)
    rows[-1, NEXT] = -1
    r[begins[NODES_WITH] + gpus] = int(sizes.sum())
    _file_all(r)
    return r


@kernel
def _file_all(r: Any) -> None:
    for rack in range(r[RACKS]):
        _file_whole(r, rack)


@part
def row_of(r: Any, rack: int) -> int:
    """Where a rack's words begin."""
    return r[RACK_AT] + rack * r[WIDTH]


@part
def whole_cell(r: Any, nodes: int, free: int) -> int:
    """Where the cell of racks with so many whole nodes and so many free GPUs begins."""
    return r[WHOLES] + (nodes * (r[MOST] + 1) + free) * r[CELL]


@part
def part_tree(r: Any, gpus: int) -> int:
    """Where the tree of racks with a node of which so many GPUs are free begins."""
    return r[PARTS] + gpus * r[TREE]


@part
def unfile(r: Any, rack: int) -> None:
    """A rack is about to change: take it out of its cell."""
    at = row_of(r, rack)
    nodes = count_bits(r[at + MASK + r[GPUS]])
    if nodes == 0:
        return
    free = r[at + FREE]
    cell = whole_cell(r, nodes, free)
    take_out(r, cell, r[OVER], rack)
    if count_in(r, cell) == 0:
        r[r[BY_FREE] + free] &= ~(1 << nodes)
    r[r[BY_WHOLE] + nodes] -= 1
    if r[r[BY_WHOLE] + nodes] == 0:
        r[ANY_WHOLE] &= ~(1 << nodes)


@part
def file(r: Any, rack: int, had: int) -> None:
    """A rack has changed: put it where it belongs; `had` is `parts_of` before."""
    at, gpus = row_of(r, rack), r[GPUS]
    _file_whole(r, rack)
    for k in range(1, gpus):
        if r[at + MASK + k] != 0:
            set_key(r, part_tree(r, k), r[RACKS], rack, r[at + FREE])
        elif (had >> k) & 1 == 1:
            set_key(r, part_tree(r, k), r[RACKS], rack, NO_KEY)


@part
def _file_whole(r: Any, rack: int) -> None:
    at = row_of(r, rack)
    nodes = count_bits(r[at + MASK + r[GPUS]])
    if nodes > 0:
        free = r[at + FREE]
        put_in(r, whole_cell(r, nodes, free), r[OVER], rack)
        r[r[BY_FREE] + free] |= 1 << nodes
        r[r[BY_WHOLE] + nodes] += 1
        r[ANY_WHOLE] |= 1 << nodes


@part
def parts_of(r: Any, rack: int) -> int:
    """Bit mask of the k for which a rack has a node with k GPUs free, fewer than all."""
    at, parts = row_of(r, rack) + MASK, 0
    for k in range(1, r[GPUS]):
        parts |= (1 << k) if r[at + k] != 0 else 0
    return parts


@part
def hold_whole(r: Any, rack: int, nodes: int, holder: int, chain: int) -> int:
    """Take so many wholly free nodes of an unfiled rack, the first ones; returns the piece, put before `chain`."""
    at, gpus = row_of(r, rack), r[GPUS]
    idle = r[at + MASK + gpus]
    left = idle
    if nodes == count_bits(idle):
        left = 0
    else:
        for _ in range(nodes):
            left &= left - 1
    r[at + MASK + gpus] = left
    r[at + FREE] -= nodes * gpus
    r[r[NODES_WITH] + gpus] -= nodes
    r[r[NODES_WITH]] += nodes
    return _new_piece(r, rack, idle ^ left, 0, holder, chain)


@part
def hold_part(r: Any, rack: int, share: int, holder: int, chain: int) -> int:
    """Take GPUs of one node of an unfiled rack, the one with the least that are enough; returns the piece likewise."""
    at = row_of(r, rack)
    k = share
    while r[at + MASK + k] == 0:
        k += 1
    node = 1 << first_bit(r[at + MASK + k])
    r[at + MASK + k] ^= node
    if k > share:
        r[at + MASK + k - share] |= node
    r[at + FREE] -= share
    r[r[NODES_WITH] + k] -= 1
    r[r[NODES_WITH] + k - share] += 1
    return _new_piece(r, rack, node, share, holder, chain)


@part
def full_cell(r: Any) -> int:
    """Where the cell of the racks begins that are all free, short ones aside."""
    return whole_cell(r, r[FULL], r[MOST])


@kernel
def hold_racks(r: Any, racks: int, holder: int, chain: int) -> int:
    """Take so many racks that are all free, the first ones; returns the chain with their pieces before it.

    Nothing of them need be looked at: what stands in their words is known.
    """
    cell, idle = full_cell(r), MASK + r[GPUS]
    bits = cell + 1 + r[OVER]
    _count_full(r, -racks)
    word = 0
    while racks > 0:
        word = next_in(r, cell, r[OVER], word << 6) >> 6
        left = r[bits + word]
        mask = left
        for _ in range(count_bits(left) - racks):  # the lowest of them
            mask = without_bit(mask, last_bit(mask))
        r[bits + word] = left ^ mask
        if left == mask:
            r[cell + 1 + (word >> 6)] = without_bit(r[cell + 1 + (word >> 6)], word & 63)
        racks -= count_bits(mask)
        piece = r[VACANT]
        p = r[PIECE_AT] + piece * PIECE
        r[VACANT] = r[p + NEXT]
        r[p + NEXT], r[p + RACK], r[p + NODES], r[p + SHARE], r[p + HOLDER] = chain, word, mask, MANY, holder
        chain = piece
        while mask != 0:
            at = row_of(r, (word << 6) + first_bit(mask))
            mask &= mask - 1
            r[at + FREE], r[at + idle], r[at + FIRST_PIECE] = 0, 0, piece
        word += 1
    return chain


@part
def _give_racks(r: Any, word: int, mask: int) -> None:
    """Give back whole racks."""
    cell, idle, nodes = full_cell(r), MASK + r[GPUS], (1 << r[FULL]) - 1
    r[cell + 1 + r[OVER] + word] |= mask
    r[cell + 1 + (word >> 6)] = with_bit(r[cell + 1 + (word >> 6)], word & 63)
    _count_full(r, count_bits(mask))
    while mask != 0:
        at = row_of(r, (word << 6) + first_bit(mask))
        mask &= mask - 1
        r[at + FREE], r[at + idle], r[at + FIRST_PIECE] = r[MOST], nodes, -1


@part
def _count_full(r: Any, racks: int) -> None:
    """So many racks more are all free."""
    nodes = r[FULL]
    r[full_cell(r)] += racks
    r[r[BY_WHOLE] + nodes] += racks
    r[r[NODES_WITH] + r[GPUS]] += racks * nodes
    r[r[NODES_WITH]] -= racks * nodes
    if r[r[BY_WHOLE] + nodes] > 0:
        r[ANY_WHOLE] |= 1 << nodes
        r[r[BY_FREE] + r[MOST]] |= 1 << nodes
    else:
        r[ANY_WHOLE] &= ~(1 << nodes)
        r[r[BY_FREE] + r[MOST]] &= ~(1 << nodes)


@part
def _new_piece(r: Any, rack: int, nodes: int, share: int, holder: int, chain: int) -> int:
    """A piece at the head of its rack's list."""
    piece = r[VACANT]
    p = r[PIECE_AT] + piece * PIECE
    r[VACANT] = r[p + NEXT]
    prefetch(r, r[PIECE_AT] + r[VACANT] * PIECE)
    first = row_of(r, rack) + FIRST_PIECE
    after = r[first]
    r[p + NEXT], r[p + RACK], r[p + NODES], r[p + SHARE], r[p + HOLDER] = chain, rack, nodes, share, holder
    r[p + BEFORE], r[p + AFTER] = -1, after
    if after >= 0:
        r[r[PIECE_AT] + after * PIECE + BEFORE] = piece
    r[first] = piece
    return piece


@kernel
def give_back(r: Any, chain: int) -> None:
    """Give back all that a job holds, piece by piece; its nodes must be up."""
    gpus, piece = r[GPUS], chain
    while piece >= 0:
        p = r[PIECE_AT] + piece * PIECE
        following, rack, nodes, share = r[p + NEXT], r[p + RACK], r[p + NODES], r[p + SHARE]
        if following >= 0:
            q = r[PIECE_AT] + following * PIECE
            prefetch(r, row_of(r, r[q + RACK]))
            prefetch(r, r[PIECE_AT] + max(r[q + NEXT], 0) * PIECE)
        if share == MANY:
            _give_racks(r, rack, nodes)
            r[p + NEXT] = r[VACANT]
            r[VACANT] = piece
            piece = following
            continue
        at, had = row_of(r, rack), parts_of(r, rack)
        unfile(r, rack)
        if share == 0:
            count = count_bits(nodes)
            r[at + MASK + gpus] |= nodes
            r[at + FREE] += count * gpus
            r[r[NODES_WITH] + gpus] += count
            r[r[NODES_WITH]] -= count
        else:
            k = gpus - 1
            while k > 0 and r[at + MASK + k] & nodes == 0:
                k -= 1
            if k > 0:
                r[at + MASK + k] ^= nodes
            r[at + MASK + k + share] |= nodes
            r[at + FREE] += share
            r[r[NODES_WITH] + k] -= 1
            r[r[NODES_WITH] + k + share] += 1
        file(r, rack, had)
        before, after = r[p + BEFORE], r[p + AFTER]
        if before >= 0:
            r[r[PIECE_AT] + before * PIECE + AFTER] = after
        else:
            r[at + FIRST_PIECE] = after
        if after >= 0:
            r[r[PIECE_AT] + after * PIECE + BEFORE] = before
        r[p + NEXT] = r[VACANT]
        r[VACANT] = piece
        piece = following


@part
def holder_on(r: Any, rack: int, node: int) -> int:
    """Who came last of those that hold something of a rack's node; -1: nobody does."""
    piece = r[row_of(r, rack) + FIRST_PIECE]
    while piece >= 0:
        p = r[PIECE_AT] + piece * PIECE
        if r[p + SHARE] == MANY or (r[p + NODES] >> node) & 1 == 1:
            return r[p + HOLDER]
        piece = r[p + AFTER]
    return -1


@kernel
def turn(r: Any, rack: int, node: int, is_up: bool) -> None:
    """A node that nobody is on goes down, or one that is down comes back."""
    at, gpus, had = row_of(r, rack), r[GPUS], parts_of(r, rack)
    sign = 1 if is_up else -1
    unfile(r, rack)
    r[at + MASK + gpus] ^= 1 << node
    r[at + DOWN] ^= 1 << node
    r[at + FREE] += sign * gpus
    r[r[NODES_WITH] + gpus] += sign
    file(r, rack, had)
