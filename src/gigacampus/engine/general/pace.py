"""How fast jobs run on a floor, behind one door, `pace`: by where they stand, by their neighbours, and by power.

Work is counted in thousandths of a second at speed 1. When neighbours come and go, or a limit of power leaves less, a
job runs on at its new speed. Compiled where speeds differ.
"""

from __future__ import annotations

from gigacampus.engine.desk import NEVER
from gigacampus.engine.floor.desk import FULL
from gigacampus.engine.floor.standing import power_left, power_left_in_halls, reach
from gigacampus.engine.general.ground import LEAVE, MEASURE, SET_OUT, TERMS
from gigacampus.engine.general.room import limit_w
from gigacampus.engine.general.state import (
    AT_LINKS,
    AT_SHARES,
    AT_STAIRS,
    AT_STANDS,
    AT_TABLE,
    BASE,
    CAP_W,
    CAP_WIDTH,
    CLASS,
    DONE,
    ENDS,
    EXPECTED,
    IS_ON,
    LIMIT,
    LINK_WIDTH,
    MODELS,
    MORE,
    NEAR_STEPS,
    NEED,
    NEED_EXPECTED,
    NODE_STEPS,
    NOW,
    PIECE,
    POWER_W,
    RACK_STEPS,
    RATE,
    RATE_AT,
    RUNNING,
    SHARE,
    SLOWED,
    STAIRS,
    STANDS,
    USED_W,
    WATTS,
    WORK,
    State,
    W,
)
from gigacampus.engine.general.work import end_of_work, expected_work, needed, on_chips, overhead, work_done
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.schedule.floor import Floor


@kernel
def _step(g: State, which: int, value: int) -> int:
    """The last step of nodes, racks or neighbours that begins at or below a value."""
    i, at = 0, g.fixed[AT_STAIRS] + which * g.fixed[STAIRS]
    while i + 1 < g.fixed[STAIRS] and g.more[at + i + 1] <= value:
        i += 1
    return i


@kernel
def _speed(g: State, f: Floor, job: int) -> int:
    """Speed of a job where it stands, by the table: its slowest model, its nodes, racks and most neighbours."""
    fixed = g.fixed
    if fixed[NODE_STEPS] == 0:
        return FULL
    piece, near, slowest = g.job[W * job + PIECE], 0, NEVER
    nodes, racks, models = reach(f, piece)
    while piece >= 0:
        around = 0
        other = g.more[fixed[AT_STANDS] + f.c.piece_node[piece]]
        while other >= 0:
            around += 1 if g.more[fixed[AT_LINKS] + LINK_WIDTH * other] != job else 0
            other = g.more[fixed[AT_LINKS] + LINK_WIDTH * other + 2]
        near = max(near, around)
        piece = f.c.piece_next[piece]
    i, j, k = _step(g, 0, nodes), _step(g, 1, racks), _step(g, 2, near)
    for model in range(fixed[MODELS]):
        if (models >> model) & 1 == 1 or fixed[MODELS] == 1:
            row = (g.more[MORE * job + CLASS] * fixed[MODELS] + model) * fixed[NODE_STEPS] + i
            speed = g.more[fixed[AT_TABLE] + (row * fixed[RACK_STEPS] + j) * fixed[NEAR_STEPS] + k]
            slowest = min(slowest, speed)
    return slowest


@kernel
def _progress(g: State, job: int) -> None:
    """Work done up to now at the speed so far."""
    row, now = MORE * job, g.s[NOW]
    length = now - g.more[row + RATE_AT]
    g.more[row + WORK] = work_done(g, job)
    g.more[row + SLOWED] += length * FULL * (g.more[row + BASE] - g.more[row + RATE]) // g.more[row + BASE]
    g.more[row + RATE_AT] = now


@kernel
def _change(g: State, job: int, base: int, share: int) -> None:
    """From now on a running job has another speed where it stands, or another share of it for want of power."""
    row = MORE * job
    if base == g.more[row + BASE] and share == g.more[row + SHARE]:
        return
    _progress(g, job)
    g.more[row + BASE], g.more[row + SHARE] = base, share
    g.more[row + RATE] = max(1, base * share // FULL)
    g.job[W * job + ENDS] = end_of_work(g, job, g.more[row + NEED])
    g.job[W * job + EXPECTED] = end_of_work(g, job, g.more[row + NEED_EXPECTED])


@kernel
def _tell_neighbours(g: State, f: Floor, job: int) -> None:
    """Jobs that share a node with this one may run faster or slower now."""
    links, piece = g.fixed[AT_LINKS], g.job[W * job + PIECE]
    while piece >= 0:
        other = g.more[g.fixed[AT_STANDS] + f.c.piece_node[piece]]
        while other >= 0:
            near = g.more[links + LINK_WIDTH * other]
            if near != job and g.job[W * near + IS_ON] == 1:
                _change(g, near, _speed(g, f, near), g.more[MORE * near + SHARE])
            other = g.more[links + LINK_WIDTH * other + 2]
        piece = f.c.piece_next[piece]


@kernel
def _set_out(g: State, f: Floor, job: int) -> None:
    """A job starts: how long it takes at its speed, and its neighbours feel it."""
    row = MORE * job
    g.more[row + BASE] = _speed(g, f, job)  # anew: whom it took its nodes from has left them since
    g.more[row + SHARE], g.more[row + RATE], g.more[row + RATE_AT] = FULL, g.more[row + BASE], g.s[NOW]
    g.more[row + WORK], g.more[row + STANDS] = 0, 1
    g.more[row + NEED] = FULL * needed(g, job)
    expected = on_chips(g, job, expected_work(g, job) - g.job[W * job + DONE])
    g.more[row + NEED_EXPECTED] = FULL * (overhead(g, job) + expected)
    g.job[W * job + ENDS] = end_of_work(g, job, g.more[row + NEED])
    g.job[W * job + EXPECTED] = end_of_work(g, job, g.more[row + NEED_EXPECTED])
    piece = g.job[W * job + PIECE]
    while piece >= 0:
        link, at = g.fixed[AT_LINKS] + LINK_WIDTH * piece, g.fixed[AT_STANDS] + f.c.piece_node[piece]
        first = g.more[at]
        g.more[link], g.more[link + 1], g.more[link + 2] = job, -1, first
        if first >= 0:
            g.more[g.fixed[AT_LINKS] + LINK_WIDTH * first + 1] = piece
        g.more[at] = piece
        piece = f.c.piece_next[piece]
    if g.fixed[NEAR_STEPS] > 1:
        _tell_neighbours(g, f, job)


@kernel
def _leave(g: State, f: Floor, job: int) -> None:
    """A job leaves its nodes."""
    if g.more[MORE * job + STANDS] == 0:
        return
    _progress(g, job)
    g.more[MORE * job + STANDS] = 0
    links, piece = g.fixed[AT_LINKS], g.job[W * job + PIECE]
    while piece >= 0:
        before, after = g.more[links + LINK_WIDTH * piece + 1], g.more[links + LINK_WIDTH * piece + 2]
        if before >= 0:
            g.more[links + LINK_WIDTH * before + 2] = after
        else:
            g.more[g.fixed[AT_STANDS] + f.c.piece_node[piece]] = after
        if after >= 0:
            g.more[links + LINK_WIDTH * after + 1] = before
        piece = f.c.piece_next[piece]
    if g.fixed[NEAR_STEPS] > 1:
        _tell_neighbours(g, f, job)


@kernel
def _slow_down(g: State, f: Floor) -> None:
    """Every running job's share of its speed, by the share of the power asked for that its tightest limit leaves."""
    for i in range(g.s[RUNNING]):
        job = g.running[i]
        tenant = CAP_WIDTH * g.job[W * job + LIMIT]
        power = min(
            power_left(g.s[POWER_W], limit_w(g)), power_left(g.caps[tenant + USED_W], g.caps[tenant + CAP_W]),
            power_left_in_halls(f, g.job[W * job + PIECE]),
        )  # fmt: skip
        share = FULL if g.more[MORE * job + WATTS] == 0 else g.more[g.fixed[AT_SHARES] + power]
        _change(g, job, g.more[MORE * job + BASE], share)


@typed(TERMS)
def pace(g: State, f: Floor, job: int, what: int) -> int:
    """Do what is asked for a job: measure its speed where it stands, let it set out, leave; or slow all down."""
    if what == MEASURE:
        g.more[MORE * job + BASE] = _speed(g, f, job)
    elif what == SET_OUT:
        _set_out(g, f, job)
    elif what == LEAVE:
        _leave(g, f, job)
    else:
        _slow_down(g, f)
    return 1
