"""The pass that asks functions of one's own: whom to stop, whom to start, by which key to sort."""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.profile import claim, may_begin, plan_runs
from gigacampus.engine.general.room import Room, is_sole, spare, start
from gigacampus.engine.general.room import stop as stop_it
from gigacampus.engine.general.sorting import close_ranks, is_ranked
from gigacampus.engine.general.state import (
    ANSWER,
    ARRIVED,
    CALLS,
    CAP,
    DOWN,
    END,
    FREE,
    HAS_PREEMPT,
    IS_ON,
    JOBS,
    KEY,
    LEVEL,
    NO_SUCH_JOB,
    NOT_RUNNING,
    NOT_WAITING,
    NOW,
    OK,
    PLAN,
    PROFILE,
    RUNNING,
    SIZE,
    STATUS,
    TOO_LARGE,
    WAITING,
    State,
    W,
)
from gigacampus.engine.policies import View
from gigacampus.kernels.jit import kernel


class Own(NamedTuple):
    """Functions of one's own, and what they see."""

    queue: Any
    """Jobs that wait, as in `State.queue`."""
    running: Any
    jobs: Any
    unit: int
    """What one chip counts."""
    choose: Any
    stop: Any
    key: Any


@kernel
def pass_asking(g: State, r: Room, own: Own) -> None:
    """Ask `stop` whom to preempt until it answers NONE, then `choose` whom to start until it answers NONE.

    Jobs that nodes have no room for, or that would take what is reserved for a planned run, are shown no more until
    the next event; neither are planned runs, which start by themselves.
    """
    s = g.s
    s[PROFILE] = 0
    if g.fixed[HAS_PREEMPT] == 1:
        _ask_whom_to_stop(g, r, own)
    plan_runs(g, r)
    close_ranks(g)
    shown = _show(g, own.queue)
    while s[WAITING] > 0 and len(shown) > 0 and s[STATUS] == OK:
        s[CALLS] += 1
        answer = own.choose(_view(g, shown, own))
        s[CALLS] += 1
        s[ANSWER] = answer
        if answer == -1:
            break
        fault = _fault(g, answer)
        if fault != OK:
            s[STATUS] = fault
            break
        if may_begin(g, answer) and claim(g, r, answer):
            start(g, r, answer)
        shown = _without(shown, answer)
    close_ranks(g)


@kernel
def _view(g: State, waiting: Any, own: Own) -> View:
    s = g.s
    total = s[LEVEL] - s[DOWN]
    if is_sole(g):
        total = min(total, g.caps[CAP])
    return View(waiting, own.running[: s[RUNNING]], own.jobs, spare(g) // own.unit, total // own.unit, s[NOW])


@kernel
def _ask_whom_to_stop(g: State, r: Room, own: Own) -> None:
    s = g.s
    while s[RUNNING] > 0 and s[STATUS] == OK:
        s[CALLS] += 1
        answer = own.stop(_view(g, own.queue[: s[WAITING]], own))
        s[CALLS] += 1
        s[ANSWER] = answer
        if answer == -1:
            return
        if answer < 0 or answer >= g.fixed[JOBS]:
            s[STATUS] = NO_SUCH_JOB
        elif g.job[W * answer + IS_ON] == 0:
            s[STATUS] = NOT_RUNNING
        else:
            stop_it(g, r, answer)


@kernel
def _fault(g: State, answer: int) -> int:
    """What is wrong with a job that is to start."""
    if answer < 0 or answer >= g.fixed[JOBS]:
        return NO_SUCH_JOB
    if answer >= g.s[ARRIVED] or g.job[W * answer + IS_ON] == 1 or g.job[W * answer + END] < NEVER:
        return NOT_WAITING
    return TOO_LARGE if g.job[W * answer + SIZE] > g.s[FREE] else OK


@kernel
def _show(g: State, queue: Any) -> Any:
    """The waiting jobs in the order of submission, planned runs left out; a copy, as it shrinks while it is shown."""
    shown = queue[: g.s[WAITING]].copy()
    count = 0
    for i in range(len(shown)):
        if g.job[W * shown[i] + PLAN] == NEVER:
            shown[count] = shown[i]
            count += 1
    return shown[:count]


@kernel
def _without(shown: Any, job: int) -> Any:
    """The same list less one job."""
    count = 0
    for i in range(len(shown)):
        if shown[i] != job:
            shown[count] = shown[i]
            count += 1
    return shown[:count]


@kernel
def set_keys(g: State, own: Own) -> None:
    """Ask for the key of every waiting job."""
    s = g.s
    view = _view(g, own.queue[: s[WAITING]].copy(), own)
    for i in range(s[WAITING]):
        s[CALLS] += 1
        job = g.queue[i]
        g.first[job], g.second[job], g.job[W * job + KEY] = own.key(view, job), 0.0, 0
        is_ranked(g, job)
        s[CALLS] += 1
