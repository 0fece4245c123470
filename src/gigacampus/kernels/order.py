"""One stable order for all kernels: numba compiles its sort anew for every kind of array that it is handed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel

Ints = NDArray[np.int64]


@kernel
def in_order(at: Any) -> Ints:
    """Rows by their number, least first, equal ones as they stand; `at` is an int64 array, contiguous or not."""
    numbers = np.empty(len(at), dtype=np.int64)
    for i in range(len(at)):
        numbers[i] = at[i]
    return _sorted(numbers)


@kernel
def _sorted(numbers: Ints) -> Ints:
    return np.argsort(numbers, kind="mergesort")


@kernel
def those(values: Ints, rows: Ints) -> Ints:
    """The values of some rows."""
    found = np.empty(len(rows), dtype=np.int64)
    for i in range(len(rows)):
        found[i] = values[rows[i]]
    return found
