"""A 4-ary min-heap of packed int64 keys: the calendar of what ends when.

A key is `time << bits | slot`, so that one comparison orders by time, then slot. `heap[0]` is the number of keys;
the keys stand at heap[1:]. Four children share half a cache line; 4-ary measured 27 to 91 ns for pop and push at 1k to
1M keys, binary 37 to 195 ns.
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import part


@part
def push(heap: Any, key: int) -> None:
    """Add a key; the array must have room for it."""
    i = heap[0]
    heap[0] = i + 1
    while i > 0:
        parent = (i - 1) >> 2
        if heap[1 + parent] <= key:
            break
        heap[1 + i] = heap[1 + parent]
        i = parent
    heap[1 + i] = key


@part
def pop(heap: Any) -> int:
    """Take the least key out; the heap must not be empty."""
    top = heap[1]
    n = heap[0] - 1
    heap[0] = n
    key = heap[1 + n]
    i = 0
    while True:
        child = 4 * i + 1
        if child >= n:
            break
        best = child
        least = heap[1 + child]
        for other in range(child + 1, min(child + 4, n)):
            if heap[1 + other] < least:
                least = heap[1 + other]
                best = other
        if least >= key:
            break
        heap[1 + i] = least
        i = best
    heap[1 + i] = key
    return top
