"""What a replay's jobs held and asked for over time, from its tables alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.tables import Table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BUCKETS = 480
"""Steps that a chart of levels over time has at most; the level of each is its mean."""


@dataclass(frozen=True)
class Spans:
    """Chips from one time until another; `until_s` NEVER is open."""

    from_s: Ints
    until_s: Ints
    chips: Ints

    def means(self, edges_s: Ints) -> Floats:
        """Mean chips between neighbouring edges, equally far apart; all spans begin at the first edge or later."""
        width, count = int(edges_s[1] - edges_s[0]), len(edges_s) - 1
        total, level = np.zeros(count), np.zeros(count)
        for at_s, chips in ((self.from_s, self.chips), (self.until_s, -self.chips)):
            inside = at_s < edges_s[-1]
            place = (at_s[inside] - edges_s[0]) // width
            total += np.bincount(place, chips[inside] * (edges_s[place + 1] - at_s[inside]).astype(float), count)
            level += np.bincount(place, chips[inside], count)
        before = np.cumsum(level) - level
        return np.asarray(total / width + before)


def edges_of(jobs: Table) -> Ints:
    """Equal steps of whole seconds from the first submission to the last end."""
    first = int(jobs["submit_s"].min())
    times = [jobs[name][jobs[name] < NEVER] for name in ("submit_s", "start_s", "end_s")]
    last = max(int(one.max(initial=first)) for one in times)
    width = max(1, -(-(last + 1 - first) // BUCKETS))
    return first + width * np.arange(-(-(last + 1 - first) // width) + 1, dtype=np.int64)


def held(jobs: Table, stops: Table | None) -> Spans:
    """Chips that jobs hold: attempts that were stopped, then the last of each job.

    What the stopped attempts of a finished job do not account for was its last one; a job that never ended and was
    stopped counts by those that were.
    """
    done, started = jobs["end_s"] < NEVER, jobs["start_s"] < NEVER
    if stops is None or not len(stops):
        return Spans(jobs["start_s"][started], jobs["end_s"][started], jobs["gpus"][started])
    row = {str(name): k for k, name in enumerate(jobs["job_id"].tolist())}
    of = np.array([row[str(name)] for name in stops["job_id"].tolist()], dtype=np.int64)
    before = np.bincount(of, stops["until_s"] - stops["from_s"], len(jobs)).astype(np.int64)
    since = np.where(before > 0, jobs["end_s"] - (jobs["run_s"] + jobs["lost_s"] - before), jobs["start_s"])
    last = started & (done | (before == 0))
    return Spans(
        np.concatenate((stops["from_s"], since[last])), np.concatenate((stops["until_s"], jobs["end_s"][last])),
        np.concatenate((stops["gpus"], jobs["gpus"][last])),
    )  # fmt: skip


def wanted(jobs: Table) -> Spans:
    """Chips that jobs which can be placed ask for, from their submission to their end."""
    fits = jobs["reason"] != "unfit"
    return Spans(jobs["submit_s"][fits], jobs["end_s"][fits], jobs["gpus"][fits])


def shares(values: Any, grid: Floats) -> Floats:
    """Share of the values that are at most each number of an ascending grid."""
    place = np.searchsorted(grid, values, side="left")
    return np.asarray(np.cumsum(np.bincount(place, minlength=len(grid) + 1))[:-1] / max(1, len(values)))
