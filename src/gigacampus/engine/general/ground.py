"""What happens on nodes, behind one door: `act`. The passes reach it through a pointer and compile without it."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import types

from gigacampus.engine.desk import NEVER
from gigacampus.engine.general.state import (
    ANSWER,
    CALLS,
    DONE,
    END,
    FLOATS,
    HAS_VIEW,
    NO_ROOM,
    NO_SUCH_NODE,
    NODE_FULL,
    NOW,
    OWN_PLACE,
    PACKING,
    PIECE,
    PLACE_ROOM,
    PLACE_WIDTH,
    PLACES,
    RUN,
    START,
    STATUS,
    TRIES,
    State,
    W,
)
from gigacampus.engine.policies import JOBS_TYPE, NODES_TYPE, PLACE_SIGNATURE, NodesView
from gigacampus.kernels.jit import kernel, typed
from gigacampus.kernels.packing import WHOLE, fits, roomy_gpus
from gigacampus.kernels.schedule.cluster import Cluster, hold, leave_nodes, part_of, settle, share_of, weigh
from gigacampus.kernels.schedule.floor import Floor
from gigacampus.kernels.schedule.pointer import array_of, ptr
from gigacampus.kernels.schedule.racks import FLOOR, SETTLE

CLAIM, GIVE, LIFT, RESTORE, FORGET, NOTE, TELL, LOWEST, SHUT, MEND, ANNOUNCE = range(11)
"""What `act` may be asked: take room for a job; give it back; free it for a moment; take it again; do not; write down
where a job started; tell functions of one's own that it holds nothing. On a floor: the lowest node that a job holds of
those that go down; and, for an outage in place of a job, take its nodes down, bring them back, announce it."""
FITS = 11
"""On a floor: whether nodes have room for a job if power has no limit."""
DRAW, REST, RAISE, LOWER, SET_LIMIT, OVER, SURVEY, FIND, BOOK, SPLIT, DROP, POWER_BY = range(12, 24)
"""What `power` may be asked: a job draws power, no more, is lifted, is put back; a limit changes, whom to stop for it;
the profile of power, its first time for a job, power booked there, a breakpoint more, one less; whether limits let a
job start by a time."""
MEASURE, SET_OUT, LEAVE, SLOW = 24, 25, 26, 27
"""What `pace` may be asked: a job's speed where it stands; it sets out; leaves; all run as fast as power lets them."""


class Ground(NamedTuple):
    """Nodes and what jobs ask of them; pointers, with the sizes that make arrays of them."""

    free_cpu: Any
    free_memory: Any
    free_gpu: Any
    gpus: Any
    model_bit: Any
    residents: Any
    typical: Any
    weight: Any
    before: Any
    piece_node: Any
    piece_next: Any
    piece_given: Any
    first_vacant: Any
    given: Any
    rest: Any
    by_free: Any
    idle: Any
    request: Any
    """Rows of five, as the nodes want it."""
    draw: Any
    """float64: one draw a job for the random policy."""
    jobs: Any
    """The jobs as functions of one's own see them."""
    views: Any
    """The nodes as they see them."""
    rack: Any
    rack_first: Any
    pod_first: Any
    hall: Any
    owner: Any
    down: Any
    closes: Any
    rack_free: Any
    rack_whole: Any
    hall_limit: Any
    hall_used: Any
    want: Any
    seen: Any
    racks_by_free: Any
    racks_by_whole: Any
    settle: Any
    """Finds nodes on a floor."""
    power: Any
    """Limits of power there."""
    pace: Any
    """How fast jobs run there."""
    racks: int
    pods: int
    halls: int
    racks_kept: int
    """Elements of each of the racks' shelves."""
    width: int
    """Nodes."""
    most: int
    """GPUs of the largest."""
    common: int
    """Typical requests."""
    pieces: int
    rows: int
    """Jobs."""
    kept: int
    """Elements of each of the nodes' shelves."""


@kernel
def ground_of(f: Floor, request: Any, draw: Any, jobs: Any, views: Any, settle: Any, power: Any, pace: Any) -> Ground:
    """Pointers to a floor and the rest."""
    c = f.c
    return Ground(
        ptr(c.free_cpu), ptr(c.free_memory), ptr(c.free_gpu), ptr(c.gpus), ptr(c.model_bit), ptr(c.residents),
        ptr(c.typical), ptr(c.weight), ptr(c.before), ptr(c.piece_node), ptr(c.piece_next), ptr(c.piece_given),
        ptr(c.first_vacant), ptr(c.given), ptr(c.rest), ptr(c.by_free), ptr(c.idle), ptr(request), ptr(draw), ptr(jobs),
        ptr(views), ptr(f.rack), ptr(f.rack_first), ptr(f.pod_first), ptr(f.hall), ptr(f.owner), ptr(f.down),
        ptr(f.closes), ptr(f.rack_free), ptr(f.rack_whole), ptr(f.hall_limit), ptr(f.hall_used), ptr(f.want),
        ptr(f.seen), ptr(f.by_free), ptr(f.by_whole), settle, power, pace, len(f.rack_free), len(f.pod_first) - 1,
        len(f.hall_limit), len(f.by_free), len(c.gpus),
        c.free_gpu.shape[1], c.typical.shape[0], len(c.piece_node), len(jobs), len(c.by_free),
    )  # fmt: skip


@kernel
def cluster_of(n: Ground) -> Cluster:
    """The cluster behind the pointers."""
    return Cluster(
        array_of(n.free_cpu, n.width), array_of(n.free_memory, n.width), array_of(n.free_gpu, (n.width, n.most)),
        array_of(n.gpus, n.width), array_of(n.model_bit, n.width), array_of(n.residents, (n.width, n.most + 1)),
        array_of(n.typical, (n.common, 5)), array_of(n.weight, n.common), array_of(n.before, n.width),
        array_of(n.piece_node, n.pieces), array_of(n.piece_next, n.pieces),
        array_of(n.piece_given, (n.pieces, n.most)), array_of(n.first_vacant, 1), array_of(n.given, n.most),
        array_of(n.rest, 5), array_of(n.by_free, n.kept), array_of(n.idle, n.kept),
    )  # fmt: skip


_POINTER, _FLOATS = types.CPointer(types.int64), types.CPointer(types.float64)  # type: ignore[no-untyped-call]
STATE_TYPE = types.NamedTuple(  # type: ignore[no-untyped-call]
    tuple(_FLOATS if name in FLOATS else _POINTER for name in State._fields), State
)
TERMS = types.int64(STATE_TYPE, FLOOR, types.int64, types.int64)
_KINDS = {
    "weight": _FLOATS, "before": _FLOATS, "draw": _FLOATS,
    "piece_given": types.CPointer(types.int16),  # type: ignore[no-untyped-call]
    "jobs": types.CPointer(JOBS_TYPE.dtype),  # type: ignore[no-untyped-call]
    "views": types.CPointer(NODES_TYPE.dtype),  # type: ignore[no-untyped-call]
    "settle": types.FunctionType(SETTLE),
    "power": types.FunctionType(TERMS),
    "pace": types.FunctionType(TERMS),
} | dict.fromkeys(
    ("width", "most", "common", "pieces", "rows", "kept", "racks", "pods", "halls", "racks_kept"), types.int64
)  # fmt: skip
GROUND_TYPE = types.NamedTuple(tuple(_KINDS.get(name, _POINTER) for name in Ground._fields), Ground)  # type: ignore[no-untyped-call]
ACT = types.int64(STATE_TYPE, GROUND_TYPE, types.FunctionType(PLACE_SIGNATURE), types.int64, types.int64)


@kernel
def note(g: State, c: Cluster, table: Any, job: int) -> None:
    """Write down when and where a job started."""
    s, piece = g.s, g.job[W * job + PIECE]
    if g.fixed[HAS_VIEW] == 1:
        table[job]["start_s"], table[job]["since_s"] = g.job[W * job + START], s[NOW]
    while piece >= 0:
        if s[PLACES] == g.fixed[PLACE_ROOM]:
            s[STATUS] = NO_ROOM
            return
        row, given = PLACE_WIDTH * s[PLACES], 0
        for i in range(c.free_gpu.shape[1]):
            given += c.piece_given[piece, i]
        g.places[row], g.places[row + 1], g.places[row + 2] = job, c.piece_node[piece], g.job[W * job + TRIES]
        g.places[row + 3] = given
        s[PLACES] += 1
        piece = c.piece_next[piece]


@kernel
def forget(g: State, c: Cluster, job: int) -> None:
    """A lifted job will not come back: its pieces are vacant."""
    piece = g.job[W * job + PIECE]
    while piece >= 0:
        following = c.piece_next[piece]
        c.piece_next[piece] = c.first_vacant[0]
        c.first_vacant[0] = piece
        piece = following
    g.job[W * job + PIECE] = -1


@kernel
def _shift(g: State, c: Cluster, request: Any, job: int, sign: int) -> None:
    """Add a job's pieces to what is free, or take them away again."""
    piece = g.job[W * job + PIECE]
    while piece >= 0:
        shift_piece(g, c, request, piece, sign)
        piece = c.piece_next[piece]


@kernel
def shift_piece(g: State, c: Cluster, request: Any, piece: int, sign: int) -> None:
    """The same for one of them."""
    node, gpus = c.piece_node[piece], gpus_of(c, piece)
    for i in range(c.free_gpu.shape[1]):
        c.free_gpu[node, i] += sign * c.piece_given[piece, i]
    part_of(c, request, gpus)
    c.free_cpu[node] += sign * c.rest[0]
    c.free_memory[node] += sign * c.rest[1]
    if gpus > 0:
        kind = 0 if c.rest[3] < WHOLE else c.rest[2]
        c.residents[node, kind] -= sign
    weigh(c, g.fixed[PACKING], node)


@kernel
def gpus_of(c: Cluster, piece: int) -> int:
    """GPUs of which a piece holds something."""
    gpus = 0
    for i in range(c.free_gpu.shape[1]):
        gpus += 1 if c.piece_given[piece, i] > 0 else 0
    return gpus


@kernel
def is_vacant(g: State, c: Cluster, request: Any, job: int) -> bool:
    """Whether all that a lifted job held is free."""
    piece = g.job[W * job + PIECE]
    while piece >= 0:
        node = c.piece_node[piece]
        for i in range(c.free_gpu.shape[1]):
            if c.free_gpu[node, i] < c.piece_given[piece, i]:
                return False
        part_of(c, request, gpus_of(c, piece))
        if c.free_cpu[node] < c.rest[0] or c.free_memory[node] < c.rest[1]:
            return False
        piece = c.piece_next[piece]
    return True


@kernel
def _ask_for_nodes(g: State, n: Ground, c: Cluster, place: Any, job: int) -> int:
    """Ask a placement of one's own for one node after another until the job has all its GPUs; first piece, or -1.

    A job takes as many whole free GPUs of a node as it still needs; one that asks for a share, or for none, one node.
    """
    request, draw = array_of(n.request, (n.rows, 5))[job], array_of(n.draw, n.rows)[job]
    chain, left = -1, max(request[2], 1)
    while left > 0:
        show(c, array_of(n.views, n.width))
        node = named(g, n, place, job)
        if node < 0:
            break
        gpus = left
        if request[2] == 0 or request[3] < WHOLE:
            for k in range(5):
                c.rest[k] = request[k]
        else:
            gpus = min(left, roomy_gpus(c.free_gpu[node], WHOLE))
            share_of(c, request, max(gpus, 1))
        if gpus == 0 or not fits(node, c.rest, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
            g.s[STATUS] = NODE_FULL
            break
        chain = hold(c, g.fixed[PACKING], node, c.rest, draw, chain)
        left -= gpus
    if left == 0:
        return chain
    leave_nodes(c, g.fixed[PACKING], chain, request)
    return -1


@kernel
def named(g: State, n: Ground, place: Any, job: int) -> int:
    """The node that a placement of one's own names next for a job; -1 for none, or for one that is none."""
    s = g.s
    s[CALLS] += 1
    node = place(NodesView(array_of(n.views, n.width), array_of(n.jobs, n.rows), s[NOW]), job)
    s[CALLS] += 1
    s[ANSWER] = node
    if node < -1 or node >= n.width:
        s[STATUS] = NO_SUCH_NODE
        return -1
    return int(node)


@kernel
def show(c: Cluster, nodes: Any) -> None:
    """What is free on each node, for a placement of one's own."""
    for node in range(len(c.gpus)):
        free = 0
        for i in range(c.free_gpu.shape[1]):
            free += c.free_gpu[node, i]
        nodes[node]["gpus_free"] = roomy_gpus(c.free_gpu[node], WHOLE)
        nodes[node]["gpu_milli_free"] = free
        nodes[node]["cpu_milli_free"] = c.free_cpu[node]
        nodes[node]["memory_mib_free"] = c.free_memory[node]


@typed(ACT)
def act(g: State, n: Ground, place: Any, job: int, what: int) -> int:
    """Do what is asked for a job; 1 where it could be done, else 0."""
    c, table = cluster_of(n), array_of(n.jobs, n.rows)
    request = array_of(n.request, (n.rows, 5))[job]
    if what == CLAIM:
        if g.fixed[OWN_PLACE] == 1:
            g.job[W * job + PIECE] = _ask_for_nodes(g, n, c, place, job)
        else:
            draw = array_of(n.draw, n.rows)[job]
            g.job[W * job + PIECE] = settle(c, g.fixed[PACKING], request, draw)
        return 1 if g.job[W * job + PIECE] >= 0 else 0
    if what == GIVE:
        leave_nodes(c, g.fixed[PACKING], g.job[W * job + PIECE], request)
        g.job[W * job + PIECE] = -1
    elif what == LIFT:
        _shift(g, c, request, job, 1)
    elif what == RESTORE:
        if not is_vacant(g, c, request, job):
            return 0
        _shift(g, c, request, job, -1)
    elif what == FORGET:
        forget(g, c, job)
    elif what == NOTE:
        note(g, c, table, job)
    else:
        tell(g, table, job)
    return 1


@kernel
def tell(g: State, table: Any, job: int) -> None:
    """Let functions of one's own know that a job holds nothing any more."""
    table[job]["since_s"], table[job]["done_s"] = NEVER, g.job[W * job + DONE]
    if g.job[W * job + END] < NEVER:
        table[job]["done_s"] = g.job[W * job + RUN]
