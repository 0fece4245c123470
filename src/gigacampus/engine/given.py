"""What the machine gave over a window: chip-seconds that were useful, lost, idle while jobs waited, or idle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.engine.desk import Ints
from gigacampus.engine.spans import Spans

CHUNK = 1 << 17
"""Spans at a time: temporaries stay in the cache."""
Floats = NDArray[np.float64]


def given(spans: Spans, lost: Spans, waits: Spans, chips: float, from_s: int, to_s: int) -> dict[str, Any]:
    """Shares of all chip-seconds in [from_s, to_s); they add up to 1. Utilisation is useful plus lost.

    `spans` are the attempts of all jobs that ask for chips, `lost` stretches whose work was done again or that were
    restarts, `waits` those in which a job waited. Idle while jobs waited: what fragmentation, reservations and a strict
    queue cost.
    """
    room = chips * (to_s - from_s)
    if room <= 0:
        return {}
    all_of_it = np.array([from_s, to_s], dtype=np.float64)
    stretches = _union(waits, from_s, to_s)
    held, wasted = _inside(spans, all_of_it), _inside(lost, all_of_it)
    blocked = chips * float((stretches[1::2] - stretches[::2]).sum()) - _inside(spans, stretches)
    shares = {"useful": held - wasted, "lost": wasted, "idle_while_waiting": blocked, "idle": room - held - blocked}
    return {f"{name}_of_chips_fraction": value / room for name, value in shares.items()} | {
        "utilisation_fraction": held / room, "goodput_fraction": (held - wasted) / held if held else None,
    }  # fmt: skip


def _union(waits: Spans, from_s: int, to_s: int) -> Floats:
    """Beginnings and ends, in turn, of the stretches within the window that at least one of the spans covers."""
    low, high = np.clip(waits.from_s, from_s, to_s), np.clip(waits.until_s, from_s, to_s)
    some = low < high
    low, high = low[some], high[some]
    if not len(low):
        return np.zeros(0)
    order = np.argsort(low, kind="stable")
    low, reached = low[order], np.maximum.accumulate(high[order])
    is_first = np.append(True, low[1:] > reached[:-1])
    ends = reached[np.append(np.flatnonzero(is_first)[1:] - 1, len(reached) - 1)]
    return np.stack((low[is_first], ends), axis=1).reshape(-1).astype(np.float64)


def _inside(spans: Spans, stretches: Floats) -> float:
    """Chip-seconds of the spans inside stretches given by beginnings and ends in turn.

    With L(t) the length of the stretches up to t, a span holds L(until) - L(from) seconds of them.
    """
    if not len(stretches):
        return 0.0
    length = np.diff(stretches, prepend=stretches[0])
    length[::2] = 0.0
    so_far = np.cumsum(length)
    total = 0.0
    for first in range(0, len(spans.from_s), CHUNK):
        part = slice(first, first + CHUNK)
        until, since = (np.interp(times[part], stretches, so_far) for times in (spans.until_s, spans.from_s))
        total += float(((until - since) * spans.chips[part]).sum())
    return total


def waits_of(submit_s: Ints, start_s: Ints, spans: Spans, job: Ints) -> Spans:
    """When jobs waited: before their first start, and between attempts; `job` names the job of each span.

    Jobs that never start are left out: they never fit.
    """
    late = np.flatnonzero((start_s > submit_s) & (start_s < np.iinfo(np.int64).max))
    before = Spans(submit_s[late], start_s[late], np.ones(len(late), dtype=np.int64))
    order = np.lexsort((spans.from_s, job))
    follows = order[1:][job[order][1:] == job[order][:-1]]
    previous = order[:-1][job[order][1:] == job[order][:-1]]
    between = Spans(spans.until_s[previous], spans.from_s[follows], np.ones(len(follows), dtype=np.int64))
    return Spans.joined([before, between])
