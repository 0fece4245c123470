"""What the general loop works on: its registers and columns."""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.pointer import ptr

# Registers. FREE, LEVEL, DOWN and the sizes of jobs are amounts: chips, or thousandths of a GPU on nodes.
NOW, FREE, DOWN, LEVEL, SERVING, ARRIVED, WAITING, RUNNING, STEPPED, STRUCK = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
EVENTS, STATUS, ATTEMPTS, PLACES, PLANNED, PROFILE, CALLS, ANSWER, QUOTED, ENDED, REGISTERS = (
    10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
)  # fmt: skip
# CALLS: counted before and after each call of a function of one's own, so that it is odd within one.
# PLANNED: planned runs that wait. ENDED: jobs that ended now, in `State.order`. PROFILE: 1 while the profile is that of
# this pass.

# What stays as it is, in `State.fixed`.
JOBS, ORDER, PASS, ON_NODES, PACKING, THRESHOLD, RESTART, WRITE, UNTIL, STEPS, STRIKES = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
)
ACCOUNTS, TENANTS, ATTEMPT_ROOM, PLACE_ROOM, OWN_PLACE, HAS_VIEW, HAS_PREEMPT, QUOTAS, FIXED = (
    11, 12, 13, 14, 15, 16, 17, 18, 19,
)  # fmt: skip

# Orders: what the queue is sorted by.
FCFS, SJF, PRIORITY, DEADLINE, SRTF, SRSF, LAS, SPOT, FAIR, OWN_ORDER = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
# Passes: how it is walked.
STRICT, EASY, CONSERVATIVE, PREEMPTIVE, QUOTA, QUOTA_EASY, OWN = 0, 1, 2, 3, 4, 5, 6

OK, NO_ROOM, NO_SUCH_JOB, NOT_WAITING, TOO_LARGE, NOT_RUNNING, NO_SUCH_NODE, NODE_FULL = 0, 1, 2, 3, 4, 5, 6, 7
"""Status: done; out of rows (the caller enlarges and plays again); then what was wrong with a function's answer."""


# Columns (W and WT: how many a job and a tenant have): a row a job, a tenant, a change of capacity, a failure, a change
# of quota.
SUBMIT, RUN, ESTIMATE, SIZE, URGENCY, DUE, PLAN, EVERY, ACCOUNT, OWNER, START, SINCE, END, TRIES, DONE = range(15)
LOST, EXPECTED, IS_ON, MARK, REFUSED, KEY, PIECE, W = range(15, 23)
JOB_COLUMNS = {
    "SUBMIT": "When it is submitted.",
    "RUN": "Its run time.",
    "ESTIMATE": "Its expected length.",
    "SIZE": "What it holds: chips, or thousandths of a GPU on nodes.",
    "URGENCY": "Its priority.",
    "DUE": "Its deadline; NEVER.",
    "PLAN": "When a planned run is to start; NEVER for all others.",
    "EVERY": "Time between its checkpoints; 0 where it writes none.",
    "ACCOUNT": "The user of a tenant.",
    "OWNER": "The tenant.",
    "START": "Its first start; NEVER.",
    "SINCE": "Start of its latest attempt; NEVER while it waits.",
    "END": "Its end; NEVER.",
    "TRIES": "Attempts so far.",
    "DONE": "Useful run time done before the latest attempt.",
    "LOST": "Time on chips beyond useful run time.",
    "EXPECTED": "When it is expected to end, while it runs.",
    "IS_ON": "1 while it holds its chips.",
    "MARK": "1 while it is lifted off its chips for a moment.",
    "REFUSED": "Scratch.",
    "KEY": "What it is sorted by, least first, after `first` and `second`; ties go by place.",
    "PIECE": "First piece that it holds of the nodes; -1.",
}
HELD, NOMINAL, BORROW, LEND, COHORT, WT = 0, 1, 2, 3, 4, 5
AT, TO, SERVES, GONE, STEP_WIDTH = 0, 1, 2, 3, 4
WHOSE, CHANGE_WIDTH = 2, 3
CHIP, NODE, REPAIR, BACK_AT, HIT, OUT, BACK, SHORT, WASTE, STRIKE_WIDTH = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10


class State(NamedTuple):
    """Flat int64 arrays unless said otherwise; jobs in order of submission."""

    s: Any
    """Registers."""
    fixed: Any
    job: Any
    """A row a job, as `JOB_COLUMNS` says."""
    first: Any
    """float64, by job: what jobs are sorted by before KEY."""
    second: Any
    """float64, by job."""
    queue: Any
    """Waiting jobs in the order of the policy."""
    running: Any
    """Running jobs in the order of their latest starts."""
    order: Any
    """Scratch, twice the jobs: all unfinished ones, sorted; jobs that ended now."""
    spare: Any
    """Scratch for sorting, and what is least among those behind."""
    times: Any
    free: Any
    count: Any
    """The profile of conservative backfill, as in `kernels/schedule/profile.py`; scratch for quotas."""
    attempts: Any
    """Attempts broken off or preempted, five a row: job, from, to, lost, restart overhead."""
    used: Any
    """float64: faded use of each account."""
    tenant_used: Any
    """float64: the same of each tenant."""
    held: Any
    """What each account holds."""
    tenants: Any
    """A row a tenant: held; quota, borrowing limit, lending limit, cohort."""
    steps: Any
    """A row a change of capacity: when, to which level, what services hold, failed chips that left with it."""
    strikes: Any
    """A row a failure: when, which chip (counted from 0: jobs, services, free, down), chips of its node, time to
    repair; when it is back, job hit, chips down, chips back, chips a service lacks, chip-seconds lost."""
    changes: Any
    """A row a change of quota: when, to what, whose."""
    places: Any
    """Where jobs were put, three a row: job, node, which attempt."""


FLOATS = ("first", "second", "used", "tenant_used")


@kernel
def on_pointers(g: State) -> State:
    """The same with pointers in place of arrays."""
    return State(
        ptr(g.s), ptr(g.fixed), ptr(g.job), ptr(g.first), ptr(g.second), ptr(g.queue), ptr(g.running), ptr(g.order),
        ptr(g.spare), ptr(g.times), ptr(g.free), ptr(g.count), ptr(g.attempts), ptr(g.used), ptr(g.tenant_used),
        ptr(g.held), ptr(g.tenants), ptr(g.steps), ptr(g.strikes), ptr(g.changes), ptr(g.places),
    )  # fmt: skip
