"""The order of the queue: keys by rule, places in a sorted list."""

from __future__ import annotations

import math
from typing import Any

from gigacampus.engine.general.state import (
    ACCOUNT,
    DEADLINE,
    DUE,
    ESTIMATE,
    FAIR,
    IS_ON,
    KEY,
    LAS,
    MORE,
    NOW,
    ORDER,
    OWN_ORDER,
    OWNER,
    PLAN,
    PRIORITY,
    RANK,
    REQUEUE,
    RUN,
    SIZE,
    SJF,
    SPOT,
    SRSF,
    SRTF,
    THRESHOLD,
    URGENCY,
    WAITING,
    State,
    W,
)
from gigacampus.engine.general.work import worked
from gigacampus.kernels.jit import kernel, part


@kernel
def set_key(g: State, job: int) -> None:
    """What a job is sorted by now; keys of a policy's own order are set by who asks it."""
    rule = g.fixed[ORDER]
    if is_ranked(g, job):
        return
    # a planned run whose time has come goes first
    g.first[job] = -1.0 if g.job[W * job + PLAN] <= g.s[NOW] else 0.0
    g.second[job], g.job[W * job + KEY] = 0.0, 0
    if rule == SJF:
        g.job[W * job + KEY] = g.job[W * job + ESTIMATE]
    elif rule == PRIORITY:
        g.job[W * job + KEY] = -g.job[W * job + URGENCY]
    elif rule == DEADLINE:
        g.job[W * job + KEY] = g.job[W * job + DUE]
    elif rule == SRTF:
        g.job[W * job + KEY] = g.job[W * job + RUN] - worked(g, job)
    elif rule == SRSF:
        g.job[W * job + KEY] = (g.job[W * job + RUN] - worked(g, job)) * g.job[W * job + SIZE]
    elif rule == LAS:
        g.job[W * job + KEY] = 0 if worked(g, job) * g.job[W * job + SIZE] < g.fixed[THRESHOLD] else 1
    elif rule == SPOT:
        g.job[W * job + KEY] = -2 * g.job[W * job + URGENCY] - g.job[W * job + IS_ON]
    elif rule == FAIR:
        g.first[job] = g.tenant_used[g.job[W * job + OWNER]]
        g.second[job] = g.used[g.job[W * job + ACCOUNT]]


@part
def is_ranked(g: State, job: int) -> bool:
    """Whether a job stands before or behind all others, whatever the rule; then its key says so."""
    if g.fixed[REQUEUE] == 0 or g.more[MORE * job + RANK] == 0:
        return False
    rank = g.more[MORE * job + RANK]
    g.first[job], g.second[job], g.job[W * job + KEY] = math.copysign(math.inf, rank), float(rank), 0
    return True


@kernel
def goes_before(g: State, one: int, other: int) -> bool:
    """Whether a job stands before another."""
    if g.first[one] != g.first[other]:
        return bool(g.first[one] < g.first[other])
    if g.second[one] != g.second[other]:
        return bool(g.second[one] < g.second[other])
    if g.job[W * one + KEY] != g.job[W * other + KEY]:
        return bool(g.job[W * one + KEY] < g.job[W * other + KEY])
    return one < other


@kernel
def join(g: State, job: int) -> None:
    """Put a job into the queue, at its place by the keys known."""
    s = g.s
    set_key(g, job)
    low, high = 0, s[WAITING]
    while low < high:
        middle = (low + high) >> 1
        if goes_before(g, g.queue[middle], job):
            low = middle + 1
        else:
            high = middle
    for i in range(s[WAITING], low, -1):
        g.queue[i] = g.queue[i - 1]
    g.queue[low] = job
    s[WAITING] += 1


@kernel
def close_ranks(g: State) -> None:
    """Take those that hold chips out of the queue."""
    kept = 0
    for i in range(g.s[WAITING]):
        if g.job[W * g.queue[i] + IS_ON] == 0:
            g.queue[kept] = g.queue[i]
            kept += 1
    g.s[WAITING] = kept


@kernel
def resort(g: State) -> None:
    """Sort the queue anew where its order may have changed since the last event."""
    rule = g.fixed[ORDER]
    if rule != FAIR and rule != OWN_ORDER:
        return
    if rule == FAIR:
        for i in range(g.s[WAITING]):
            set_key(g, g.queue[i])
    sort(g, g.queue, g.s[WAITING])


@kernel
def sort(g: State, listed: Any, n: int) -> None:
    """Sort jobs by their keys: merges, from the bottom up; neighbours in order already are left as they are."""
    width = 1
    while width < n:
        low = 0
        while low + width < n:
            middle, high = low + width, min(low + 2 * width, n)
            if goes_before(g, listed[middle], listed[middle - 1]):
                _merge(g, listed, low, middle, high)
            low += 2 * width
        width *= 2


@kernel
def _merge(g: State, listed: Any, low: int, middle: int, high: int) -> None:
    for i in range(low, middle):
        g.spare[i] = listed[i]
    i, k, at = low, middle, low
    while i < middle:
        if k < high and goes_before(g, listed[k], g.spare[i]):
            listed[at] = listed[k]
            k += 1
        else:
            listed[at] = g.spare[i]
            i += 1
        at += 1
