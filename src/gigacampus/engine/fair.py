"""Fair share: whoever used least lately goes first, by tenant, then by user; strict or with EASY backfill.

Usage is chip-seconds held, fading with a half-life of a week (the default of Slurm's multi-factor priority). At every
event the waiting jobs are ordered by (usage of their tenant, usage of their user there, submission, place); heads start
while they fit. Jobs that run past their estimate are expected to take twice as long, and twice again.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from gigacampus.engine.desk import NEVER
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.schedule.heap import pop, push
from gigacampus.kernels.schedule.pointer import ptr

HALF_LIFE_S = 7 * 86_400
FADING_PER_S = math.log(2.0) / HALF_LIFE_S

NOW, ARRIVED, FREE, WAITING, RUNNING, EVENTS, SHADOW, SPARE, EASY, BITS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
JOBS, ACCOUNTS, TENANTS, REGISTERS = 10, 11, 12, 13


class Shares(NamedTuple):
    """What the loop works on: int64 arrays unless said otherwise; jobs in order of submission.

    An account is a user of a tenant. Its waiting jobs are a chain in order of submission.
    """

    s: Any
    """Registers."""
    submit: Any
    run: Any
    estimate: Any
    gpus: Any
    account: Any
    """Account of each job."""
    tenant: Any
    """Tenant of each account."""
    start: Any
    expected: Any
    end: Any
    ends: Any
    """Heap of end << bits | job."""
    by_end: Any
    """Running jobs, sorted by (expected end, job)."""
    following: Any
    """Next waiting job of the same account; -1 at the end of the chain."""
    first: Any
    last: Any
    cursor: Any
    """Where a walk through the waiting jobs stands in each chain."""
    used: Any
    """float64: faded chip-seconds of each account."""
    tenant_used: Any
    """float64: the same of each tenant."""
    held: Any
    """Chips that each account holds."""
    tenant_held: Any


@kernel
def _on_pointers(f: Shares) -> Shares:
    """The same with pointers in place of arrays."""
    return Shares(
        ptr(f.s), ptr(f.submit), ptr(f.run), ptr(f.estimate), ptr(f.gpus), ptr(f.account), ptr(f.tenant), ptr(f.start),
        ptr(f.expected), ptr(f.end), ptr(f.ends), ptr(f.by_end), ptr(f.following), ptr(f.first), ptr(f.last),
        ptr(f.cursor), ptr(f.used), ptr(f.tenant_used), ptr(f.held), ptr(f.tenant_held),
    )  # fmt: skip


@kernel
def play_fair(shares: Shares) -> None:
    """Play all events."""
    f = _on_pointers(shares)
    s = f.s
    while True:
        now = NEVER
        if f.ends[0] > 0:
            now = f.ends[1] >> s[BITS]
        if s[ARRIVED] < s[JOBS]:
            now = min(now, f.submit[s[ARRIVED]])
        if now == NEVER:
            return
        _fade(f, now - s[NOW])
        s[NOW] = now
        s[EVENTS] += 1
        while f.ends[0] > 0 and f.ends[1] >> s[BITS] == now:
            _finish(f, pop(f.ends) & ((1 << s[BITS]) - 1))
        while s[ARRIVED] < s[JOBS] and f.submit[s[ARRIVED]] == now:
            _wait(f, s[ARRIVED])
            s[ARRIVED] += 1
        if s[WAITING] > 0:
            _pass(f)


@kernel
def _fade(f: Shares, passed_s: int) -> None:
    """Usage a while later: it fades, and what was held meanwhile is added, fading as it came."""
    left = math.exp(-FADING_PER_S * passed_s)
    gained = (1.0 - left) / FADING_PER_S
    for i in range(f.s[ACCOUNTS]):
        f.used[i] = f.used[i] * left + f.held[i] * gained
    for i in range(f.s[TENANTS]):
        f.tenant_used[i] = f.tenant_used[i] * left + f.tenant_held[i] * gained


@kernel
def _hold(f: Shares, job: int, chips: int) -> None:
    """Take chips for a job, or give them back where negative."""
    f.s[FREE] -= chips
    f.held[f.account[job]] += chips
    f.tenant_held[f.tenant[f.account[job]]] += chips


@kernel
def _finish(f: Shares, job: int) -> None:
    """A job is done: its chips are free."""
    f.end[job] = f.s[NOW]
    _hold(f, job, -f.gpus[job])
    _forget(f, job)


@kernel
def _wait(f: Shares, job: int) -> None:
    """Put a newcomer at the end of its account's chain."""
    who = f.account[job]
    if f.first[who] < 0:
        f.first[who] = job
    else:
        f.following[f.last[who]] = job
    f.last[who] = job
    f.s[WAITING] += 1


@kernel
def _start(f: Shares, job: int) -> None:
    """Give a job its chips and take it out of its chain."""
    s, who = f.s, f.account[job]
    if f.first[who] == job:
        f.first[who] = f.following[job]
    else:
        before = f.first[who]
        while f.following[before] != job:
            before = f.following[before]
        f.following[before] = f.following[job]
        if f.last[who] == job:
            f.last[who] = before
    s[WAITING] -= 1
    f.start[job] = s[NOW]
    _hold(f, job, f.gpus[job])
    _expect(f, job, s[NOW] + f.estimate[job])
    push(f.ends, ((s[NOW] + f.run[job]) << s[BITS]) | job)


@kernel
def _next(f: Shares) -> int:
    """The next waiting job of the walk; -1 at its end. Usage stands still within a pass."""
    best = -1
    for who in range(f.s[ACCOUNTS]):
        job = f.cursor[who]
        if job >= 0 and (best < 0 or _goes_before(f, job, best)):
            best = job
    if best >= 0:
        f.cursor[f.account[best]] = f.following[best]
    return best


@kernel
def _goes_before(f: Shares, job: int, other: int) -> bool:
    one, two = f.account[job], f.account[other]
    ours, theirs = f.tenant_used[f.tenant[one]], f.tenant_used[f.tenant[two]]
    if ours != theirs:
        return ours < theirs
    if f.used[one] != f.used[two]:
        return f.used[one] < f.used[two]
    return job < other


@kernel
def _pass(f: Shares) -> None:
    """Heads start while they fit; under EASY others may then jump ahead."""
    s = f.s
    for who in range(f.s[ACCOUNTS]):
        f.cursor[who] = f.first[who]
    job = _next(f)
    while job >= 0 and f.gpus[job] <= s[FREE]:
        _start(f, job)
        job = _next(f)
    if job < 0 or s[EASY] == 0:
        return
    _extend(f)
    _reserve(f, job)
    job = _next(f)
    while job >= 0:
        if f.gpus[job] <= s[FREE]:
            in_time = f.estimate[job] <= s[SHADOW] - s[NOW]
            if in_time or f.gpus[job] <= s[SPARE]:
                s[SPARE] -= 0 if in_time else f.gpus[job]
                _start(f, job)
        job = _next(f)


@kernel
def _reserve(f: Shares, head: int) -> None:
    """The head's reservation: the first expected end by which enough chips are free, and what is spare then."""
    s = f.s
    s[SHADOW], s[SPARE] = NEVER, 0
    free, i = s[FREE], 0
    while i < s[RUNNING]:
        ends = f.expected[f.by_end[i]]
        while i < s[RUNNING] and f.expected[f.by_end[i]] == ends:
            free += f.gpus[f.by_end[i]]
            i += 1
        if free >= f.gpus[head]:
            s[SHADOW], s[SPARE] = ends, free - f.gpus[head]
            return


@kernel
def _extend(f: Shares) -> None:
    """Jobs that run on beyond their expected end are expected to take twice as long, and twice again."""
    s = f.s
    while s[RUNNING] > 0 and f.expected[f.by_end[0]] <= s[NOW]:
        job = f.by_end[0]
        length = f.estimate[job]
        if length == 0:
            return  # it ends at this very instant
        while f.start[job] + length <= s[NOW]:
            length *= 2
        _forget(f, job)
        _expect(f, job, f.start[job] + length)


@kernel
def _place(f: Shares, job: int) -> int:
    """Where a job stands, or would, among the running by (expected end, job)."""
    low, high = 0, f.s[RUNNING]
    while low < high:
        middle = (low + high) >> 1
        other = f.by_end[middle]
        if f.expected[other] < f.expected[job] or (f.expected[other] == f.expected[job] and other < job):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _expect(f: Shares, job: int, end: int) -> None:
    """Put a job among the running ones, by its expected end."""
    f.expected[job] = end
    place = _place(f, job)
    for i in range(f.s[RUNNING], place, -1):
        f.by_end[i] = f.by_end[i - 1]
    f.by_end[place] = job
    f.s[RUNNING] += 1


@kernel
def _forget(f: Shares, job: int) -> None:
    """Take a job out of the running ones."""
    f.s[RUNNING] -= 1
    for i in range(_place(f, job), f.s[RUNNING]):
        f.by_end[i] = f.by_end[i + 1]
