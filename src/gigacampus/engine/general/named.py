"""Nodes of a floor named by a placement of one's own, behind the door `act_as_named`; all else as in `stands`.

A node shows nothing free that is out of service, that maintenance takes before the job is expected to end, or that the
job's needs, its domains or the hall's power close to it. What a job prefers is tried as if it were a must, then done
without.
"""

from __future__ import annotations

from typing import Any

from gigacampus.engine.general.ground import ACT, CLAIM, FITS, Ground, named, show
from gigacampus.engine.general.stands import act_on_floor, floor_of, stand
from gigacampus.engine.general.state import (
    HOLDS,
    MORE,
    NODE_FULL,
    NODE_SHUT,
    NOW,
    OK,
    PACKING,
    STATUS,
    WATTS,
    State,
)
from gigacampus.engine.general.work import expected_left
from gigacampus.kernels.jit import as_part, kernel, typed
from gigacampus.kernels.packing import WHOLE, fits, roomy_gpus
from gigacampus.kernels.schedule.cluster import share_of
from gigacampus.kernels.schedule.floor import (
    DOMAIN,
    GPUS,
    HALLS,
    LIKES_HALLS,
    LIKES_MODELS,
    MILLI,
    MODELS,
    STAMP,
    TENANT,
    WANT_HALLS,
    WANT_MODELS,
    WANT_TENANT,
    WANT_UNTIL,
    WANT_WATTS,
    WIDTH,
    Floor,
    can_host,
    hold_on,
    vacate,
)  # fmt: skip
from gigacampus.kernels.schedule.pointer import array_of

_otherwise = as_part(act_on_floor)


@typed(ACT)
def act_as_named(g: State, n: Ground, place: Any, job: int, what: int) -> int:
    """As `stands.act_on_floor`, with nodes by a placement of one's own."""
    if what not in (CLAIM, FITS):
        return int(_otherwise(g, n, place, job, what))
    f, request = floor_of(n), array_of(n.request, (n.rows, WIDTH))[job]
    want, piece = f.want, -1
    want[WANT_TENANT], want[WANT_UNTIL] = request[TENANT], g.s[NOW] + expected_left(g, job)
    want[WANT_WATTS] = g.more[MORE * job + WATTS] if g.fixed[HOLDS] == 1 and what == CLAIM else 0
    for choice in range(4):
        if piece < 0 and g.s[STATUS] == OK and _is_choice(f, request, choice):
            want[STAMP] += 1
            piece = _ask_for_nodes(g, n, f, place, job, request)
    return 1 if stand(g, n, f, request, job, piece, what) else 0


@kernel
def _is_choice(f: Floor, request: Any, choice: int) -> bool:
    """Want what a request prefers at a choice: model and hall, model, hall, neither; False where it prefers no such."""
    want, is_model, is_hall = f.want, choice < 2, choice == 0 or choice == 2
    if (is_model and request[LIKES_MODELS] == 0) or (is_hall and request[LIKES_HALLS] == 0):
        return False
    want[WANT_MODELS] = request[LIKES_MODELS] if is_model else 0
    want[WANT_HALLS] = request[HALLS]
    if is_hall:
        want[WANT_HALLS] = request[LIKES_HALLS] if request[HALLS] == 0 else request[LIKES_HALLS] & request[HALLS]
        return bool(want[WANT_HALLS] != 0)
    return True


@kernel
def _ask_for_nodes(g: State, n: Ground, f: Floor, place: Any, job: int, request: Any) -> int:
    """Ask for one node after another until the job has all its GPUs; first piece, or -1.

    A job takes as many whole free GPUs of a node as it still needs, of a domain's node as that still needs; one that
    asks for a share, or for none, one node.
    """
    s, c = g.s, f.c
    chain, left, rack, lacks = -1, max(request[GPUS], 1), -1, 0
    while left > 0:
        if lacks == 0:  # a domain begins, or there is but one
            rack, lacks = -1, _part(f, request, left)
        _show(f, array_of(n.views, n.width), request, rack, lacks)
        node = named(g, n, place, job)
        if node < 0:
            break
        gpus = _gpus_for(f, node, request, rack, lacks)
        if gpus == 0:
            s[STATUS] = NODE_SHUT if roomy_gpus(c.free_gpu[node], WHOLE) > 0 else NODE_FULL
            break
        if _is_whole(request):
            gpus = min(gpus, lacks)
            share_of(c, request, gpus)
        else:
            gpus = left
            c.rest[:] = request[: len(c.rest)]
        if not fits(node, c.rest, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
            s[STATUS] = NODE_FULL
            break
        chain = hold_on(f, g.fixed[PACKING], node, c.rest, 0.0, f.want[WANT_WATTS], chain)
        left -= gpus
        lacks -= gpus
        if request[DOMAIN] > 0:
            rack = f.rack[node]
            f.seen[rack] = f.want[STAMP]
    if left == 0:
        return chain
    vacate(f, g.fixed[PACKING], chain, request, f.want[WANT_WATTS])
    return -1


@kernel
def _is_whole(request: Any) -> bool:
    """Whether a request is one for whole GPUs."""
    return bool(request[GPUS] > 0 and request[MILLI] == WHOLE)


@kernel
def _part(f: Floor, request: Any, left: int) -> int:
    """GPUs that one rack must give next, or all that are left; what would fit a node lies within one domain."""
    if request[DOMAIN] == 0 or request[GPUS] <= f.c.free_gpu.shape[1]:
        return left
    return min(request[DOMAIN], left)


@kernel
def _open_gpus(f: Floor, node: int, request: Any, lacks: int) -> int:
    """Whole GPUs free on a node that is open to a job, its domains aside; 1 where it takes none; 0 where it is closed.

    Its hall must have power for as many of them as the job would take. Room for CPU and memory is not looked at.
    """
    c, gpus, free = f.c, request[GPUS], 1
    if _is_whole(request):
        free = roomy_gpus(c.free_gpu[node], WHOLE)
        gpus = min(free, lacks)
    c.rest[0], c.rest[1], c.rest[2], c.rest[3], c.rest[4] = 0, 0, gpus, request[MILLI], request[MODELS]
    return free if can_host(f, node, c.rest) else 0


@kernel
def _gpus_for(f: Floor, node: int, request: Any, rack: int, lacks: int) -> int:
    """The same within domains: of the rack begun, else of racks not yet taken that have all that the domain lacks."""
    if request[DOMAIN] > 0:
        if rack >= 0 and f.rack[node] != rack:
            return 0
        if rack < 0 and not _is_domain(f, f.rack[node], request, lacks):
            return 0
    return _open_gpus(f, node, request, lacks)


@kernel
def _is_domain(f: Floor, rack: int, request: Any, lacks: int) -> bool:
    """Whether a rack has room for a domain."""
    if f.seen[rack] == f.want[STAMP]:
        return False
    gpus = 0
    for node in range(f.rack_first[rack], f.rack_first[rack + 1]):
        gpus += _open_gpus(f, node, request, lacks)
    return gpus >= lacks or not _is_whole(request)


@kernel
def _show(f: Floor, nodes: Any, request: Any, rack: int, lacks: int) -> None:
    """What is free on each node that is open to a job."""
    show(f.c, nodes)
    for node in range(len(f.c.gpus)):
        if _gpus_for(f, node, request, rack, lacks) == 0:
            nodes[node]["gpus_free"] = nodes[node]["gpu_milli_free"] = 0
            nodes[node]["cpu_milli_free"] = nodes[node]["memory_mib_free"] = 0
