"""The event loop on nodes: fcfs, sjf and priority, strict or with EASY backfill, each start placed on real nodes.

The order of events and the rules are those of `engine/loop.py`. A head blocks if no nodes have room for it, even where
enough chips are free in all. Under EASY the head's reservation counts chips, not nodes; where the count is enough
already, the head waits for the next expected end. Amounts are thousandths of a GPU.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.engine.desk import NEVER
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.cluster import Cluster, leave_nodes, settle
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.waiting import GONE, join, leave, next_fit

NOW, ARRIVED, FREE, WAITING, RUNNING, EVENTS, SHADOW, SPARE, BLOCKED, PLACES = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
REGISTERS = 10
POLICY, EASY, BITS = 0, 1, 2


class Line(NamedTuple):
    """What the loop works on: int64 arrays unless said otherwise; jobs in order of submission."""

    s: Any
    """Registers."""
    fixed: Any
    """Packing policy, whether EASY, bits of a job's number in heap keys."""
    submit: Any
    run: Any
    estimate: Any
    size: Any
    """Thousandths of a GPU over all GPUs of the job."""
    request: Any
    """Shape (jobs, 5), as the nodes want it."""
    draw: Any
    """float64: one draw a job for the random policy."""
    rank: Any
    order: Any
    start: Any
    expected: Any
    """When a running job is expected to end."""
    end: Any
    refused: Any
    """1 for a job that fitted in number when it was submitted, and that no nodes had room for."""
    piece: Any
    """First piece that the job holds; -1 while it holds none."""
    places: Any
    """Shape (places, 2): job and node of every piece, in order of the starts."""
    ends: Any
    """Heap of end << bits | job."""
    by_end: Any
    """Running jobs, sorted by (expected end, job)."""
    queue: Any
    """int32: the ranked queue."""


@kernel
def play_placed(line: Line, c: Cluster) -> None:
    """Play all events."""
    s, bits, jobs = line.s, line.fixed[BITS], len(line.submit)
    while True:
        now = NEVER
        if line.ends[0] > 0:
            now = line.ends[1] >> bits
        if s[ARRIVED] < jobs:
            now = min(now, line.submit[s[ARRIVED]])
        if now == NEVER:
            return
        s[NOW] = now
        s[EVENTS] += 1
        while line.ends[0] > 0 and line.ends[1] >> bits == now:
            _finish(line, c, pop(line.ends) & ((1 << bits) - 1))
        while s[ARRIVED] < jobs and line.submit[s[ARRIVED]] == now:
            job = s[ARRIVED]
            join(line.queue, jobs, line.rank[job], line.size[job], line.estimate[job])
            s[ARRIVED] += 1
            s[WAITING] += 1
        _pass(line, c)


@kernel
def _finish(line: Line, c: Cluster, job: int) -> None:
    """A job is done: its nodes have room again."""
    s = line.s
    line.end[job] = s[NOW]
    s[FREE] += line.size[job]
    s[BLOCKED] = -1
    _forget(line, job)
    leave_nodes(c, line.fixed[POLICY], line.piece[job], line.request[job])
    line.piece[job] = -1


@kernel
def _place(line: Line, job: int) -> int:
    """Where a job stands, or would, among the running by (expected end, job)."""
    key = line.expected[job]
    low, high = 0, line.s[RUNNING]
    while low < high:
        middle = (low + high) >> 1
        other = line.by_end[middle]
        other_key = line.expected[other]
        if other_key < key or (other_key == key and other < job):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _expect(line: Line, job: int, end: int) -> None:
    """Put a job among the running ones, by its expected end."""
    s = line.s
    line.expected[job] = end
    place = _place(line, job)
    for i in range(s[RUNNING], place, -1):
        line.by_end[i] = line.by_end[i - 1]
    line.by_end[place] = job
    s[RUNNING] += 1


@kernel
def _forget(line: Line, job: int) -> None:
    """Take a job out of the running ones."""
    line.s[RUNNING] -= 1
    for i in range(_place(line, job), line.s[RUNNING]):
        line.by_end[i] = line.by_end[i + 1]


@kernel
def _extend(line: Line) -> None:
    """Jobs that run on beyond their expected end are expected to take twice as long, and twice again."""
    s = line.s
    while s[RUNNING] > 0 and line.expected[line.by_end[0]] <= s[NOW]:
        job = line.by_end[0]
        length = line.estimate[job]
        if length == 0:
            return  # it ends at this very instant
        while line.start[job] + length <= s[NOW]:
            length *= 2
        _forget(line, job)
        _expect(line, job, line.start[job] + length)


@kernel
def _try(line: Line, c: Cluster, job: int) -> bool:
    """Start a job if nodes have room for it."""
    s = line.s
    if line.size[job] > s[FREE]:
        return False
    piece = settle(c, line.fixed[POLICY], line.request[job], line.draw[job])
    if piece < 0:
        if line.submit[job] == s[NOW]:
            line.refused[job] = 1
        return False
    line.piece[job] = piece
    while piece >= 0:
        line.places[s[PLACES], 0], line.places[s[PLACES], 1] = job, c.piece_node[piece]
        s[PLACES] += 1
        piece = c.piece_next[piece]
    line.start[job] = s[NOW]
    leave(line.queue, len(line.submit), line.rank[job])
    s[WAITING] -= 1
    s[FREE] -= line.size[job]
    _expect(line, job, s[NOW] + line.estimate[job])
    push(line.ends, ((s[NOW] + line.run[job]) << line.fixed[BITS]) | job)
    return True


@kernel
def _pass(line: Line, c: Cluster) -> None:
    """Heads start while they fit; under EASY others may then jump ahead."""
    s, jobs = line.s, len(line.submit)
    _extend(line)
    head = -1
    while s[WAITING] > 0:
        head = line.order[next_fit(line.queue, jobs, 0, GONE, 0, 0)]
        if head == s[BLOCKED] or not _try(line, c, head):
            break  # a head that found no room finds none until something ends
    if s[WAITING] == 0:
        return
    s[BLOCKED] = head
    if line.fixed[EASY] == 0 or s[WAITING] < 2:
        return
    _reserve(line, head)
    rank = line.rank[head] + 1
    while True:
        rank = next_fit(line.queue, jobs, rank, min(s[SPARE], s[FREE]), s[FREE], s[SHADOW] - s[NOW])
        if rank < 0:
            return
        job = line.order[rank]
        ends_in_time = line.estimate[job] <= s[SHADOW] - s[NOW]
        if (ends_in_time or line.size[job] <= s[SPARE]) and _try(line, c, job) and not ends_in_time:
            s[SPARE] -= line.size[job]
        rank += 1


@kernel
def _reserve(line: Line, head: int) -> None:
    """The head's reservation by count: the first expected end by which enough is free, and what is spare then."""
    s = line.s
    s[SHADOW], s[SPARE] = NEVER, 0
    free, i = s[FREE], 0
    while i < s[RUNNING]:
        ends = line.expected[line.by_end[i]]
        while i < s[RUNNING] and line.expected[line.by_end[i]] == ends:
            free += line.size[line.by_end[i]]
            i += 1
        if free >= line.size[head]:
            s[SHADOW], s[SPARE] = ends, free - line.size[head]
            return
