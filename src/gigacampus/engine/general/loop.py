"""The general event loop: one instant after the other, and after each one scheduling pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import typeof, types

from gigacampus.engine.general.ask import Own, pass_asking, set_keys
from gigacampus.engine.general.befall import EXPLAIN, TROUBLE
from gigacampus.engine.general.events import advance
from gigacampus.engine.general.ground import ACT, GROUND_TYPE, STATE_TYPE, TERMS, ground_of
from gigacampus.engine.general.line import pass_line
from gigacampus.engine.general.quota import pass_quota
from gigacampus.engine.general.room import Room
from gigacampus.engine.general.state import (
    ARRIVED,
    FLOATS,
    OK,
    ON_FLOOR,
    ORDER,
    OWN,
    OWN_ORDER,
    PREEMPTIVE,
    QUOTA,
    QUOTA_EASY,
    STATUS,
    State,
    on_pointers,
)
from gigacampus.engine.general.walk import pass_walk
from gigacampus.engine.policies import (
    JOBS_TYPE,
    NODES_TYPE,
    ORDER_SIGNATURE,
    PLACE_SIGNATURE,
    SIGNATURE,
    NodesView,
    View,
)
from gigacampus.kernels.jit import typed
from gigacampus.kernels.schedule.floor import Floor
from gigacampus.kernels.schedule.racks import FLOOR, SETTLE


def _like(bundle: Any, kinds: dict[str, Any]) -> Any:
    """The type of a bundle of flat int64 arrays, but for the `kinds` named."""
    plain = np.zeros(1, dtype=np.int64)
    return typeof(bundle(*(kinds.get(name, plain) for name in bundle._fields)))  # type: ignore[no-untyped-call]


_FLOAT, _TABLE = np.zeros(1), np.zeros((1, 1), dtype=np.int64)
_STATE = _like(State, dict.fromkeys(FLOATS, _FLOAT))
_INTS = typeof(np.zeros(1, dtype=np.int64))  # type: ignore[no-untyped-call]
_OWN = (types.FunctionType(SIGNATURE), types.FunctionType(SIGNATURE), types.FunctionType(ORDER_SIGNATURE))
_ROOM = types.NamedTuple((GROUND_TYPE, types.FunctionType(PLACE_SIGNATURE), types.FunctionType(ACT)), Room)  # type: ignore[no-untyped-call]
PASSES = types.int64(STATE_TYPE, _ROOM, types.NamedTuple((_INTS, _INTS, JOBS_TYPE, types.int64, *_OWN), Own))  # type: ignore[no-untyped-call]
"""A scheduling pass. The loop takes it as a function, so that only the one that a policy asks for is compiled."""
_ARGUMENTS = (
    _STATE, FLOOR, typeof(_TABLE), typeof(_FLOAT), JOBS_TYPE, NODES_TYPE, _INTS, _INTS, types.int64,  # type: ignore[no-untyped-call]
    *_OWN, types.FunctionType(PLACE_SIGNATURE), types.FunctionType(ACT), types.FunctionType(SETTLE),
    types.FunctionType(TROUBLE), types.FunctionType(TERMS), types.FunctionType(TERMS), types.FunctionType(PASSES),
)  # fmt: skip


@typed(SIGNATURE)
def nobody(view: View) -> int:
    """Stands where no function of one's own chooses or stops jobs."""
    return -1


@typed(ORDER_SIGNATURE)
def no_order(view: View, job: int) -> float:
    """Stands where none orders them."""
    return 0.0


@typed(PLACE_SIGNATURE)
def nowhere(view: NodesView, job: int) -> int:
    """Stands where none places them."""
    return -1


@typed(SETTLE)
def unsettled(f: Floor, policy: int, request: Any, draw: float, until: int, watts: int) -> int:
    """Stands where no floor is played."""
    return -1


@typed(TERMS)
def unlimited(g: State, f: Floor, job: int, what: int) -> int:
    """Stands where power has no limits, and where all run at speed 1."""
    return 1


@typed(PASSES)
def by_walk(g: State, r: Room, own: Own) -> int:
    """The pass of preemptive policies."""
    pass_walk(g, r)
    return 0


@typed(PASSES)
def by_quota(g: State, r: Room, own: Own) -> int:
    """That of quotas."""
    pass_quota(g, r)
    return 0


@typed(PASSES)
def by_asking(g: State, r: Room, own: Own) -> int:
    """That of functions of one's own."""
    pass_asking(g, r, own)
    return 0


@typed(PASSES)
def in_line(g: State, r: Room, own: Own) -> int:
    """That of all that go by an order."""
    if g.fixed[ORDER] == OWN_ORDER:
        set_keys(g, own)
    pass_line(g, r)
    return 0


PASS_OF = {PREEMPTIVE: by_walk, QUOTA: by_quota, QUOTA_EASY: by_quota, OWN: by_asking}
"""By `Rule.walk`; all others: `in_line`."""


@typed(types.int64(*_ARGUMENTS))
def play_general(
    state: State, floor: Floor, request: Any, draw: Any, jobs: Any, nodes: Any, queue: Any, running: Any,
    unit: int, choose: Any, stop: Any, key: Any, place: Any, do: Any, settle: Any, trouble: Any, power: Any,
    pace: Any, scheduled: Any,
) -> int:  # fmt: skip
    """Play all events; returns the status. `queue` and `running` are those of the state."""
    g = on_pointers(state)
    r = Room(ground_of(floor, request, draw, jobs, nodes, settle, power, pace), place, do)
    own = Own(queue, running, jobs, unit, choose, stop, key)
    s, fixed = g.s, g.fixed
    while s[STATUS] == OK:
        first = s[ARRIVED]
        if not advance(g, r, trouble):
            break
        scheduled(g, r, own)
        if fixed[ON_FLOOR] == 1:
            trouble(g, r.ground, place, do, EXPLAIN, first)
    return int(s[STATUS])
