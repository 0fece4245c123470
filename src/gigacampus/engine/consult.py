"""Play with functions of one's own, watch them, and say what was wrong with their answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gigacampus.engine.desk import Ints
from gigacampus.engine.general import state as at
from gigacampus.engine.general.play import Own, Setting, play
from gigacampus.engine.outcome import Who
from gigacampus.engine.own import is_own, load_place, load_policy, split
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.policies import NONE, ORDERS, role_of, stopper_of
from gigacampus.engine.rules import OWN, RULES, Rule, own_rule
from gigacampus.errors import Fault, InputError

PATIENCE_S = 20.0
"""A function that takes longer over one answer is taken to loop for ever."""


def consult(policy: str, placement: str, jobs: Jobs, who: Who, setting: Setting) -> tuple[Played, Ints]:
    """Play under a policy or an order, and on nodes under a placement, of one's own; any may be built in instead.

    Raises UsageError where a name stands for nothing of the kind, InputError for an answer that makes no sense.
    """
    rule, own = _rule(policy)
    if placement != "none" and is_own(placement):
        own = replace(own, place=load_place(placement))
    named = " and ".join(one for one in (policy, placement) if ":" in one) or policy
    watcher = Watcher(named)
    return play(rule, jobs, who, replace(setting, own=own), watcher.watch)


def _rule(policy: str) -> tuple[Rule, Own]:
    if policy in RULES:
        return RULES[policy], Own()
    found = load_policy(policy)
    if role_of(found) == ORDERS:
        return own_rule(split(policy)[1]), Own(key=found)
    return OWN, Own(choose=found, stop=stopper_of(found))


@dataclass(slots=True)
class Watcher:
    """Runs the loop in a thread of its own: compiled code that never answers cannot be interrupted."""

    name: str

    def watch(self, play: Callable[[], int], s: Ints, base: int) -> int:
        """The status of the loop, OK or out of room; InputError for any other, or where no answer comes for long."""
        status = play() if os.environ.get("NUMBA_DISABLE_JIT") == "1" else self._threaded(play, s, base)
        if status not in (at.OK, at.NO_ROOM):
            raise self._nonsense(status, s, base)
        return status

    def _threaded(self, play: Callable[[], int], s: Ints, base: int) -> int:
        found: list[Any] = []

        def work() -> None:
            try:
                found.append(play())
            except BaseException as error:
                found.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        seen = (-1, -1)
        while thread.is_alive() and (int(s[at.CALLS]), int(s[at.EVENTS])) != seen:
            seen = int(s[at.CALLS]), int(s[at.EVENTS])
            thread.join(PATIENCE_S)
        if thread.is_alive():
            raise InputError(Fault(
                "E204", f"{self.name} does not answer: call {seen[0]} at {int(s[at.NOW]) + base} s has taken "
                f"{PATIENCE_S:.0f} s", fix="look for an endless loop; NUMBA_DISABLE_JIT=1 lets a debugger step in",
            ))  # fmt: skip
        if isinstance(found[0], BaseException):
            error = found[0]
            raise InputError(Fault("E203", f"{self.name} fails: {type(error).__name__}: {error}")) from error
        return int(found[0])

    def _nonsense(self, status: int, s: Ints, base: int) -> InputError:
        answer, now = int(s[at.ANSWER]), int(s[at.NOW]) + base
        told, fix = {
            at.NO_SUCH_JOB: (f"returned {answer}, which is no job's index and not NONE ({NONE})", "a job's index"),
            at.NOT_WAITING: (
                f"returned job {answer}, which has started already, or has not been submitted yet",
                "one of view.waiting",
            ),
            at.TOO_LARGE: (
                f"returned job {answer}, which asks for more chips than are free", "one that fits in view.gpus_free",
            ),
            at.NOT_RUNNING: (f"stops job {answer}, which does not run", "one of view.running"),
            at.NO_SUCH_NODE: (f"returned {answer}, which is no node's index and not NONE ({NONE})", "a node's index"),
            at.NODE_FULL: (f"returned node {answer}, which has no room for the job", "a node with room for the job"),
        }[status]  # fmt: skip
        return InputError(Fault("E204", f"at {now} s {self.name} {told}", fix=f"return {fix}, or NONE"))
