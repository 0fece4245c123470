"""What is free from when, as far as is known: the running jobs' expected ends, planned runs, and reservations."""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.ground import DROP, FIND, SPLIT, SURVEY
from gigacampus.engine.general.room import Room, book_power, give, spare, start, take
from gigacampus.engine.general.sorting import sort
from gigacampus.engine.general.state import (
    ASKED_AT,
    ASKED_LENGTH,
    EXPECTED,
    HOLDS,
    IS_ON,
    KEY,
    NOW,
    PACED,
    PLAN,
    PLANNED,
    PROFILE,
    RUNNING,
    SIZE,
    WAITING,
    State,
    W,
)
from gigacampus.engine.general.work import expected_end, expected_here, expected_left
from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.schedule.profile import occupy


@kernel
def survey(g: State, r: Room) -> None:
    """The profile from the running jobs alone, by their expected ends as `expected_end` has them."""
    s = g.s
    for i in range(s[RUNNING]):
        job = g.running[i]
        g.job[W * job + EXPECTED] = expected_end(g, job)
        g.order[i] = job
        g.first[job], g.second[job], g.job[W * job + KEY] = 0.0, 0.0, g.job[W * job + EXPECTED]
    sort(g, g.order, s[RUNNING])
    g.times[0], g.free[0], g.count[0] = s[NOW], spare(g), 1
    for i in range(s[RUNNING]):
        job, last = g.order[i], g.count[0] - 1
        if g.times[last] == g.job[W * job + EXPECTED]:
            g.free[last] += g.job[W * job + SIZE]
        else:
            g.times[last + 1], g.free[last + 1] = (
                g.job[W * job + EXPECTED],
                g.free[last] + g.job[W * job + SIZE],
            )
            g.count[0] += 1
    s[PROFILE] = 1
    if g.fixed[HOLDS] == 1:
        r.act(g, r.ground, r.place, 0, SURVEY)


@kernel
def find(g: State, size: int, length: int, first: int) -> int:
    """The first breakpoint, not before `first`, from which so much stays free for so long; -1 where there is none."""
    n, i = g.count[0], first
    while i < n:
        if g.free[i] < size:
            i += 1
            continue
        until = g.times[i] + length
        j = i + 1
        while j < n and g.times[j] < until and g.free[j] >= size:
            j += 1
        if j == n or g.times[j] >= until:
            return i
        i = j + 1
    return -1


@kernel
def is_free(g: State, size: int, length: int) -> bool:
    """Whether so much is free from the first breakpoint on for so long."""
    n, until, i = g.count[0], g.times[0] + length, 0
    while i < n and g.times[i] < until:
        if g.free[i] < size:
            return False
        i += 1
    return True


@part
def find_for(g: State, r: Room, job: int, length: int, first: int) -> int:
    """The same for a job, by power too where that has limits."""
    if g.fixed[HOLDS] == 0:
        return find(g, g.job[W * job + SIZE], length, first)
    g.s[ASKED_AT], g.s[ASKED_LENGTH] = first, length
    return r.act(g, r.ground, r.place, job, FIND)


@part
def reserve(g: State, r: Room, job: int, at: int, length: int) -> None:
    """Keep a job's chips, and its power, from a breakpoint on for so long."""
    book_power(g, r, job, at, length)
    occupy(g.times, g.free, g.count, at, g.job[W * job + SIZE], length)


@kernel
def split(g: State, r: Room, at_s: int) -> int:
    """The breakpoint at a time that is not before the profile's first; made where there is none."""
    n = g.count[0]
    i = 0
    while i < n and g.times[i] < at_s:
        i += 1
    if i < n and g.times[i] == at_s:
        return i
    for k in range(n, i, -1):
        g.times[k], g.free[k] = g.times[k - 1], g.free[k - 1]
    g.times[i], g.free[i] = at_s, g.free[i - 1]
    g.count[0] = n + 1
    if g.fixed[HOLDS] == 1:
        r.act(g, r.ground, r.place, i, SPLIT)
    return i


@kernel
def may_begin(g: State, job: int) -> bool:
    """Whether a job could start now without taking chips that are reserved. One of no length takes nothing."""
    left = expected_left(g, job)
    if g.job[W * job + SIZE] > spare(g):
        return False
    return g.s[PROFILE] == 0 or left == 0 or is_free(g, g.job[W * job + SIZE], left)


@kernel
def claim(g: State, r: Room, job: int) -> bool:
    """Take what a job asks for; nothing, where it would take power that is reserved, or is slow there and chips."""
    if not take(g, r, job):
        return False
    if g.fixed[HOLDS] + g.fixed[PACED] == 0 or g.s[PROFILE] == 0:
        return True
    left = expected_here(g, job)
    if left == 0 or find_for(g, r, job, left, 0) == 0:
        return True
    give(g, r, job)
    return False


@kernel
def plan_runs(g: State, r: Room) -> None:
    """Reserve for the planned runs that wait, in order of their times, and start those whose time has come."""
    s = g.s
    if s[PLANNED] == 0:
        return
    survey(g, r)
    run = _next_run(g, -NEVER, -1)
    while run >= 0:
        _reserve_run(g, r, run)
        run = _next_run(g, g.job[W * run + PLAN], run)


@kernel
def _next_run(g: State, last_at: int, last: int) -> int:
    """The waiting planned run that comes after another, by its time and its place; -1: none does."""
    run = -1
    for i in range(g.s[WAITING]):
        job = g.queue[i]
        at = g.job[W * job + PLAN]
        if at == NEVER or g.job[W * job + IS_ON] == 1 or at < last_at or (at == last_at and job <= last):
            continue
        if run < 0 or at < g.job[W * run + PLAN] or (at == g.job[W * run + PLAN] and job < run):
            run = job
    return run


@kernel
def _reserve_run(g: State, r: Room, run: int) -> None:
    s, left = g.s, expected_left(g, run)
    before = g.count[0]
    first = split(g, r, max(g.job[W * run + PLAN], s[NOW]))
    at = find_for(g, r, run, max(left, 1), first)
    if g.count[0] > before and at != first:
        _drop(g, r, first)
        at -= 1 if at > first else 0
    if at == 0 and take(g, r, run):
        start(g, r, run)
        return
    if at == 0:  # no nodes have room for it, or what should have ended has not
        at = find_for(g, r, run, max(left, 1), 1)
    if at >= 0:
        reserve(g, r, run, at, max(left, 1))


@kernel
def _drop(g: State, r: Room, i: int) -> None:
    """Take out a breakpoint at which nothing changes."""
    g.count[0] -= 1
    for k in range(i, g.count[0]):
        g.times[k], g.free[k] = g.times[k + 1], g.free[k + 1]
    if g.fixed[HOLDS] == 1:
        r.act(g, r.ground, r.place, i, DROP)
