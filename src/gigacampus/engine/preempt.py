"""The preemptive policies: srtf, srsf, las and spot: at every event all unfinished jobs are given chips afresh.

They are sorted, and the list is walked in order; a job that fits gets its chips, one that does not is skipped. Whoever
got none stops, keeps its progress, and resumes later (free of charge unless a restart cost is given).

- srtf: by remaining run time. srsf: by remaining run time x chips.
- las: two queues by attained service (chips x time): below the threshold first, then the rest; in line within each.
  After Tiresias (Gu et al., NSDI 2019), discretised two-dimensional least attained service, without its promotions.
- spot: by priority, highest first; of one priority running jobs first, then in line, so that only jobs of lower
  priority are ever stopped.

Waiting jobs stand in a sorted array; running ones are few (at most the chips) and are sorted anew. While all unfinished
jobs fit together nothing needs sorting: each starts as it comes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.engine.desk import NEVER
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.pointer import ptr

SRTF, SRSF, LAS, SPOT = 0, 1, 2, 3

# Registers.
NOW, ARRIVED, WAITING, RUNNING, DEMAND, STATUS, ATTEMPTS, EVENTS, JOBS, REGISTERS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
OK, NO_ROOM = 0, 1


class Table(NamedTuple):
    """What the preemptive loop works on: int64 arrays, jobs in order of submission."""

    s: Any
    """Registers."""
    fixed: Any
    """Chips, rule, threshold (chip-seconds), restart (s), rows for attempts."""
    submit: Any
    run: Any
    gpus: Any
    priority: Any
    start: Any
    since: Any
    end: Any
    tries: Any
    done: Any
    """Useful run time done before the present attempt."""
    lost: Any
    waiting: Any
    """Jobs that hold no chips, sorted by (key, place)."""
    running: Any
    picked: Any
    """Whether a job was given chips in this pass."""
    keys: Any
    """Scratch: keys of the running jobs."""
    stopped: Any
    """Scratch: jobs that lose their chips."""
    attempts: Any
    """Preempted attempts, five a row: job, from, to, 0, restart overhead."""


CHIPS, RULE, THRESHOLD, RESTART, ROOM = 0, 1, 2, 3, 4


@kernel
def _on_pointers(t: Table) -> Table:
    """The same with pointers in place of arrays."""
    return Table(
        ptr(t.s), ptr(t.fixed), ptr(t.submit), ptr(t.run), ptr(t.gpus), ptr(t.priority), ptr(t.start), ptr(t.since),
        ptr(t.end), ptr(t.tries), ptr(t.done), ptr(t.lost), ptr(t.waiting), ptr(t.running), ptr(t.picked), ptr(t.keys),
        ptr(t.stopped), ptr(t.attempts),
    )  # fmt: skip


@kernel
def play_preemptive(table: Table) -> int:
    """Play all events; returns the status."""
    t = _on_pointers(table)
    s = t.s
    while s[STATUS] == OK:
        now = _soonest(t)
        if now == NEVER:
            break
        s[NOW] = now
        s[EVENTS] += 1
        _finishes(t)
        while s[ARRIVED] < s[JOBS] and t.submit[s[ARRIVED]] == now:
            s[DEMAND] += t.gpus[s[ARRIVED]]
            _wait(t, s[ARRIVED])
            s[ARRIVED] += 1
        if s[DEMAND] <= t.fixed[CHIPS]:
            _start_all(t)
        else:
            _pass(t)
    return s[STATUS]


@part
def _soonest(t: Table) -> int:
    """When something happens next: an arrival, an end, or a job that sinks to the second queue."""
    s = t.s
    soonest = t.submit[s[ARRIVED]] if s[ARRIVED] < s[JOBS] else NEVER
    for i in range(s[RUNNING]):
        job = t.running[i]
        soonest = min(soonest, t.since[job] + _overhead(t, job) + t.run[job] - t.done[job])
        if t.fixed[RULE] == LAS and t.gpus[job] > 0:
            limit = -(-t.fixed[THRESHOLD] // t.gpus[job])
            sinks = t.since[job] + _overhead(t, job) + limit - t.done[job]
            if sinks > s[NOW]:
                soonest = min(soonest, sinks)
    return soonest


@part
def _overhead(t: Table, job: int) -> int:
    """Restart cost of the present attempt."""
    return t.fixed[RESTART] if t.tries[job] > 1 else 0


@part
def _done(t: Table, job: int) -> int:
    """Useful run time of a running job so far."""
    return t.done[job] + max(t.s[NOW] - t.since[job] - _overhead(t, job), 0)


@part
def _key(t: Table, job: int, done: int, is_running: bool) -> int:
    """What the list is sorted by, least first; ties go by place."""
    if t.fixed[RULE] == SPOT:
        return -2 * t.priority[job] - (1 if is_running else 0)
    if t.fixed[RULE] == LAS:
        return 0 if done * t.gpus[job] < t.fixed[THRESHOLD] else 1
    left = t.run[job] - done
    return left * t.gpus[job] if t.fixed[RULE] == SRSF else left


@part
def _finishes(t: Table) -> None:
    """Jobs that are done give their chips back."""
    s = t.s
    kept = 0
    for i in range(s[RUNNING]):
        job = t.running[i]
        if t.since[job] + _overhead(t, job) + t.run[job] - t.done[job] == s[NOW]:
            t.end[job] = s[NOW]
            t.lost[job] += _overhead(t, job)
            s[DEMAND] -= t.gpus[job]
        else:
            t.running[kept] = job
            kept += 1
    s[RUNNING] = kept


@kernel
def _wait(t: Table, job: int) -> None:
    """Put a job among the waiting, at its place."""
    s = t.s
    key = _key(t, job, t.done[job], False)
    low, high = 0, s[WAITING]
    while low < high:
        middle = (low + high) >> 1
        other = t.waiting[middle]
        other_key = _key(t, other, t.done[other], False)
        if other_key < key or (other_key == key and other < job):
            low = middle + 1
        else:
            high = middle
    for i in range(s[WAITING], low, -1):
        t.waiting[i] = t.waiting[i - 1]
    t.waiting[low] = job
    s[WAITING] += 1


@part
def _start(t: Table, job: int) -> None:
    """Give a job its chips."""
    s = t.s
    if t.tries[job] == 0:
        t.start[job] = s[NOW]
    t.tries[job] += 1
    t.since[job] = s[NOW]
    t.running[s[RUNNING]] = job
    s[RUNNING] += 1


@kernel
def _start_all(t: Table) -> None:
    """All unfinished jobs fit together."""
    for i in range(t.s[WAITING]):
        _start(t, t.waiting[i])
    t.s[WAITING] = 0


@kernel
def _pass(t: Table) -> None:
    """Walk all unfinished jobs in order and pick those that fit; stop and start accordingly."""
    s = t.s
    free = t.fixed[CHIPS]
    _sort_running(t)
    keys = t.keys
    i, k = 0, 0
    while (i < s[RUNNING] or k < s[WAITING]) and free > 0:
        is_running = k == s[WAITING]
        if i < s[RUNNING] and not is_running:
            other = t.waiting[k]
            other_key = _key(t, other, t.done[other], False)
            is_running = keys[i] < other_key or (keys[i] == other_key and t.running[i] < other)
        if is_running:
            job = t.running[i]
            i += 1
        else:
            job = t.waiting[k]
            k += 1
        if t.gpus[job] <= free:
            free -= t.gpus[job]
            t.picked[job] = 1
    _apply(t)


@kernel
def _sort_running(t: Table) -> None:
    """Sort the running jobs by (key, place) and note the keys; by insertion, as the order hardly changes."""
    keys = t.keys
    for i in range(t.s[RUNNING]):
        job = t.running[i]
        key = _key(t, job, _done(t, job), True)
        j = i
        while j > 0 and (keys[j - 1] > key or (keys[j - 1] == key and t.running[j - 1] > job)):
            keys[j] = keys[j - 1]
            t.running[j] = t.running[j - 1]
            j -= 1
        keys[j] = key
        t.running[j] = job


@kernel
def _apply(t: Table) -> None:
    """Stop what runs and was not picked; start what waits and was. Jobs without chips always run."""
    s = t.s
    kept = 0
    stops = 0
    for i in range(s[RUNNING]):
        job = t.running[i]
        if t.picked[job] == 1 or t.gpus[job] == 0:
            t.picked[job] = 0
            t.running[kept] = job
            kept += 1
        else:
            t.stopped[stops] = job
            stops += 1
    s[RUNNING] = kept
    left = 0
    for k in range(s[WAITING]):
        job = t.waiting[k]
        if t.picked[job] == 1 or t.gpus[job] == 0:
            t.picked[job] = 0
            _start(t, job)
        else:
            t.waiting[left] = job
            left += 1
    s[WAITING] = left
    for i in range(stops):
        _stop(t, t.stopped[i])


@kernel
def _stop(t: Table, job: int) -> None:
    """Take a job's chips; it keeps its progress."""
    s = t.s
    if s[ATTEMPTS] == t.fixed[ROOM]:
        s[STATUS] = NO_ROOM
        return
    overhead = min(_overhead(t, job), s[NOW] - t.since[job])
    row = 5 * s[ATTEMPTS]
    t.attempts[row] = job
    t.attempts[row + 1] = t.since[job]
    t.attempts[row + 2] = s[NOW]
    t.attempts[row + 3] = 0
    t.attempts[row + 4] = overhead
    s[ATTEMPTS] += 1
    t.lost[job] += overhead
    t.done[job] = _done(t, job)
    _wait(t, job)
