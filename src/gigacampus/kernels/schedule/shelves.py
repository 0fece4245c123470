"""Things on shelves 0, 1, 2, ...: which is the first on a shelf, from a given one on, without a look at the others.

A cluster's nodes stand on the shelf of their whole free GPUs, a floor's racks on that of the GPUs that they have free;
to find room is then to look at a few shelves. Each shelf is a bitmap over all things, 32 a word, under it a bitmap of
words that are not 0, and so on up to a single word: at most four words are read on the way up and four on the way down
among a million things.

`shelves` is flat int64: things (0: not kept), shelves, words a shelf, how many things stand on each shelf, the shelf of
each thing (-1: none), the bitmaps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.pointer import first_bit

THINGS, SHELVES, WORDS, COUNTS = 0, 1, 2, 3
NONE = -1


def not_kept() -> NDArray[np.int64]:
    """Shelves that nobody keeps in step: `is_kept` says so."""
    return np.zeros(COUNTS, dtype=np.int64)


def shelves_of(things: int, shelves: int) -> NDArray[np.int64]:
    """Empty shelves 0 to `shelves` - 1 for things 0 to `things` - 1, all of which stand nowhere."""
    words, level = 0, things
    while True:
        level = -(-max(level, 1) // 32)
        words += level
        if level == 1:
            break
    kept = np.zeros(COUNTS + shelves + things + shelves * words, dtype=np.int64)
    kept[THINGS], kept[SHELVES], kept[WORDS] = things, shelves, words
    kept[COUNTS + shelves : COUNTS + shelves + things] = NONE
    return kept


@part
def is_kept(shelves: Any) -> bool:
    """Whether these are kept in step."""
    return shelves[THINGS] > 0


@part
def count_on(shelves: Any, shelf: int) -> int:
    """How many things stand on a shelf."""
    return shelves[COUNTS + shelf]


@kernel
def shelve(shelves: Any, thing: int, shelf: int) -> None:
    """Put a thing on a shelf, from wherever it stood; shelf -1: on none."""
    place = COUNTS + shelves[SHELVES] + thing
    before = shelves[place]
    if before == shelf:
        return
    shelves[place] = shelf
    if before != NONE:
        shelves[COUNTS + before] -= 1
        _clear(shelves, before, thing)
    if shelf != NONE:
        shelves[COUNTS + shelf] += 1
        _mark(shelves, shelf, thing)


@kernel
def put_all(shelves: Any, on: Any) -> None:
    """Put every thing on the shelf stated."""
    for thing in range(len(on)):
        shelve(shelves, thing, on[thing])


@part
def _bitmap(shelves: Any, shelf: int) -> int:
    """Where a shelf's bitmaps begin."""
    return COUNTS + shelves[SHELVES] + shelves[THINGS] + shelf * shelves[WORDS]


@kernel
def _mark(shelves: Any, shelf: int, thing: int) -> None:
    """Set a bit; every word that was 0 until now is marked above."""
    base, words, i = _bitmap(shelves, shelf), (shelves[THINGS] + 31) >> 5, thing
    while True:
        before = shelves[base + (i >> 5)]
        shelves[base + (i >> 5)] = before | (1 << (i & 31))
        if before != 0 or words == 1:
            return
        base += words
        words = (words + 31) >> 5
        i >>= 5


@kernel
def _clear(shelves: Any, shelf: int, thing: int) -> None:
    """Clear a bit; every word that is 0 from now on is cleared above."""
    base, words, i = _bitmap(shelves, shelf), (shelves[THINGS] + 31) >> 5, thing
    while True:
        after = shelves[base + (i >> 5)] & ~(1 << (i & 31))
        shelves[base + (i >> 5)] = after
        if after != 0 or words == 1:
            return
        base += words
        words = (words + 31) >> 5
        i >>= 5


@kernel
def next_on(shelves: Any, shelf: int, thing: int) -> int:
    """The first thing from `thing` on that stands on a shelf; -1: none."""
    things = shelves[THINGS]
    if shelves[COUNTS + shelf] == 0 or thing >= things:
        return NONE
    base, words, level, i = _bitmap(shelves, shelf), (things + 31) >> 5, 0, thing
    while True:  # up, until a word has a bit at or behind i
        mask = 0
        if i >> 5 < words:
            mask = (shelves[base + (i >> 5)] >> (i & 31)) << (i & 31)
        if mask != 0:
            i = (i & ~31) + first_bit(mask)
            break
        if words == 1:
            return NONE
        base += words
        words = (words + 31) >> 5
        level += 1
        i = (i >> 5) + 1
    while level > 0:  # down, by the first bit of each word
        level -= 1
        base -= _words(things, level)
        i = (i << 5) + first_bit(shelves[base + i])
    return i


@part
def _words(things: int, level: int) -> int:
    """Words of a level."""
    words = (things + 31) >> 5
    for _ in range(level):
        words = (words + 31) >> 5
    return words
