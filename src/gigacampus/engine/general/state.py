"""What the general loop works on: its registers and columns."""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.pointer import ptr

# Registers. FREE, LEVEL, DOWN and the sizes of jobs are amounts: chips, or thousandths of a GPU on nodes.
NOW, FREE, DOWN, LEVEL, SERVING, ARRIVED, WAITING, RUNNING, STEPPED, STRUCK = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
EVENTS, STATUS, ATTEMPTS, PLACES, PLANNED, PROFILE, CALLS, ANSWER, QUOTED, ENDED = (
    10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
)  # fmt: skip
FELL, TOLD, CAPPED, DOWN_MILLI_S, LOW, HIGH, HEADS, TAILS = 20, 21, 22, 23, 24, 25, 26, 27
POWER_W, LIMIT_W, HELD_BACK, IDLE_MILLI_S, ASKED_AT, ASKED_LENGTH, IDLE_BEFORE_END = 28, 29, 30, 31, 32, 33, 34
BEHIND, BEHIND_W, REGISTERS = 35, 36, 37
# CALLS: counted before and after each call of a function of one's own, so that it is odd within one.
# PLANNED: planned runs that wait. ENDED: jobs that ended now, in `State.order`. PROFILE: 1 while the profile is that of
# this pass. On a floor: FELL, TOLD, CAPPED: outages, announcements and changes of tenants' limits so far; DOWN_MILLI_S:
# the integral of DOWN; LOW and HIGH: the nodes that go down now; HEADS and TAILS: ranks of those before and behind all;
# POWER_W and LIMIT_W: what all draw, and may; HELD_BACK: what power alone keeps from starting now, IDLE_MILLI_S its
# integral, IDLE_BEFORE_END that until the last end of a job; ASKED_AT and ASKED_LENGTH: what the profile of power is
# asked for. BEHIND and BEHIND_W: what running jobs hold and draw further on in the list of preemptive policies.

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
ACCOUNTS, TENANTS, ATTEMPT_ROOM, PLACE_ROOM, OWN_PLACE, HAS_VIEW, HAS_PREEMPT, QUOTAS = (
    11, 12, 13, 14, 15, 16, 17, 18,
)  # fmt: skip
ON_FLOOR, OUTAGES, NOTICES, CAPS, CAP_STEPS, BACKOFF, BITS, BITS_O, WAITS_FOR, REQUEUE, SOLE = (
    19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
)  # fmt: skip
DRAWS, HOLDS, HALLS_HOLD, AT_PROFILE, PACED, SLOWS = 30, 31, 32, 33, 34, 35
AT_LINKS, AT_STANDS, AT_TABLE, AT_STAIRS, AT_SHARES = 36, 37, 38, 39, 40
MODELS, NODE_STEPS, RACK_STEPS, NEAR_STEPS, STAIRS, FIXED = 41, 42, 43, 44, 45, 46
# On a floor. CAPS: tenants with limits; BACKOFF: first pause of a job that was broken off, 0: none; BITS and BITS_O: of
# a heap key, those that name the job and the outage; WAITS_FOR: why a job that fits does not start; REQUEUE:
# whether one that was broken off queues at its place (0), before all (1) or behind all (2); DRAWS: power has limits;
# HOLDS: by which jobs wait; HALLS_HOLD: halls have some; AT_PROFILE: where in `State.more` the profile of power stands;
# SOLE: all jobs are one tenant's, whose limits are what there is; PACED: speeds differ;
# SLOWS: for want of power too. Then where in `State.more` stand the pieces on each node (three a piece: job, the one
# before, the one after), the first on each node, speeds by class, model, nodes, racks and neighbours (so many steps of
# each), from where on each step holds, speeds by thousandths of power.

# Orders: what the queue is sorted by.
FCFS, SJF, PRIORITY, DEADLINE, SRTF, SRSF, LAS, SPOT, FAIR, OWN_ORDER = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
# Passes: how it is walked.
STRICT, EASY, CONSERVATIVE, PREEMPTIVE, QUOTA, QUOTA_EASY, OWN = 0, 1, 2, 3, 4, 5, 6

OK, NO_ROOM, NO_SUCH_JOB, NOT_WAITING, TOO_LARGE, NOT_RUNNING, NO_SUCH_NODE, NODE_FULL, NODE_SHUT = range(9)
"""Status: done; out of rows (the caller enlarges and plays again); then what was wrong with a function's answer."""


# Columns (W and WT: how many a job and a tenant have): a row a job, a tenant, a change of capacity, a failure, a change
# of quota.
SUBMIT, RUN, ESTIMATE, SIZE, URGENCY, DUE, PLAN, EVERY, ACCOUNT, OWNER, START, SINCE, END, TRIES, DONE = range(15)
LOST, EXPECTED, IS_ON, MARK, REFUSED, KEY, PIECE, LIMIT, NO_NODES, REASON, ENDS, W = range(15, 27)
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
    "LIMIT": "The tenant whose limit it counts against, on a floor.",
    "NO_NODES": "The event in which no nodes had room for it, on a floor.",
    "REASON": "Why it did not start when it came, on a floor.",
    "ENDS": "When it will be done, while it runs.",
}
RANK, WATTS, POWER, CLASS, BASE, SHARE, RATE, RATE_AT, WORK, NEED, NEED_EXPECTED, SLOWED, STANDS, MORE = range(14)
LINK_WIDTH = 3
MORE_COLUMNS = {
    "RANK": "Its place before (negative) or behind all that were never broken off; 0: among them.",
    "WATTS": "Power of each of its GPUs, W.",
    "POWER": "Of all of them, W.",
    "CLASS": "Of the table of speeds.",
    "BASE": "Its speed where it stands, thousandths.",
    "SHARE": "Thousandths of that which power leaves.",
    "RATE": "Both together.",
    "RATE_AT": "Since when.",
    "WORK": "Work of the attempt by then: thousandths of a second at speed 1.",
    "NEED": "Such work of the whole attempt.",
    "NEED_EXPECTED": "The same as expected.",
    "SLOWED": "Milliseconds lost for want of power.",
    "STANDS": "1 while it runs on nodes.",
}
"""On a floor, beside these: MORE columns a job in `State.more`."""
HELD, NOMINAL, BORROW, LEND, COHORT, WT = 0, 1, 2, 3, 4, 5
AT, TO, SERVES, GONE, STEP_WIDTH = 0, 1, 2, 3, 4
WHOSE, CHANGE_WIDTH, KIND, CAP_STEP_WIDTH = 2, 3, 3, 4
PREEMPTED = -1
"""Why an attempt ended that no trouble broke off."""
ATTEMPT_WIDTH, PLACE_WIDTH = 6, 4
UNTIL_S, FIRST, LAST, DRAINS, TOLD_AT, KILLED, WHICH, LOSS, LOSES, OUT_WIDTH = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
CAP, USED, BLOCKED, CAP_W, USED_W, BEHIND_OWN, BEHIND_OWN_W, CAP_WIDTH = 0, 1, 2, 3, 4, 5, 6, 7
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
    """Attempts broken off or preempted, six a row: job, from, to, lost, restart overhead, why."""
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
    """Where jobs were put, four a row: job, node, which attempt, thousandths of GPUs."""
    outages: Any
    """On a floor, a row an outage: when, until when, first node, one past the last, 1 for maintenance, when announced;
    jobs broken off, the first of them, what they lost, what went down (seconds and thousandths of GPUs)."""
    told: Any
    """Outages in the order of their announcement."""
    mends: Any
    """Heap of repairs: time << BITS_O | outage."""
    away: Any
    """Heap of jobs that come back later: time << BITS | job."""
    caps: Any
    """A row a tenant with a limit: most that it may hold, what it holds, the event since which it is blocked; most
    that it may draw, what it draws (W); of these, what jobs hold and draw further on in the list of preemptive
    policies."""
    cap_steps: Any
    """A row a change of these, or of another limit: when, to what, whose, of which kind."""
    more: Any
    """On a floor, a row a job, as `MORE_COLUMNS` says; then the profile of power."""


FLOATS = ("first", "second", "used", "tenant_used")


@kernel
def on_pointers(g: State) -> State:
    """The same with pointers in place of arrays."""
    return State(
        ptr(g.s), ptr(g.fixed), ptr(g.job), ptr(g.first), ptr(g.second), ptr(g.queue), ptr(g.running), ptr(g.order),
        ptr(g.spare), ptr(g.times), ptr(g.free), ptr(g.count), ptr(g.attempts), ptr(g.used), ptr(g.tenant_used),
        ptr(g.held), ptr(g.tenants), ptr(g.steps), ptr(g.strikes), ptr(g.changes), ptr(g.places),
        ptr(g.outages), ptr(g.told), ptr(g.mends), ptr(g.away), ptr(g.caps), ptr(g.cap_steps),
        ptr(g.more),
    )  # fmt: skip
