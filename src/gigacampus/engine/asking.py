"""The event loop that asks a policy of the user's which job to start."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import types

from gigacampus.engine.desk import NEVER
from gigacampus.engine.policies import JOBS_TYPE, SIGNATURE, View
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.schedule.heap import pop, push

NOW, ARRIVED, FREE, WAITING, RUNNING, EVENTS, CALLS, STATUS, ANSWER, REGISTERS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
OK, NO_SUCH_JOB, NOT_WAITING, TOO_LARGE = 0, 1, 2, 3


class Asked(NamedTuple):
    """What the loop works on: int64 arrays, jobs in order of submission."""

    s: Any
    run: Any
    end: Any
    ends: Any
    """Heap of end << bits | job."""
    waiting: Any
    running: Any


_INTS = types.Array(types.int64, 1, "C")
_ASKED = types.NamedUniTuple(_INTS, 6, Asked)  # type: ignore[no-untyped-call]


@kernel
def _start(a: Asked, jobs: Any, job: int, bits: int) -> None:
    s = a.s
    jobs[job]["start_s"] = s[NOW]
    s[FREE] -= jobs[job]["gpus"]
    _drop(a.waiting, s, WAITING, job)
    a.running[s[RUNNING]] = job
    s[RUNNING] += 1
    push(a.ends, ((s[NOW] + a.run[job]) << bits) | job)


@kernel
def _finish(a: Asked, jobs: Any, job: int) -> None:
    s = a.s
    a.end[job] = s[NOW]
    s[FREE] += jobs[job]["gpus"]
    _drop(a.running, s, RUNNING, job)


@kernel
def _drop(listed: Any, s: Any, count: int, job: int) -> None:
    """Take a job out of a list, keeping the order of the rest."""
    s[count] -= 1
    i = 0
    while listed[i] != job:
        i += 1
    for k in range(i, s[count]):
        listed[k] = listed[k + 1]


@typed(types.int64(_ASKED, JOBS_TYPE, types.int64, types.int64, types.FunctionType(SIGNATURE)))
def play_asking(a: Asked, jobs: Any, chips: int, bits: int, policy: Any) -> int:
    """Play all events, asking the policy until it answers NONE; returns the status, the answer stands in ANSWER."""
    s = a.s
    while True:
        now = NEVER
        if a.ends[0] > 0:
            now = a.ends[1] >> bits
        if s[ARRIVED] < len(jobs):
            now = min(now, jobs[s[ARRIVED]]["submit_s"])
        if now == NEVER:
            return OK
        s[NOW] = now
        s[EVENTS] += 1
        while a.ends[0] > 0 and a.ends[1] >> bits == now:
            _finish(a, jobs, pop(a.ends) & ((1 << bits) - 1))
        while s[ARRIVED] < len(jobs) and jobs[s[ARRIVED]]["submit_s"] == now:
            a.waiting[s[WAITING]] = s[ARRIVED]
            s[WAITING] += 1
            s[ARRIVED] += 1
        while s[WAITING] > 0:
            s[CALLS] += 1
            answer = policy(View(a.waiting[: s[WAITING]], a.running[: s[RUNNING]], jobs, s[FREE], chips, now))
            s[ANSWER] = answer
            if answer == -1:
                break
            if answer < 0 or answer >= len(jobs):
                return NO_SUCH_JOB
            if jobs[answer]["start_s"] != NEVER or answer >= s[ARRIVED]:
                return NOT_WAITING
            if jobs[answer]["gpus"] > s[FREE]:
                return TOO_LARGE
            _start(a, jobs, answer, bits)
