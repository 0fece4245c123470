"""Preemptive policies: all unfinished jobs, sorted, are given chips afresh at every event.

The list is walked in order; a job that fits beside those before it gets its chips, one that does not is skipped. On
nodes running jobs stay where they are; a waiting job that finds no room there has the least urgent running jobs behind
it lifted off their nodes, one after another, until it fits (if it never does, none is). A lifted job keeps its nodes
if they are still free when its turn comes; else it stops, and resumes on others if there is room.
"""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.room import Room, give, has_power_less, lift, put_back, start, stop, take
from gigacampus.engine.general.sorting import close_ranks, set_key, sort
from gigacampus.engine.general.state import (
    BEHIND,
    BEHIND_OWN,
    BEHIND_OWN_W,
    BEHIND_W,
    CAP,
    CAP_WIDTH,
    CAPS,
    FREE,
    HOLDS,
    IS_ON,
    LIMIT,
    MARK,
    MORE,
    NOW,
    OK,
    ON_NODES,
    PLAN,
    POWER,
    REFUSED,
    RUNNING,
    SIZE,
    STATUS,
    USED,
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
    for i in range(n):
        if g.job[W * g.order[i] + IS_ON] == 1:
            _count_behind(g, g.order[i], 1)
    for i in range(n):
        job = g.order[i]
        if s[STATUS] != OK:
            return
        if g.job[W * job + IS_ON] == 1:
            if g.job[W * job + MARK] == 0:
                _count_behind(g, job, -1)
                continue
            if put_back(g, r, job):
                continue
            stop(g, r, job)
            if take(g, r, job):
                start(g, r, job)
        elif take(g, r, job):
            start(g, r, job)
        elif _may_fit(g, job):
            _make_room(g, r, job, i, n)


@kernel
def _count_behind(g: State, job: int, sign: int) -> None:
    """What running jobs hold and draw that stand further on in the list and could be lifted."""
    row, size = CAP_WIDTH * g.job[W * job + LIMIT], sign * g.job[W * job + SIZE]
    g.s[BEHIND] += size
    if g.fixed[CAPS] > 0:
        g.caps[row + BEHIND_OWN] += size
    if g.fixed[HOLDS] == 1:
        power = sign * g.more[MORE * job + POWER]
        g.s[BEHIND_W] += power
        g.caps[row + BEHIND_OWN_W] += power


@kernel
def _may_fit(g: State, job: int) -> bool:
    """Whether limits would let a job start with all behind it lifted; nodes and halls are asked only then."""
    row, size = CAP_WIDTH * g.job[W * job + LIMIT], g.job[W * job + SIZE]
    if size > g.s[FREE] + g.s[BEHIND]:
        return False
    if g.fixed[CAPS] > 0 and g.caps[row + USED] - g.caps[row + BEHIND_OWN] + size > g.caps[row + CAP]:
        return False
    return bool(g.fixed[HOLDS] == 0 or has_power_less(g, job, g.caps[row + BEHIND_OWN_W], g.s[BEHIND_W]))


@kernel
def _make_room(g: State, r: Room, job: int, i: int, n: int) -> None:
    """Lift running jobs behind, the last first, until the job fits; none where it never does."""
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
            if not put_back(g, r, other):
                _count_behind(g, other, -1)
    if not fits:
        return
    for k in range(n - 1, i, -1):
        if _stands(g, k):
            lift(g, r, g.order[k])
            _count_behind(g, g.order[k], -1)
            if take(g, r, job):
                start(g, r, job)
                return


@kernel
def _stands(g: State, k: int) -> bool:
    """Whether a job of the list runs and has not been lifted."""
    return bool(g.job[W * g.order[k] + IS_ON] == 1 and g.job[W * g.order[k] + MARK] == 0)
