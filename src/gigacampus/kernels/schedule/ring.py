"""Chips that come free, by when that is expected: a ring of buckets under a sum tree, and a list of slots in each.

A bucket spans 2^shift seconds; times stand modulo the ring, which spans more than any job is expected to take. What
runs stands in slots of FIELDS words, one cache line each, of which four are the ring's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.sumtree import sum_add, sum_before, sum_reach

SIZE, EXPECTED, NEXT, PREVIOUS, FIELDS = 1, 3, 6, 7, 8
"""Fields of a slot: chips, expected end, and its neighbours in the bucket (-1: none)."""
_NEVER = np.iinfo(np.int64).max


@part
def note_end(ring: Any, heads: Any, slots: Any, levels: int, shift: int, slot: int, chips: int) -> None:
    """Note that `chips` come free at the slot's expected end; forget them where negative."""
    at = slot * FIELDS
    bucket = (slots[at + EXPECTED] >> shift) & ((1 << (4 * levels)) - 1)
    sum_add(ring, levels, bucket, chips)
    if chips == 0:
        return
    if chips > 0:
        first = heads[bucket]
        slots[at + NEXT] = first
        slots[at + PREVIOUS] = -1
        if first >= 0:
            slots[first * FIELDS + PREVIOUS] = slot
        heads[bucket] = slot
        return
    after, before = slots[at + NEXT], slots[at + PREVIOUS]
    if before >= 0:
        slots[before * FIELDS + NEXT] = after
    else:
        heads[bucket] = after
    if after >= 0:
        slots[after * FIELDS + PREVIOUS] = before


@kernel
def reserved(
    ring: Any, heads: Any, slots: Any, levels: int, shift: int, now: int, used: int, need: int
) -> tuple[int, int]:
    """The first expected end by which `need` chips more are free (at most the `used` ones), and how many more then are.

    All ends at that second count.
    """
    here = (now >> shift) & ((1 << (4 * levels)) - 1)
    before = sum_before(ring, levels, here)
    bucket, below = sum_reach(ring, levels, need + before)
    released = below - before
    if bucket < 0:
        ahead = used - before
        bucket, below = sum_reach(ring, levels, need - ahead)
        released = ahead + below
    last = -1
    while released < need:
        last, chips = _next_end(heads, slots, bucket, last)
        released += chips
    return last, released - need


@kernel
def _next_end(heads: Any, slots: Any, bucket: int, after: int) -> tuple[int, int]:
    """The first expected end > `after` in a bucket, and the chips that come free then."""
    soonest, chips = _NEVER, 0
    slot = heads[bucket]
    while slot >= 0:
        at = slot * FIELDS
        ends = slots[at + EXPECTED]
        if after < ends < soonest:
            soonest, chips = ends, slots[at + SIZE]
        elif ends == soonest:
            chips += slots[at + SIZE]
        slot = slots[at + NEXT]
    return soonest, chips
