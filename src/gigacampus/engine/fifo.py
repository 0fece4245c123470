"""First come, first served on a count of chips that never changes: the queue is a stretch of the trace.

The same schedule as `engine/loop.py` under fcfs (a test holds them together), twice as fast: numbers stay in registers,
as nothing needs a ranked queue, a ring of expected ends or a way back.
"""

from __future__ import annotations

from gigacampus.engine.desk import CAPACITY, HEAD, NEVER, Ints
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import ptr


@kernel
def play_fifo(
    submit_s: Ints, run_s: Ints, gpus: Ints, start_s: Ints, reason: Ints, ends: Ints, held: Ints, vacant: Ints,
    chips: int, bits: int,
) -> int:  # fmt: skip
    """Fill `start_s` and `reason`; returns the number of events. Every job fits on `chips`.

    `ends` is the heap of end << bits | slot, `held` the chips of each slot, `vacant` a stack of all slots; a slot a job
    that can run at once.
    """
    submit, run, size, start = ptr(submit_s), ptr(run_s), ptr(gpus), ptr(start_s)
    heap, slots, stack, why = ptr(ends), ptr(held), ptr(vacant), ptr(reason)
    jobs, left, free, mask = len(submit_s), len(vacant), chips, (1 << bits) - 1
    arrived, head, events = 0, 0, 0
    while arrived < jobs or heap[0] > 0:
        now = heap[1] >> bits if heap[0] > 0 else NEVER
        if arrived < jobs:
            now = min(now, submit[arrived])
        events += 1
        while heap[0] > 0 and heap[1] >> bits == now:
            slot = pop(heap) & mask
            free += slots[slot]
            stack[left] = slot
            left += 1
        first = arrived
        while arrived < jobs and submit[arrived] == now:
            arrived += 1
        while head < arrived and size[head] <= free:
            left -= 1
            slot = stack[left]
            slots[slot] = size[head]
            free -= size[head]
            start[head] = now
            push(heap, ((now + run[head]) << bits) | slot)
            head += 1
        for job in range(max(first, head), arrived):
            why[job] = CAPACITY if size[job] > free else HEAD
    return events
