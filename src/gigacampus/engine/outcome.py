"""What the simpler loops share: who the jobs belong to, blank columns, the clock of heap keys, and their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigacampus.engine.desk import HEAD, NEVER, Ints
from gigacampus.engine.play import Jobs, Played, check_times, nothing


@dataclass(frozen=True, slots=True)
class Who:
    """What policies may look at beside sizes and lengths; int64 arrays in the order of the jobs."""

    priority: Ints
    user: Ints
    tenant: Ints
    deadline_s: Ints | None = None
    """When a job should be done; NEVER, or None for all, where nobody says."""
    planned_s: Ints | None = None
    """When a planned run is to start; NEVER, or None for all, where a job is none."""
    named: Callable[[int], str] | None = field(default=None, kw_only=True)
    """A job's name in an error, from its index; None: the index."""

    @property
    def has_plans(self) -> bool:
        """Whether there is a planned run."""
        return self.planned_s is not None and bool((self.planned_s < NEVER).any())

    def deadlines(self, jobs: int) -> Ints:
        """Deadlines, NEVER where there are none."""
        return blank(jobs, NEVER) if self.deadline_s is None else self.deadline_s

    def plans(self, jobs: int) -> Ints:
        """Planned starts, NEVER where there are none."""
        return blank(jobs, NEVER) if self.planned_s is None else self.planned_s


def blank(size: int, value: int = 0) -> Ints:
    """A column of one value, at least one long."""
    return np.full(max(size, 1), value, dtype=np.int64)


def simply(start: Ints, since: Ints, end: Ints, tries: Ints, submit_s: Ints, events: int, **more: Any) -> Played:
    """Results of a loop without failures; a job that did not start at once waited its turn."""
    none = nothing()
    values = {
        "kept_s": np.zeros_like(start), "lost_s": np.zeros_like(start), "attempts": none.reshape(0, 5),
        "reason": np.where(start > submit_s, HEAD, 0), "hit_job": none, "hit_down": none, "hit_back": none,
        "hit_short": none, "step_gone": none, "hit_lost_chip_s": none,
    } | more  # fmt: skip
    return Played(start_s=start, since_s=since, end_s=end, tries=tries, events=events, **values)


def clock_of(jobs: Jobs) -> tuple[int, int]:
    """The first second, and how many bits of a heap key name the job."""
    base = int(jobs.submit_s[0]) if len(jobs.submit_s) else 0
    bits = len(jobs.run_s).bit_length()
    check_times(jobs, [int(jobs.submit_s[-1])] if len(jobs.submit_s) else [], base, bits, 0)
    return base, bits


def later(times: Ints, base: int) -> Ints:
    """Times on the trace's clock; NEVER stays."""
    return np.where(times == NEVER, NEVER, times + base) if base else times
