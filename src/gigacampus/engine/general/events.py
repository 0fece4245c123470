"""One instant in its fixed order: finish, fail, repair, change of capacity and quota, arrive."""

from __future__ import annotations

import math
from typing import Any

from gigacampus.engine.desk import NEVER
from gigacampus.engine.fair import FADING_PER_S
from gigacampus.engine.general.befall import BEFALL, NEXT
from gigacampus.engine.general.holding import finish
from gigacampus.engine.general.room import Room, clear, fall, fall_latest
from gigacampus.engine.general.sorting import join
from gigacampus.engine.general.state import (
    ACCOUNTS,
    ARRIVED,
    AT,
    BACK,
    BACK_AT,
    CHANGE_WIDTH,
    CHIP,
    DONE,
    DOWN,
    DOWN_MILLI_S,
    ENDED,
    ENDS,
    EVENTS,
    FAIR,
    FREE,
    GONE,
    HELD,
    HELD_BACK,
    HIT,
    IDLE_MILLI_S,
    JOBS,
    LAS,
    LEVEL,
    NODE,
    NOMINAL,
    NOW,
    OK,
    ON_FLOOR,
    ORDER,
    OUT,
    PLAN,
    PLANNED,
    QUOTAS,
    QUOTED,
    REPAIR,
    RUNNING,
    SERVES,
    SERVING,
    SHORT,
    SIZE,
    STATUS,
    STEP_WIDTH,
    STEPPED,
    STEPS,
    STRIKE_WIDTH,
    STRIKES,
    STRUCK,
    SUBMIT,
    TENANTS,
    THRESHOLD,
    TO,
    UNTIL,
    WAITING,
    WASTE,
    WHOSE,
    WT,
    State,
    W,
)
from gigacampus.engine.general.work import end_of, on_chips, overhead
from gigacampus.kernels.jit import kernel


@kernel
def advance(g: State, r: Room, trouble: Any) -> bool:
    """Go on to the next instant and do all of it but the scheduling; False where nothing is to come."""
    s = g.s
    now = _soonest(g)
    if g.fixed[ON_FLOOR] == 1:
        now = trouble(g, r.ground, r.place, r.act, NEXT, now)
    if now >= g.fixed[UNTIL] or now == NEVER:
        return False
    if g.fixed[ORDER] == FAIR:
        _fade(g, now - s[NOW])
    s[DOWN_MILLI_S] += s[DOWN] * (now - s[NOW])
    s[IDLE_MILLI_S] += s[HELD_BACK] * (now - s[NOW])
    s[NOW] = now
    s[EVENTS] += 1
    _finishes(g)
    clear(g, r)
    while s[STRUCK] < g.fixed[STRIKES] and g.strikes[STRIKE_WIDTH * s[STRUCK] + AT] == now and s[STATUS] == OK:
        _strike(g, r, s[STRUCK])
        s[STRUCK] += 1
    _repairs(g)
    _steps(g, r)
    if g.fixed[ON_FLOOR] == 1:
        trouble(g, r.ground, r.place, r.act, BEFALL, 0)
    while s[ARRIVED] < g.fixed[JOBS] and g.job[W * s[ARRIVED] + SUBMIT] == now:
        job = s[ARRIVED]
        s[ARRIVED] += 1
        s[PLANNED] += 1 if g.job[W * job + PLAN] < NEVER else 0
        join(g, job)
    return True


@kernel
def _soonest(g: State) -> int:
    """When something happens next."""
    s, fixed = g.s, g.fixed
    soonest = g.job[W * s[ARRIVED] + SUBMIT] if s[ARRIVED] < fixed[JOBS] else NEVER
    for i in range(s[RUNNING]):
        job = g.running[i]
        soonest = min(soonest, g.job[W * job + ENDS])
        if fixed[ORDER] == LAS and g.job[W * job + SIZE] > 0:
            soonest = min(soonest, _sinks_at(g, job))
    if s[STEPPED] < fixed[STEPS]:
        soonest = min(soonest, g.steps[STEP_WIDTH * s[STEPPED] + AT])
    if s[QUOTED] < fixed[QUOTAS]:
        soonest = min(soonest, g.changes[CHANGE_WIDTH * s[QUOTED] + AT])
    if s[STRUCK] < fixed[STRIKES]:
        soonest = min(soonest, g.strikes[STRIKE_WIDTH * s[STRUCK] + AT])
    for f in range(s[STRUCK]):
        soonest = min(soonest, g.strikes[STRIKE_WIDTH * f + BACK_AT])
    if s[PLANNED] > 0:
        for i in range(s[WAITING]):
            if g.job[W * g.queue[i] + PLAN] > s[NOW]:
                soonest = min(soonest, g.job[W * g.queue[i] + PLAN])
    return soonest


@kernel
def _sinks_at(g: State, job: int) -> int:
    """When a job's attained service reaches the threshold of las; NEVER where it has."""
    limit = -(-g.fixed[THRESHOLD] // g.job[W * job + SIZE]) - g.job[W * job + DONE]
    sinks = end_of(g, job, overhead(g, job) + on_chips(g, job, limit))
    return sinks if sinks > g.s[NOW] else NEVER


@kernel
def _fade(g: State, passed_s: int) -> None:
    """Use a while later: it fades, and what was held meanwhile is added, fading as it came."""
    left = math.exp(-FADING_PER_S * passed_s)
    gained = (1.0 - left) / FADING_PER_S
    for i in range(g.fixed[ACCOUNTS]):
        g.used[i] = g.used[i] * left + g.held[i] * gained
    for i in range(g.fixed[TENANTS]):
        g.tenant_used[i] = g.tenant_used[i] * left + g.tenants[WT * i + HELD] * gained


@kernel
def _finishes(g: State) -> None:
    """Jobs whose end is now; they are listed for who gives nodes back."""
    i = 0
    g.s[ENDED] = 0
    while i < g.s[RUNNING]:
        job = g.running[i]
        if g.job[W * job + ENDS] == g.s[NOW]:
            finish(g, job)
            g.order[g.s[ENDED]] = job
            g.s[ENDED] += 1
        else:
            i += 1


@kernel
def _strike(g: State, r: Room, f: int) -> None:
    """One node fails: its chips are out until repaired, the jobs on it are broken off.

    Chips in order: running jobs in the order of their starts, services, free ones, those down already (nothing happens
    to them). A service gets spare chips at once, those of the job that started last if need be.
    """
    s = g.s
    chip, node = g.strikes[STRIKE_WIDTH * f + CHIP], g.strikes[STRIKE_WIDTH * f + NODE]
    used = s[LEVEL] - s[DOWN] - s[FREE]
    if chip < used:
        _kill_node(g, r, f, chip, node)
    elif chip < used + s[SERVING]:
        while s[FREE] < node and s[STATUS] == OK:
            lost = fall_latest(g, r, 0)
            if lost < 0:
                break
            g.strikes[STRIKE_WIDTH * f + WASTE] += lost
        g.strikes[STRIKE_WIDTH * f + SHORT] = node - min(node, s[FREE])
    elif chip >= used + s[SERVING] + s[FREE]:
        return
    down = min(node, s[FREE])
    g.strikes[STRIKE_WIDTH * f + OUT] = down
    s[DOWN] += down
    s[FREE] -= down
    g.strikes[STRIKE_WIDTH * f + BACK_AT] = s[NOW] + g.strikes[STRIKE_WIDTH * f + REPAIR]


@kernel
def _kill_node(g: State, r: Room, f: int, chip: int, node: int) -> None:
    """Break off the job that holds the chip; jobs smaller than a node share one with those that started after them."""
    s = g.s
    i, before = 0, 0
    while before + g.job[W * g.running[i] + SIZE] <= chip:
        before += g.job[W * g.running[i] + SIZE]
        i += 1
    g.strikes[STRIKE_WIDTH * f + HIT] = g.running[i]
    covered = 0
    while i < s[RUNNING] and covered < node and s[STATUS] == OK:
        job = g.running[i]
        if g.job[W * job + SIZE] == 0:
            i += 1
            continue
        if covered > 0 and covered + g.job[W * job + SIZE] > node:
            return
        covered += g.job[W * job + SIZE]
        g.strikes[STRIKE_WIDTH * f + WASTE] += fall(g, r, job, 0)


@kernel
def _repairs(g: State) -> None:
    s = g.s
    for f in range(s[STRUCK]):
        if g.strikes[STRIKE_WIDTH * f + BACK_AT] == s[NOW]:
            back = min(g.strikes[STRIKE_WIDTH * f + OUT], s[DOWN])
            g.strikes[STRIKE_WIDTH * f + BACK] = back
            s[DOWN] -= back
            s[FREE] += back
            g.strikes[STRIKE_WIDTH * f + BACK_AT] = NEVER


@kernel
def _steps(g: State, r: Room) -> None:
    """The level changes; on a drop the jobs that started last stop until the rest fits. Quotas change after it."""
    s = g.s
    while s[STEPPED] < g.fixed[STEPS] and g.steps[STEP_WIDTH * s[STEPPED] + AT] == s[NOW]:
        used = s[LEVEL] - s[DOWN] - s[FREE]
        level = g.steps[STEP_WIDTH * s[STEPPED] + TO]
        s[SERVING] = g.steps[STEP_WIDTH * s[STEPPED] + SERVES]
        gone = max(s[DOWN] - level, 0)
        g.steps[STEP_WIDTH * s[STEPPED] + GONE] = gone
        s[DOWN] -= gone
        s[LEVEL] = level
        s[FREE] = level - s[DOWN] - used
        s[STEPPED] += 1
        while s[FREE] < 0 and s[STATUS] == OK:
            if fall_latest(g, r, 0) < 0:
                break
    while s[QUOTED] < g.fixed[QUOTAS] and g.changes[CHANGE_WIDTH * s[QUOTED] + AT] == s[NOW]:
        g.tenants[WT * g.changes[CHANGE_WIDTH * s[QUOTED] + WHOSE] + NOMINAL] = g.changes[CHANGE_WIDTH * s[QUOTED] + TO]
        s[QUOTED] += 1
