"""What the fast loop on alike racks works on: its registers, the fields of its rows, and all arrays in one bundle.

Jobs stand in order of submission. They wait in lanes: one a tenant where caps or fair share tell tenants apart (one a
user of each tenant under fair share), else one for all. The ranks of a lane lie side by side in one tree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.pointer import ptr

NOW, FREE, USED, DOWN, JOBS, ARRIVED, WAITING, RUNNING, EVENTS, STATUS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
LANES, TENANTS, EASY, FAIR, IN_LINE, RESTART, WRITE, UNTIL, FREE_SLOTS, SERIAL = 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
SHADOW, SPARE, HEAD, RING_LEVELS, RING_SHIFT, STRUCK, STRIKES, STEPPED, STEPS, DOWN_S = (
    20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
)  # fmt: skip
BITS, STRIKE_BITS, SLOT_BITS, BACK_OFF, ATTEMPTS, ATTEMPT_ROOM, STAYS, STAY_ROOM, BOOKS, BOOK_ROOM = (
    30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
)  # fmt: skip
POWER_STEP, POWER_FROM, POWER_ROOM, FIRST, REFUSED, TOTAL, SOLE, REGISTERS = 40, 41, 42, 43, 44, 45, 46, 48
"""Registers. HEAD: the job that the reservation is for, -1 where none is known; FIRST: the first job that arrived in
this instant; REFUSED: the head that found no nodes; DOWN_S: GPU-seconds out of service; BACK_OFF: the pause before a
broken-off job comes back, 0 where it does at once; POWER_STEP: seconds of a step of power, 0 where it is not kept;
TOTAL: all GPUs; SOLE: 1 where all jobs are tenant 0's, whose cap is what there is."""

JOB, SIZE, END, EXPECTED, PIECE, LANE, WATTS, EXTRA, SLOT = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Of a running slot, one cache line. EXTRA: seconds of the attempt that are no useful work if nothing happens."""
FIRST_RANK, LAST_RANK, NEXT_RANK, HEAD_RANK, HEAD_KEY, IN_LANE, TENANT, NEXT_FIT, LANE_ROW = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Of a lane: its ranks from first to last (excluded), the next to give, the first that waits and what orders it among
lanes, how many wait, its tenant, and the next candidate to jump ahead (-1: none)."""
CAP, HELD, BLOCKED, TENANT_ROW = 0, 1, 2, 4
"""Of a tenant: the GPUs that it may hold, those that it holds, and the instant in which it was at its cap."""
AT, BACK, LOW, HIGH, IS_DRAIN, TOLD, KILLED, VICTIM, LOST, GONE_DOWN, OUTAGE_ROW = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""Of an outage: the fields of `floor.desk.OUTAGE`, amounts in GPUs."""
ATTEMPT_ROW, STAY_ROW, BOOK_ROW, STEP_ROW = 7, 6, 6, 3
"""An attempt: as on any floor. A stay: job, from, to, rack, mask of nodes, GPUs of the one node (0: whole nodes). A row
of the books: time, free, used, down, running, and 0. A step: time, tenant, cap."""

OK, MORE_ATTEMPTS, MORE_STAYS, MORE_BOOKS, MORE_POWER = 0, 1, 2, 3, 4
"""Status. All but OK mean that a table may not have room for the next instant, which has not been played: the caller
makes room and plays on."""


class Desk(NamedTuple):
    """All that the loop reads and writes; each a flat int64 array unless said otherwise."""

    s: Any
    """Registers."""
    racks: Any
    """`kernels/schedule/rackmasks.py`."""
    submit: Any
    run: Any
    estimate: Any
    gpus: Any
    watts: Any
    """Power of the whole job, W; one long where no power is kept."""
    checkpoint: Any
    """One long where nothing breaks."""
    lane: Any
    """int32: lane of each job; one long where there is one lane."""
    key: Any
    """What orders jobs; in line that is the job's number, and this is one long."""
    rank: Any
    """int32: rank of each job that has arrived."""
    order: Any
    """int32: job of each rank."""
    start: Any
    since: Any
    end: Any
    tries: Any
    """int32."""
    kept: Any
    lost: Any
    reason: Any
    """int8."""
    lanes: Any
    tenants: Any
    use: Any
    """float64: faded GPU-seconds of each lane, under fair share."""
    tenant_use: Any
    """float64: the same of each tenant."""
    lane_held: Any
    """GPUs that each lane holds, under fair share."""
    turn: Any
    """int32: all lanes, under fair share by usage as it was in the last pass."""
    slots: Any
    vacant: Any
    """int32: stack of vacant slots."""
    serial: Any
    """Number of each slot's start; one long where caps never change."""
    queue: Any
    """int32: the ranked queue, `kernels/schedule/waiting.py`."""
    ring: Any
    """int32: sum tree: GPUs of running jobs by expected end, modulo the ring."""
    ring_head: Any
    """int32: first slot of each bucket of the ring."""
    ring_links: Any
    """int32: next and previous slot in each slot's bucket."""
    seconds: Any
    """int32, with `links` (int32) and `marks`: the calendar of ends, `kernels/schedule/calendar.py`."""
    links: Any
    marks: Any
    far: Any
    """Heap of ends beyond the calendar: end << bits | slot."""
    again: Any
    """Heap of jobs that come back later: time << bits | job."""
    outages: Any
    mends: Any
    """Heap of repairs: time << bits | outage."""
    steps: Any
    node_rack: Any
    """int32: rack of each node."""
    node_down: Any
    """How many outages hold each node; one long where none comes."""
    attempts: Any
    stays: Any
    books: Any
    power: Any
    """Changes of power, W x s: step by step, in each tenant by tenant. Summed up over the steps it is what each tenant
    drew in each."""


@kernel
def on_pointers(d: Desk) -> Desk:
    """The same desk with pointers in place of arrays."""
    return Desk(
        ptr(d.s), ptr(d.racks), ptr(d.submit), ptr(d.run), ptr(d.estimate), ptr(d.gpus), ptr(d.watts),
        ptr(d.checkpoint), ptr(d.lane), ptr(d.key), ptr(d.rank), ptr(d.order), ptr(d.start), ptr(d.since), ptr(d.end),
        ptr(d.tries), ptr(d.kept), ptr(d.lost), ptr(d.reason), ptr(d.lanes), ptr(d.tenants), ptr(d.use),
        ptr(d.tenant_use), ptr(d.lane_held), ptr(d.turn), ptr(d.slots), ptr(d.vacant), ptr(d.serial), ptr(d.queue),
        ptr(d.ring), ptr(d.ring_head), ptr(d.ring_links), ptr(d.seconds), ptr(d.links), ptr(d.marks), ptr(d.far),
        ptr(d.again), ptr(d.outages), ptr(d.mends), ptr(d.steps), ptr(d.node_rack), ptr(d.node_down), ptr(d.attempts),
        ptr(d.stays), ptr(d.books), ptr(d.power),
    )  # fmt: skip
