"""The scheduler's desk: all arrays that the event loop works on, and its registers.

`Desk` holds arrays outside and pointers inside the loop (`on_pointers`). Jobs stand in order of submission, so a job's
index is also its place in line; `order` and `rank` map between jobs and ranks under the policy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.pointer import ptr

Ints = NDArray[np.int64]

# Registers: what the loop counts, in `Desk.s`. MAY_BREAK: running jobs may be broken off or outlast the horizon;
# without it, tries, kept, lost, since, end and checkpoint stay unread (ends are starts plus run times). IN_LINE: rank
# and order are those of submission, and stay unread too. FIRST: no waiting job has a lower rank. EXTENDS: a job may run
# on beyond its expected end. SWEPT: the last second by which such jobs were looked for.
NOW, FREE, USED, DOWN, LEVEL, SERVING = 0, 1, 2, 3, 4, 5
JOBS, WAITING, RUNNING, ARRIVED, STEPPED, STRUCK = 6, 7, 8, 9, 10, 11
SHADOW, SPARE, IS_KNOWN, STATUS, ATTEMPTS, STARTS = 12, 13, 14, 15, 16, 17
UNTIL, STEPS, STRIKES, RESTART, SLOTS, SLOT_BITS = 18, 19, 20, 21, 22, 23
IS_EASY, IN_LINE, STRIKE_BITS, RING_LEVELS, RING_SHIFT, SLOT_LEVELS = 24, 25, 26, 27, 28, 29
FREE_SLOTS, EVENTS, ATTEMPT_ROOM, WRITE, MAY_BREAK, FIRST, EXTENDS, SWEPT, REGISTERS = (
    30,
    31,
    32,
    33,
    34,
    35,
    36,
    37,
    40,
)

# Fields of a running slot, 64 bytes: one cache line. Those of its chips and its expected end are the ring's.
JOB, SINCE, OVERHEAD = 0, 4, 5

OK, NO_SLOT, NO_ROOM = 0, 1, 2
"""Status: done; out of running slots; out of rows for broken-off attempts. The caller enlarges and plays again."""

NONE, HEAD, CAPACITY, QUOTA, RESERVATION, OUTAGE = 0, 1, 2, 3, 4, 5
PLACEMENT, POWER, CHOICE = 7, 8, 9
REASONS = (
    "none", "head", "capacity", "quota", "reservation", "outage", "unfit", "placement", "power", "choice",
)  # fmt: skip
"""Why a job did not start at once, as `reason` codes index it."""

NEVER = np.iinfo(np.int64).max


class Desk(NamedTuple):
    """All that the loop reads and writes; each a flat int64 array unless said otherwise."""

    s: Any
    """Registers."""
    submit: Any
    run: Any
    estimate: Any
    """Expected length: max(estimate, run)."""
    gpus: Any
    checkpoint: Any
    rank: Any
    order: Any
    step_at: Any
    step_level: Any
    step_serving: Any
    step_gone: Any
    """Chips down that left with a drop of the level."""
    strike_at: Any
    strike_chip: Any
    """Which of the chips is hit, counted from 0: those of running jobs first, then services, free ones, those down."""
    strike_size: Any
    """Chips of the node."""
    strike_repair: Any
    start: Any
    since: Any
    end: Any
    tries: Any
    kept: Any
    """Useful run time saved by checkpoints of broken-off attempts."""
    lost: Any
    reason: Any
    hit_job: Any
    hit_down: Any
    hit_back: Any
    """Chips that came back when it was repaired; fewer than went down where the level has dropped since."""
    hit_short: Any
    """Chips of a struck service that no spare chip replaces."""
    hit_lost: Any
    attempts: Any
    """Broken-off attempts, five a row: job, from, to, lost, restart overhead."""
    slots: Any
    vacant: Any
    """Stack of vacant slots."""
    ends: Any
    """Heap of end << bits | slot."""
    repairs: Any
    starts: Any
    """Stack of starts, three a row: slot, job, since; the latest on top, stale rows among them."""
    queue: Any
    """int32: the ranked queue."""
    ring: Any
    """Sum tree: chips of running jobs by expected end, modulo the ring."""
    ring_head: Any
    """First slot of each bucket of the ring; -1 if empty."""
    by_slot: Any
    """Sum tree: chips by running slot."""


@part
def rank_of(d: Desk, job: int) -> int:
    """A job's rank under the policy."""
    return job if d.s[IN_LINE] == 1 else d.rank[job]


@part
def job_at(d: Desk, rank: int) -> int:
    """The job of a rank."""
    return rank if d.s[IN_LINE] == 1 else d.order[rank]


@kernel
def on_pointers(d: Desk) -> Desk:
    """The same desk with pointers in place of arrays."""
    return Desk(
        ptr(d.s), ptr(d.submit), ptr(d.run), ptr(d.estimate), ptr(d.gpus), ptr(d.checkpoint), ptr(d.rank),
        ptr(d.order), ptr(d.step_at), ptr(d.step_level), ptr(d.step_serving), ptr(d.step_gone),
        ptr(d.strike_at), ptr(d.strike_chip),
        ptr(d.strike_size), ptr(d.strike_repair), ptr(d.start), ptr(d.since), ptr(d.end), ptr(d.tries), ptr(d.kept),
        ptr(d.lost), ptr(d.reason), ptr(d.hit_job), ptr(d.hit_down), ptr(d.hit_back), ptr(d.hit_short), ptr(d.hit_lost),
        ptr(d.attempts), ptr(d.slots), ptr(d.vacant), ptr(d.ends), ptr(d.repairs), ptr(d.starts), ptr(d.queue),
        ptr(d.ring), ptr(d.ring_head), ptr(d.by_slot),
    )  # fmt: skip
