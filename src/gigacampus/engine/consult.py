"""Set the table for a policy of the user's, ask it, watch it, and say what was wrong with its answers."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np

from gigacampus.engine import asking
from gigacampus.engine.desk import NEVER, Ints
from gigacampus.engine.outcome import Who, blank, clock_of, later, simply
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.policies import JOB, NONE, load_policy
from gigacampus.errors import Fault, InputError

PATIENCE_S = 20.0
"""A policy that takes longer over one answer is taken to loop for ever."""


def consult(name: str, jobs: Jobs, who: Who, chips: int) -> Played:
    """Ask the user's policy, watched from this thread: compiled code that never answers cannot be interrupted."""
    policy = load_policy(name)
    n = len(jobs.run_s)
    base, bits = clock_of(jobs)
    table = np.zeros(n, dtype=JOB)
    table["submit_s"], table["estimate_s"], table["gpus"] = jobs.submit_s - base, jobs.estimate_s, jobs.gpus
    table["priority"], table["user_index"], table["tenant_index"] = who.priority, who.user, who.tenant
    table["start_s"] = NEVER
    s = blank(asking.REGISTERS)
    s[asking.FREE] = chips
    a = asking.Asked(s, jobs.run_s, blank(n, NEVER), blank(n + 1), blank(n), blank(n))
    status = _watched(lambda: asking.play_asking(a, table, chips, bits, policy), s, name, base)
    if status != asking.OK:
        raise _nonsense(status, name, table, s, base)
    start, end = later(table["start_s"].copy(), base), later(a.end[:n], base)
    return simply(start, start, end, (start < NEVER).astype(np.int64), jobs.submit_s, int(s[asking.EVENTS]))


def _watched(play: Any, s: Ints, name: str, base: int) -> int:
    """Run `play` in a thread of its own; InputError where it gives no answer for long, and what it raised else."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        return int(play())  # stepped through by a person, who may take their time
    found: list[Any] = []

    def work() -> None:
        try:
            found.append(play())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    seen = -1
    while thread.is_alive() and int(s[asking.CALLS]) != seen:
        seen = int(s[asking.CALLS])
        thread.join(PATIENCE_S)
    if thread.is_alive():
        at = int(s[asking.NOW]) + base
        raise InputError(Fault(
            "E204", f"the policy {name} does not answer: call {seen + 1 if seen < 0 else seen} at {at} s has taken "
            f"{PATIENCE_S:.0f} s", fix="look for a loop that never ends; NUMBA_DISABLE_JIT=1 lets a debugger step in",
        ))  # fmt: skip
    if isinstance(found[0], BaseException):
        error = found[0]
        raise InputError(Fault("E203", f"the policy {name} fails: {type(error).__name__}: {error}")) from error
    return int(found[0])


def _nonsense(status: int, name: str, table: Any, s: Ints, base: int) -> InputError:
    """What was wrong with a policy's answer."""
    answer, now, free = int(s[asking.ANSWER]), int(s[asking.NOW]) + base, int(s[asking.FREE])
    if status == asking.NO_SUCH_JOB:
        told = f"returned {answer}, which is no job's index (0 to {len(table) - 1}) and not NONE ({NONE})"
    elif status == asking.NOT_WAITING:
        start = int(table["start_s"][answer])
        what = "has not been submitted yet" if start == NEVER else f"started already, at {start + base} s"
        told = f"returned job {answer}, which {what}"
    else:
        told = f"returned job {answer} of {int(table['gpus'][answer])} chips while {free} are free"
    fix = "return one of view.waiting that fits in view.gpus_free, or NONE"
    return InputError(Fault("E204", f"at {now} s the policy {name} {told}", fix=fix))
