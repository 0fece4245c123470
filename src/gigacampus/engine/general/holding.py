"""What happens to a job that holds chips: it starts, is done, is preempted, or is broken off."""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.floor.desk import HEAD
from gigacampus.engine.general.sorting import join
from gigacampus.engine.general.state import (
    ACCOUNT,
    ATTEMPT_ROOM,
    ATTEMPT_WIDTH,
    ATTEMPTS,
    BACKOFF,
    BITS,
    CAP_WIDTH,
    CAPS,
    DONE,
    END,
    ENDS,
    EVERY,
    EXPECTED,
    FREE,
    HEADS,
    HELD,
    IDLE_BEFORE_END,
    IDLE_MILLI_S,
    IS_ON,
    LIMIT,
    LOST,
    MORE,
    NO_ROOM,
    NOW,
    OWNER,
    PLAN,
    PLANNED,
    PREEMPTED,
    PROFILE,
    RANK,
    REQUEUE,
    RUN,
    RUNNING,
    SINCE,
    SIZE,
    START,
    STATUS,
    TAILS,
    TRIES,
    USED,
    WRITE,
    WT,
    State,
    W,
)
from gigacampus.engine.general.work import expected_here, needed, nominal, overhead, useful
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.heap import push
from gigacampus.kernels.schedule.profile import occupy


@kernel
def begin(g: State, job: int) -> None:
    """A waiting job that has its room starts. It still stands in the queue: `close_ranks` takes it out."""
    s, left = g.s, expected_here(g, job)
    if g.job[W * job + TRIES] == 0:
        g.job[W * job + START] = s[NOW]
    g.job[W * job + TRIES] += 1
    g.job[W * job + SINCE], g.job[W * job + EXPECTED] = s[NOW], s[NOW] + left
    g.job[W * job + ENDS] = s[NOW] + needed(g, job)
    g.job[W * job + IS_ON] = 1
    g.running[s[RUNNING]] = job
    s[RUNNING] += 1
    _hold(g, job, g.job[W * job + SIZE])
    if g.job[W * job + PLAN] < NEVER:
        s[PLANNED] -= 1
    if s[PROFILE] == 1:
        occupy(g.times, g.free, g.count, 0, g.job[W * job + SIZE], left)


@kernel
def _hold(g: State, job: int, size: int) -> None:
    """A job's account holds more, or less where negative."""
    g.held[g.job[W * job + ACCOUNT]] += size
    g.tenants[WT * g.job[W * job + OWNER] + HELD] += size


@part
def count_cap(g: State, job: int, size: int) -> None:
    """A job's tenant holds more of what its limit allows, or less where negative."""
    if g.fixed[CAPS] > 0:
        g.caps[CAP_WIDTH * g.job[W * job + LIMIT] + USED] += size


@kernel
def _leave(g: State, job: int) -> None:
    """Take a job that has given its chips back out of the running ones."""
    s = g.s
    _hold(g, job, -g.job[W * job + SIZE])
    g.job[W * job + IS_ON] = 0
    s[RUNNING] -= 1
    i = 0
    while g.running[i] != job:
        i += 1
    for k in range(i, s[RUNNING]):
        g.running[k] = g.running[k + 1]


@kernel
def finish(g: State, job: int) -> None:
    """A job is done; its place on nodes is given back by who plays the loop."""
    g.s[FREE] += g.job[W * job + SIZE]
    count_cap(g, job, -g.job[W * job + SIZE])
    g.job[W * job + END] = g.s[NOW]
    g.s[IDLE_BEFORE_END] = g.s[IDLE_MILLI_S]
    g.job[W * job + LOST] += g.s[NOW] - g.job[W * job + SINCE] - (g.job[W * job + RUN] - g.job[W * job + DONE])
    _leave(g, job)


@kernel
def preempt(g: State, job: int) -> int:
    """A running job that has given its chips back waits again; it keeps its progress. Returns the chip-seconds lost."""
    return _stop(g, job, useful(g, job), PREEMPTED)


@kernel
def break_off(g: State, job: int, why: int) -> int:
    """Stop a running job; it keeps what its last checkpoint holds and waits again. Returns the chip-seconds lost."""
    g.s[FREE] += g.job[W * job + SIZE]
    count_cap(g, job, -g.job[W * job + SIZE])
    every = g.job[W * job + EVERY]
    spent = max(nominal(g, job) - overhead(g, job), 0)
    kept = spent // (every + g.fixed[WRITE]) * every if every > 0 else 0
    return _stop(g, job, kept, why)


@kernel
def _stop(g: State, job: int, kept: int, why: int) -> int:
    s = g.s
    if s[ATTEMPTS] == g.fixed[ATTEMPT_ROOM]:
        s[STATUS] = NO_ROOM
        return 0
    length = s[NOW] - g.job[W * job + SINCE]
    again = min(overhead(g, job), nominal(g, job))
    row = ATTEMPT_WIDTH * s[ATTEMPTS]
    g.attempts[row], g.attempts[row + 1], g.attempts[row + 2] = job, g.job[W * job + SINCE], s[NOW]
    g.attempts[row + 3], g.attempts[row + 4], g.attempts[row + 5] = length - again - kept, again, why
    s[ATTEMPTS] += 1
    g.job[W * job + DONE] += kept
    g.job[W * job + LOST] += length - kept
    _leave(g, job)
    g.job[W * job + SINCE] = NEVER
    if g.job[W * job + PLAN] < NEVER:
        s[PLANNED] += 1
    elif why != PREEMPTED and g.fixed[REQUEUE] > 0:
        _set_rank(g, job)
    if why != PREEMPTED and g.fixed[BACKOFF] > 0:
        pause = g.fixed[BACKOFF] << min(g.job[W * job + TRIES] - 1, 16)
        push(g.away, ((s[NOW] + pause) << g.fixed[BITS]) | job)
    else:
        join(g, job)
    return (length - kept) * g.job[W * job + SIZE]


@kernel
def _set_rank(g: State, job: int) -> None:
    """A job that was broken off goes before all others, or behind all; planned runs have their time."""
    s = g.s
    if g.fixed[REQUEUE] == HEAD:
        s[HEADS] -= 1
        g.more[MORE * job + RANK] = s[HEADS]
    else:
        s[TAILS] += 1
        g.more[MORE * job + RANK] = s[TAILS]
