"""The event loop of the queue policies: fcfs, sjf and priority, strict or with EASY backfill.

One instant is handled in this order: finish, fail, repair, capacity change, arrive; then one scheduling pass. What is
skipped is skipped because it cannot change the schedule; each such place says why.
"""

from __future__ import annotations

from gigacampus.engine.desk import (
    ARRIVED,
    CAPACITY,
    DOWN,
    EVENTS,
    EXTENDS,
    FIRST,
    FREE,
    HEAD,
    IN_LINE,
    IS_EASY,
    IS_KNOWN,
    JOB,
    JOBS,
    LEVEL,
    NEVER,
    NOW,
    OK,
    OUTAGE,
    QUOTA,
    RESERVATION,
    SERVING,
    SHADOW,
    SLOT_BITS,
    SLOT_LEVELS,
    SPARE,
    STATUS,
    STEPPED,
    STEPS,
    STRIKE_BITS,
    STRIKES,
    STRUCK,
    UNTIL,
    USED,
    WAITING,
    Desk,
    job_at,
    on_pointers,
    rank_of,
)  # fmt: skip
from gigacampus.engine.running import break_off, break_off_latest, expected_left, extend, finish, reserve, start, vacate
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.ring import FIELDS, SIZE
from gigacampus.kernels.schedule.sumtree import sum_reach
from gigacampus.kernels.schedule.waiting import GONE, held_length, held_size, join, leave, may_fit, next_fit


@kernel
def play(desk: Desk) -> int:
    """Play all events before the horizon; returns the status. Results stand in the desk's arrays."""
    d = on_pointers(desk)
    s = d.s
    while s[STATUS] == OK:
        now = _soonest(d)
        if now >= s[UNTIL]:
            break
        s[NOW] = now
        s[EVENTS] += 1
        is_changed = _finishes(d)
        is_changed |= _fails(d)
        is_changed |= _repairs(d)
        is_changed |= _steps(d)
        first = s[ARRIVED]
        is_changed |= _arrivals(d, is_changed)
        if is_changed:
            _pass(d)
        _explain(d, first)
    return s[STATUS]


@part
def _soonest(d: Desk) -> int:
    """When something happens next; NEVER if nothing will."""
    s = d.s
    soonest = NEVER
    if d.ends[0] > 0:
        soonest = d.ends[1] >> s[SLOT_BITS]
    if s[ARRIVED] < s[JOBS]:
        soonest = min(soonest, d.submit[s[ARRIVED]])
    if s[STEPPED] < s[STEPS]:
        soonest = min(soonest, d.step_at[s[STEPPED]])
    if s[STRUCK] < s[STRIKES]:
        soonest = min(soonest, d.strike_at[s[STRUCK]])
    if d.repairs[0] > 0:
        soonest = min(soonest, d.repairs[1] >> s[STRIKE_BITS])
    return soonest


@part
def _finishes(d: Desk) -> bool:
    """Jobs whose end is now give their chips back."""
    s = d.s
    is_changed = False
    while d.ends[0] > 0 and d.ends[1] >> s[SLOT_BITS] == s[NOW]:
        slot = pop(d.ends) & ((1 << s[SLOT_BITS]) - 1)
        if d.slots[slot * FIELDS + JOB] < 0:
            vacate(d, slot)  # it was broken off before
        else:
            finish(d, slot)
            is_changed = True
    return is_changed


@kernel
def _fails(d: Desk) -> bool:
    """Nodes that fail now take their jobs with them."""
    s = d.s
    is_changed = False
    while s[STRUCK] < s[STRIKES] and d.strike_at[s[STRUCK]] == s[NOW]:
        _strike(d, s[STRUCK])
        s[STRUCK] += 1
        is_changed = True
    return is_changed


@kernel
def _strike(d: Desk, f: int) -> None:
    """One node fails. Its chips are out until repaired; the jobs on it are broken off.

    Chips in order: running jobs by slot, services, free ones, those down already (nothing happens to them). A service
    gets spare chips at once, those of the job that started last if need be.
    """
    s = d.s
    chip, node = d.strike_chip[f], d.strike_size[f]
    if chip < s[USED]:
        _kill_node(d, f, chip, node)
    elif chip < s[USED] + s[SERVING]:
        while s[FREE] < node:
            lost = break_off_latest(d)
            if lost < 0 or s[STATUS] != OK:
                break
            d.hit_lost[f] += lost
        d.hit_short[f] = node - min(node, s[FREE])
    elif chip >= s[USED] + s[SERVING] + s[FREE]:
        return
    down = min(node, s[FREE])
    d.hit_down[f] = down
    s[DOWN] += down
    s[FREE] -= down
    push(d.repairs, ((s[NOW] + d.strike_repair[f]) << s[STRIKE_BITS]) | f)


@kernel
def _kill_node(d: Desk, f: int, chip: int, node: int) -> None:
    """Break off the job that holds the chip; jobs smaller than a node share one with their neighbours by slot."""
    s = d.s
    covered = 0
    slot, before = sum_reach(d.by_slot, s[SLOT_LEVELS], chip + 1)
    d.hit_job[f] = d.slots[slot * FIELDS + JOB]
    while covered < node:
        size = d.slots[slot * FIELDS + SIZE]
        if covered > 0 and covered + size > node:
            return
        d.hit_lost[f] += break_off(d, slot)
        covered += size
        if s[USED] <= before or s[STATUS] != OK:
            return
        slot, before = sum_reach(d.by_slot, s[SLOT_LEVELS], before + 1)


@kernel
def _repairs(d: Desk) -> bool:
    """Nodes whose repair is done come back."""
    s = d.s
    is_changed = False
    while d.repairs[0] > 0 and d.repairs[1] >> s[STRIKE_BITS] == s[NOW]:
        f = pop(d.repairs) & ((1 << s[STRIKE_BITS]) - 1)
        back = min(d.hit_down[f], s[DOWN])
        d.hit_back[f] = back
        s[DOWN] -= back
        s[FREE] += back
        is_changed = True
    return is_changed


@kernel
def _steps(d: Desk) -> bool:
    """The level changes; on a drop the jobs that started last stop until the rest fits."""
    s = d.s
    is_changed = False
    while s[STEPPED] < s[STEPS] and d.step_at[s[STEPPED]] == s[NOW]:
        level = d.step_level[s[STEPPED]]
        s[SERVING] = d.step_serving[s[STEPPED]]
        d.step_gone[s[STEPPED]] = max(s[DOWN] - level, 0)
        s[DOWN] -= d.step_gone[s[STEPPED]]
        s[STEPPED] += 1
        s[LEVEL] = level
        s[FREE] = level - s[DOWN] - s[USED]
        while s[FREE] < 0 and s[STATUS] == OK:
            if break_off_latest(d) < 0:
                break
        is_changed = True
    return is_changed


@part
def _arrivals(d: Desk, is_changed: bool) -> bool:
    """Jobs submitted now join the queue; returns whether a scheduling pass is due.

    In line (rank = order of submission) and with nothing else changed, the pass can only start the newcomers: a head
    that did not fit still does not, and whoever could not jump ahead still cannot, as windows only shrink. So each
    newcomer is tried alone, at once, against the reservation known. Not so where expected ends may move.
    """
    s = d.s
    is_due = is_changed or s[EXTENDS] == 1
    while s[ARRIVED] < s[JOBS] and d.submit[s[ARRIVED]] == s[NOW]:
        job = s[ARRIVED]
        s[ARRIVED] += 1
        d.start[job] = NEVER
        size, left = d.gpus[job], expected_left(d, job)
        if s[IN_LINE] == 1 and not is_due:
            if s[WAITING] == 0:
                if size <= s[FREE]:
                    start(d, job, size, left)
                    continue
                s[IS_KNOWN] = 0
            elif s[IS_EASY] == 1 and _may_jump(d, size, left):
                _jump(d, job, size, left)
                continue
        else:
            is_due = True
        s[FIRST] = min(s[FIRST], rank_of(d, job))
        join(d.queue, s[JOBS], rank_of(d, job), size, left)
        s[WAITING] += 1
    return is_due


@part
def _may_jump(d: Desk, size: int, left: int) -> bool:
    """Whether a newcomer fits and does not delay the head's reservation."""
    s = d.s
    if size > s[FREE]:
        return False
    if s[IS_KNOWN] == 0:
        reserve(d, job_at(d, next_fit(d.queue, s[JOBS], s[FIRST], GONE, 0, 0)))
    return size <= s[SPARE] or left <= s[SHADOW] - s[NOW]


@part
def _jump(d: Desk, job: int, size: int, left: int) -> None:
    """Start a job ahead of the head; chips that it will still hold at the shadow time are spare no more."""
    s = d.s
    if left > s[SHADOW] - s[NOW]:
        s[SPARE] -= size
    start(d, job, size, left)


@kernel
def _pass(d: Desk) -> None:
    """One scheduling pass: heads start while they fit; under EASY others may then jump ahead."""
    s = d.s
    s[IS_KNOWN] = 0
    rank = s[FIRST]
    while s[WAITING] > 0 and s[STATUS] == OK:
        rank = next_fit(d.queue, s[JOBS], rank, GONE, 0, 0)
        s[FIRST] = rank
        job = job_at(d, rank)
        size, left = _size(d, rank, job), _left(d, rank, job)
        if size > s[FREE]:
            break
        _take(d, rank)
        start(d, job, size, left)
    if s[IS_EASY] == 0 or s[WAITING] < 2 or s[STATUS] != OK:
        return
    if s[EXTENDS] == 1:
        extend(d)
    if not may_fit(d.queue, s[JOBS], s[FREE]):
        return  # nothing fits at all, so no reservation is needed yet
    rank = next_fit(d.queue, s[JOBS], rank + 1, s[FREE], s[FREE], GONE)
    if rank < 0:
        return
    reserve(d, job)
    while rank >= 0 and s[STATUS] == OK:
        rank = next_fit(d.queue, s[JOBS], rank, min(s[SPARE], s[FREE]), s[FREE], s[SHADOW] - s[NOW])
        if rank >= 0:
            job = job_at(d, rank)
            size, left = _size(d, rank, job), _left(d, rank, job)
            if size <= s[FREE] and (size <= s[SPARE] or left <= s[SHADOW] - s[NOW]):
                _take(d, rank)
                _jump(d, job, size, left)
            rank += 1


@part
def _size(d: Desk, rank: int, job: int) -> int:
    """A waiting job's chips: from the queue's own cache line where it holds them exactly."""
    size = held_size(d.queue, rank)
    return size if size < GONE - 1 else d.gpus[job]


@part
def _left(d: Desk, rank: int, job: int) -> int:
    """The same for its expected length."""
    left = held_length(d.queue, rank)
    return left if left < GONE - 1 else expected_left(d, job)


@part
def _take(d: Desk, rank: int) -> None:
    leave(d.queue, d.s[JOBS], rank)
    d.s[WAITING] -= 1


@part
def _explain(d: Desk, first: int) -> None:
    """Why the jobs that arrived now did not start at once."""
    s = d.s
    for job in range(first, s[ARRIVED]):
        if d.start[job] < NEVER:
            continue
        size = d.gpus[job]
        if size > s[LEVEL]:
            d.reason[job] = QUOTA
        elif size > s[FREE]:
            d.reason[job] = OUTAGE if size <= s[FREE] + s[DOWN] else CAPACITY
        else:
            d.reason[job] = RESERVATION if s[IS_EASY] == 1 else HEAD
