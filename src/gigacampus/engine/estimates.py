"""What a scheduler believes about how long jobs take, and what happens to those that take longer."""

from __future__ import annotations

import numpy as np

from gigacampus.engine.desk import Ints
from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.dice import stream
from gigacampus.kernels.jit import kernel

MAX_FACTOR = 1e6


def estimates(rule: str, estimate_s: Ints, run_s: Ints, submit_s: Ints, user: Ints, seed: int) -> Ints:
    """Estimates by a rule; 0 where there is none, which means the run time. Arrays in any one order of the jobs.

    `trace`: as the log has them. `exact`: the run time. `none`: no job says how long it takes, so that each counts as
    the longest of the log, as on a machine with one time limit for all. `factor:LO..HI`: the run time times a factor
    drawn evenly from LO to HI for each job. `user-history`: the mean of the user's last two jobs (after Tsafrir,
    Etsion and Feitelson, TPDS 2007), of those that would have ended by the job's submission had they started at once,
    so that every policy meets the same estimates; the log's own before a user has ended two jobs. Raises UsageError
    for any other text.
    """
    if rule == "trace":
        return estimate_s
    if rule == "exact":
        return run_s.copy()
    if rule == "none":
        return np.full_like(run_s, run_s.max(initial=0))
    if rule == "user-history":
        known = recent_means(user, submit_s, submit_s + run_s, run_s)
        return np.where(known >= 0, known, estimate_s)
    low, high = _bounds(rule)
    factor = stream(seed, "engine/estimates").uniform(low, high, len(run_s))
    return np.ceil(run_s * factor).astype(np.int64)


def recent_means(user: Ints, submit_s: Ints, end_s: Ints, run_s: Ints) -> Ints:
    """Mean run time, rounded, of the user's last two jobs that ended by each job's submission; -1 before there are two.

    Of jobs that end together the later row counts as later. Unknown users (-1) have no history.
    """
    by_submit = np.lexsort((np.arange(len(user)), submit_s, user))
    by_end = np.lexsort((np.arange(len(user)), end_s, user))
    means = np.full(len(user), -1, dtype=np.int64)
    _recent(user.astype(np.int64), submit_s, end_s, run_s, by_submit, by_end, means)
    return means


@kernel
def _recent(user: Ints, submit_s: Ints, end_s: Ints, run_s: Ints, by_submit: Ints, by_end: Ints, means: Ints) -> None:
    """Both orders are sorted by user first, so that one walk through each does for all users."""
    ended = 0
    begin = 0
    for i in range(len(by_submit)):
        job = by_submit[i]
        if i > 0 and user[job] != user[by_submit[i - 1]]:
            ended = begin = i
        while ended < len(by_end) and user[by_end[ended]] == user[job] and end_s[by_end[ended]] <= submit_s[job]:
            ended += 1
        if ended - begin >= 2 and user[job] >= 0:
            means[job] = (run_s[by_end[ended - 1]] + run_s[by_end[ended - 2]] + 1) // 2


def _bounds(rule: str) -> tuple[float, float]:
    head, _, span = rule.partition(":")
    low_text, dots, high_text = span.partition("..")
    try:
        low, high = float(low_text), float(high_text)
    except ValueError:
        low = high = 0.0
    if head != "factor" or not dots or not 0 < low <= high <= MAX_FACTOR:
        fix = "trace, exact, none, user-history, or factor:LO..HI such as factor:1..5"
        raise UsageError(Fault("E303", f"--estimates {rule!r} is not known", fix=fix))
    return low, high


def cut(run_s: Ints, estimate_s: Ints) -> Ints:
    """Run times of jobs that are killed when their estimate is over; those without an estimate run on."""
    return np.where(estimate_s > 0, np.minimum(run_s, estimate_s), run_s)
