"""Chip-seconds by the hour, from changes in the number of chips: exact integers, nothing sampled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel

Whole = NDArray[np.int64]


@kernel
def chip_seconds(at_s: Whole, group_index: Whole, change_chips: Whole, hours: int, groups: int) -> Whole:
    """Chip-seconds of each hour and group, shape (hours, groups), of step functions given by their changes.

    A change at t adds chips x (end of its hour - t) to its hour and chips x 3600 to every later one. Changes before 0
    count from 0; changes from the horizon's end on count nothing. Order does not matter.
    """
    out = np.zeros((hours, groups), dtype=np.int64)
    steps = np.zeros((hours + 1, groups), dtype=np.int64)
    for i in range(at_s.shape[0]):
        at = max(at_s[i], 0)
        hour = at // 3600
        if hour >= hours:
            continue
        group = group_index[i]
        out[hour, group] += change_chips[i] * (3600 - (at - hour * 3600))
        steps[hour + 1, group] += change_chips[i] * 3600
    for group in range(groups):
        level = 0
        for hour in range(hours):
            level += steps[hour, group]
            out[hour, group] += level
    return out
