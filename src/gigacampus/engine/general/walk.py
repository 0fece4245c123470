"""Preemptive policies: all unfinished jobs, sorted, are given chips afresh at every event.

The list is walked in order; a job that fits beside those before it gets its chips, one that does not is skipped. On
nodes running jobs stay where they are; a waiting job that finds no room there has the least urgent running jobs behind
it lifted off their nodes, one after another, until it fits (if it never does, none is). A lifted job keeps its nodes
if they are still free when its turn comes; else it stops, and resumes on others if there is room.
"""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.room import Room, give, lift, put_back, start, stop, take
from gigacampus.engine.general.sorting import close_ranks, set_key, sort
from gigacampus.engine.general.state import (
    FREE,
    IS_ON,
    MARK,
    NOW,
    OK,
    ON_NODES,
    PLAN,
    REFUSED,
    RUNNING,
    SIZE,
    STATUS,
    WAITING,
    State,
    W,
)
from gigacampus.kernels.jit import kernel


@kernel
def pass_walk(g: State, r: Room) -> None:
    """One scheduling pass."""
    n = _line_up(g)
    if g.fixed[ON_NODES] == 1:
        _on_nodes(g, r, n)
    else:
        _on_a_count(g, r, n)
    close_ranks(g)


@kernel
def _line_up(g: State) -> int:
    """All unfinished jobs that may run now, sorted into `order`; returns how many."""
    s, n = g.s, 0
    for i in range(s[RUNNING]):
        g.order[n] = g.running[i]
        n += 1
    for i in range(s[WAITING]):
        job = g.queue[i]
        if g.job[W * job + PLAN] == NEVER or g.job[W * job + PLAN] <= s[NOW]:
            g.order[n] = job
            n += 1
    for i in range(n):
        set_key(g, g.order[i])
    sort(g, g.order, n)
    return n


@kernel
def _on_a_count(g: State, r: Room, n: int) -> None:
    """Pick by number, stop whoever was not picked, then start those that were."""
    s = g.s
    room = s[FREE]
    for i in range(s[RUNNING]):
        room += g.job[W * g.running[i] + SIZE]
    for i in range(n):
        job = g.order[i]
        g.spare[i] = 0
        if g.job[W * job + SIZE] <= room:
            room -= g.job[W * job + SIZE]
            g.spare[i] = 1
    for i in range(n):
        if g.spare[i] == 0 and g.job[W * g.order[i] + IS_ON] == 1:
            stop(g, r, g.order[i])
    for i in range(n):
        job = g.order[i]
        if g.spare[i] == 1 and g.job[W * job + IS_ON] == 0 and take(g, r, job):
            start(g, r, job)


@kernel
def _on_nodes(g: State, r: Room, n: int) -> None:
    s = g.s
    behind = 0  # what running jobs hold from here on in the list
    for i in range(n):
        if g.job[W * g.order[i] + IS_ON] == 1:
            behind += g.job[W * g.order[i] + SIZE]
    for i in range(n):
        job = g.order[i]
        if s[STATUS] != OK:
            return
        if g.job[W * job + IS_ON] == 1:
            if g.job[W * job + MARK] == 0:
                behind -= g.job[W * job + SIZE]
                continue
            if put_back(g, r, job):
                continue
            stop(g, r, job)
            if take(g, r, job):
                start(g, r, job)
        elif take(g, r, job):
            start(g, r, job)
        elif g.job[W * job + SIZE] <= s[FREE] + behind:
            behind -= _make_room(g, r, job, i, n)


@kernel
def _make_room(g: State, r: Room, job: int, i: int, n: int) -> int:
    """Lift running jobs behind, the last first, until the job fits; returns what was lifted, 0 where it never fits."""
    lifted = 0
    for k in range(n - 1, i, -1):
        if _stands(g, k):
            lift(g, r, g.order[k])
            g.job[W * g.order[k] + REFUSED] = 1
    fits = take(g, r, job)
    if fits:
        give(g, r, job)
    for k in range(i + 1, n):
        other = g.order[k]
        if g.job[W * other + REFUSED] == 1:
            g.job[W * other + REFUSED] = 0
            put_back(g, r, other)
    if not fits:
        return 0
    for k in range(n - 1, i, -1):
        if _stands(g, k):
            lift(g, r, g.order[k])
            lifted += g.job[W * g.order[k] + SIZE]
            if take(g, r, job):
                start(g, r, job)
                return lifted
    return lifted


@kernel
def _stands(g: State, k: int) -> bool:
    """Whether a job of the list runs and has not been lifted."""
    return bool(g.job[W * g.order[k] + IS_ON] == 1 and g.job[W * g.order[k] + MARK] == 0)
