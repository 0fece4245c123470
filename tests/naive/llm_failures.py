"""A run under failures, event by event: the slow twin of the renewal formula."""

from __future__ import annotations

import numpy as np


def simulate_ettr(mttf_s, interval_s, write_s, recover_s, pieces, rng):
    """Share of time that became saved work over that many checkpointed pieces."""
    now = 0.0
    next_failure = rng.exponential(mttf_s)
    done = 0
    while done < pieces:
        end = now + interval_s + write_s
        if next_failure >= end:
            now, done = end, done + 1
            continue
        now = next_failure
        next_failure = now + rng.exponential(mttf_s)
        while next_failure < now + recover_s:
            now = next_failure
            next_failure = now + rng.exponential(mttf_s)
        now += recover_s
    return pieces * interval_s / now


def simulate_queue(arrivals_s, services_s, servers):
    """Waits of a first-come first-served queue, job by job."""
    free = np.zeros(servers)
    waits = []
    for arrive, service in zip(arrivals_s, services_s, strict=True):
        first = int(np.argmin(free))
        start = max(arrive, free[first])
        waits.append(start - arrive)
        free[first] = start + service
    return np.array(waits)


def erlang_b_twin(servers, offered):
    """Loss by the recursion, server by server."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked
