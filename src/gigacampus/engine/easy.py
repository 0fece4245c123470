"""EASY backfill in line, on a count of chips that never changes: nothing is broken off or outlasts its estimate.

The same schedule as `engine/loop.py` under easy (a test holds them together), up to three times as fast: numbers stay
in registers, and while nobody waits the expected ends of what runs are not kept in order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.engine.desk import CAPACITY, NEVER, QUOTA, RESERVATION, Ints
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import ptr
from gigacampus.kernels.schedule.ring import EXPECTED, FIELDS, SIZE, note_end, reserved
from gigacampus.kernels.schedule.waiting import GONE, held_length, held_size, join, leave, may_fit, next_fit


class Table(NamedTuple):
    """What the loop reads and writes: pointers, and numbers that stay."""

    submit: Any
    run: Any
    estimate: Any
    gpus: Any
    start: Any
    ends: Any
    slots: Any
    vacant: Any
    queue: Any
    ring: Any
    heads: Any
    jobs: int
    chips: int
    bits: int
    levels: int
    shift: int


@kernel
def play_easy(
    submit_s: Ints, run_s: Ints, estimate_s: Ints, gpus: Ints, start_s: Ints, reason: Ints, ends: Ints, slots: Ints,
    vacant: Ints, queue: Any, ring: Ints, heads: Ints, chips: int, bits: int, levels: int, shift: int,
) -> int:  # fmt: skip
    """Fill `start_s` and `reason`; returns the number of events. Arrays as `engine/desk.py` has them.

    A slot a job that can run at once; `vacant` is a stack of all of them, `ring` of `levels` levels is empty.
    """
    t = Table(
        ptr(submit_s), ptr(run_s), ptr(estimate_s), ptr(gpus), ptr(start_s), ptr(ends), ptr(slots), ptr(vacant),
        ptr(queue), ptr(ring), ptr(heads), len(submit_s), chips, bits, levels, shift,
    )  # fmt: skip
    why, free, left, mask = ptr(reason), chips, len(vacant), (1 << bits) - 1
    arrived, waiting, first, events = 0, 0, 0, 0
    shadow, spare, is_known = NEVER, 0, False
    is_kept, calm = False, 0  # is_kept: the ring holds what runs; calm: starts since somebody waited
    while arrived < t.jobs or t.ends[0] > 0:
        now = t.ends[1] >> bits if t.ends[0] > 0 else NEVER
        if arrived < t.jobs:
            now = min(now, t.submit[arrived])
        events += 1
        is_changed = False
        while t.ends[0] > 0 and t.ends[1] >> bits == now:
            slot = pop(t.ends) & mask
            size = t.slots[slot * FIELDS + SIZE]
            if is_kept:
                note_end(t.ring, t.heads, t.slots, levels, shift, slot, -size)
            free += size
            t.vacant[left] = slot
            left += 1
            is_changed = True
        newcomer, is_due, has_joined = arrived, is_changed and waiting > 0, False
        while arrived < t.jobs and t.submit[arrived] == now:
            job = arrived
            arrived += 1
            size, length = t.gpus[job], t.estimate[job]
            if size <= free and not is_due:
                may_start = waiting == 0
                if not may_start:
                    if not is_known:
                        shadow, spare = _reserve(t, now, free, first, is_kept)
                        is_known, is_kept, calm = True, True, 0
                    may_start = size <= spare or length <= shadow - now
                    if may_start and length > shadow - now:
                        spare -= size
                if may_start:
                    left -= 1
                    _start(t, job, t.vacant[left], size, length, now, is_kept)
                    free -= size
                    calm += 1
                    continue
            t.start[job] = NEVER
            if waiting == 0:
                first, is_known = job, False
            join(t.queue, t.jobs, job, size, length)
            waiting += 1
            has_joined = True
        if is_changed and waiting > 0:
            free, left, waiting, first, shadow, spare, is_known = _pass(t, now, free, left, waiting, first, is_kept)
            if is_known:
                is_kept, calm = True, 0
        if has_joined:
            for job in range(newcomer, arrived):
                if t.start[job] == NEVER:
                    size = t.gpus[job]
                    why[job] = QUOTA if size > chips else CAPACITY if size > free else RESERVATION
        elif is_kept and waiting == 0 and calm > len(vacant) - left:
            _keep(t, -1)
            is_kept = False
    return events


@part
def _start(t: Table, job: int, slot: int, size: int, length: int, now: int, is_kept: bool) -> None:
    """Give a job its chips; `length` is what is expected of it."""
    t.start[job] = now
    t.slots[slot * FIELDS + SIZE] = size
    t.slots[slot * FIELDS + EXPECTED] = now + length
    push(t.ends, ((now + t.run[job]) << t.bits) | slot)
    if is_kept:
        note_end(t.ring, t.heads, t.slots, t.levels, t.shift, slot, size)


@kernel
def _keep(t: Table, sign: int) -> None:
    """Put all that runs into the ring, or take it out (-1)."""
    for place in range(t.ends[0]):
        slot = t.ends[1 + place] & ((1 << t.bits) - 1)
        note_end(t.ring, t.heads, t.slots, t.levels, t.shift, slot, sign * t.slots[slot * FIELDS + SIZE])


@kernel
def _reserve(t: Table, now: int, free: int, first: int, is_kept: bool) -> tuple[int, int]:
    """The head's reservation, as `engine/running.py` makes it; the ring holds what runs afterwards."""
    if not is_kept:
        _keep(t, 1)
    size = t.gpus[next_fit(t.queue, t.jobs, first, GONE, 0, 0)]
    if size <= free:
        return now, free - size
    if size > t.chips:
        return NEVER, 0
    return reserved(t.ring, t.heads, t.slots, t.levels, t.shift, now, t.chips - free, size - free)


@kernel
def _pass(
    t: Table, now: int, free: int, left: int, waiting: int, first: int, is_kept: bool
) -> tuple[int, int, int, int, int, int, bool]:
    """Heads start while they fit, then others that do not delay the first that does not."""
    shadow, spare = NEVER, 0
    while waiting > 0:
        first = next_fit(t.queue, t.jobs, first, GONE, 0, 0)
        size, length = _asked(t, first)
        if size > free:
            break
        leave(t.queue, t.jobs, first)
        left -= 1
        _start(t, first, t.vacant[left], size, length, now, is_kept)
        waiting, free = waiting - 1, free - size
    if waiting < 2 or not may_fit(t.queue, t.jobs, free):
        return free, left, waiting, first, shadow, spare, False
    job = next_fit(t.queue, t.jobs, first + 1, free, free, GONE)
    if job < 0:
        return free, left, waiting, first, shadow, spare, False
    shadow, spare = _reserve(t, now, free, first, is_kept)
    while job >= 0:
        job = next_fit(t.queue, t.jobs, job, min(spare, free), free, shadow - now)
        if job >= 0:
            size, length = _asked(t, job)
            if size <= free and (size <= spare or length <= shadow - now):
                if length > shadow - now:
                    spare -= size
                leave(t.queue, t.jobs, job)
                left -= 1
                _start(t, job, t.vacant[left], size, length, now, True)
                waiting, free = waiting - 1, free - size
            job += 1
    return free, left, waiting, first, shadow, spare, True


@part
def _asked(t: Table, job: int) -> tuple[int, int]:
    """A waiting job's chips and expected length: from the queue's own cache line where it holds them exactly."""
    size, length = held_size(t.queue, job), held_length(t.queue, job)
    return (size if size < GONE - 1 else t.gpus[job]), (length if length < GONE - 1 else t.estimate[job])
