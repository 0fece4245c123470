"""How sure a difference is: percentiles of paired draws, and Student's interval of the mean over paired seeds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""97.5 % quantiles of Student's t for 1 to 30 degrees of freedom; any table of them."""
NORMAL_975 = 1.960


def t_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t: the table, then its expansion about the normal one (to 0.001)."""
    if freedom <= len(T_975):
        return T_975[freedom - 1]
    return NORMAL_975 + (NORMAL_975**3 + NORMAL_975) / (4.0 * freedom)


def of_mean(values: Floats) -> tuple[float, float] | None:
    """95 % interval of the mean of independent values; None for fewer than two, or where one is missing."""
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    half = t_975(len(values) - 1) * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half


def of_draws(old: Floats, new: Floats) -> tuple[float, float]:
    """P10 and P90 of the difference of paired draws."""
    low, high = np.percentile(new - old, (10, 90))
    return float(low), float(high)
