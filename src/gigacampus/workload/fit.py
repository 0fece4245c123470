"""A fit: what a workload is like, free of its machine's size: sizes as shares, run times, bursts, day and week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.workload.trace import Trace

Floats = NDArray[np.float64]
WEEK_HOURS = 168
PAUSE_FRACTION = 0.05
"""A gap that is longer than this share of the log is a pause."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Jobs to draw from (`share_fraction`, `run_s`, ... belong together row by row) and how arrivals come in."""

    name: str
    share_fraction: Floats
    """Size of each job as a share of its machine; shape (jobs,)."""
    run_s: Floats
    """Run time of the same job."""
    estimate_fraction: Floats
    """Requested time per run time of the same job; 0 where it has none."""
    kind_index: NDArray[np.int32]
    """Class of work, a `Kind`."""
    user_index: NDArray[np.int32]
    """User of the same job; -1 where unknown."""
    weight_fraction: Floats
    """Probability of each job; sums to one."""
    gaps: Floats
    """Times between arrivals in their order, the day and week cycle taken out, in units of their mean."""
    week: Floats
    """Relative rate of arrivals by hour of the week, mean one; shape (168,)."""
    source: str
    """What it is fitted to, in a sentence."""
    state_index: NDArray[np.int32] | None = None
    """How each job ended, a `State`; None where the source does not say it job by job."""
    ends: tuple[tuple[int, ...], Floats] | None = None
    """Where only shares are known: the states, and each job's probabilities of them, shape (jobs, states)."""

    def ended(self, row: NDArray[np.int64], dice: np.random.Generator) -> NDArray[np.int64]:
        """How drawn jobs end, a `State` each; -1 where the source does not say."""
        if self.state_index is not None:
            return self.state_index[row].astype(np.int64)
        if self.ends is None:
            return np.full(len(row), -1, np.int64)
        states, chance = self.ends
        passed = np.cumsum(chance, axis=1)[row]
        at = (dice.random(len(row))[:, np.newaxis] >= passed).sum(axis=1)
        return np.asarray(np.array(states)[np.minimum(at, len(states) - 1)], dtype=np.int64)

    @property
    def burst_cv(self) -> float:
        """Coefficient of variation of the gaps: 1 for a Poisson stream."""
        return float(np.std(self.gaps) / np.mean(self.gaps))

    @property
    def machine_s(self) -> float:
        """Mean size times run time: seconds of the whole machine that a job takes."""
        return float(np.sum(self.weight_fraction * self.share_fraction * self.run_s))


def fit_trace(trace: Trace, machine_gpus: int, name: str, source: str) -> Fit:
    """Fit a log: its jobs as they are (sizes, run times, users and estimates jointly), its arrivals in two parts.

    `machine_gpus` is what sizes are measured against. Jobs that never ran or ask for no GPU are left out. Arrivals are
    a weekly cycle (hour of the day times day of the week) and the gaps that remain when the cycle is taken out.
    """
    jobs = trace.jobs
    ran = np.flatnonzero((jobs["run_s"] > 0) & (jobs["gpus"] > 0))
    ran = ran[np.argsort(jobs["submit_s"][ran], kind="stable")]
    run = jobs["run_s"][ran].astype(np.float64)
    submit = jobs["submit_s"][ran].astype(np.float64)
    estimate = jobs["estimate_s"][ran]
    week = weekly(submit, monday_offset_s(trace.epoch_utc))
    return Fit(
        name,
        jobs["gpus"][ran] * jobs["gpu_milli"][ran] / 1000.0 / machine_gpus,
        run,
        np.where(estimate > 0, estimate / run, 0.0),
        np.ascontiguousarray(jobs["kind_index"][ran]),
        np.ascontiguousarray(jobs["user_index"][ran]),
        np.full(len(ran), 1.0 / len(ran)),
        gaps_without_cycle(submit, week, monday_offset_s(trace.epoch_utc)),
        week,
        source,
        np.ascontiguousarray(jobs["state_index"][ran]) if bool((jobs["state_index"] >= 0).any()) else None,
    )


def monday_offset_s(epoch_utc: str) -> float:
    """Seconds from the last Monday midnight to second 0; 0 where the log has a clock of its own."""
    if not epoch_utc:
        return 0.0
    from datetime import datetime

    zero = datetime.fromisoformat(epoch_utc)
    return zero.weekday() * 86_400.0 + zero.hour * 3_600.0 + zero.minute * 60.0 + zero.second


def weekly(submit_s: Floats, offset_s: float) -> Floats:
    """Relative rate by hour of the week: hour of the day times day of the week, so that few weeks suffice.

    Hours are capped at their 95th percentile first: one burst must not look like a habit.
    """
    hours = np.floor((submit_s - submit_s.min()) / HOUR_S).astype(np.int64)
    counts = np.bincount(hours).astype(np.float64)
    counts = np.minimum(counts, np.percentile(counts, 95))
    at = np.floor((np.arange(len(counts)) * HOUR_S + submit_s.min() + offset_s) / HOUR_S).astype(np.int64) % WEEK_HOURS
    by_hour = _means(counts, at % 24, 24)
    by_day = _means(counts, at // 24, 7)
    week = np.tile(by_hour, 7) * np.repeat(by_day, 24)
    return np.asarray(week / week.mean())


def _means(counts: Floats, group: NDArray[np.int64], groups: int) -> Floats:
    """Mean count of each group relative to all; 1 where a group has no hours, never below a twentieth."""
    seen = np.bincount(group, minlength=groups)
    total = np.bincount(group, counts, groups)
    mean = np.where(seen > 0, total / np.maximum(seen, 1), counts.mean())
    return np.asarray(np.maximum(mean / counts.mean(), 0.05))


def gaps_without_cycle(submit_s: Floats, week: Floats, offset_s: float) -> Floats:
    """Gaps between arrivals on a clock that runs with the weekly cycle, in units of their mean."""
    ends = np.arange(0.0, submit_s.max() + 2 * HOUR_S, HOUR_S)
    rate = week[np.floor((ends + offset_s) / HOUR_S).astype(np.int64) % WEEK_HOURS]
    clock = np.concatenate([[0.0], np.cumsum(rate[:-1] * HOUR_S)])
    gaps = np.diff(np.interp(submit_s, ends, clock))
    return np.asarray(gaps / gaps.mean())


def resample_gaps(
    gaps: Floats, count: int, dice: np.random.Generator, block: int = 64, is_even: bool = False
) -> Floats:
    """`count` gaps made of blocks of consecutive ones, drawn with replacement: bursts stay bursts.

    With `is_even`, and in a log with long pauses, blocks are as evenly spread over the log as can be, lest a pause
    come twice or never.
    """
    block = min(block, len(gaps))
    blocks = -(-count // block)
    if is_even or float(gaps.max()) > PAUSE_FRACTION * float(gaps.sum()):
        starts = dice.permutation(((np.arange(blocks) + dice.random()) / blocks * len(gaps)).astype(np.int64))
    else:
        starts = dice.integers(0, len(gaps), blocks)
    picked: Any = (starts[:, None] + np.arange(block)[None, :]) % len(gaps)
    return np.asarray(gaps[picked.ravel()[:count]])
