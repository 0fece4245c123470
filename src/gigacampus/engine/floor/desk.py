"""What the loop on a floor works on: rows of jobs, outages, limits and tenants, and its registers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

NOW, ARRIVED, FREE, DOWN, USED, WAITING, RUNNING, EVENTS = 0, 1, 2, 3, 4, 5, 6, 7
SHADOW, SPARE, SPARE_W, BLOCKED, STRUCK, TOLD, STEPPED, STATUS = 8, 9, 10, 11, 12, 13, 14, 15
HEAD_RANK, TAIL_RANK, ATTEMPTS, PLACES, BOOKS, POWER_W, LIMIT_W, SERIAL = 16, 17, 18, 19, 20, 21, 22, 23
HELD_BACK, IDLE_MILLI_S, IS_CHANGED, DOWN_MILLI_S, OPEN, RELEASED, IDLE_BEFORE_END = 24, 25, 26, 27, 28, 29, 30
REGISTERS = 32
"""Registers. Amounts of GPUs are thousandths. HELD_BACK: what power alone keeps from starting now; IDLE_MILLI_S: its
integral, as DOWN_MILLI_S is that of DOWN; IDLE_BEFORE_END: that until the last end of a job. OPEN: waiting jobs that a
pass may still start; RELEASED: a number that grows whenever room may have come free."""

POLICY, EASY, BITS, RESTART, WRITE, REQUEUE, BACKOFF, SLOWS, NEIGHBOURS, UNTIL, BITS_O, ALIKE, SOLE, LEAST_W, FIXED = (
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
)  # fmt: skip
"""What stands fixed. ALIKE: all nodes are of one size; SOLE: all jobs are tenant 0's, whose limits are everybody's;
LEAST_W: the least power of a GPU of any job."""
PLACE, HEAD, TAIL, BACK_OFF = 0, 1, 2, 3
"""Where a job that was broken off queues: at its own place, before all others, behind all, or there after a while."""
REQUEUES = {"place": PLACE, "head": HEAD, "tail": TAIL, "backoff": BACK_OFF}
TENANT_GPUS, TENANT_W, HALL_W, CAMPUS_W = 0, 1, 2, 3
"""Limits that change on a date."""
FAILED, DRAINED, OVER_LIMIT = 0, 1, 2
"""Why an attempt was broken off."""
OK, NO_ROOM = 0, 1
FULL = 1000
"""Speed 1, and all of the power asked for, in thousandths."""

JOB = np.dtype(
    [
        ("submit", "i8"), ("run", "i8"), ("estimate", "i8"), ("size", "i8"), ("checkpoint", "i8"), ("tenant", "i8"),
        ("watts", "i8"), ("class", "i8"), ("rank", "i8"), ("start", "i8"), ("since", "i8"), ("finish", "i8"),
        ("expected", "i8"), ("tries", "i8"), ("kept", "i8"), ("lost", "i8"), ("slowed", "i8"), ("overhead", "i8"),
        ("need", "i8"), ("need_expected", "i8"), ("done", "i8"), ("rate_at", "i8"), ("base", "i8"), ("rate", "i8"),
        ("share", "i8"),
        ("serial", "i8"), ("piece", "i8"), ("power", "i8"), ("refused", "i8"), ("reason", "i8"), ("shape", "i8"),
    ]
)  # fmt: skip
"""A job. Power of the whole job in W; need and done in thousandths of a second at speed 1; base thousandths of speed 1
where it stands, share what power limits leave of it, rate both together; slowed: milliseconds lost that way. refused:
the event in which no nodes had room for it. shape: jobs that ask for the same have one number."""
OUTAGE = np.dtype(
    [
        ("at", "i8"), ("until", "i8"), ("first", "i8"), ("last", "i8"), ("is_drain", "i8"), ("told", "i8"),
        ("killed", "i8"), ("job", "i8"), ("lost", "i8"), ("down", "i8"),
    ]
)  # fmt: skip
"""An outage of the nodes from first to last (excluded), planned or not, and what it cost: jobs broken off, the first of
them, chip-milliseconds of work lost, thousandths of GPUs that it took down."""
STEP = np.dtype([("at", "i8"), ("kind", "i8"), ("which", "i8"), ("value", "i8")])
TENANT = np.dtype(
    [("cap", "i8"), ("used", "i8"), ("limit_w", "i8"), ("used_w", "i8"), ("blocked", "i8"), ("waiting", "i8")]
)
LINK = np.dtype([("job", "i8"), ("row", "i8"), ("before", "i8"), ("after", "i8")])
"""A piece: its job, its row in the log of places, and its neighbours on the same node."""


class Line(NamedTuple):
    """Int64 arrays, structured where said."""

    s: Any
    """Registers."""
    fixed: Any
    jobs: Any
    """`JOB`, in order of submission."""
    request: Any
    draw: Any
    """float64: one draw a job for the random placement."""
    order: Any
    """Job of each rank; ranks before the first and after the last wait for jobs that are broken off."""
    queue: Any
    """int32: the ranked queue."""
    end: Any
    """When each running job will be done."""
    ends: Any
    spot: Any
    """Heap of running jobs by end, and where each job stands in it."""
    by_end: Any
    """Running jobs, sorted by (expected end, job)."""
    again: Any
    """Heap of jobs that come back later: time << bits | job."""
    outages: Any
    """`OUTAGE`, in order of time."""
    told: Any
    """Outages in the order of their announcement; those without are left out."""
    mends: Any
    """Heap of repairs: time << bits | outage."""
    steps: Any
    """`STEP`, in order of time."""
    tenants: Any
    """`TENANT`."""
    speed: Any
    """Speed in thousandths, shape (classes, models, node steps, rack steps, neighbour steps)."""
    stairs: Any
    """From how many nodes, racks and neighbours on each step of the table holds; shape (3, most), rest NEVER."""
    share_speed: Any
    """Speed in thousandths at each thousandth of the power asked for; shape (1001,)."""
    links: Any
    """`LINK`, by piece."""
    first_on: Any
    """First piece on each node."""
    attempts: Any
    """Broken-off attempts, shape (room, 7): job, from, to, work saved, overhead, why, chip-milliseconds lost."""
    places: Any
    """Where jobs stood, shape (room, 5): job, node, from, to, thousandths of GPUs."""
    books: Any
    """After each instant, shape (room, 6): time, free, used, down, running, W; no rows: not kept."""
    scratch: Any
    """Room for one job each."""
    refusals: Any
    """By shape: RELEASED and the expected end when no nodes had room for it, shape (shapes, 2)."""


def line_type() -> Any:
    """The type of a line, from a small one."""
    from numba import typeof

    one, two = np.zeros(1, dtype=np.int64), np.zeros((1, 1), dtype=np.int64)
    kinds = {
        "jobs": np.zeros(1, JOB), "request": two, "draw": np.zeros(1), "queue": np.zeros(1, np.int32),
        "outages": np.zeros(1, OUTAGE), "steps": np.zeros(1, STEP), "tenants": np.zeros(1, TENANT),
        "speed": np.zeros((1, 1, 1, 1, 1), dtype=np.int64), "stairs": two, "links": np.zeros(1, LINK), "attempts": two,
        "places": two, "books": two, "refusals": two,
    }  # fmt: skip
    return typeof(Line(**{name: kinds.get(name, one) for name in Line._fields}))  # type: ignore[no-untyped-call]
