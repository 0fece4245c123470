"""Nodes in racks, racks in pods, nodes in halls: who may stand where, and what is held there.

The nodes stand in order, rack after rack, pod after pod. A request has ten columns: CPU, memory, GPUs, thousandths of
each, models allowed, halls allowed, models preferred, halls preferred (bit masks, 0: any), GPUs of a rack that it takes
as one scale-up domain (0: none), and the bit of its tenant. Hard limits: all but the two preferences.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.packing import WHOLE, fits, roomy_gpus
from gigacampus.kernels.schedule.cluster import Cluster, hold, leave_nodes, put_on_shelf
from gigacampus.kernels.schedule.shelves import is_kept, shelve

CPU, MEMORY, GPUS, MILLI, MODELS, HALLS, LIKES_MODELS, LIKES_HALLS, DOMAIN, TENANT, WIDTH = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
)
WANT_MODELS, WANT_HALLS, WANT_TENANT, WANT_UNTIL, WANT_WATTS, HELD, STAMP, WANTS = 0, 1, 2, 3, 4, 5, 6, 7
"""Scratch: what the request in hand wants beside GPUs; GPUs held by the last look; a running number."""


PACKED, NEAR = 7, 8
"""Placements on a floor, beside the packing policies and SPREAD."""


class Floor(NamedTuple):
    """Nodes and what is around them; int64 arrays."""

    c: Cluster
    rack: Any
    """Rack of each node."""
    rack_first: Any
    """First node of each rack, and one past the last."""
    pod_first: Any
    """First rack of each pod, and one past the last."""
    hall: Any
    """Hall of each node."""
    owner: Any
    """Bit mask of the tenants that may use a node; 0: any."""
    down: Any
    """How many outages hold each node."""
    closes: Any
    """When the next announced maintenance takes each node; NEVER."""
    rack_free: Any
    """Whole free GPUs of each rack, nodes that are down left out."""
    rack_whole: Any
    """The same on wholly free nodes."""
    hall_limit: Any
    """Most power of each hall, W; NEVER."""
    hall_used: Any
    """Power of the jobs in each hall, W."""
    want: Any
    seen: Any
    """Number of the last request that took something of each rack."""
    by_free: Any
    """Shelves of the racks by `rack_free`; kept where the nodes' are."""
    by_whole: Any
    """Shelves of the racks by `rack_whole`; kept likewise."""


@part
def can_host(f: Floor, node: int, request: Any) -> bool:
    """Whether a node may and can host a request (of which only the first five columns count here) now."""
    c, want = f.c, f.want
    if f.down[node] > 0 or f.closes[node] < want[WANT_UNTIL]:
        return False
    if want[WANT_HALLS] != 0 and (want[WANT_HALLS] >> f.hall[node]) & 1 == 0:
        return False
    if want[WANT_MODELS] != 0 and want[WANT_MODELS] & c.model_bit[node] == 0:
        return False
    if f.owner[node] != 0 and f.owner[node] & want[WANT_TENANT] == 0:
        return False
    watts = want[WANT_WATTS] * request[GPUS] * request[MILLI] // WHOLE
    if watts > 0 and f.hall_used[f.hall[node]] + watts > f.hall_limit[f.hall[node]]:
        return False
    return fits(node, request, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit)


@kernel
def hold_on(f: Floor, policy: int, node: int, request: Any, draw: float, watts: int, chain: int) -> int:
    """Take a part's resources on a node; returns the new piece, which goes before `chain`."""
    c, rack = f.c, f.rack[node]
    free = roomy_gpus(c.free_gpu[node], WHOLE)
    piece = hold(c, policy, node, request, draw, chain)
    left = roomy_gpus(c.free_gpu[node], WHOLE)
    f.rack_free[rack] += left - free
    if free == c.gpus[node] and left < free:
        f.rack_whole[rack] -= free
    put_rack(f, rack)
    f.hall_used[f.hall[node]] += watts * request[GPUS] * request[MILLI] // WHOLE
    return piece


@part
def put_rack(f: Floor, rack: int) -> None:
    """A rack has changed: put it where it belongs."""
    if is_kept(f.by_free):
        shelve(f.by_free, rack, f.rack_free[rack])
        shelve(f.by_whole, rack, f.rack_whole[rack])


@kernel
def vacate(f: Floor, policy: int, chain: int, request: Any, watts: int) -> None:
    """Give back all that a job holds, piece by piece; its nodes must be up."""
    c, piece = f.c, chain
    while piece >= 0:
        node = c.piece_node[piece]
        rack = f.rack[node]
        free, left, given = 0, 0, 0
        for i in range(c.free_gpu.shape[1]):
            given += c.piece_given[piece, i]
            free += 1 if c.free_gpu[node, i] >= WHOLE else 0
            left += 1 if c.free_gpu[node, i] + c.piece_given[piece, i] >= WHOLE else 0
        f.rack_free[rack] += left - free
        if left == c.gpus[node] and free < left:
            f.rack_whole[rack] += left
        put_rack(f, rack)
        f.hall_used[f.hall[node]] -= watts * given // WHOLE
        piece = c.piece_next[piece]
    leave_nodes(c, policy, chain, request)


@kernel
def shut(f: Floor, node: int) -> int:
    """One outage more holds a node that no job is on; returns the GPUs that went down."""
    f.down[node] += 1
    if f.down[node] > 1:
        return 0
    f.rack_free[f.rack[node]] -= f.c.gpus[node]
    f.rack_whole[f.rack[node]] -= f.c.gpus[node]
    put_rack(f, f.rack[node])
    put_on_shelf(f.c, node, False)
    return f.c.gpus[node]


@kernel
def reopen(f: Floor, node: int) -> int:
    """One outage less; returns the GPUs that came back."""
    f.down[node] -= 1
    if f.down[node] > 0:
        return 0
    f.rack_free[f.rack[node]] += f.c.gpus[node]
    f.rack_whole[f.rack[node]] += f.c.gpus[node]
    put_rack(f, f.rack[node])
    put_on_shelf(f.c, node, True)
    return f.c.gpus[node]
