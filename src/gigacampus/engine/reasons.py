"""Why a job did not start at once, told from the schedule itself for loops that do not note it as they go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gigacampus.engine.desk import CAPACITY, NEVER, NONE, Ints
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.spans import Spans


def spans_of(played: Played, gpus: Ints) -> Spans:
    """Chips held by jobs, attempt by attempt: those broken off, then the last of each job."""
    lasting = np.flatnonzero(played.since_s < NEVER)
    job = np.concatenate((played.attempts[:, 0], lasting))
    from_s = np.concatenate((played.attempts[:, 1], played.since_s[lasting]))
    return Spans(from_s, np.concatenate((played.attempts[:, 2], played.end_s[lasting])), gpus[job])


def held_at(spans: Spans, times_s: Ints) -> Ints:
    """Chips held at given times, after all that happens in those seconds; shape of `times_s`."""
    at_s, change = spans.changes()
    order = np.argsort(at_s, kind="stable")
    level = np.concatenate(([0], np.cumsum(change[order])))
    found: Ints = level[np.searchsorted(at_s[order], times_s, side="right")]
    return found


def explained(played: Played, jobs: Jobs, chips: int, fitting: int) -> Played:
    """The same with reasons: too few chips free at the instant of submission, else `fitting`, which names the rule.

    As in the loops, chips count after the scheduling passes of that second.
    """
    late = played.start_s > jobs.submit_s
    free = chips - held_at(spans_of(played, jobs.gpus), jobs.submit_s[late])
    reason = np.full(len(late), NONE, dtype=np.int64)
    reason[late] = np.where(jobs.gpus[late] > free, CAPACITY, fitting)
    return replace(played, reason=reason)
