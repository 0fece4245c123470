"""Whether a job's id comes twice, in little memory: a hash of millions of ids would take more than the log itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gigacampus.tables.arrow import numbers

SLICE = 250_000
"""Texts that are fingerprinted at once."""
MANY = 100_000
"""From so many texts on they are fingerprinted; fewer are hashed."""
WEIGHTS = np.random.default_rng(7).integers(0, 2**63, 64, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
"""Odd multipliers, one for each place of a text (places beyond 64 take them again)."""


def has_repeats(ids: Any) -> bool:
    """Whether an id comes twice in an array without nulls. Numbers are sorted, as are fingerprints of many texts."""
    if pa.types.is_integer(ids.type):
        return _is_twice(numbers(ids))
    if len(ids) > MANY and pa.types.is_string(ids.type) and not _is_twice(fingerprints(ids)):
        return False  # equal texts have equal fingerprints
    return len(pc.unique(ids)) < len(ids)


def _is_twice(found: NDArray[Any]) -> bool:
    if not len(found) or bool((found[1:] > found[:-1]).all()):
        return False
    ordered = np.sort(found)
    return bool((ordered[1:] == ordered[:-1]).any())


def fingerprints(ids: Any) -> NDArray[np.uint64]:
    """A 64-bit number for each text of a string array: the sum of its bytes, each times its place's weight."""
    found = np.zeros(len(ids), np.uint64)
    for first in range(0, len(ids), SLICE):
        part = ids.slice(first, SLICE)
        _, offsets, data = part.buffers()
        ends = np.frombuffer(offsets, np.int32)[part.offset : part.offset + len(part) + 1].astype(np.int64)
        text = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]] if data is not None else np.zeros(0, np.uint8)
        starts, lengths = ends[:-1] - ends[0], np.diff(ends)
        place = np.arange(len(text)) - np.repeat(starts, lengths)
        weighed = (text.astype(np.uint64) + np.uint64(1)) * WEIGHTS[place % len(WEIGHTS)]
        filled = lengths > 0
        if filled.any():
            found[first : first + len(part)][filled] = np.add.reduceat(weighed, starts[filled])
    return found
