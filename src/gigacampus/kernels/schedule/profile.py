"""The availability profile of conservative backfill: how many chips are free from when, as far as is known.

`times` and `free` hold `n` breakpoints: free[i] chips from times[i] until times[i + 1], the last for ever. n stands in
count[0].
"""

from __future__ import annotations

from typing import Any

from gigacampus.kernels.jit import kernel


@kernel
def earliest(times: Any, free: Any, count: Any, chips: int, length: int) -> int:
    """The first breakpoint from which `chips` stay free for `length`; for length 0, at which they are free.

    -1 where there is none: the chips are not free even after the last breakpoint.
    """
    n = count[0]
    i = 0
    while i < n:
        if free[i] < chips:
            i += 1
            continue
        until = times[i] + length
        j = i + 1
        while j < n and times[j] < until and free[j] >= chips:
            j += 1
        if j == n or times[j] >= until:
            return i
        i = j + 1
    return -1


@kernel
def occupy(times: Any, free: Any, count: Any, first: int, chips: int, length: int) -> None:
    """Take `chips` from breakpoint `first` on for `length`; the arrays must have room for one more breakpoint."""
    if length == 0 or chips == 0:
        return
    until = times[first] + length
    j = first
    n = count[0]
    while j < n and times[j] < until:
        free[j] -= chips
        j += 1
    if j == n or times[j] > until:
        for i in range(n, j, -1):
            times[i] = times[i - 1]
            free[i] = free[i - 1]
        times[j] = until
        free[j] = free[j - 1] + chips
        count[0] = n + 1
