"""What happens to a job on alike racks: start, finish, being broken off; and when GPUs will come free."""

from __future__ import annotations

from gigacampus.clock import NEVER
from gigacampus.engine.racks.desk import (
    ATTEMPT_ROW,
    ATTEMPTS,
    BACK_OFF,
    BITS,
    CAP,
    EASY,
    END,
    EXPECTED,
    EXTRA,
    FAIR,
    FREE,
    FREE_SLOTS,
    HEAD,
    HELD,
    JOB,
    LANE,
    LANE_ROW,
    NOW,
    PIECE,
    POWER_FROM,
    POWER_STEP,
    RESTART,
    RING_LEVELS,
    RING_SHIFT,
    RUNNING,
    SERIAL,
    SHADOW,
    SIZE,
    SLOT,
    SLOT_BITS,
    SOLE,
    SPARE,
    STAY_ROOM,
    STAY_ROW,
    STAYS,
    STEPS,
    TENANT,
    TENANT_ROW,
    TENANTS,
    USED,
    WATTS,
    WRITE,
    Desk,
)  # fmt: skip
from gigacampus.engine.racks.turns import enqueue, expected_left, on_chips
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule import rackmasks as masks
from gigacampus.kernels.schedule.calendar import SECONDS, add, remove
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import prefetch
from gigacampus.kernels.schedule.rackroom import take_room
from gigacampus.kernels.schedule.sumtree import sum_add, sum_before, sum_reach


@kernel
def start(d: Desk, job: int, size: int, left: int, lane: int) -> None:
    """A job for which there is room starts; `left` is what is expected of it."""
    s = d.s
    now = s[NOW]
    s[FREE_SLOTS] -= 1
    slot = int(d.vacant[s[FREE_SLOTS]])
    at = slot * SLOT
    work, extra = d.run[job], 0
    if d.tries[job] == 0:
        d.start[job] = now
    else:
        work -= d.kept[job]
        extra = s[RESTART]
    d.tries[job] += 1
    d.since[job] = now
    extra += on_chips(d, job, work) - work
    end = now + work + extra
    bucket = bucket_of(d, now + left)
    prefetch(d.seconds, end & (SECONDS - 1))
    prefetch(d.ring, bucket)
    prefetch(d.ring_head, bucket)
    d.slots[at + JOB], d.slots[at + SIZE], d.slots[at + END], d.slots[at + EXPECTED] = job, size, end, now + left
    d.slots[at + LANE], d.slots[at + EXTRA] = lane, extra
    d.slots[at + PIECE] = take_room(d.racks, size, slot)
    s[RUNNING] += 1
    if end - now < SECONDS:
        add(d.seconds, d.links, d.marks, end, slot)
    else:
        push(d.far, (end << s[SLOT_BITS]) | slot)
    if s[STEPS] > 0:
        s[SERIAL] += 1
        d.serial[slot] = s[SERIAL]
    if s[POWER_STEP] > 0:
        d.slots[at + WATTS] = d.watts[job]
    _count(d, slot, 1)
    if s[STAY_ROOM] > 0:
        _note_stay(d, slot)


@part
def _count(d: Desk, slot: int, sign: int) -> None:
    """GPUs and power held, in all, by tenant and lane, and by the expected end."""
    s, at = d.s, slot * SLOT
    size, lane = sign * d.slots[at + SIZE], d.slots[at + LANE]
    tenant = d.lanes[lane * LANE_ROW + TENANT]
    s[FREE] -= size
    s[USED] += size
    s[HEAD] = -1
    d.tenants[tenant * TENANT_ROW + HELD] += size
    if s[FAIR] == 1:
        d.lane_held[lane] += size
    if s[EASY] == 1:
        _expect(d, slot, size)
    if s[POWER_STEP] > 0:
        _draw(d, tenant, sign * d.slots[at + WATTS])


@part
def _draw(d: Desk, tenant: int, watts: int) -> None:
    """From now on a tenant draws so many watts more: in this step from now on, in later ones all the time."""
    s = d.s
    since = s[NOW] - s[POWER_FROM]
    step = since // s[POWER_STEP]
    gone = since - step * s[POWER_STEP]
    at = step * s[TENANTS] + tenant
    d.power[at] += watts * (s[POWER_STEP] - gone)
    d.power[at + s[TENANTS]] += watts * gone


@part
def bucket_of(d: Desk, ends_s: int) -> int:
    """Where the ring has what is expected to end at a time."""
    return (ends_s >> d.s[RING_SHIFT]) & ((1 << (4 * d.s[RING_LEVELS])) - 1)


@part
def _expect(d: Desk, slot: int, gpus: int) -> None:
    """Note in the ring that so many GPUs come free at the slot's expected end; forget them where negative."""
    s = d.s
    bucket = bucket_of(d, d.slots[slot * SLOT + EXPECTED])
    sum_add(d.ring, s[RING_LEVELS], bucket, gpus)
    if gpus > 0:
        first = int(d.ring_head[bucket])
        d.ring_links[2 * slot] = first
        d.ring_links[2 * slot + 1] = -1
        if first >= 0:
            d.ring_links[2 * first + 1] = slot
        d.ring_head[bucket] = slot
        return
    after, before = int(d.ring_links[2 * slot]), int(d.ring_links[2 * slot + 1])
    if before >= 0:
        d.ring_links[2 * before] = after
    else:
        d.ring_head[bucket] = after
    if after >= 0:
        d.ring_links[2 * after + 1] = before


@kernel
def _note_stay(d: Desk, slot: int) -> None:
    """Note where a job stands."""
    s, r = d.s, d.racks
    piece = d.slots[slot * SLOT + PIECE]
    while piece >= 0:
        p, row = r[masks.PIECE_AT] + piece * masks.PIECE, s[STAYS] * STAY_ROW
        d.stays[row], d.stays[row + 1], d.stays[row + 2] = d.slots[slot * SLOT + JOB], s[NOW], NEVER
        d.stays[row + 3], d.stays[row + 4], d.stays[row + 5] = r[p + masks.RACK], r[p + masks.NODES], r[p + masks.SHARE]
        r[p + masks.LOG] = s[STAYS]
        s[STAYS] += 1
        piece = r[p + masks.NEXT]


@kernel
def leave(d: Desk, slot: int) -> None:
    """A job gives back what it holds; it is off the calendar already."""
    s = d.s
    if s[STAY_ROOM] > 0:
        _end_stay(d, slot)
    _count(d, slot, -1)
    masks.give_back(d.racks, d.slots[slot * SLOT + PIECE])
    d.slots[slot * SLOT + JOB] = -1
    d.vacant[s[FREE_SLOTS]] = slot
    s[FREE_SLOTS] += 1
    s[RUNNING] -= 1


@kernel
def _end_stay(d: Desk, slot: int) -> None:
    r, piece = d.racks, d.slots[slot * SLOT + PIECE]
    while piece >= 0:
        p = r[masks.PIECE_AT] + piece * masks.PIECE
        d.stays[r[p + masks.LOG] * STAY_ROW + 2] = d.s[NOW]
        piece = r[p + masks.NEXT]


@kernel
def finish(d: Desk, slot: int) -> None:
    """A job is done: its nodes have room again."""
    at = slot * SLOT
    job = d.slots[at + JOB]
    d.end[job] = d.s[NOW]
    if d.slots[at + EXTRA] > 0:
        d.lost[job] += d.slots[at + EXTRA]
    leave(d, slot)


@kernel
def break_off(d: Desk, slot: int, why: int) -> int:
    """Stop a running job: work since its last checkpoint is lost, and it queues again at its own place.

    Returns the GPU-seconds lost.
    """
    s, at = d.s, slot * SLOT
    job, end, size, lane = d.slots[at + JOB], d.slots[at + END], d.slots[at + SIZE], d.slots[at + LANE]
    _unschedule(d, slot, end)
    length = s[NOW] - d.since[job]
    overhead = min(length, s[RESTART]) if d.tries[job] > 1 else 0
    every, saved = d.checkpoint[job], 0
    if every > 0:
        saved = min((length - overhead) // (every + s[WRITE]) * every, d.run[job] - d.kept[job])
    row = s[ATTEMPTS] * ATTEMPT_ROW
    d.attempts[row], d.attempts[row + 1], d.attempts[row + 2], d.attempts[row + 3] = job, d.since[job], s[NOW], saved
    d.attempts[row + 4], d.attempts[row + 5], d.attempts[row + 6] = overhead, why, (length - saved) * size
    s[ATTEMPTS] += 1
    d.kept[job] += saved
    d.lost[job] += length - saved
    d.since[job] = NEVER
    leave(d, slot)
    if s[BACK_OFF] > 0:
        push(d.again, ((s[NOW] + (s[BACK_OFF] << min(d.tries[job] - 1, 16))) << s[BITS]) | job)
    else:
        enqueue(d, job, lane, expected_left(d, job))
    return (length - saved) * size


@kernel
def _unschedule(d: Desk, slot: int, end: int) -> None:
    """Take a slot off the calendar, or out of the heap of what ends far ahead."""
    key, found = (end << d.s[SLOT_BITS]) | slot, 0
    for i in range(d.far[0]):
        if d.far[1 + i] == key:
            found = 1 + i
    if found == 0:
        remove(d.seconds, d.links, d.marks, end, slot)
        return
    d.far[found] = -1  # less than all others: it rises to the top, and goes
    while found > 1:
        above = 1 + ((found - 2) >> 2)
        d.far[above], d.far[found] = d.far[found], d.far[above]
        found = above
    pop(d.far)


@part
def room(d: Desk) -> int:
    """GPUs that jobs may take now: those free, and no more than a sole tenant's cap leaves."""
    s = d.s
    return min(s[FREE], d.tenants[CAP] - s[USED]) if s[SOLE] == 1 else s[FREE]


@kernel
def reserve(d: Desk, job: int, size: int) -> None:
    """The head's reservation: the first expected end by which GPUs are enough, and what is spare then.

    Where the count is enough already and only nodes are not, that is the next expected end. NEVER where there is none.
    """
    s = d.s
    s[HEAD], s[SHADOW], s[SPARE] = job, NEVER, 0
    free = room(d)
    need = max(size - free, 1)
    if need > s[USED]:
        return
    levels = s[RING_LEVELS]
    here = bucket_of(d, s[NOW])
    before = sum_before(d.ring, levels, here)
    bucket, below = sum_reach(d.ring, levels, need + before)
    released = below - before
    if bucket < 0:
        ahead = s[USED] - before
        bucket, below = sum_reach(d.ring, levels, need - ahead)
        released = ahead + below
    last = -1
    while released < need:
        last, gpus = _next_end(d, bucket, last)
        released += gpus
    s[SHADOW] = last
    s[SPARE] = free + released - size


@part
def _next_end(d: Desk, bucket: int, after: int) -> tuple[int, int]:
    """The first expected end > `after` in a bucket of the ring, and the GPUs that come free then."""
    soonest, gpus = NEVER, 0
    slot = int(d.ring_head[bucket])
    while slot >= 0:
        ends = d.slots[slot * SLOT + EXPECTED]
        if after < ends < soonest:
            soonest, gpus = ends, d.slots[slot * SLOT + SIZE]
        elif ends == soonest:
            gpus += d.slots[slot * SLOT + SIZE]
        slot = int(d.ring_links[2 * slot])
    return soonest, gpus
