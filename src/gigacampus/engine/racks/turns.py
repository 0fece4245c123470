"""Whose turn it is: lanes of waiting jobs, the order among them, and usage that fades.

In line, and where jobs are sorted by length or priority, the lane whose first job comes first goes first. Under fair
share that is the lane whose tenant used least lately, then the user that did, then whose first job came first, with a
half-life of a week, as in `engine/fair.py`.
"""

from __future__ import annotations

import math

from gigacampus.engine.fair import FADING_PER_S
from gigacampus.engine.racks.desk import (
    BLOCKED,
    EVENTS,
    FAIR,
    HEAD_KEY,
    HEAD_RANK,
    HELD,
    IN_LANE,
    IN_LINE,
    JOBS,
    LANE_ROW,
    LANES,
    LAST_RANK,
    NEXT_FIT,
    RESTART,
    TENANT,
    TENANT_ROW,
    TENANTS,
    WAITING,
    WRITE,
    Desk,
)  # fmt: skip
from gigacampus.kernels.jit import part
from gigacampus.kernels.schedule.waiting import GONE, held_length, held_size, join, leave, next_fit


@part
def on_chips(d: Desk, job: int, work_s: int) -> int:
    """Time on chips that useful work takes: a checkpoint is written after every interval but the last."""
    if d.s[WRITE] == 0:
        return work_s
    every = d.checkpoint[job]
    if every == 0 or work_s <= 0:
        return work_s
    return work_s + (work_s - 1) // every * d.s[WRITE]


@part
def expected_left(d: Desk, job: int) -> int:
    """What a waiting job is expected to take from its next start on."""
    if d.tries[job] == 0:
        return on_chips(d, job, d.estimate[job])
    return d.s[RESTART] + on_chips(d, job, d.estimate[job] - d.kept[job])


@part
def key_of(d: Desk, job: int) -> int:
    """What orders a job among all."""
    return job if d.s[IN_LINE] == 1 else d.key[job]


@part
def lane_of(d: Desk, job: int) -> int:
    """The lane that a job waits in."""
    return int(d.lane[job]) if d.s[LANES] > 1 else 0


@part
def size_at(d: Desk, rank: int, job: int) -> int:
    """A waiting job's GPUs: from the queue's own cache line where it holds them exactly."""
    size = int(held_size(d.queue, rank))
    return size if size < GONE - 1 else d.gpus[job]


@part
def left_at(d: Desk, rank: int, job: int) -> int:
    """The same for its expected length."""
    left = int(held_length(d.queue, rank))
    return left if left < GONE - 1 else expected_left(d, job)


@part
def enqueue(d: Desk, job: int, lane: int, left: int) -> None:
    """Put a job into its lane, at its rank."""
    s, at, rank = d.s, lane * LANE_ROW, int(d.rank[job])
    join(d.queue, s[JOBS], rank, d.gpus[job], left)
    s[WAITING] += 1
    d.lanes[at + IN_LANE] += 1
    if d.lanes[at + IN_LANE] == 1 or rank < d.lanes[at + HEAD_RANK]:
        d.lanes[at + HEAD_RANK], d.lanes[at + HEAD_KEY] = rank, key_of(d, job)


@part
def dequeue(d: Desk, rank: int, lane: int) -> None:
    """Take a job out of its lane."""
    s, at = d.s, lane * LANE_ROW
    leave(d.queue, s[JOBS], rank)
    s[WAITING] -= 1
    d.lanes[at + IN_LANE] -= 1
    if rank == d.lanes[at + HEAD_RANK] and d.lanes[at + IN_LANE] > 0:
        first = next_fit(d.queue, s[JOBS], rank + 1, GONE, 0, 0)
        d.lanes[at + HEAD_RANK], d.lanes[at + HEAD_KEY] = first, key_of(d, int(d.order[first]))


@part
def is_blocked(d: Desk, lane: int) -> bool:
    """Whether a lane's tenant was at its cap in this instant: nobody else of it starts then."""
    return d.tenants[d.lanes[lane * LANE_ROW + TENANT] * TENANT_ROW + BLOCKED] == d.s[EVENTS]


@part
def _goes_before(d: Desk, lane: int, other: int) -> bool:
    """Whether a lane goes before another whatever waits in them."""
    ours, theirs = d.lanes[lane * LANE_ROW + TENANT], d.lanes[other * LANE_ROW + TENANT]
    if d.tenant_use[ours] != d.tenant_use[theirs]:
        return d.tenant_use[ours] < d.tenant_use[theirs]
    return d.use[lane] < d.use[other]


@part
def sort_turns(d: Desk) -> None:
    """Sort the lanes by usage; from one pass to the next hardly any changes its place."""
    for i in range(1, d.s[LANES]):
        lane, k = int(d.turn[i]), i
        while k > 0 and _goes_before(d, lane, int(d.turn[k - 1])):
            d.turn[k] = d.turn[k - 1]
            k -= 1
        d.turn[k] = lane


@part
def first_lane(d: Desk) -> int:
    """The lane whose first job's turn it is; -1: all are empty or blocked."""
    best, best_key = -1, 0
    for i in range(d.s[LANES]):
        lane = int(d.turn[i])
        if best >= 0 and d.s[FAIR] == 1 and _goes_before(d, best, lane):
            return best
        at = lane * LANE_ROW
        if d.lanes[at + IN_LANE] > 0 and not is_blocked(d, lane):
            key = d.lanes[at + HEAD_KEY]
            if best < 0 or key < best_key:
                best, best_key = lane, key
    return best


@part
def first_candidate(d: Desk) -> int:
    """The lane whose candidate's turn it is; -1: none has one."""
    best, best_key = -1, 0
    for i in range(d.s[LANES]):
        lane = int(d.turn[i])
        if best >= 0 and d.s[FAIR] == 1 and _goes_before(d, best, lane):
            return best
        rank = d.lanes[lane * LANE_ROW + NEXT_FIT]
        if rank >= 0 and not is_blocked(d, lane):
            key = key_of(d, int(d.order[rank]))
            if best < 0 or key < best_key:
                best, best_key = lane, key
    return best


@part
def seek(d: Desk, lane: int, rank: int, spare: int, free: int, window: int) -> None:
    """A lane's next candidate from a rank on: of size <= spare, or of size <= free and length <= window."""
    at = lane * LANE_ROW
    found = next_fit(d.queue, d.s[JOBS], rank, min(spare, free), free, window)
    d.lanes[at + NEXT_FIT] = found if found < d.lanes[at + LAST_RANK] else -1


@part
def fade(d: Desk, passed_s: int) -> None:
    """Usage a while later: it fades, and what was held meanwhile is added, fading as it came."""
    left = math.exp(-FADING_PER_S * passed_s)
    gained = (1.0 - left) / FADING_PER_S
    for lane in range(d.s[LANES]):
        d.use[lane] = d.use[lane] * left + d.lane_held[lane] * gained
    for tenant in range(d.s[TENANTS]):
        d.tenant_use[tenant] = d.tenant_use[tenant] * left + d.tenants[tenant * TENANT_ROW + HELD] * gained
