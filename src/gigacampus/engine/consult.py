"""Play with functions of one's own, watch them, and say what was wrong with their answers."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gigacampus.engine.desk import Ints
from gigacampus.engine.general import state as at
from gigacampus.engine.general.play import Own, Setting, play
from gigacampus.engine.outcome import Who
from gigacampus.engine.own import is_own, load_place, load_policy, split
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.policies import NONE, ORDERS, role_of, stopper_of
from gigacampus.engine.rules import OWN, RULES, Rule, own_rule
from gigacampus.errors import Fault, InputError

Found = TypeVar("Found")
PATIENCE_S = 10.0
"""A function that takes longer over one answer is taken to loop for ever."""
LOOKS = 20
"""How often that is looked at within this time."""
OF_NODES = (at.NO_SUCH_NODE, at.NODE_FULL, at.NODE_SHUT)
"""What may be wrong with a placement's answer; all else is a policy's."""


def consult(policy: str, placement: str, jobs: Jobs, who: Who, setting: Setting) -> tuple[Played, Ints]:
    """As `consulted`; what became of the jobs, and where they were last."""
    return consulted(play, policy, placement, jobs, who, setting)


def consulted(
    loop: Callable[..., Found], policy: str, placement: str, jobs: Jobs, who: Who, setting: Setting
) -> Found:  # fmt: skip
    """Play under a policy or an order, and on nodes under a placement, of one's own; any may be built in instead.

    Raises UsageError where a name stands for nothing of the kind, InputError for an answer that makes no sense.
    """
    rule, own = _rule(policy)
    if placement != "none" and is_own(placement):
        own = replace(own, place=load_place(placement))
    watcher = Watcher(policy, placement if own.place is not None else "", who.named or str)
    return loop(rule, jobs, who, replace(setting, own=own), watcher.watch)


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

    policy: str
    placement: str
    """Empty where it is built in."""
    named: Callable[[int], str]
    """A job's name in an error, from its index."""

    def watch(self, play: Callable[[], int], s: Ints) -> int:
        """The status of the loop, OK or out of room; InputError for any other, or where no answer comes for long."""
        try:
            status = play() if os.environ.get("NUMBA_DISABLE_JIT") == "1" else self._threaded(play, s)
        except InputError:
            raise
        except Exception as error:
            fault = self._fault("E203", f"fails: {type(error).__name__}: {error}", self._both())
            raise InputError(replace(fault, line=_line_in(fault.file, error))) from error
        if status not in (at.OK, at.NO_ROOM):
            raise self._nonsense(status, s)
        return status

    def _threaded(self, play: Callable[[], int], s: Ints) -> int:
        found: list[Any] = []

        def work() -> None:
            try:
                found.append(play())
            except BaseException as error:
                found.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        seen, looks = 0, 0
        while thread.is_alive() and looks < LOOKS:
            thread.join(PATIENCE_S / LOOKS)
            now = int(s[at.CALLS])
            is_within = now % 2 == 1
            looks = looks + 1 if is_within and now == seen else 0
            seen = now
        if thread.is_alive():
            raise InputError(self._fault(
                "E204", f"does not answer: call {(seen + 1) // 2} at {int(s[at.NOW])} s has taken {PATIENCE_S:.0f} s",
                self._both(), "look for an endless loop; NUMBA_DISABLE_JIT=1 lets a debugger step in",
            ))  # fmt: skip
        if isinstance(found[0], BaseException):
            raise found[0]
        return int(found[0])

    def _nonsense(self, status: int, s: Ints) -> InputError:
        answer = int(s[at.ANSWER])
        is_known = 0 <= answer < int(s[at.ARRIVED])
        job = self.named(answer) if is_known else str(answer)
        told, fix = {
            at.NO_SUCH_JOB: (f"returned {answer}, which is no job's index and not NONE ({NONE})", "a job's index"),
            at.NOT_WAITING: (
                f"returned job {job}, which has {'started already' if is_known else 'not been submitted yet'}",
                "one of view.waiting",
            ),
            at.TOO_LARGE: (
                f"returned job {job}, which asks for more chips than are free", "one that fits in view.gpus_free",
            ),
            at.NOT_RUNNING: (f"stops job {job}, which does not run", "one of view.running"),
            at.NO_SUCH_NODE: (f"returned {answer}, which is no node's index and not NONE ({NONE})", "a node's index"),
            at.NODE_FULL: (f"returned node {answer}, which has no room for the job", "a node with room for the job"),
            at.NODE_SHUT: (
                f"returned node {answer}, which is out of service or closed to the job", "a node with free GPUs",
            ),
        }[status]  # fmt: skip
        whose = self.placement if status in OF_NODES else self.policy
        return InputError(self._fault("E204", f"{told}, at {int(s[at.NOW])} s", whose, f"return {fix}, or NONE"))

    def _both(self) -> str:
        """Whose answer it was cannot be told where both are of one's own."""
        return " and ".join(filter(None, ("" if self.policy in RULES else self.policy, self.placement)))

    def _fault(self, code: str, told: str, whose: str, fix: str = "") -> Fault:
        """A fault of a function of one's own, placed in its file."""
        path, colon, name = whose.rpartition(":")
        if not colon or " and " in whose:
            return Fault(code, f"{whose} {told}", fix=fix)
        return Fault(code, f"{split(name)[0]} {told}", path, fix=fix)


def _line_in(path: str, error: Exception) -> int:
    """The line of a file where an error came from; 0 in compiled code, which keeps none."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return (lines[-1] or 0) if lines else 0
