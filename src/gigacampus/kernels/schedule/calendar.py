"""A calendar of what ends when: a ring of seconds, each a list of slots, and bitmaps of the seconds that have any.

To add and to take out are a few instructions whatever the number of slots; the next second is found by the bitmaps.
It holds times up to 2^20 - 1 seconds (12 days) ahead; later ones wait in a heap (`heap.py`) until they come near.
`ring` is flat int32: the first slot of each second (-1: none); `links` is flat int32: next and previous slot in each
slot's second; `marks` is flat int64: bitmaps of seconds, of words of these, and of words of those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import part
from gigacampus.kernels.schedule.pointer import first_bit, from_bit, with_bit, without_bit

SECONDS = 1 << 20
_SECOND, _WORDS = SECONDS >> 6, SECONDS >> 12
_THIRD = _WORDS >> 6
MARKS = _SECOND + _WORDS + _THIRD


def calendar(slots: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """An empty calendar for slots 0 to `slots` - 1: ring, links and marks."""
    return np.full(SECONDS, -1, np.int32), np.zeros(2 * slots, np.int32), np.zeros(MARKS, np.int64)


@part
def add(ring: Any, links: Any, marks: Any, at: int, slot: int) -> None:
    """Put a slot on a second, which must be less than SECONDS ahead of now."""
    place = at & (SECONDS - 1)
    first = int(ring[place])
    links[2 * slot] = first
    links[2 * slot + 1] = -1
    ring[place] = slot
    if first >= 0:
        links[2 * first + 1] = slot
        return
    word, over = place >> 6, place >> 12
    marks[word] = with_bit(marks[word], place & 63)
    marks[_SECOND + over] = with_bit(marks[_SECOND + over], word & 63)
    marks[_SECOND + _WORDS + (over >> 6)] = with_bit(marks[_SECOND + _WORDS + (over >> 6)], over & 63)


@part
def remove(ring: Any, links: Any, marks: Any, at: int, slot: int) -> None:
    """Take a slot off its second."""
    place = at & (SECONDS - 1)
    after, before = int(links[2 * slot]), int(links[2 * slot + 1])
    if after >= 0:
        links[2 * after + 1] = before
    if before >= 0:
        links[2 * before] = after
        return
    ring[place] = after
    if after >= 0:
        return
    word, over = place >> 6, place >> 12
    marks[word] = without_bit(marks[word], place & 63)
    if marks[word] == 0:
        marks[_SECOND + over] = without_bit(marks[_SECOND + over], word & 63)
        if marks[_SECOND + over] == 0:
            marks[_SECOND + _WORDS + (over >> 6)] = without_bit(marks[_SECOND + _WORDS + (over >> 6)], over & 63)


@part
def first_at(ring: Any, at: int) -> int:
    """A slot that ends at a second; -1: none does."""
    return int(ring[at & (SECONDS - 1)])


@part
def next_second(marks: Any, now: int) -> int:
    """The first second from `now` on that has a slot; -1: none has."""
    place = now & (SECONDS - 1)
    mask = from_bit(marks[place >> 6], place & 63)
    if mask != 0:
        return now + (((place & ~63) + first_bit(mask) - place) & (SECONDS - 1))
    found = _after(marks, (place >> 6) + 1)
    if found < 0:
        found = _after(marks, 0)
    return now + ((found - place) & (SECONDS - 1)) if found >= 0 else -1


@part
def _after(marks: Any, word: int) -> int:
    """The first second of the ring at or behind the beginning of a word; -1: none has a slot."""
    over = word >> 6
    if over >= _WORDS:
        return -1
    mask = from_bit(marks[_SECOND + over], word & 63)
    if mask == 0:
        over += 1
        i = over >> 6
        if i >= _THIRD:
            return -1
        mask = from_bit(marks[_SECOND + _WORDS + i], over & 63)
        while mask == 0:
            i += 1
            if i >= _THIRD:
                return -1
            mask = marks[_SECOND + _WORDS + i]
        over = (i << 6) + first_bit(mask)
        mask = marks[_SECOND + over]
    word = (over << 6) + first_bit(mask)
    return (word << 6) + first_bit(marks[word])
