"""What happens on the nodes of a floor, behind the door `act_on_floor`: as `ground.act`, and all that goes down."""

from __future__ import annotations

from typing import Any

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.ground import (
    ACT,
    ANNOUNCE,
    CLAIM,
    DRAW,
    FITS,
    FORGET,
    GIVE,
    LEAVE,
    LIFT,
    LOWER,
    LOWEST,
    MEASURE,
    MEND,
    NOTE,
    RAISE,
    REST,
    RESTORE,
    SET_OUT,
    SHUT,
    Ground,
    cluster_of,
    forget,
    is_vacant,
    note,
    shift_piece,
    tell,
)
from gigacampus.engine.general.state import (
    AT,
    DRAWS,
    FELL,
    FIRST,
    HIGH,
    HOLDS,
    LAST,
    LOW,
    MORE,
    NOW,
    OUT_WIDTH,
    PACED,
    PACKING,
    PIECE,
    TOLD,
    TOLD_AT,
    WATTS,
    State,
    W,
)
from gigacampus.engine.general.work import expected_left
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.packing import WHOLE, roomy_gpus
from gigacampus.kernels.schedule.floor import WANTS, WIDTH, Floor, put_rack, reopen, shut, vacate
from gigacampus.kernels.schedule.pointer import array_of


@kernel
def floor_of(n: Ground) -> Floor:
    """The floor behind the pointers."""
    return Floor(
        cluster_of(n), array_of(n.rack, n.width), array_of(n.rack_first, n.racks + 1),
        array_of(n.pod_first, n.pods + 1), array_of(n.hall, n.width), array_of(n.owner, n.width),
        array_of(n.down, n.width), array_of(n.closes, n.width), array_of(n.rack_free, n.racks),
        array_of(n.rack_whole, n.racks), array_of(n.hall_limit, n.halls), array_of(n.hall_used, n.halls),
        array_of(n.want, WANTS), array_of(n.seen, n.racks), array_of(n.racks_by_free, n.racks_kept),
        array_of(n.racks_by_whole, n.racks_kept),
    )  # fmt: skip


@kernel
def _shift(g: State, f: Floor, request: Any, job: int, sign: int) -> None:
    """Add a job's pieces to what is free, or take them away again; its racks with them."""
    c, piece = f.c, g.job[W * job + PIECE]
    while piece >= 0:
        node = c.piece_node[piece]
        rack, size, before = f.rack[node], c.gpus[node], roomy_gpus(c.free_gpu[node], WHOLE)
        shift_piece(g, c, request, piece, sign)
        after = roomy_gpus(c.free_gpu[node], WHOLE)
        f.rack_free[rack] += after - before
        if before != after and (before == size or after == size):
            f.rack_whole[rack] += sign * size
        put_rack(f, rack)
        piece = c.piece_next[piece]


@kernel
def _lowest(g: State, f: Floor, job: int) -> int:
    """The lowest node that a job holds of those that go down now; -1: none."""
    lowest, piece = NEVER, g.job[W * job + PIECE]
    while piece >= 0:
        node = f.c.piece_node[piece]
        if g.s[LOW] <= node < g.s[HIGH]:
            lowest = min(lowest, node)
        piece = f.c.piece_next[piece]
    return lowest if lowest < NEVER else -1


@kernel
def _take_down(g: State, f: Floor, row: int) -> int:
    """One outage more holds its nodes, which no job is on; returns the thousandths of GPUs that went down."""
    gone = 0
    for node in range(g.outages[row + FIRST], g.outages[row + LAST]):
        gone += shut(f, node) * WHOLE
        if g.outages[row + TOLD_AT] < NEVER:
            f.closes[node] = _next_close(g, node)
    return gone


@kernel
def _next_close(g: State, node: int) -> int:
    """When the next announced maintenance takes a node."""
    soonest = NEVER
    for k in range(g.s[TOLD]):
        row = OUT_WIDTH * g.told[k]
        if g.told[k] >= g.s[FELL] and g.outages[row + FIRST] <= node < g.outages[row + LAST]:
            soonest = min(soonest, g.outages[row + AT])
    return soonest


@kernel
def _bring_back(g: State, f: Floor, row: int) -> int:
    """One outage less; returns the thousandths of GPUs that came back."""
    back = 0
    for node in range(g.outages[row + FIRST], g.outages[row + LAST]):
        back += reopen(f, node) * WHOLE
    return back


@kernel
def _announce(g: State, f: Floor, row: int) -> None:
    for node in range(g.outages[row + FIRST], g.outages[row + LAST]):
        f.closes[node] = min(f.closes[node], g.outages[row + AT])


@kernel
def stand(g: State, n: Ground, f: Floor, request: Any, job: int, piece: int, what: int) -> bool:
    """Let a job stand on the nodes that were found for it, for FITS give them back; False where none were (-1)."""
    if piece < 0:
        return False
    if what == FITS:
        vacate(f, g.fixed[PACKING], piece, request, 0)
        return True
    g.job[W * job + PIECE] = piece
    if g.fixed[DRAWS] == 1:
        n.power(g, f, job, DRAW)
    if g.fixed[PACED] == 1:
        n.pace(g, f, job, MEASURE)
    return True


@typed(ACT)
def act_on_floor(g: State, n: Ground, place: Any, job: int, what: int) -> int:
    """Do what is asked for a job, or an outage; 1 where it could be done, else 0, or the number asked for."""
    f, table = floor_of(n), array_of(n.jobs, n.rows)
    if what >= MEASURE:
        return n.pace(g, f, job, what)
    if what >= DRAW:
        return n.power(g, f, job, what)
    if what == SHUT:
        return _take_down(g, f, OUT_WIDTH * job)
    if what == MEND:
        return _bring_back(g, f, OUT_WIDTH * job)
    if what == ANNOUNCE:
        _announce(g, f, OUT_WIDTH * job)
        return 1
    if what == LOWEST:
        return _lowest(g, f, job)
    request, draws = array_of(n.request, (n.rows, WIDTH))[job], g.fixed[DRAWS] == 1
    watts, is_paced = g.more[MORE * job + WATTS] if g.fixed[HOLDS] == 1 else 0, g.fixed[PACED] == 1
    if what in (CLAIM, FITS):
        until = g.s[NOW] + expected_left(g, job)
        watts = 0 if what == FITS else watts
        piece = n.settle(f, g.fixed[PACKING], request, array_of(n.draw, n.rows)[job], until, watts)
        return 1 if stand(g, n, f, request, job, piece, what) else 0
    if what == GIVE:
        if is_paced:
            n.pace(g, f, job, LEAVE)
        if draws:
            n.power(g, f, job, REST)
        vacate(f, g.fixed[PACKING], g.job[W * job + PIECE], request, watts)
        g.job[W * job + PIECE] = -1
    elif what == LIFT:
        if draws:
            n.power(g, f, job, RAISE)
        _shift(g, f, request, job, 1)
    elif what == RESTORE:
        if not is_vacant(g, f.c, request, job) or (draws and n.power(g, f, job, LOWER) == 0):
            return 0
        _shift(g, f, request, job, -1)
    elif what == FORGET:
        if is_paced:
            n.pace(g, f, job, LEAVE)
        forget(g, f.c, job)
    elif what == NOTE:
        note(g, f.c, table, job)
        if is_paced:
            n.pace(g, f, job, SET_OUT)
    else:
        tell(g, table, job)
    return 1
