"""What users felt, group by group: percentiles of many groups at the cost of one sort."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.engine.desk import NEVER, Ints

Floats = NDArray[np.float64]
SIZES = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
"""Classes of size in chips, by their least: 1, 2-3, 4-7 and so on."""


def size_names() -> list[str]:
    """The classes of size as text."""
    bounded = [f"{low}" if low + 1 == high else f"{low}-{high - 1}" for low, high in pairwise(SIZES)]
    return [*bounded, f"{SIZES[-1]} and more"]


def size_class(gpus: Ints) -> Ints:
    """Class of each size, an index into `SIZES`."""
    return np.asarray(np.searchsorted(np.array(SIZES), gpus, side="right") - 1, dtype=np.int64)


class Felt:
    """Waits and completion times of finished jobs, sorted once, to be grouped in several ways."""

    def __init__(self, submit_s: Ints, end_s: Ints, run_s: Ints, gpus: Ints) -> None:
        self.rows = np.flatnonzero(end_s < NEVER)
        jct = (end_s - submit_s)[self.rows]
        run = run_s[self.rows]
        self.columns: dict[str, Floats] = {"wait": (jct - run).astype(float), "jct": jct.astype(float)}
        self.order = {name: np.argsort(values, kind="stable") for name, values in self.columns.items()}
        self.chip_s = (gpus[self.rows] * run).astype(float)
        self.slowdown = np.maximum(jct / np.maximum(run, 10), 1.0)

    def by(self, group: Ints, groups: int) -> dict[str, Any]:
        """Figures of each group; `group` names one of every job, finished or not; arrays of shape (groups,)."""
        own = group[self.rows]
        count = np.bincount(own, minlength=groups)
        some = np.maximum(count, 1).astype(float)
        none = np.where(count > 0, 0.0, np.nan)
        found: dict[str, Any] = {"jobs": np.bincount(group, minlength=groups), "finished": count}
        found["gpu_hours"] = np.bincount(own, self.chip_s, groups) / 3600.0
        weight = np.bincount(own, self.chip_s, groups)
        waited = np.bincount(own, self.chip_s * self.columns["wait"], groups)
        found["wait_mean_by_gpu_hour_s"] = np.divide(waited, weight, out=np.full(groups, np.nan), where=weight > 0)
        found["slowdown_mean_fraction"] = np.bincount(own, self.slowdown, groups) / some + none
        small = own.astype(np.uint16) if groups < 1 << 16 else own  # two bytes: numpy sorts them by radix
        for name, shares in (("wait", (50, 90, 99)), ("jct", (50, 99))):
            found[f"{name}_mean_s"] = np.bincount(own, self.columns[name], groups) / some + none
            order = self.order[name]
            grouped = self.columns[name][order[np.argsort(small[order], kind="stable")]]
            for share in shares:
                found[f"{name}_p{share}_s"] = _percentile(grouped, count, share) + none
        return found


def _percentile(grouped: Floats, count: Ints, share: int) -> Floats:
    """The percentile of each group, linear between neighbours; `grouped` holds the groups' sorted values in turn."""
    if not len(grouped):
        return np.zeros(len(count))
    first = np.cumsum(count) - count
    place = np.maximum(count - 1, 0) * (share / 100.0)
    low = np.floor(place).astype(np.int64)
    top = len(grouped) - 1
    left = grouped[np.minimum(first + low, top)]
    right = grouped[np.minimum(first + np.minimum(low + 1, np.maximum(count - 1, 0)), top)]
    return np.asarray(left + (right - left) * (place - low))
