"""What a log looks like, as series to plot: chips held over time, arrivals, sizes, run times, the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, HOUR_S
from gigacampus.workload.describe import SIZES, held, sizes, started_by
from gigacampus.workload.fit import monday_offset_s, weekly
from gigacampus.workload.trace import Trace

Floats = NDArray[np.float64]
BINS = 240
"""Bins over a log's time."""
SHARES = (0.0, 0.01, 0.02, *np.arange(0.05, 0.96, 0.05).round(2).tolist(), 0.98, 0.99, 1.0)
"""Shares of jobs at which run times are read off."""


@dataclass(frozen=True, slots=True)
class Series:
    """Series of a log. `days` are the bins' left edges since its first submission, shape (bins,)."""

    days: Floats
    held_gpus: Floats
    """Mean of each bin."""
    most_gpus: Floats
    """Highest of each bin."""
    jobs: Floats
    """Jobs submitted in each bin."""
    run_s: Floats
    """Run times at `shares` of the jobs."""
    run_of_gpu_time_s: Floats
    """Run times at `shares` of the GPU-time."""
    sizes: tuple[str, ...]
    jobs_fraction: Floats
    """By class of size."""
    gpu_time_fraction: Floats
    week: Floats
    """Relative rate of arrivals by hour of the week; shape (168,)."""


def series(trace: Trace, bins: int = BINS) -> Series:
    """All series of a log."""
    jobs = trace.jobs
    size = sizes(trace)
    start, _ = started_by(trace)
    at, level = held(start, start + jobs["run_s"], size)
    first = int(jobs["submit_s"].min())
    edges = np.linspace(first, max(int(at[-1]), first + 1), bins + 1)
    gpu_s = size * jobs["run_s"]
    by_class = np.searchsorted(np.array(SIZES), jobs["gpus"], side="right") - 1
    count = np.bincount(by_class, minlength=len(SIZES))
    time = np.bincount(by_class, gpu_s, minlength=len(SIZES))
    shown = np.flatnonzero(count)
    order = np.argsort(jobs["run_s"], kind="stable")
    run = jobs["run_s"][order].astype(np.float64)
    gpu_s = gpu_s[order]
    del order
    return Series(
        (edges[:-1] - first) / DAY_S, _means(at, level, edges), _highest(at, level, edges),
        np.histogram(jobs["submit_s"], edges)[0].astype(np.float64),
        run[np.minimum((np.array(SHARES) * len(run)).astype(np.int64), len(run) - 1)],
        _at_shares(run, gpu_s), tuple(f"{SIZES[k]:,}" for k in shown), count[shown] / len(jobs),
        time[shown] / (time.sum() or 1.0), _week(trace),
    )  # fmt: skip


def _means(at: NDArray[np.int64], level: Floats, edges: Floats) -> Floats:
    """Mean of a step function between edges."""
    so_far = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(at))])
    row = np.searchsorted(at, edges, side="right") - 1
    reached = np.where(row < 0, 0.0, so_far[row] + level[row] * (edges - at[row]))
    return np.asarray(np.diff(reached) / np.diff(edges))


def _highest(at: NDArray[np.int64], level: Floats, edges: Floats) -> Floats:
    """Highest of a step function between edges, the level that it enters with included."""
    row = np.searchsorted(at, edges[:-1], side="right") - 1
    found = np.where(row < 0, 0.0, level[row])
    inside = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(found) - 1)
    np.maximum.at(found, inside, level)
    return np.asarray(found)


def _at_shares(run: Floats, weight: Floats) -> Floats:
    """Run times, sorted, at shares of a weight."""
    passed = np.cumsum(weight)
    if passed[-1] <= 0:
        return np.zeros(len(SHARES))
    row = np.searchsorted(passed, np.array(SHARES) * passed[-1])
    return np.asarray(run[np.minimum(row, len(run) - 1)])


def _week(trace: Trace) -> Floats:
    submit = trace.jobs["submit_s"].astype(np.float64)
    if submit.max() - submit.min() < HOUR_S:
        return np.ones(168)
    return weekly(submit, monday_offset_s(trace.epoch_utc))
