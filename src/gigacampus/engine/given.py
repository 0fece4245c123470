"""What the machine gave over a window: chip-seconds that were useful, lost, idle while jobs waited, or idle."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.engine.desk import NEVER, Ints
from gigacampus.engine.spans import Spans, between


def given(
    spans: Spans, submit_s: Ints, end_s: Ints, chips: float, lost: Spans, from_s: int, to_s: int
) -> dict[str, Any]:
    """Shares of all chip-seconds in [from_s, to_s); they add up to 1. Utilisation is useful plus lost.

    `spans` are the attempts of all jobs that ask for chips, `lost` stretches whose work was done again or that were
    restarts. Idle while jobs waited: what fragmentation, reservations and a strict queue cost.
    """
    edges = np.array([from_s, to_s], dtype=np.int64)
    room = chips * (to_s - from_s)
    if room <= 0:
        return {}
    held = float(spans.integral(edges)[0])
    wasted = float(lost.integral(edges)[0]) if len(lost.from_s) else 0.0
    waiting = _waiting(spans, submit_s, end_s)
    cuts = np.clip(waiting.reshape(-1), from_s, to_s)
    inside = between(*spans.changes(), cuts)[::2] if len(cuts) else np.zeros(0)
    length = float((cuts[1::2] - cuts[::2]).sum())
    blocked = chips * length - float(inside.sum())
    shares = {"useful": held - wasted, "lost": wasted, "idle_while_waiting": blocked, "idle": room - held - blocked}
    return {f"{name}_of_chips_fraction": value / room for name, value in shares.items()} | {
        "utilisation_fraction": held / room, "goodput_fraction": (held - wasted) / held if held else None,
    }  # fmt: skip


def _waiting(spans: Spans, submit_s: Ints, end_s: Ints) -> Ints:
    """Stretches in which at least one job waited, shape (stretches, 2): arrived less holding chips less done."""
    came, gone = submit_s[submit_s < NEVER], end_s[end_s < NEVER]
    stopped = spans.until_s[spans.until_s < NEVER]
    # a stop puts a job back in line unless it is its end
    at_s = np.concatenate((came, spans.from_s, stopped, gone))
    change = np.repeat([1, -1, 1, -1], [len(came), len(spans.from_s), len(stopped), len(gone)])
    if len(stopped) == len(gone):  # nobody was ever stopped: ends cancel out
        at_s, change = at_s[: len(came) + len(spans.from_s)], change[: len(came) + len(spans.from_s)]
    order = np.argsort(at_s, kind="stable")
    at_s, line = at_s[order], np.cumsum(change[order])
    is_last = np.append(at_s[1:] != at_s[:-1], True) if len(at_s) else np.zeros(0, dtype=bool)
    at_s, is_waiting = at_s[is_last], line[is_last] > 0
    turns = np.flatnonzero(np.diff(is_waiting.astype(np.int8), prepend=0))
    moments = at_s[turns]
    if len(moments) % 2:
        moments = np.append(moments, NEVER)
    found: Ints = moments.reshape(-1, 2)
    return found
