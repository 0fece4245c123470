"""A fleet under a changing load, request by request: the slow twin of percentiles by window."""

from __future__ import annotations

import heapq

import numpy as np


def simulate_fleet(rates_rps, window_s, held, batch, prompt_s, step_s, osl, rng):
    """Times to the first token of every request, with its window; answers' lengths are exponential around `osl`.

    A request takes a place in the least full replica that is up, or waits in one line; its prompt waits for its turn in
    the replica; then tokens come step by step. Replicas that stop finish what they have.
    """
    arrivals = []
    for k, rate in enumerate(rates_rps):
        count = rng.poisson(rate * window_s)
        arrivals += sorted(k * window_s + window_s * rng.random(count))
    used, reader_free = [0] * int(max(held)), [0.0] * int(max(held))
    leaving, line, found = [], [], []

    def up(at):
        return int(held[min(int(at // window_s), len(held) - 1)])

    def admit(now):
        while line:
            open_ = [r for r in range(up(now)) if used[r] < batch]
            if not open_:
                return
            r = min(open_, key=lambda one: used[one])
            arrived = line.pop(0)
            used[r] += 1
            begin = max(now, reader_free[r])
            reader_free[r] = begin + prompt_s
            first = begin + prompt_s + step_s
            found.append((int(arrived // window_s), first - arrived))
            heapq.heappush(leaving, (begin + prompt_s + max(rng.exponential(osl), 1.0) * step_s, r))

    for at in arrivals:
        while leaving and leaving[0][0] <= at:
            when, r = heapq.heappop(leaving)
            used[r] -= 1
            admit(when)
        line.append(at)
        admit(at)
    return np.array(found)
