"""A binary heap of jobs whose times may move: who ends next, where speeds change while jobs run.

`heap[0]` is the number of jobs, `heap[1:]` are they; `place[job]` is where a job stands in the heap (0: it does not);
`key[job]` its time. Ties go to the lower job.
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import kernel


@kernel
def _is_before(key: Any, one: int, other: int) -> bool:
    return key[one] < key[other] or (key[one] == key[other] and one < other)


@kernel
def settle_down(heap: Any, place: Any, key: Any, at: int) -> None:
    """Put the job at a place where it belongs, upwards or downwards, after its time has changed."""
    job = heap[at]
    while at > 1 and _is_before(key, job, heap[at >> 1]):
        heap[at] = heap[at >> 1]
        place[heap[at]] = at
        at >>= 1
    count = heap[0]
    while 2 * at <= count:
        child = 2 * at
        if child < count and _is_before(key, heap[child + 1], heap[child]):
            child += 1
        if _is_before(key, job, heap[child]):
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at] = job
    place[job] = at


@kernel
def put(heap: Any, place: Any, key: Any, job: int) -> None:
    """Add a job by its key; the array must have room."""
    heap[0] += 1
    heap[heap[0]] = job
    settle_down(heap, place, key, heap[0])


@kernel
def drop(heap: Any, place: Any, key: Any, job: int) -> None:
    """Take a job out, wherever it stands."""
    at = place[job]
    last = heap[heap[0]]
    heap[0] -= 1
    place[job] = 0
    if last != job:
        heap[at] = last
        settle_down(heap, place, key, at)
