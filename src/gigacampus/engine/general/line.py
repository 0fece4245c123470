"""The queue walked in order: strict, with EASY backfill, or with conservative backfill."""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.profile import claim, find_for, may_begin, plan_runs, reserve, survey
from gigacampus.engine.general.room import Room, lacks_power_alone, lets, spare, start
from gigacampus.engine.general.sorting import close_ranks, resort
from gigacampus.engine.general.state import (
    CONSERVATIVE,
    EASY,
    FREE,
    HELD_BACK,
    HOLDS,
    IS_ON,
    ON_NODES,
    PASS,
    PLAN,
    PROFILE,
    SIZE,
    STATUS,
    WAITING,
    State,
    W,
)
from gigacampus.engine.general.work import expected_left
from gigacampus.kernels.jit import kernel


@kernel
def pass_line(g: State, r: Room) -> None:
    """One scheduling pass. Planned runs come first: their chips are kept free for them."""
    s = g.s
    s[PROFILE] = 0
    resort(g)
    plan_runs(g, r)
    if g.fixed[PASS] == CONSERVATIVE:
        _plan_all(g, r)
    else:
        head = _start_heads(g, r)
        if g.fixed[PASS] == EASY and head + 1 < s[WAITING]:
            _jump_ahead(g, r, head)
    close_ranks(g)


@kernel
def _is_out(g: State, job: int) -> bool:
    """Whether a job of the queue is passed over: it has started, or it is a planned run with its own reservation."""
    return bool(g.job[W * job + IS_ON] == 1 or g.job[W * job + PLAN] < NEVER)


@kernel
def _start_heads(g: State, r: Room) -> int:
    """Heads start while they fit; returns the place of the first that does not."""
    s, i = g.s, 0
    while i < s[WAITING]:
        job = g.queue[i]
        if not _is_out(g, job) and lets(g, job):
            if not may_begin(g, job):
                return i
            if not claim(g, r, job):
                if g.fixed[HOLDS] == 1 and lacks_power_alone(g, r, job):
                    s[HELD_BACK] += g.job[W * job + SIZE]
                return i
            start(g, r, job)
        i += 1
    return i


@kernel
def _jump_ahead(g: State, r: Room, head: int) -> None:
    """The head gets a reservation; a later job may start now if it does not touch it."""
    s = g.s
    if not _any_fits(g, head + 1):
        return
    if s[PROFILE] == 0:
        survey(g, r)
    _reserve(g, r, g.queue[head])
    for i in range(head + 1, s[WAITING]):
        job = g.queue[i]
        if not _is_out(g, job) and may_begin(g, job) and lets(g, job) and claim(g, r, job):
            start(g, r, job)


@kernel
def _any_fits(g: State, first: int) -> bool:
    """Whether anything from a place on is small enough for what is free."""
    least = NEVER
    for i in range(first, g.s[WAITING]):
        least = min(least, g.job[W * g.queue[i] + SIZE])
    return bool(least <= g.s[FREE])


@kernel
def _reserve(g: State, r: Room, job: int) -> None:
    """Keep a job's chips from the first time at which they will be free.

    On nodes that have no room for it though enough is free in number, from the next expected end.
    """
    length = max(expected_left(g, job), 1)
    is_refused = g.fixed[ON_NODES] == 1 and g.job[W * job + SIZE] <= spare(g) and g.free[0] <= spare(g)
    first = 1 if is_refused else 0
    at = find_for(g, r, job, length, first)
    if at >= 0:
        reserve(g, r, job, at, length)


@kernel
def _plan_all(g: State, r: Room) -> None:
    """Every job gets a reservation, in order; one whose reservation is now starts.

    Planning stops where no job left to plan is small enough for what is free now: none of them could start.
    """
    s = g.s
    if s[PROFILE] == 0:
        survey(g, r)
    least = NEVER
    for i in range(s[WAITING] - 1, -1, -1):
        least = min(least, g.job[W * g.queue[i] + SIZE])
        g.spare[i] = least
    i = 0
    while i < s[WAITING] and g.spare[i] <= g.free[0] and s[STATUS] == 0:
        job = g.queue[i]
        i += 1
        if _is_out(g, job) or not lets(g, job):
            continue
        left = expected_left(g, job)
        at = find_for(g, r, job, left, 0)
        if at == 0 and g.job[W * job + SIZE] <= spare(g):
            if claim(g, r, job):
                start(g, r, job)
                continue
            at = find_for(g, r, job, left, 1)
        if at >= 0:
            reserve(g, r, job, at, left)
