"""Cells that hold numbered things: put one in, take one out, which is the first in a cell, all in a few instructions.

A cell is a bitmap over all things, 64 a word, under a bitmap of the words that are not 0, behind a count:
`[count, words in use, bits]`. All cells stand in one flat int64 array that the caller lays out; `at` is where a cell
begins, `over` how many words say which words are in use.
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import part
from gigacampus.kernels.schedule.pointer import first_bit, from_bit, with_bit, without_bit


def cell_size(things: int) -> tuple[int, int]:
    """Words over the words, and int64 elements of one cell for so many things."""
    words = -(-max(things, 1) // 64)
    over = -(-words // 64)
    return over, 1 + over + words


@part
def count_in(cells: Any, at: int) -> int:
    """How many things are in a cell."""
    return cells[at]


@part
def put_in(cells: Any, at: int, over: int, thing: int) -> None:
    """Put a thing in that is not in the cell yet."""
    word = thing >> 6
    cells[at] += 1
    cells[at + 1 + (word >> 6)] = with_bit(cells[at + 1 + (word >> 6)], word & 63)
    cells[at + 1 + over + word] = with_bit(cells[at + 1 + over + word], thing & 63)


@part
def take_out(cells: Any, at: int, over: int, thing: int) -> None:
    """Take a thing out that is in the cell."""
    word = thing >> 6
    left = without_bit(cells[at + 1 + over + word], thing & 63)
    cells[at] -= 1
    cells[at + 1 + over + word] = left
    if left == 0:
        cells[at + 1 + (word >> 6)] = without_bit(cells[at + 1 + (word >> 6)], word & 63)


@part
def first_in(cells: Any, at: int, over: int) -> int:
    """The first thing in a cell that is not empty."""
    i = 0
    while cells[at + 1 + i] == 0:
        i += 1
    word = (i << 6) + first_bit(cells[at + 1 + i])
    return (word << 6) + first_bit(cells[at + 1 + over + word])


@part
def next_in(cells: Any, at: int, over: int, thing: int) -> int:
    """The first thing in a cell from `thing` on; -1 if there is none."""
    word = thing >> 6
    if word >= over << 6:
        return -1
    i = word >> 6
    if (cells[at + 1 + i] >> (word & 63)) & 1 == 1:
        mask = from_bit(cells[at + 1 + over + word], thing & 63)
        if mask != 0:
            return (word << 6) + first_bit(mask)
    word += 1
    i = word >> 6
    if i >= over:
        return -1
    mask = from_bit(cells[at + 1 + i], word & 63)
    while mask == 0:
        i += 1
        if i >= over:
            return -1
        mask = cells[at + 1 + i]
    word = (i << 6) + first_bit(mask)
    return (word << 6) + first_bit(cells[at + 1 + over + word])
