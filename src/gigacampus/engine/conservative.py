"""Conservative backfill: every waiting job holds a reservation, re-planned from scratch in queue order at every event.

A job starts now if its reservation is now. Two shortcuts leave the schedule as it is:
- planning stops where no job left to plan fits in what is free now: it could not start, whatever its reservation;
- after arrivals alone the plan still holds (nothing came free, and no reservation lies between two events), so only
  jobs not planned yet are planned; unless a job runs on beyond its expected end, which moves.
A job of length 0 holds nothing in the profile; it starts only if its chips are really free.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.engine.desk import NEVER
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import ptr
from gigacampus.kernels.schedule.profile import earliest, occupy
from gigacampus.kernels.schedule.waiting import GONE, join, leave, next_fit

NOW, ARRIVED, FREE, WAITING, RUNNING, PLANNED, EVENTS, JOBS, REGISTERS = 0, 1, 2, 3, 4, 5, 6, 7, 8


class Plan(NamedTuple):
    """What the loop works on: int64 arrays unless said otherwise; jobs in order of submission."""

    s: Any
    """Registers; PLANNED: ranks below it are in the profile."""
    submit: Any
    run: Any
    estimate: Any
    gpus: Any
    rank: Any
    order: Any
    start: Any
    expected: Any
    """When a running job is expected to end."""
    end: Any
    ends: Any
    """Heap of end << bits | job."""
    by_end: Any
    """Running jobs, sorted by (expected end, job)."""
    queue: Any
    """int32: the ranked queue."""
    times: Any
    free: Any
    count: Any


@kernel
def _on_pointers(p: Plan) -> Plan:
    """The same with pointers in place of arrays."""
    return Plan(
        ptr(p.s), ptr(p.submit), ptr(p.run), ptr(p.estimate), ptr(p.gpus), ptr(p.rank), ptr(p.order), ptr(p.start),
        ptr(p.expected), ptr(p.end), ptr(p.ends), ptr(p.by_end), ptr(p.queue), ptr(p.times), ptr(p.free), ptr(p.count),
    )  # fmt: skip


@kernel
def play_conservative(plan: Plan, bits: int) -> None:
    """Play all events."""
    p = _on_pointers(plan)
    s = p.s
    jobs = s[JOBS]
    while True:
        now = NEVER
        if p.ends[0] > 0:
            now = p.ends[1] >> bits
        if s[ARRIVED] < jobs:
            now = min(now, p.submit[s[ARRIVED]])
        if now == NEVER:
            return
        s[NOW] = now
        s[EVENTS] += 1
        is_new = _finishes(p, bits)
        is_new |= _extend(p)
        while s[ARRIVED] < jobs and p.submit[s[ARRIVED]] == now:
            rank = p.rank[s[ARRIVED]]
            join(p.queue, jobs, rank, p.gpus[s[ARRIVED]], p.estimate[s[ARRIVED]])
            s[WAITING] += 1
            is_new |= rank < s[PLANNED]
            s[ARRIVED] += 1
        if is_new:
            _survey(p)
        else:
            _advance(p)
        _pass(p, bits)


@kernel
def _finishes(p: Plan, bits: int) -> bool:
    """Jobs whose end is now give their chips back."""
    s = p.s
    is_any = False
    while p.ends[0] > 0 and p.ends[1] >> bits == s[NOW]:
        job = pop(p.ends) & ((1 << bits) - 1)
        p.end[job] = s[NOW]
        s[FREE] += p.gpus[job]
        _forget(p, job)
        is_any = True
    return is_any


@kernel
def _place(p: Plan, job: int) -> int:
    """Where a job stands, or would, among the running by (expected end, job)."""
    key = p.expected[job]
    low, high = 0, p.s[RUNNING]
    while low < high:
        middle = (low + high) >> 1
        other = p.by_end[middle]
        other_key = p.expected[other]
        if other_key < key or (other_key == key and other < job):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _expect(p: Plan, job: int, end: int) -> None:
    """Put a job among the running ones, by its expected end."""
    p.expected[job] = end
    place = _place(p, job)
    for i in range(p.s[RUNNING], place, -1):
        p.by_end[i] = p.by_end[i - 1]
    p.by_end[place] = job
    p.s[RUNNING] += 1


@kernel
def _extend(p: Plan) -> bool:
    """Jobs that run on beyond their expected end are expected to take twice as long, and twice again."""
    s = p.s
    is_any = False
    while s[RUNNING] > 0 and p.expected[p.by_end[0]] <= s[NOW]:
        job = p.by_end[0]
        length = p.estimate[job]
        if length == 0:
            return is_any  # it ends at this very instant
        while p.start[job] + length <= s[NOW]:
            length *= 2
        _forget(p, job)
        _expect(p, job, p.start[job] + length)
        is_any = True
    return is_any


@kernel
def _forget(p: Plan, job: int) -> None:
    """Take a job out of the running ones."""
    p.s[RUNNING] -= 1
    for i in range(_place(p, job), p.s[RUNNING]):
        p.by_end[i] = p.by_end[i + 1]


@kernel
def _survey(p: Plan) -> None:
    """The profile from running jobs alone; nothing is planned."""
    s = p.s
    p.times[0], p.free[0], p.count[0] = s[NOW], s[FREE], 1
    for i in range(s[RUNNING]):
        job = p.by_end[i]
        ends = p.expected[job]
        last = p.count[0] - 1
        if p.times[last] == ends:
            p.free[last] += p.gpus[job]
        else:
            p.times[last + 1], p.free[last + 1] = ends, p.free[last] + p.gpus[job]
            p.count[0] += 1
    s[PLANNED] = 0


@kernel
def _advance(p: Plan) -> None:
    """Let the profile begin now."""
    if p.count[0] == 0:
        _survey(p)
    else:
        p.times[0] = p.s[NOW]


@kernel
def _pass(p: Plan, bits: int) -> None:
    """Plan the waiting jobs in order as far as one of them could start now; start those planned for now."""
    s = p.s
    jobs = s[JOBS]
    while s[WAITING] > 0:
        if next_fit(p.queue, jobs, s[PLANNED], p.free[0], p.free[0], GONE) < 0:
            return
        rank = next_fit(p.queue, jobs, s[PLANNED], GONE, 0, 0)
        job = p.order[rank]
        s[PLANNED] = rank + 1
        at = earliest(p.times, p.free, p.count, p.gpus[job], p.estimate[job])
        is_now = at == 0 and p.gpus[job] <= s[FREE]
        if at >= 0:
            occupy(p.times, p.free, p.count, at, p.gpus[job], p.estimate[job])
        if is_now:
            _start(p, job, rank, bits)


@kernel
def _start(p: Plan, job: int, rank: int, bits: int) -> None:
    """Give a job its chips."""
    s = p.s
    leave(p.queue, s[JOBS], rank)
    s[WAITING] -= 1
    s[FREE] -= p.gpus[job]
    p.start[job] = s[NOW]
    _expect(p, job, s[NOW] + p.estimate[job])
    push(p.ends, ((s[NOW] + p.run[job]) << bits) | job)
