"""How long work takes on chips: restarts and checkpoint writes come on top of what is useful."""

from __future__ import annotations

from gigacampus.engine.floor.desk import FULL
from gigacampus.engine.floor.standing import after
from gigacampus.engine.general.state import (
    BASE,
    DONE,
    ESTIMATE,
    EVERY,
    EXPECTED,
    IS_ON,
    MORE,
    NEED,
    NOW,
    PACED,
    RATE,
    RATE_AT,
    RESTART,
    RUN,
    SINCE,
    TRIES,
    WORK,
    WRITE,
    State,
    W,
)
from gigacampus.kernels.jit import kernel, part


@part
def on_chips(g: State, job: int, work_s: int) -> int:
    """Time on chips that useful work takes: a checkpoint is written after every interval but the last."""
    every = g.job[W * job + EVERY]
    if g.fixed[WRITE] == 0 or every == 0 or work_s <= 0:
        return work_s
    return work_s + (work_s - 1) // every * g.fixed[WRITE]


@part
def overhead(g: State, job: int) -> int:
    """Restart cost of the present attempt."""
    return g.fixed[RESTART] if g.job[W * job + TRIES] > 1 else 0


@part
def nominal(g: State, job: int) -> int:
    """Time that the present attempt so far would have taken at speed 1, in whole seconds."""
    if g.fixed[PACED] == 0:
        return g.s[NOW] - g.job[W * job + SINCE]
    return work_done(g, job) // FULL


@part
def work_done(g: State, job: int) -> int:
    """Work of the present attempt so far where speeds differ: thousandths of a second at speed 1."""
    row = MORE * job
    done = g.more[row + WORK] + (g.s[NOW] - g.more[row + RATE_AT]) * g.more[row + RATE]
    return min(done, g.more[row + NEED])


@part
def useful(g: State, job: int) -> int:
    """Useful run time of the present attempt so far."""
    spent = max(nominal(g, job) - overhead(g, job), 0)
    every, write = g.job[W * job + EVERY], g.fixed[WRITE]
    if write == 0 or every == 0:
        return spent
    return spent // (every + write) * every + min(spent % (every + write), every)


@part
def worked(g: State, job: int) -> int:
    """Useful run time of a job so far."""
    return g.job[W * job + DONE] + (useful(g, job) if g.job[W * job + IS_ON] == 1 else 0)


@part
def needed(g: State, job: int) -> int:
    """Time on chips that the present attempt needs at speed 1."""
    return overhead(g, job) + on_chips(g, job, g.job[W * job + RUN] - g.job[W * job + DONE])


@part
def expected_work(g: State, job: int) -> int:
    """Useful run time that a job is expected to need in all: its estimate, doubled until it is more than is done."""
    work = g.job[W * job + ESTIMATE]
    while 0 < work <= g.job[W * job + DONE]:
        work *= 2
    return work


@part
def expected_left(g: State, job: int) -> int:
    """What the scheduler expects a waiting job to take from its next start on."""
    again = g.fixed[RESTART] if g.job[W * job + TRIES] > 0 else 0
    return on_chips(g, job, expected_work(g, job) - g.job[W * job + DONE]) + again


@part
def expected_here(g: State, job: int) -> int:
    """The same at its speed where it has just been placed."""
    left = expected_left(g, job)
    if g.fixed[PACED] == 0:
        return left
    return after(0, FULL * left, g.more[MORE * job + BASE])


@kernel
def expected_end(g: State, job: int) -> int:
    """When a running job is expected to end; where that has passed, its estimate is doubled, and doubled again."""
    ends, work = g.job[W * job + EXPECTED], g.job[W * job + ESTIMATE]
    if g.job[W * job + IS_ON] == 0 or work == 0:
        return ends
    while ends <= g.s[NOW]:
        work *= 2
        ends = end_of(g, job, overhead(g, job) + on_chips(g, job, work - g.job[W * job + DONE]))
    return ends


@part
def end_of(g: State, job: int, need: int) -> int:
    """When the present attempt has run so many seconds at speed 1."""
    return g.job[W * job + SINCE] + need if g.fixed[PACED] == 0 else end_of_work(g, job, FULL * need)


@part
def end_of_work(g: State, job: int, work: int) -> int:
    """When the present attempt has done so much work at its speed."""
    row = MORE * job
    return after(g.more[row + RATE_AT], max(work - g.more[row + WORK], 0), g.more[row + RATE])
