"""How sure a mean is: confidence intervals by batch means, of one run and of paired runs."""

from __future__ import annotations

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
