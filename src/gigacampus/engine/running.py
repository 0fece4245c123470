"""What happens to a job while it holds chips: start, finish, being broken off; and when chips will come free."""

from __future__ import annotations

from gigacampus.engine.desk import (
    ATTEMPT_ROOM,
    ATTEMPTS,
    DOWN,
    FIRST,
    FREE,
    FREE_SLOTS,
    IS_EASY,
    IS_KNOWN,
    JOB,
    JOBS,
    LEVEL,
    MAY_BREAK,
    NEVER,
    NO_ROOM,
    NO_SLOT,
    NOW,
    OVERHEAD,
    RESTART,
    RING_LEVELS,
    RING_SHIFT,
    RUNNING,
    SHADOW,
    SINCE,
    SLOT_BITS,
    SLOT_LEVELS,
    SLOTS,
    SPARE,
    STARTS,
    STATUS,
    STEPS,
    STRIKES,
    SWEPT,
    USED,
    WAITING,
    WRITE,
    Desk,
    rank_of,
)  # fmt: skip
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.heap import push
from gigacampus.kernels.schedule.ring import EXPECTED, FIELDS, NEXT, SIZE, note_end, reserved
from gigacampus.kernels.schedule.sumtree import sum_add
from gigacampus.kernels.schedule.waiting import join


@part
def start(d: Desk, job: int, size: int, left: int) -> None:
    """Give a job its `size` chips, from now until it is done; `left` is what is expected of that."""
    s = d.s
    if s[FREE_SLOTS] == 0:
        s[STATUS] = NO_SLOT
        return
    s[FREE_SLOTS] -= 1
    slot = d.vacant[s[FREE_SLOTS]]
    at = slot * FIELDS
    end = s[NOW] + d.run[job]
    d.slots[at + JOB] = job
    d.slots[at + SIZE] = size
    d.slots[at + EXPECTED] = s[NOW] + left
    d.slots[at + SINCE] = s[NOW]
    s[RUNNING] += 1
    if s[MAY_BREAK] == 1:
        end = _attempt(d, job, slot)
    else:
        d.start[job] = s[NOW]
    push(d.ends, (end << s[SLOT_BITS]) | slot)
    hold(d, slot, size)


@part
def _attempt(d: Desk, job: int, slot: int) -> int:
    """Note what breaking off will want to know; returns when the attempt ends if nothing happens."""
    s = d.s
    at = slot * FIELDS
    overhead = s[RESTART] if d.tries[job] > 0 else 0
    d.slots[at + OVERHEAD] = overhead
    if d.tries[job] == 0:
        d.start[job] = s[NOW]
    d.since[job] = s[NOW]
    d.tries[job] += 1
    if s[STEPS] + s[STRIKES] > 0:
        _remember(d, slot)
    return s[NOW] + overhead + on_chips(d, job, d.run[job] - d.kept[job])


@part
def on_chips(d: Desk, job: int, work_s: int) -> int:
    """Time on chips that useful work takes: a checkpoint is written after every interval but the last."""
    every = d.checkpoint[job]
    if d.s[WRITE] == 0 or every == 0 or work_s <= 0:
        return work_s
    return work_s + (work_s - 1) // every * d.s[WRITE]


@part
def expected_left(d: Desk, job: int) -> int:
    """What the scheduler expects a job to take from its next start on."""
    if d.s[MAY_BREAK] == 0:
        return d.estimate[job]
    left = on_chips(d, job, d.estimate[job] - d.kept[job])
    return left + d.s[RESTART] if d.tries[job] > 0 else left


@part
def hold(d: Desk, slot: int, chips: int) -> None:
    """Take `chips` for a slot, or give them back where negative."""
    s = d.s
    s[USED] += chips
    s[FREE] -= chips
    if s[STRIKES] > 0:
        sum_add(d.by_slot, s[SLOT_LEVELS], slot, chips)
    if s[IS_EASY] == 1:
        _expect(d, slot, chips)


@kernel
def _expect(d: Desk, slot: int, chips: int) -> None:
    """Note in the ring that `chips` come free at the slot's expected end; forget them where negative."""
    s = d.s
    note_end(d.ring, d.ring_head, d.slots, s[RING_LEVELS], s[RING_SHIFT], slot, chips)


@part
def finish(d: Desk, slot: int) -> None:
    """A job is done: its chips are free."""
    s = d.s
    at = slot * FIELDS
    if s[MAY_BREAK] == 1:
        job = d.slots[at + JOB]
        d.end[job] = s[NOW]
        d.lost[job] += s[NOW] - d.slots[at + SINCE] - (d.run[job] - d.kept[job])
    hold(d, slot, -d.slots[at + SIZE])
    s[RUNNING] -= 1
    vacate(d, slot)


@part
def vacate(d: Desk, slot: int) -> None:
    """Nothing refers to the slot any more."""
    d.slots[slot * FIELDS + JOB] = -1
    d.vacant[d.s[FREE_SLOTS]] = slot
    d.s[FREE_SLOTS] += 1


@kernel
def break_off(d: Desk, slot: int) -> int:
    """Stop a running job: work since its last checkpoint is lost, and it goes back to its place in the queue.

    The slot stays dead until its entry leaves the heap. Returns the chip-seconds lost.
    """
    s = d.s
    at = slot * FIELDS
    job = d.slots[at + JOB]
    if s[ATTEMPTS] == s[ATTEMPT_ROOM]:
        s[STATUS] = NO_ROOM
        return 0
    length = s[NOW] - d.slots[at + SINCE]
    overhead = min(length, d.slots[at + OVERHEAD])
    done = length - overhead
    every = d.checkpoint[job]
    saved = done // (every + s[WRITE]) * every if every > 0 else 0
    row = s[ATTEMPTS] * 5
    d.attempts[row] = job
    d.attempts[row + 1] = d.slots[at + SINCE]
    d.attempts[row + 2] = s[NOW]
    d.attempts[row + 3] = done - saved
    d.attempts[row + 4] = overhead
    s[ATTEMPTS] += 1
    d.kept[job] += saved
    d.lost[job] += length - saved
    d.since[job] = NEVER
    hold(d, slot, -d.slots[at + SIZE])
    d.slots[at + JOB] = -1
    s[RUNNING] -= 1
    s[WAITING] += 1
    s[FIRST] = min(s[FIRST], rank_of(d, job))
    join(d.queue, s[JOBS], rank_of(d, job), d.gpus[job], expected_left(d, job))
    return (length - saved) * d.gpus[job]


@kernel
def _remember(d: Desk, slot: int) -> None:
    """Put a start on the stack that says who started last; drop stale rows when it is full."""
    s = d.s
    if s[STARTS] == 2 * s[SLOTS]:
        kept = 0
        for i in range(s[STARTS]):
            at = d.starts[3 * i] * FIELDS
            if d.slots[at + JOB] == d.starts[3 * i + 1] and d.slots[at + SINCE] == d.starts[3 * i + 2]:
                for k in range(3):
                    d.starts[3 * kept + k] = d.starts[3 * i + k]
                kept += 1
        s[STARTS] = kept
    row = 3 * s[STARTS]
    d.starts[row] = slot
    d.starts[row + 1] = d.slots[slot * FIELDS + JOB]
    d.starts[row + 2] = s[NOW]
    s[STARTS] += 1


@kernel
def break_off_latest(d: Desk) -> int:
    """Stop the running job that started last; returns the chip-seconds lost, -1 where none runs."""
    s = d.s
    while s[STARTS] > 0:
        s[STARTS] -= 1
        row = 3 * s[STARTS]
        at = d.starts[row] * FIELDS
        if d.slots[at + JOB] == d.starts[row + 1] and d.slots[at + SINCE] == d.starts[row + 2]:
            return break_off(d, d.starts[row])
    return -1


@kernel
def extend(d: Desk) -> None:
    """Jobs that run on beyond their expected end are expected to take twice as long, and twice again.

    Only buckets of the ring between the last look and now can hold such jobs.
    """
    s = d.s
    buckets = 1 << (4 * s[RING_LEVELS])
    first, last = s[SWEPT] >> s[RING_SHIFT], s[NOW] >> s[RING_SHIFT]
    for place in range(max(first, last - buckets + 1), last + 1):
        slot = d.ring_head[place & (buckets - 1)]
        while slot >= 0:
            at = slot * FIELDS
            following = d.slots[at + NEXT]
            length = d.slots[at + EXPECTED] - d.slots[at + SINCE]
            if d.slots[at + EXPECTED] <= s[NOW] and length > 0:
                _expect(d, slot, -d.slots[at + SIZE])
                while d.slots[at + SINCE] + length <= s[NOW]:
                    length *= 2
                d.slots[at + EXPECTED] = d.slots[at + SINCE] + length
                _expect(d, slot, d.slots[at + SIZE])
            slot = following
    s[SWEPT] = s[NOW]


@kernel
def reserve(d: Desk, job: int) -> None:
    """The head's reservation: the shadow time from expected ends, and the chips it will not need then.

    Shadow: the first expected end by which enough chips are free. Spare: what is free then, all ends at that
    second counted, less what the head takes. NEVER where its chips do not come free at the present level.
    """
    s = d.s
    s[IS_KNOWN] = 1
    s[SHADOW] = NEVER
    s[SPARE] = 0
    need = d.gpus[job] - s[FREE]
    if need <= 0:
        s[SHADOW] = s[NOW]
        s[SPARE] = -need
        return
    if need > s[USED] or d.gpus[job] > s[LEVEL] - s[DOWN]:
        return
    s[SHADOW], s[SPARE] = reserved(d.ring, d.ring_head, d.slots, s[RING_LEVELS], s[RING_SHIFT], s[NOW], s[USED], need)
