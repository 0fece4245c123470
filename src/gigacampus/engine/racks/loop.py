"""The event loop on alike racks: lines and fair share, strict or with EASY backfill, caps and failures.

The rules are those of the loop on any floor (`engine/floor/loop.py`); one instant in its order: finish, fail, repair,
change of caps, arrive (new jobs, and broken off ones that come back); then one pass. A head that finds no nodes blocks;
a job whose own tenant is at its cap blocks only that tenant's, but where all are of one: its cap is what there is.
"""

from __future__ import annotations

from gigacampus.clock import NEVER
from gigacampus.engine.desk import CAPACITY, OUTAGE, PLACEMENT, QUOTA, RESERVATION
from gigacampus.engine.desk import HEAD as BEHIND
from gigacampus.engine.floor.desk import DRAINED, FAILED, OVER_LIMIT
from gigacampus.engine.racks.desk import (
    ARRIVED,
    AT,
    ATTEMPT_ROOM,
    ATTEMPTS,
    BACK,
    BITS,
    BLOCKED,
    BOOK_ROOM,
    BOOK_ROW,
    BOOKS,
    CAP,
    DOWN,
    DOWN_S,
    EASY,
    EVENTS,
    EXPECTED,
    FAIR,
    FIRST,
    FREE,
    GONE_DOWN,
    HEAD,
    HEAD_RANK,
    HELD,
    HIGH,
    IN_LINE,
    IS_DRAIN,
    JOB,
    JOBS,
    KILLED,
    LANE,
    LANE_ROW,
    LANES,
    LAST_RANK,
    LOST,
    LOW,
    MORE_ATTEMPTS,
    MORE_BOOKS,
    MORE_POWER,
    MORE_STAYS,
    NEXT_FIT,
    NEXT_RANK,
    NOW,
    OK,
    OUTAGE_ROW,
    PIECE,
    POWER_FROM,
    POWER_ROOM,
    POWER_STEP,
    REFUSED,
    RUNNING,
    SHADOW,
    SLOT,
    SLOT_BITS,
    SOLE,
    SPARE,
    STATUS,
    STAY_ROOM,
    STAYS,
    STEP_ROW,
    STEPPED,
    STEPS,
    STRIKE_BITS,
    STRIKES,
    STRUCK,
    TENANT,
    TENANT_ROW,
    TOTAL,
    UNTIL,
    USED,
    VICTIM,
    WAITING,
    Desk,
    on_pointers,
)  # fmt: skip
from gigacampus.engine.racks.running import break_off, bucket_of, finish, reserve, room, start
from gigacampus.engine.racks.turns import (
    dequeue,
    enqueue,
    expected_left,
    fade,
    first_candidate,
    first_lane,
    is_blocked,
    lane_of,
    left_at,
    seek,
    size_at,
    sort_turns,
)
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule import rackmasks as masks
from gigacampus.kernels.schedule.calendar import first_at, next_second, remove
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import prefetch
from gigacampus.kernels.schedule.rackroom import largest_fit
from gigacampus.kernels.schedule.waiting import may_fit, next_fit


@kernel
def play_racks(desk: Desk) -> int:
    """Play all events before the horizon; returns the status. Results stand in the desk's arrays."""
    d = on_pointers(desk)
    s = d.s
    s[STATUS] = OK
    while True:
        now = _soonest(d)
        if now >= s[UNTIL] or not _has_rows(d, now):
            break
        if s[FAIR] == 1:
            fade(d, now - s[NOW])
        s[DOWN_S] += s[DOWN] * (now - s[NOW])
        passed = now - s[NOW]
        s[NOW] = now
        s[EVENTS] += 1
        _fetch(d, passed)
        _finishes(d)
        if s[STRUCK] < s[STRIKES] and d.outages[s[STRUCK] * OUTAGE_ROW + AT] == now:
            _fails(d)
        if d.mends[0] > 0 and d.mends[1] >> s[STRIKE_BITS] == now:
            _mends(d)
        if s[STEPPED] < s[STEPS] and d.steps[s[STEPPED] * STEP_ROW] == now:
            _steps(d)
        s[FIRST] = s[ARRIVED]
        _arrivals(d)
        if s[WAITING] > 0:
            _pass(d)
        _explain(d)
        if s[BOOK_ROOM] > 0:
            _note(d)
    return s[STATUS]


@part
def _soonest(d: Desk) -> int:
    """When something happens next; NEVER once all jobs are done, or where nothing will."""
    s = d.s
    now = next_second(d.marks, s[NOW])
    if now < 0:
        now = NEVER
    if d.far[0] > 0:
        now = min(now, d.far[1] >> s[SLOT_BITS])
    if s[ARRIVED] < s[JOBS]:
        now = min(now, d.submit[s[ARRIVED]])
    if d.again[0] > 0:
        now = min(now, d.again[1] >> s[BITS])
    if now == NEVER and s[WAITING] == 0:
        return NEVER
    if d.mends[0] > 0:
        now = min(now, d.mends[1] >> s[STRIKE_BITS])
    if s[STEPPED] < s[STEPS]:
        now = min(now, d.steps[s[STEPPED] * STEP_ROW])
    if s[STRUCK] < s[STRIKES]:
        now = min(now, d.outages[s[STRUCK] * OUTAGE_ROW + AT])
    return now


@part
def _has_rows(d: Desk, now: int) -> bool:
    """Whether the tables have room for all that the next instant may write."""
    s = d.s
    may_break = (s[STRUCK] < s[STRIKES] and d.outages[s[STRUCK] * OUTAGE_ROW + AT] == now) or (
        s[STEPPED] < s[STEPS] and d.steps[s[STEPPED] * STEP_ROW] == now
    )
    if may_break and s[ATTEMPTS] + s[RUNNING] > s[ATTEMPT_ROOM]:
        s[STATUS] = MORE_ATTEMPTS
    elif s[STAY_ROOM] > 0 and s[STAYS] + s[TOTAL] > s[STAY_ROOM]:
        s[STATUS] = MORE_STAYS
    elif s[BOOK_ROOM] > 0 and s[BOOKS] == s[BOOK_ROOM]:
        s[STATUS] = MORE_BOOKS
    elif s[POWER_STEP] > 0 and (now - s[POWER_FROM]) // s[POWER_STEP] + 2 > s[POWER_ROOM]:
        s[STATUS] = MORE_POWER
    return s[STATUS] == OK


@part
def _finishes(d: Desk) -> None:
    """Jobs whose end is now give their nodes back."""
    s = d.s
    while True:
        slot = first_at(d.seconds, s[NOW])
        if slot >= 0:
            remove(d.seconds, d.links, d.marks, s[NOW], slot)
        elif d.far[0] > 0 and d.far[1] >> s[SLOT_BITS] == s[NOW]:
            slot = pop(d.far) & ((1 << s[SLOT_BITS]) - 1)
        else:
            return
        finish(d, slot)


@part
def _fetch(d: Desk, passed_s: int) -> None:
    """Ask for what the ends of the next seconds will need: slots first, then their pieces, then the racks of these.

    Memory takes as long to answer as all else that a job costs; by then it is there.
    """
    r = d.racks
    for second in range(d.s[NOW] + 1 - min(passed_s, 4), d.s[NOW] + 1):
        slot = first_at(d.seconds, second + 12)
        while slot >= 0:
            prefetch(d.slots, slot * SLOT)
            slot = int(d.links[2 * slot])
        slot = first_at(d.seconds, second + 8)
        while slot >= 0:
            at = slot * SLOT
            bucket = bucket_of(d, d.slots[at + EXPECTED])
            prefetch(r, r[masks.PIECE_AT] + d.slots[at + PIECE] * masks.PIECE)
            prefetch(d.end, d.slots[at + JOB])
            prefetch(d.ring, bucket)
            prefetch(d.ring_links, 2 * slot)
            slot = int(d.links[2 * slot])
        slot = first_at(d.seconds, second + 4)
        while slot >= 0:
            piece = d.slots[slot * SLOT + PIECE]
            p = r[masks.PIECE_AT] + piece * masks.PIECE
            prefetch(r, masks.row_of(r, r[p + masks.RACK]))
            prefetch(r, r[masks.PIECE_AT] + max(r[p + masks.NEXT], r[p + masks.BEFORE], 0) * masks.PIECE)
            slot = int(d.links[2 * slot])


@kernel
def _fails(d: Desk) -> None:
    """Nodes go down and take their jobs with them."""
    s = d.s
    while s[STRUCK] < s[STRIKES] and d.outages[s[STRUCK] * OUTAGE_ROW + AT] == s[NOW]:
        row = s[STRUCK] * OUTAGE_ROW
        for node in range(d.outages[row + LOW], d.outages[row + HIGH]):
            rack = d.node_rack[node]
            place = node - d.racks[masks.row_of(d.racks, rack) + masks.FIRST_NODE]
            slot = masks.holder_on(d.racks, rack, place)
            while slot >= 0:
                if d.outages[row + KILLED] == 0:
                    d.outages[row + VICTIM] = d.slots[slot * SLOT + JOB]
                d.outages[row + KILLED] += 1
                d.outages[row + LOST] += break_off(d, slot, DRAINED if d.outages[row + IS_DRAIN] == 1 else FAILED)
                slot = masks.holder_on(d.racks, rack, place)
            d.node_down[node] += 1
            if d.node_down[node] == 1:
                masks.turn(d.racks, rack, place, False)
                d.outages[row + GONE_DOWN] += d.racks[masks.GPUS]
        s[FREE] -= d.outages[row + GONE_DOWN]
        s[DOWN] += d.outages[row + GONE_DOWN]
        s[HEAD] = -1
        push(d.mends, (d.outages[row + BACK] << s[STRIKE_BITS]) | s[STRUCK])
        s[STRUCK] += 1


@kernel
def _mends(d: Desk) -> None:
    """Nodes whose repair is over come back."""
    s = d.s
    while d.mends[0] > 0 and d.mends[1] >> s[STRIKE_BITS] == s[NOW]:
        row = (pop(d.mends) & ((1 << s[STRIKE_BITS]) - 1)) * OUTAGE_ROW
        for node in range(d.outages[row + LOW], d.outages[row + HIGH]):
            d.node_down[node] -= 1
            if d.node_down[node] == 0:
                rack = d.node_rack[node]
                masks.turn(d.racks, rack, node - d.racks[masks.row_of(d.racks, rack) + masks.FIRST_NODE], True)
                s[FREE] += d.racks[masks.GPUS]
                s[DOWN] -= d.racks[masks.GPUS]
        s[HEAD] = -1


@kernel
def _steps(d: Desk) -> None:
    """Caps that change now; where a tenant holds more, its jobs that started last stop until it fits."""
    s = d.s
    while s[STEPPED] < s[STEPS] and d.steps[s[STEPPED] * STEP_ROW] == s[NOW]:
        tenant = d.steps[s[STEPPED] * STEP_ROW + 1]
        at = tenant * TENANT_ROW
        d.tenants[at + CAP] = d.steps[s[STEPPED] * STEP_ROW + 2]
        s[STEPPED] += 1
        s[HEAD] = -1
        while d.tenants[at + HELD] > d.tenants[at + CAP]:
            break_off(d, _latest(d, tenant), OVER_LIMIT)


@kernel
def _latest(d: Desk, tenant: int) -> int:
    """The slot of the tenant's job that started last."""
    found, serial, left, slot = -1, -1, d.s[RUNNING], 0
    while left > 0:
        if d.slots[slot * SLOT + JOB] >= 0:
            left -= 1
            lane = d.slots[slot * SLOT + LANE]
            if d.lanes[lane * LANE_ROW + TENANT] == tenant and d.serial[slot] > serial:
                found, serial = slot, d.serial[slot]
        slot += 1
    return found


@part
def _arrivals(d: Desk) -> None:
    """Jobs submitted now, and those that come back now, join their lanes."""
    s = d.s
    while d.again[0] > 0 and d.again[1] >> s[BITS] == s[NOW]:
        job = pop(d.again) & ((1 << s[BITS]) - 1)
        enqueue(d, job, lane_of(d, job), expected_left(d, job))
    while s[ARRIVED] < s[JOBS] and d.submit[s[ARRIVED]] == s[NOW]:
        job = s[ARRIVED]
        s[ARRIVED] += 1
        lane = lane_of(d, job)
        d.start[job] = d.since[job] = d.end[job] = NEVER
        if s[IN_LINE] == 1:
            rank = d.lanes[lane * LANE_ROW + NEXT_RANK]
            d.lanes[lane * LANE_ROW + NEXT_RANK] += 1
            d.rank[job], d.order[rank] = rank, job
        enqueue(d, job, lane, expected_left(d, job))


@kernel
def wait_again(desk: Desk) -> None:
    """Put the jobs that have come and do not run into their lanes, which are empty."""
    d = on_pointers(desk)
    for job in range(d.s[ARRIVED]):
        if d.since[job] == NEVER:
            enqueue(d, job, lane_of(d, job), expected_left(d, job))


@part
def _tenant_lets(d: Desk, lane: int, size: int) -> bool:
    """Whether a lane's tenant may hold so many GPUs more; else all its lanes are blocked for this instant."""
    if d.s[SOLE] == 1:
        return True
    at = d.lanes[lane * LANE_ROW + TENANT] * TENANT_ROW
    if d.tenants[at + HELD] + size <= d.tenants[at + CAP]:
        return True
    d.tenants[at + BLOCKED] = d.s[EVENTS]
    return False


@kernel
def _pass(d: Desk) -> None:
    """One scheduling pass: heads start while they fit; under EASY others may then jump ahead."""
    s = d.s
    s[REFUSED] = -1
    if s[FAIR] == 1:
        sort_turns(d)
    while True:
        lane = first_lane(d)
        if lane < 0:
            return
        rank = int(d.lanes[lane * LANE_ROW + HEAD_RANK])
        job = int(d.order[rank])
        size, left = size_at(d, rank, job), left_at(d, rank, job)
        if not _tenant_lets(d, lane, size):
            continue
        if size > largest_fit(d.racks) or size > room(d):
            s[REFUSED] = job
            break
        dequeue(d, rank, lane)
        start(d, job, size, left, lane)
    if s[EASY] == 1 and may_fit(d.queue, s[JOBS], room(d)):
        if s[HEAD] != job:
            reserve(d, job, size)
        _backfill(d, rank)


@kernel
def _backfill(d: Desk, head: int) -> None:
    """Jobs behind the head start if they end by its reservation, or need only what it will not need then."""
    s = d.s
    window = s[SHADOW] - s[NOW]
    _first_candidates(d, head, window)
    while True:
        lane = first_candidate(d)
        if lane < 0:
            return
        rank = int(d.lanes[lane * LANE_ROW + NEXT_FIT])
        job = int(d.order[rank])
        size, left = size_at(d, rank, job), left_at(d, rank, job)
        if size <= room(d) and (left <= window or size <= s[SPARE]):  # the others may have taken it
            if not _tenant_lets(d, lane, size):
                continue
            if size <= largest_fit(d.racks):
                dequeue(d, rank, lane)
                start(d, job, size, left, lane)
                s[SPARE] -= 0 if left <= window else size
        seek(d, lane, rank + 1, s[SPARE], _tried(d, lane), window)


@part
def _tried(d: Desk, lane: int) -> int:
    """The largest size that is looked at in a lane.

    A job that finds no nodes is passed over unseen, but where its tenant is so near its cap that it might be one that
    the cap holds back: that blocks those behind it.
    """
    if d.s[SOLE] == 1:
        return min(largest_fit(d.racks), room(d))
    at = d.lanes[lane * LANE_ROW + TENANT] * TENANT_ROW
    return d.s[FREE] if d.tenants[at + CAP] - d.tenants[at + HELD] < d.s[FREE] else largest_fit(d.racks)


@part
def _first_candidates(d: Desk, head: int, window: int) -> None:
    """The first candidate of every lane: one walk over the ranks, which lie lane by lane."""
    s = d.s
    most = min(largest_fit(d.racks), room(d))
    for lane in range(s[LANES]):
        d.lanes[lane * LANE_ROW + NEXT_FIT] = -1
        most = max(most, _tried(d, lane))
    rank = next_fit(d.queue, s[JOBS], 0, min(s[SPARE], most), most, window)
    while rank >= 0:
        lane = lane_of(d, int(d.order[rank]))
        if rank == head:
            rank += 1
        else:
            if not is_blocked(d, lane):
                seek(d, lane, rank, s[SPARE], _tried(d, lane), window)
            rank = d.lanes[lane * LANE_ROW + LAST_RANK]
        rank = next_fit(d.queue, s[JOBS], rank, min(s[SPARE], most), most, window)


@part
def _explain(d: Desk) -> None:
    """Why the jobs that arrived now did not start at once."""
    s, free = d.s, room(d)
    for job in range(s[FIRST], s[ARRIVED]):
        if d.start[job] < NEVER:
            continue
        size, tenant = d.gpus[job], d.lanes[lane_of(d, job) * LANE_ROW + TENANT] * TENANT_ROW
        if (0 if s[SOLE] == 1 else d.tenants[tenant + HELD]) + size > d.tenants[tenant + CAP]:
            d.reason[job] = QUOTA
        elif size > free:
            d.reason[job] = OUTAGE if size <= free + s[DOWN] else CAPACITY
        elif job == s[REFUSED] or (s[EASY] == 1 and size > largest_fit(d.racks) and _may_jump(d, job, size)):
            d.reason[job] = PLACEMENT
        else:
            d.reason[job] = RESERVATION if s[EASY] == 1 else BEHIND


@part
def _may_jump(d: Desk, job: int, size: int) -> bool:
    """Whether a job would not delay the head."""
    return size <= d.s[SPARE] or expected_left(d, job) <= d.s[SHADOW] - d.s[NOW]


@kernel
def _note(d: Desk) -> None:
    """Keep the books of this instant."""
    s = d.s
    row = s[BOOKS] * BOOK_ROW
    d.books[row], d.books[row + 1], d.books[row + 2] = s[NOW], s[FREE], s[USED]
    d.books[row + 3], d.books[row + 4], d.books[row + 5] = s[DOWN], s[RUNNING], 0
    s[BOOKS] += 1
