"""Jobs drawn from a fit for a machine whose size changes over time: sizes scale with the machine, arrivals do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.workload.fit import WEEK_HOURS, Fit, Floats, resample_gaps

Ints = NDArray[np.int64]
MAX_JOBS = 100_000
"""Jobs drawn for one tenant at the most; beyond it small jobs are gathered, see `gather`."""
MAX_REAL = 4_000_000
"""Real arrivals laid out for one tenant at the most: what they cost in memory."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a stream of jobs has to itself, hour by hour from second 0: shape (hours,)."""

    free_chips: Floats
    """Chips beside services and stated runs; arrivals stop where it is 0."""
    all_chips: Ints
    """Chips that the tenant has; no job is larger."""
    node_chips: int
    """Sizes are whole multiples of this."""
    weekday_offset_s: float = 0.0
    """Seconds from Monday midnight to second 0."""
    shares_chips: bool = False
    """Whether a job may hold a part of a chip; else parts stand together as one job on a whole one."""
    is_even: bool = False
    """Whether bursts are drawn evenly from all over the log; else at random, which varies more from seed to seed."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Jobs in order of submission, and how they were scaled."""

    submit_s: Ints
    run_s: Ints
    gpus: Ints
    row: Ints
    """Row of the fit that each job was drawn from."""
    gathered: float
    """How many like jobs a small one stands for; 1 where none are gathered."""
    stretch: float
    """Factor on run times that makes the load exact, 0.5 to 2."""
    offered: float
    """Load that the jobs offer over the load that was asked for: 1 but where so few carry it that 0.5 to 2 is short."""
    gpu_milli: Ints
    """Share of each of its chips, in thousandths: 1000 is whole."""

    def rule(self, rounding: str) -> str:
        """How they were scaled, in a sentence; `rounding` says to what sizes are rounded up."""
        scaled = (
            "make the load exact" if abs(self.offered - 1.0) < 0.002 else
            f"leave the offered load at {self.offered:.2f} times the stated one, as too few jobs carry it"
        )  # fmt: skip
        return (
            f"scaling rule: a job keeps its run time and its share of the machine; sizes are rounded up to {rounding} "
            f"and jobs thinned to undo it; run times × {self.stretch:.3f} {scaled}"
        )


class Gathered(NamedTuple):
    """Jobs of a fit after small ones were gathered."""

    times: float
    """How many like jobs a small one stands for: k."""
    share_fraction: Floats
    weight_fraction: Floats
    jobs: int
    """Jobs that the load needs."""
    real_jobs: int
    """Jobs that it would need if none were gathered."""


def gather(fit: Fit, load_fraction: float, active_s: float, max_jobs: int = MAX_JOBS) -> Gathered:
    """How many jobs the load needs, and if they are too many, how small ones are gathered.

    A machine of any size, loaded to `load_fraction` for `active_s`, needs `load × time / mean (share × run)` jobs, as
    shares scale with the machine. Where that is more than `max_jobs`, k like jobs stand as one gang of k times the
    size, never above the largest share of the fit; what cannot grow k times is drawn that much more often. Load, run
    times and each class's share of GPU-time stay as they are. Where even jobs of the largest share alone would be too
    many (small pods of a large fleet), that share grows too, to four times what just suffices.
    """
    fewest = load_fraction * active_s / float(fit.share_fraction.max())
    fewest *= float(np.sum(fit.weight_fraction * fit.share_fraction)) / fit.machine_s
    largest = float(fit.share_fraction.max()) * (1.0 if fewest <= max_jobs else 4.0 * fewest / max_jobs)

    def jobs_at(k: float) -> tuple[Floats, Floats, float]:
        share = np.minimum(k * fit.share_fraction, largest)
        weight = fit.weight_fraction * fit.share_fraction / share
        return share, weight, load_fraction * active_s * float(weight.sum()) / fit.machine_s

    low, high = 1.0, 1.0
    while jobs_at(high)[2] > max_jobs:
        low, high = high, 2.0 * high
    for _ in range(40 if high > 1.0 else 0):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if jobs_at(middle)[2] > max_jobs else (low, middle)
    share, weight, jobs = jobs_at(high)
    return Gathered(high, share, np.asarray(weight / weight.sum()), round(jobs), round(jobs_at(1.0)[2]))


def generate(
    fit: Fit, machine: Machine, load_fraction: float, dice: np.random.Generator, max_jobs: int = MAX_JOBS
) -> Drawn:
    """Draw jobs whose offered load is `load_fraction` of the free chips' time, exactly but for rounding (of whole
    seconds and, where a handful of jobs is drawn, of what they cannot carry).

    Rates follow the fit's week while chips are free, sizes are the fit's shares of the free chips at submission,
    rounded up to whole nodes (a job is kept with the probability that undoes the rounding), and never above all chips.
    """
    hours = len(machine.free_chips)
    active = machine.free_chips > 0.0
    nothing = np.zeros(0, np.int64)
    some = gather(fit, load_fraction, float(active.sum()) * HOUR_S, max_jobs)
    count = some.jobs
    if count == 0 or load_fraction <= 0.0:
        return Drawn(nothing, nothing, nothing, nothing, 1.0, 1.0, 1.0, nothing)
    submit = arrivals(fit, active, (count, some.real_jobs), machine, dice)
    row = dice.permutation(systematic(some.weight_fraction, count, dice))
    hour = np.minimum(submit // HOUR_S, hours - 1)
    exact = some.share_fraction[row] * machine.free_chips[hour]
    node = machine.node_chips
    limit = machine.all_chips[hour]
    gpus = np.ceil(exact / node - 1e-9).astype(np.int64) * node
    gpus = np.minimum(np.maximum(gpus, 1), np.where(limit >= node, limit // node * node, limit))
    milli = np.full(count, 1000)
    if machine.shares_chips:
        milli = np.where(exact < 1.0, np.clip(np.rint(exact * 1000.0), 1, 1000), 1000).astype(np.int64)
    kept = (gpus > 0) & (dice.random(count) * gpus * milli / 1000.0 < exact)
    submit, row, gpus, milli = submit[kept], row[kept], gpus[kept], milli[kept]
    run = fit.run_s[row]
    target = load_fraction * float(machine.free_chips[active].sum()) * HOUR_S
    drawn = float(np.sum(gpus * (milli / 1000.0) * run))
    # a handful of jobs cannot carry any load: rather a load that is off than run times that nobody has seen
    stretch = float(np.clip(target / drawn, 0.5, 2.0)) if drawn > 0.0 else 1.0
    offered = stretch * drawn / target if drawn > 0.0 else 1.0
    run_s = np.maximum(np.rint(run * stretch), 1.0).astype(np.int64)
    return Drawn(submit, run_s, gpus, row, some.times, stretch, offered, milli)


def arrivals(
    fit: Fit, active: NDArray[np.bool_], jobs: tuple[int, int], machine: Machine, dice: np.random.Generator
) -> Ints:
    """Times of submission in order: the fit's bursts on a clock that runs with its week while work can come.

    `jobs` is how many are wanted and how many real ones they stand for: real arrivals are laid out and every so many-th
    is taken, so that a burst lasts as long as a real one, not as many times longer as jobs were gathered.
    """
    at = np.arange(len(active) + 1) * float(HOUR_S)
    rate = fit.week[np.floor((at[:-1] + machine.weekday_offset_s) / HOUR_S).astype(np.int64) % WEEK_HOURS] * active
    clock = np.concatenate([[0.0], np.cumsum(rate)])
    count, real = jobs[0], max(jobs[0], min(jobs[1], MAX_REAL))
    ticks = np.cumsum(resample_gaps(fit.gaps, real + 1, dice, is_even=machine.is_even))
    first = dice.random() * float(np.mean(fit.gaps))
    every = ((np.arange(count) + dice.random()) * (real / count)).astype(np.int64)
    ticks = (ticks[every] - ticks[0] + first) / (ticks[-1] - ticks[0] + first + 1e-12) * clock[-1]
    # a plateau of the clock (no chips) is jumped: only the hours in which it runs are looked at
    runs = np.flatnonzero(rate > 0.0)
    hour = runs[np.minimum(np.searchsorted(clock[runs + 1], ticks, side="right"), len(runs) - 1)]
    inside = (ticks - clock[hour]) / rate[hour]
    return np.asarray(at[hour] + np.floor(np.clip(inside, 0.0, 1.0 - 1e-9) * HOUR_S), dtype=np.int64)


def systematic(weight: Floats, count: int, dice: np.random.Generator) -> Ints:
    """`count` rows by weight, each as often as its weight says, give or take one: less noise than independent draws."""
    points = (np.arange(count) + dice.random()) / count
    edges = np.cumsum(weight)
    return np.minimum(np.searchsorted(edges / edges[-1], points, side="right"), len(weight) - 1).astype(np.int64)
