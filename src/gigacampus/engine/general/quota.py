"""Quotas with borrowing and reclaim, as Kueue's cohorts have them.

A tenant may hold its nominal quota, and beyond it up to its borrowing limit what others of its cohort leave; each
lends of its quota at most its lending limit. At every event the tenants' heads are looked at in turn: those that stay
within their quota before those that borrow, then by priority, submission and place. A head within its quota that finds
no room takes back what is lent: jobs of tenants above their quota stop, lowest priority first, of these the last to
start first, no more of them than needed, and none if that is not enough. They keep their progress and wait again.
A head that does not fit blocks its own tenant alone. With EASY others of that tenant may jump ahead of it if that does
not put off when it is expected to start; they stop nobody.
Sources: Kueue's documentation of ClusterQueue (nominalQuota, borrowingLimit, lendingLimit, reclaimWithinCohort: Any).
"""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.room import Room, give, has_power_by, lift, put_back, spare, start, stop, take
from gigacampus.engine.general.sorting import close_ranks
from gigacampus.engine.general.state import (
    BORROW,
    COHORT,
    EXPECTED,
    HELD,
    IS_ON,
    LEND,
    MARK,
    NOMINAL,
    NOW,
    OK,
    OWNER,
    PASS,
    PLAN,
    QUOTA_EASY,
    RUNNING,
    SIZE,
    STATUS,
    TENANTS,
    URGENCY,
    WAITING,
    WT,
    State,
    W,
)
from gigacampus.engine.general.work import expected_end, expected_here
from gigacampus.kernels.jit import kernel


@kernel
def pass_quota(g: State, r: Room) -> None:
    """One scheduling pass; the queue stands by priority, submission and place."""
    tenants = g.fixed[TENANTS]
    for t in range(tenants):
        g.times[t] = 0  # 1: its head has been refused
        g.free[t] = -1  # its head
    while g.s[STATUS] == OK:
        job = _next_head(g)
        if job < 0:
            break
        if _admits(g, job) and take(g, r, job):
            start(g, r, job)
        elif not _reclaim(g, r, job):
            tenant = _tenant(g, job)
            g.times[tenant], g.free[tenant] = 1, job
    if g.fixed[PASS] == QUOTA_EASY:
        _jump_ahead(g, r)
    close_ranks(g)


@kernel
def _tenant(g: State, job: int) -> int:
    return g.job[W * job + OWNER]


@kernel
def _next_head(g: State) -> int:
    """The head to look at next: the first, in queue order, that does not borrow, else the first; -1: none is left."""
    best = -1
    for t in range(g.fixed[TENANTS]):
        g.count[t] = g.times[t]
    for i in range(g.s[WAITING]):
        job = g.queue[i]
        tenant = _tenant(g, job)
        if g.job[W * job + IS_ON] == 1 or g.count[tenant] == 1:
            continue
        g.count[tenant] = 1
        if g.tenants[WT * tenant + HELD] + g.job[W * job + SIZE] <= g.tenants[WT * tenant + NOMINAL]:
            return job
        if best < 0:
            best = job
    return best


@kernel
def _admits(g: State, job: int) -> bool:
    """Whether quotas let a job start beside what runs."""
    tenant, size = _tenant(g, job), g.job[W * job + SIZE]
    if g.tenants[WT * tenant + HELD] + size > g.tenants[WT * tenant + NOMINAL] + g.tenants[WT * tenant + BORROW]:
        return False
    asked, lent = 0, 0
    for t in range(g.fixed[TENANTS]):
        if g.tenants[WT * t + COHORT] == g.tenants[WT * tenant + COHORT]:
            lends = min(g.tenants[WT * t + LEND], g.tenants[WT * t + NOMINAL])
            held = g.tenants[WT * t + HELD] + (size if t == tenant else 0)
            asked += max(held - (g.tenants[WT * t + NOMINAL] - lends), 0)
            lent += lends
    is_kept = g.tenants[WT * tenant + HELD] + size <= g.tenants[WT * tenant + NOMINAL] - min(
        g.tenants[WT * tenant + LEND], g.tenants[WT * tenant + NOMINAL]
    )
    return bool(is_kept or asked <= lent)


@kernel
def _reclaim(g: State, r: Room, job: int) -> bool:
    """Take back what is lent for a job within its tenant's quota, and start it. If that fails nobody stops."""
    s, tenant = g.s, _tenant(g, job)
    if g.tenants[WT * tenant + HELD] + g.job[W * job + SIZE] > g.tenants[WT * tenant + NOMINAL]:
        return False
    n, is_room = 0, False
    while not is_room:
        other = _next_borrower(g, tenant)
        if other < 0:
            break
        lift(g, r, other)
        g.tenants[WT * (_tenant(g, other)) + HELD] -= g.job[W * other + SIZE]
        g.order[n] = other
        n += 1
        is_room = _admits(g, job) and take(g, r, job)
    if not is_room:
        for i in range(n - 1, -1, -1):
            _return(g, r, g.order[i])
        return False
    for i in range(n - 2, -1, -1):
        _spare(g, r, job, i)
    for i in range(n):
        other = g.order[i]
        if g.job[W * other + MARK] == 1 and s[STATUS] == OK:
            g.tenants[WT * (_tenant(g, other)) + HELD] += g.job[W * other + SIZE]
            stop(g, r, other)
    start(g, r, job)
    return True


@kernel
def _next_borrower(g: State, tenant: int) -> int:
    """The job to stop next: of tenants above their quota; lowest priority, then last to start; -1: none is left."""
    best = -1
    for i in range(g.s[RUNNING] - 1, -1, -1):
        job = g.running[i]
        other = _tenant(g, job)
        if (
            other == tenant
            or g.job[W * job + MARK] == 1
            or g.tenants[WT * other + COHORT] != g.tenants[WT * tenant + COHORT]
            or g.job[W * job + SIZE] == 0
        ):
            continue
        if g.tenants[WT * other + HELD] <= g.tenants[WT * other + NOMINAL] or g.job[W * job + PLAN] < NEVER:
            continue
        if best < 0 or g.job[W * job + URGENCY] < g.job[W * best + URGENCY]:
            best = job
    return best


@kernel
def _return(g: State, r: Room, other: int) -> None:
    """Put a lifted job back."""
    put_back(g, r, other)
    g.tenants[WT * (_tenant(g, other)) + HELD] += g.job[W * other + SIZE]


@kernel
def _spare(g: State, r: Room, job: int, i: int) -> None:
    """Let a lifted job run on if the new one has room beside it."""
    other = g.order[i]
    give(g, r, job)
    if put_back(g, r, other):
        g.tenants[WT * (_tenant(g, other)) + HELD] += g.job[W * other + SIZE]
        if _admits(g, job) and take(g, r, job):
            return
        lift(g, r, other)
        g.tenants[WT * (_tenant(g, other)) + HELD] -= g.job[W * other + SIZE]
    take(g, r, job)


@kernel
def _jump_ahead(g: State, r: Room) -> None:
    """Jobs behind their tenant's head start if it is not expected to start later for that."""
    s = g.s
    for i in range(s[WAITING]):
        job = g.queue[i]
        head = g.free[_tenant(g, job)]
        if g.job[W * job + IS_ON] == 1 or job == head or head < 0 or not _admits(g, job):
            continue
        before = _expected_start(g, r, head)
        if take(g, r, job):
            left = expected_here(g, job)
            if _delays(g, r, job, head, before, left):
                give(g, r, job)
            else:
                start(g, r, job)


@kernel
def _delays(g: State, r: Room, job: int, head: int, before: int, left: int) -> bool:
    """Whether a job that has its chips, if it ran for so long, would keep its tenant's head beyond a time."""
    s, tenant = g.s, _tenant(g, job)
    if g.s[NOW] + left <= before:
        return False
    g.running[s[RUNNING]], g.job[W * job + EXPECTED] = job, s[NOW] + left
    s[RUNNING] += 1
    g.tenants[WT * tenant + HELD] += g.job[W * job + SIZE]
    after = _expected_start(g, r, head)
    g.tenants[WT * tenant + HELD] -= g.job[W * job + SIZE]
    s[RUNNING] -= 1
    return after > before


@kernel
def _expected_start(g: State, r: Room, head: int) -> int:
    """The first expected end of a running job by which quotas and room let a job start; NEVER where there is none."""
    s = g.s
    last = -1
    free = spare(g)
    found = NEVER
    while True:
        at = NEVER
        for i in range(s[RUNNING]):
            ends = expected_end(g, g.running[i])
            if last < ends < at:
                at = ends
        if at == NEVER:
            break
        for i in range(s[RUNNING]):
            job = g.running[i]
            if expected_end(g, job) == at:
                free += g.job[W * job + SIZE]
                g.tenants[WT * (_tenant(g, job)) + HELD] -= g.job[W * job + SIZE]
        last = at
        if g.job[W * head + SIZE] <= free and _admits(g, head) and has_power_by(g, r, head, at):
            found = at
            break
    for i in range(s[RUNNING]):
        if expected_end(g, g.running[i]) <= last:
            g.tenants[WT * (_tenant(g, g.running[i])) + HELD] += g.job[W * g.running[i] + SIZE]
    return found
