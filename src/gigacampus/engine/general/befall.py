"""What befalls jobs on a floor: outages and maintenance of nodes, repairs, and tenants' limits that change.

All behind one door, `trouble`, which the loop reaches through a pointer: where no floor is played it is not compiled.
"""

from __future__ import annotations

from typing import Any

from numba import types

from gigacampus.engine.desk import CAPACITY, NEVER, OUTAGE, PLACEMENT, POWER, QUOTA
from gigacampus.engine.floor.desk import DRAINED, FAILED, OVER_LIMIT, TENANT_GPUS
from gigacampus.engine.general.ground import (
    ACT,
    ANNOUNCE,
    GROUND_TYPE,
    LOWEST,
    MEND,
    OVER,
    SET_LIMIT,
    SHUT,
    SLOW,
    STATE_TYPE,
    Ground,
)
from gigacampus.engine.general.room import (
    Room,
    fall,
    give,
    has_power,
    is_sole,
    is_within,
    lacks_power_alone,
    spare,
    take,
)
from gigacampus.engine.general.sorting import join, sort
from gigacampus.engine.general.state import (
    ARRIVED,
    AT,
    BITS,
    BITS_O,
    CAP,
    CAP_STEP_WIDTH,
    CAP_STEPS,
    CAP_WIDTH,
    CAPPED,
    DOWN,
    DRAINS,
    EASY,
    EVENTS,
    FELL,
    FIRST,
    FREE,
    HALLS_HOLD,
    HELD_BACK,
    HIGH,
    HOLDS,
    KEY,
    KILLED,
    KIND,
    LAST,
    LIMIT,
    LOSES,
    LOSS,
    LOW,
    NO_NODES,
    NOTICES,
    NOW,
    OK,
    OUT_WIDTH,
    OUTAGES,
    PASS,
    PLAN,
    REASON,
    RUNNING,
    SIZE,
    SLOWS,
    STATUS,
    STRICT,
    TO,
    TOLD,
    TOLD_AT,
    TRIES,
    UNTIL_S,
    USED,
    WAITING,
    WAITS_FOR,
    WHICH,
    WHOSE,
    State,
    W,
)
from gigacampus.engine.policies import PLACE_SIGNATURE
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.schedule.heap import pop, push

NEXT, BEFALL, EXPLAIN = 0, 1, 2
"""What `trouble` may be asked: when something happens next; to let happen what does now; why jobs did not start."""
TROUBLE = types.int64(
    STATE_TYPE, GROUND_TYPE, types.FunctionType(PLACE_SIGNATURE), types.FunctionType(ACT), types.int64, types.int64
)


@kernel
def _next_trouble(g: State, soonest: int) -> int:
    """When something happens next, if nothing else does before `soonest`; NEVER once all jobs are done."""
    s, fixed = g.s, g.fixed
    if g.away[0] > 0:
        soonest = min(soonest, g.away[1] >> fixed[BITS])
    if soonest == NEVER and s[WAITING] == 0:
        return NEVER
    if g.mends[0] > 0:
        soonest = min(soonest, g.mends[1] >> fixed[BITS_O])
    if s[CAPPED] < fixed[CAP_STEPS]:
        soonest = min(soonest, g.cap_steps[CAP_STEP_WIDTH * s[CAPPED] + AT])
    if s[FELL] < fixed[OUTAGES]:
        soonest = min(soonest, g.outages[OUT_WIDTH * s[FELL] + AT])
    if s[TOLD] < fixed[NOTICES]:
        soonest = min(soonest, g.outages[OUT_WIDTH * g.told[s[TOLD]] + TOLD_AT])
    return soonest


@kernel
def _befall(g: State, r: Room) -> None:
    """All that happens to nodes and limits now."""
    s, fixed = g.s, g.fixed
    while s[TOLD] < fixed[NOTICES] and g.outages[OUT_WIDTH * g.told[s[TOLD]] + TOLD_AT] <= s[NOW]:
        s[TOLD] += 1
        r.act(g, r.ground, r.place, g.told[s[TOLD] - 1], ANNOUNCE)
    while s[FELL] < fixed[OUTAGES] and g.outages[OUT_WIDTH * s[FELL] + AT] == s[NOW] and s[STATUS] == OK:
        _go_down(g, r, s[FELL])
    while g.mends[0] > 0 and g.mends[1] >> fixed[BITS_O] == s[NOW]:
        back = r.act(g, r.ground, r.place, pop(g.mends) & ((1 << fixed[BITS_O]) - 1), MEND)
        s[FREE] += back
        s[DOWN] -= back
    while s[CAPPED] < fixed[CAP_STEPS] and g.cap_steps[CAP_STEP_WIDTH * s[CAPPED] + AT] == s[NOW]:
        row = CAP_STEP_WIDTH * s[CAPPED]
        s[CAPPED] += 1
        if g.cap_steps[row + KIND] == TENANT_GPUS:
            _limit(g, r, g.cap_steps[row + WHOSE], g.cap_steps[row + TO])
        else:
            _limit_power(g, r, s[CAPPED] - 1)


@kernel
def _go_down(g: State, r: Room, o: int) -> None:
    """Nodes go down and take their jobs with them: node after node, of each those that started last first."""
    s, row, n = g.s, OUT_WIDTH * o, 0
    s[LOW], s[HIGH] = g.outages[row + FIRST], g.outages[row + LAST]
    why = DRAINED if g.outages[row + DRAINS] == 1 else FAILED
    for i in range(s[RUNNING] - 1, -1, -1):
        job = g.running[i]
        node = r.act(g, r.ground, r.place, job, LOWEST)
        if node >= 0:
            g.first[job], g.second[job], g.job[W * job + KEY] = float(node), float(n), 0
            g.order[n] = job
            n += 1
    sort(g, g.order, n)
    for i in range(n):
        job = g.order[i]
        if s[STATUS] != OK:
            return
        if i == 0:
            g.outages[row + WHICH] = job
        g.outages[row + KILLED] += 1
        g.first[job], g.second[job] = 0.0, 0.0
        g.outages[row + LOSS] += fall(g, r, job, why)
    s[FELL] += 1
    gone = r.act(g, r.ground, r.place, o, SHUT)
    g.outages[row + LOSES] += gone
    s[FREE] -= gone
    s[DOWN] += gone
    push(g.mends, (g.outages[row + UNTIL_S] << g.fixed[BITS_O]) | o)


@kernel
def _limit(g: State, r: Room, whose: int, to: int) -> None:
    """A tenant may hold less or more; on a drop its jobs that started last stop until it fits."""
    s = g.s
    g.caps[CAP_WIDTH * whose + CAP] = to
    i = s[RUNNING] - 1
    while i >= 0 and g.caps[CAP_WIDTH * whose + USED] > to and s[STATUS] == OK:
        job = g.running[i]
        if g.job[W * job + LIMIT] == whose and g.job[W * job + SIZE] > 0:
            fall(g, r, job, OVER_LIMIT)
        i -= 1


@kernel
def _limit_power(g: State, r: Room, step: int) -> None:
    """The same of a limit of power."""
    r.act(g, r.ground, r.place, step, SET_LIMIT)
    job = r.act(g, r.ground, r.place, step, OVER)
    while job >= 0 and g.s[STATUS] == OK:
        fall(g, r, job, OVER_LIMIT)
        job = r.act(g, r.ground, r.place, step, OVER)


@kernel
def _hold_back(g: State, r: Room) -> None:
    """What power alone keeps from starting now. In line the pass has told it: of the head, and of tenants' first."""
    s = g.s
    if g.fixed[PASS] != STRICT and g.fixed[PASS] != EASY:
        s[HELD_BACK] = 0
        for i in range(s[WAITING]):
            job = g.queue[i]
            if s[HELD_BACK] >= spare(g):
                break
            if s[NOW] < g.job[W * job + PLAN] < NEVER:
                continue
            if (has_power(g, job) and g.fixed[HALLS_HOLD] == 0) or not lacks_power_alone(g, r, job):
                continue
            if take(g, r, job):
                give(g, r, job)
            else:
                s[HELD_BACK] += g.job[W * job + SIZE]
    s[HELD_BACK] = min(s[HELD_BACK], spare(g))


@kernel
def _come_back(g: State) -> None:
    """Jobs whose pause is over join the queue."""
    while g.away[0] > 0 and g.away[1] >> g.fixed[BITS] == g.s[NOW]:
        join(g, pop(g.away) & ((1 << g.fixed[BITS]) - 1))


@kernel
def _explain(g: State, r: Room, first: int) -> None:
    """Why the jobs that came now did not start at once."""
    s, free, is_one = g.s, spare(g), is_sole(g)
    for job in range(first, s[ARRIVED]):
        if g.job[W * job + TRIES] > 0:
            continue
        size, reason = g.job[W * job + SIZE], g.fixed[WAITS_FOR]
        if (is_one and size > g.caps[CAP]) or (not is_one and not is_within(g, job)):
            reason = QUOTA
        elif not has_power(g, job):
            reason = POWER
        elif size > free:
            reason = OUTAGE if size <= free + s[DOWN] else CAPACITY
        elif g.job[W * job + NO_NODES] == s[EVENTS]:
            reason = PLACEMENT
        g.job[W * job + REASON] = reason


@typed(TROUBLE)
def trouble(g: State, ground: Ground, place: Any, act: Any, what: int, value: int) -> int:
    """Do what is asked. `value`: when anything else happens, for NEXT; the first job that came now, for EXPLAIN."""
    if what == NEXT:
        return _next_trouble(g, value)
    r = Room(ground, place, act)
    if what == EXPLAIN:
        _explain(g, r, value)
        if g.fixed[HOLDS] == 1:
            _hold_back(g, r)
        if g.fixed[SLOWS] == 1:
            act(g, ground, place, 0, SLOW)
        return 0
    g.s[HELD_BACK] = 0
    _befall(g, r)
    _come_back(g)
    return 0


@typed(TROUBLE)
def no_trouble(g: State, ground: Ground, place: Any, act: Any, what: int, value: int) -> int:
    """Stands where no floor is played."""
    return value
