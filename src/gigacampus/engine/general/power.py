"""Limits of power on a floor, behind one door, `power`: a tenant's, a hall's, everybody's.

What jobs draw is counted where they take and give back their nodes; halls count it as nodes are taken. The profile of
what is free from when has one of power beside it, with the same breakpoints. Compiled where power has limits.
"""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.floor.desk import CAMPUS_W, HALL_W, TENANT_W
from gigacampus.engine.floor.standing import draw_in_halls, is_in_hall
from gigacampus.engine.general.ground import (
    BOOK,
    DRAW,
    DROP,
    FIND,
    LOWER,
    OVER,
    POWER_BY,
    RAISE,
    REST,
    SET_LIMIT,
    SPLIT,
    SURVEY,
    TERMS,
)
from gigacampus.engine.general.room import has_power, has_power_less, limit_w
from gigacampus.engine.general.state import (
    ASKED_AT,
    ASKED_LENGTH,
    AT_PROFILE,
    CAP_STEP_WIDTH,
    CAP_W,
    CAP_WIDTH,
    EXPECTED,
    HOLDS,
    KIND,
    LIMIT,
    LIMIT_W,
    MORE,
    PIECE,
    POWER,
    POWER_W,
    RUNNING,
    SIZE,
    TO,
    USED_W,
    WATTS,
    WHOSE,
    State,
    W,
)
from gigacampus.engine.general.work import expected_end
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.schedule.floor import Floor


@kernel
def _count(g: State, job: int, sign: int) -> None:
    """Power drawn by a job's tenant and in all."""
    power = sign * g.more[MORE * job + POWER]
    g.s[POWER_W] += power
    g.caps[CAP_WIDTH * g.job[W * job + LIMIT] + USED_W] += power


@kernel
def _count_in_halls(g: State, f: Floor, job: int, sign: int) -> None:
    """Power drawn by a job in each of its halls."""
    draw_in_halls(f, g.job[W * job + PIECE], g.more[MORE * job + WATTS], sign)


@kernel
def _halls_allow(g: State, f: Floor, job: int) -> bool:
    """Whether none of a job's halls draws more than it may, the job counted in."""
    piece = g.job[W * job + PIECE]
    while piece >= 0:
        hall = f.hall[f.c.piece_node[piece]]
        if f.hall_used[hall] > f.hall_limit[hall]:
            return False
        piece = f.c.piece_next[piece]
    return True


@kernel
def _lower(g: State, f: Floor, job: int) -> int:
    """A lifted job draws its power again; 0, and nothing, where a limit does not let it."""
    if not has_power(g, job):
        return 0
    _count_in_halls(g, f, job, 1)
    if g.fixed[HOLDS] == 1 and g.more[MORE * job + POWER] > 0 and not _halls_allow(g, f, job):
        _count_in_halls(g, f, job, -1)
        return 0
    _count(g, job, 1)
    return 1


@kernel
def _set_limit(g: State, f: Floor, step: int) -> None:
    row = CAP_STEP_WIDTH * step
    kind, whose, to = g.cap_steps[row + KIND], g.cap_steps[row + WHOSE], g.cap_steps[row + TO]
    if kind == TENANT_W:
        g.caps[CAP_WIDTH * whose + CAP_W] = to
    elif kind == HALL_W:
        f.hall_limit[whose] = to
    else:
        g.s[LIMIT_W] = to


@kernel
def _is_over(g: State, f: Floor, kind: int, whose: int) -> bool:
    if kind == TENANT_W:
        return bool(g.caps[CAP_WIDTH * whose + USED_W] > g.caps[CAP_WIDTH * whose + CAP_W])
    if kind == HALL_W:
        return bool(f.hall_used[whose] > f.hall_limit[whose])
    return bool(g.s[POWER_W] > g.s[LIMIT_W])


@kernel
def _next_over(g: State, f: Floor, step: int) -> int:
    """The job to stop where a limit that changed is exceeded: of those under it, the last to start; -1: none."""
    row = CAP_STEP_WIDTH * step
    kind, whose = g.cap_steps[row + KIND], g.cap_steps[row + WHOSE]
    if g.fixed[HOLDS] == 0 or not _is_over(g, f, kind, whose):
        return -1
    for i in range(g.s[RUNNING] - 1, -1, -1):
        job = g.running[i]
        if g.more[MORE * job + WATTS] == 0 or (kind == TENANT_W and g.job[W * job + LIMIT] != whose):
            continue
        if kind in (CAMPUS_W, TENANT_W) or is_in_hall(f, g.job[W * job + PIECE], whose):
            return job
    return -1


@kernel
def _survey(g: State) -> None:
    """Power from the running jobs alone, at the breakpoints that they have made, in `order` by their expected ends."""
    w, k = g.fixed[AT_PROFILE], 0
    g.more[w] = min(limit_w(g), NEVER >> 1) - g.s[POWER_W]
    for i in range(g.s[RUNNING]):
        job = g.order[i]
        if g.times[k] != g.job[W * job + EXPECTED]:
            k += 1
            g.more[w + k] = g.more[w + k - 1]
        g.more[w + k] += g.more[MORE * job + POWER]


@kernel
def _find(g: State, job: int) -> int:
    """As `profile.find`, by chips and power."""
    n, i, length, w = g.count[0], g.s[ASKED_AT], g.s[ASKED_LENGTH], g.fixed[AT_PROFILE]
    while i < n:
        if not _is_enough(g, job, w, i):
            i += 1
            continue
        until = g.times[i] + length
        j = i + 1
        while j < n and g.times[j] < until and _is_enough(g, job, w, j):
            j += 1
        if j == n or g.times[j] >= until:
            return i
        i = j + 1
    return -1


@kernel
def _is_enough(g: State, job: int, w: int, i: int) -> bool:
    power = g.more[MORE * job + POWER]
    return bool(g.free[i] >= g.job[W * job + SIZE] and (power == 0 or g.more[w + i] >= power))


@kernel
def _book(g: State, job: int) -> None:
    """Power for a job, before `occupy` takes its chips from the same breakpoint on for as long."""
    at, length, power = g.s[ASKED_AT], g.s[ASKED_LENGTH], g.more[MORE * job + POWER]
    if length == 0 or g.job[W * job + SIZE] == 0:
        return
    w, n, j, until = g.fixed[AT_PROFILE], g.count[0], at, g.times[at] + length
    while j < n and g.times[j] < until:
        g.more[w + j] -= power
        j += 1
    if j == n or g.times[j] > until:
        _widen(g, w, j)
        g.more[w + j] = g.more[w + j - 1] + power


@kernel
def _widen(g: State, w: int, i: int) -> None:
    """Make room for a breakpoint, before the profile of chips does."""
    for k in range(g.count[0], i, -1):
        g.more[w + k] = g.more[w + k - 1]


@kernel
def _has_by(g: State, job: int) -> bool:
    """Whether limits let a job start once all have ended that are expected to by a time, if nobody else does."""
    at, own, everybody = g.s[ASKED_AT], 0, 0
    for i in range(g.s[RUNNING]):
        other = g.running[i]
        if expected_end(g, other) <= at:
            everybody += g.more[MORE * other + POWER]
            if g.job[W * other + LIMIT] == g.job[W * job + LIMIT]:
                own += g.more[MORE * other + POWER]
    return has_power_less(g, job, own, everybody)


@typed(TERMS)
def power(g: State, f: Floor, job: int, what: int) -> int:
    """Do what is asked for a job, a change of limits (SET_LIMIT, OVER) or a breakpoint (SPLIT, DROP); 1 for yes."""
    if what == POWER_BY:
        return 1 if _has_by(g, job) else 0
    if what == LOWER:
        return _lower(g, f, job)
    if what == OVER:
        return _next_over(g, f, job)
    if what == FIND:
        return _find(g, job)
    w = g.fixed[AT_PROFILE]
    if what in (DRAW, REST):
        sign = 1 if what == DRAW else -1
        _count(g, job, sign)
        if g.fixed[HOLDS] == 0:  # else halls count it as nodes are taken
            _count_in_halls(g, f, job, sign)
    elif what == RAISE:
        _count(g, job, -1)
        _count_in_halls(g, f, job, -1)
    elif what == SET_LIMIT:
        _set_limit(g, f, job)
    elif what == SURVEY:
        _survey(g)
    elif what == BOOK:
        _book(g, job)
    elif what == SPLIT:
        _widen(g, w, job)
        g.more[w + job] = g.more[w + job - 1]
    elif what == DROP:
        for k in range(job, g.count[0]):
            g.more[w + k] = g.more[w + k + 1]
    return 1
