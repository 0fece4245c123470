"""How sure a mean is: confidence intervals by batch means, of one run and of paired runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BATCHES = 30
"""Neighbouring jobs feel the same queue, so single waits are not independent; means of long batches nearly are."""
T_95, T_999 = 2.045, 3.659
"""Two-sided quantiles of Student's t with 29 degrees of freedom."""

Values = NDArray[Any]


def half_width(values: Values, quantile: float = T_95) -> float | None:
    """Half width of the confidence interval of the mean, from BATCHES equal batches of values in their order.

    None for fewer than ten values a batch. Source: A. M. Law, Simulation Modeling and Analysis, chapter 9.
    """
    size = len(values) // BATCHES
    if size < 10:
        return None
    means = values[: size * BATCHES].reshape(BATCHES, size).mean(axis=1)
    return float(quantile * means.std(ddof=1) / np.sqrt(BATCHES))


def percentiles(values: NDArray[np.int64], wanted: Sequence[int]) -> list[float]:
    """Percentiles of at least one whole number, bit by bit those of `numpy.percentile`; `wanted` ascends.

    One place after the other is selected in what lies above the last one, in half the bytes where they suffice.
    """
    last = len(values) - 1
    is_narrow = int(values.min()) >= -(2**31) and int(values.max()) < 2**31
    rest = values.astype(np.int32 if is_narrow else np.int64)
    found, passed = [], 0
    for one in wanted:
        place = last * (one / 100)
        below = int(place)
        rest.partition(below - passed)
        rest, passed = rest[below - passed :], below
        low = int(rest[0])
        gap, part = (int(rest[1:].min()) - low if below < last else 0), place - below
        found.append(low + gap * part if part < 0.5 else low + gap - gap * (1 - part))
    return [float(one) for one in found]
