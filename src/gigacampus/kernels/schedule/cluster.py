"""Jobs on nodes that come and go: which node under a packing policy, gangs over several nodes, and giving all back.

A request is `(cpu, memory, GPUs, thousandths of each, models)` as in `kernels/packing.py`. A gang is a request for more
GPUs than the largest node has: whole free nodes first (in order), the rest on the node chosen by the policy; its CPU
and memory are split by GPUs. A gang never starts in part.

What a job holds is a chain of pieces, one a node: `piece_node`, `piece_next`, and `piece_given[p, i]`, thousandths of
GPU i. Vacant pieces are chained too; `first_vacant[0]` heads them.

Where GPUs alone count (no CPU, no shared GPUs), nodes stand on shelves by their free GPUs, and the node that best fit
or spread scores highest is the first that fits on the first such shelf. All other policies look at every node.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.kernels.jit import kernel, part
from gigacampus.kernels.packing import NOWHERE, WHOLE, Packing, fits, fragmentation, kind_of, roomy_gpus, score, take
from gigacampus.kernels.schedule.shelves import count_on, is_kept, next_on, shelve

SPREAD = 6
"""The node with the most free GPUs, so that jobs get room; beside the packing policies."""


class Cluster(NamedTuple):
    """Nodes and what is held on them."""

    free_cpu: Any
    free_memory: Any
    free_gpu: Any
    """Thousandths of each GPU, shape (nodes, most GPUs of a node)."""
    gpus: Any
    """GPUs of each node."""
    model_bit: Any
    residents: Any
    """Jobs of each kind on each node, shape (nodes, most GPUs of a node + 1)."""
    typical: Any
    weight: Any
    before: Any
    """Fragmentation of each node, kept for fgd."""
    piece_node: Any
    piece_next: Any
    piece_given: Any
    first_vacant: Any
    given: Any
    """Scratch: thousandths taken of each GPU."""
    rest: Any
    """Scratch: the part of a gang's request that is left."""
    by_free: Any
    """Shelves of the nodes by free GPUs; kept only where nothing but whole GPUs counts."""
    idle: Any
    """Shelves of the wholly free nodes by size; kept likewise."""


@kernel
def settle(c: Cluster, policy: int, request: Any, draw: float) -> int:
    """Find room for a request and take it; returns the first piece, -1 where there is none now.

    `draw` from 0 to 1 picks among all that fit under the random policy.
    """
    most = c.free_gpu.shape[1]
    if request[2] <= most:
        return _settle_on_one(c, policy, request, draw)
    chain, left = -1, request[2]
    if is_kept(c.idle) and left - idle_gpus(c) > most:
        return -1
    node = next_idle(c, 0, left)
    while node >= 0:
        share_of(c, request, c.gpus[node])
        if fits(node, c.rest, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
            left -= c.gpus[node]
            chain = hold(c, policy, node, c.rest, draw, chain)
        if left == 0:
            return chain
        node = next_idle(c, node + 1, left)
    if left <= most:
        share_of(c, request, left)
        last = _settle_on_one(c, policy, c.rest, draw)
        if last >= 0:
            c.piece_next[last] = chain
            return last
    leave_nodes(c, policy, chain, request)
    return -1


@kernel
def settle_all(c: Cluster, policy: int, requests: Any, draws: Any, first: Any) -> None:
    """Settle requests one after another, none ever leaving; `first[j]` becomes the first piece of request j."""
    for j in range(len(requests)):
        first[j] = settle(c, policy, requests[j], draws[j])


@part
def next_idle(c: Cluster, node: int, most: int) -> int:
    """The first wholly free node from `node` on that has GPUs, `most` of them or fewer; -1: none."""
    if not is_kept(c.idle):
        for other in range(node, len(c.gpus)):
            if 0 < c.gpus[other] <= most and roomy_gpus(c.free_gpu[other], WHOLE) >= c.gpus[other]:
                return other
        return NOWHERE
    first = NOWHERE
    for size in range(1, min(most, c.free_gpu.shape[1]) + 1):
        other = next_on(c.idle, size, node)
        if other >= 0 and (first == NOWHERE or other < first):
            first = other
    return first


@part
def idle_gpus(c: Cluster) -> int:
    """GPUs of all wholly free nodes, where they are kept."""
    gpus = 0
    for size in range(1, c.free_gpu.shape[1] + 1):
        gpus += size * count_on(c.idle, size)
    return gpus


@part
def share_of(c: Cluster, request: Any, gpus: int) -> None:
    """The part of a gang's request that goes with `gpus` of its GPUs; CPU and memory rounded up."""
    c.rest[0] = -(-request[0] * gpus // request[2])
    c.rest[1] = -(-request[1] * gpus // request[2])
    c.rest[2], c.rest[3], c.rest[4] = gpus, request[3], request[4]


@kernel
def _settle_on_one(c: Cluster, policy: int, request: Any, draw: float) -> int:
    """Take room on the node that the policy scores highest, the first of equals; -1: no node has room."""
    best, highest, count = NOWHERE, 0, 0
    if is_kept(c.by_free) and request[2] > 0:
        if policy == Packing.BESTFIT or policy == SPREAD:
            best = _from_shelves(c, policy, request)
            return hold(c, policy, best, request, draw, -1) if best != NOWHERE else -1
        if not has_shelf(c, request[2]):
            return -1
    for node in range(len(c.gpus)):
        if not fits(node, request, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
            continue
        if policy == Packing.RANDOM:
            count += 1
            continue
        if policy == SPREAD:
            points = roomy_gpus(c.free_gpu[node], WHOLE)
        else:
            points = score(
                policy, node, request, c.free_cpu, c.free_gpu, c.gpus, c.model_bit, c.residents, c.typical, c.weight,
                c.before,
            )  # fmt: skip
        if best == NOWHERE or points > highest:
            best, highest = node, points
    if count > 0:
        best = _drawn(c, request, int(draw * count))
    return hold(c, policy, best, request, draw, -1) if best != NOWHERE else -1


@kernel
def _from_shelves(c: Cluster, policy: int, request: Any) -> int:
    """The node with the least free GPUs that fits, under spread with the most; the first of equals."""
    most = c.free_gpu.shape[1]
    for step in range(most - request[2] + 1):
        shelf = most - step if policy == SPREAD else request[2] + step
        node = next_on(c.by_free, shelf, 0)
        while node >= 0:
            if fits(node, request, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
                return node
            node = next_on(c.by_free, shelf, node + 1)
    return NOWHERE


@part
def has_shelf(c: Cluster, gpus: int) -> bool:
    """Whether any node has that many GPUs free, where they are kept."""
    nodes = 0
    for shelf in range(gpus, c.free_gpu.shape[1] + 1):
        nodes += count_on(c.by_free, shelf)
    return nodes > 0


@part
def put_on_shelf(c: Cluster, node: int, is_up: bool) -> None:
    """A node has changed: put it where it belongs; a node that is down on no shelf."""
    if not is_kept(c.by_free):
        return
    free = roomy_gpus(c.free_gpu[node], WHOLE)
    shelve(c.by_free, node, free if is_up else -1)
    shelve(c.idle, node, free if is_up and free == c.gpus[node] else -1)


@kernel
def _drawn(c: Cluster, request: Any, skip: int) -> int:
    """The node at position `skip` of those that fit."""
    for node in range(len(c.gpus)):
        if fits(node, request, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
            if skip == 0:
                return node
            skip -= 1
    return NOWHERE


@kernel
def hold(c: Cluster, policy: int, node: int, request: Any, draw: float, chain: int) -> int:
    """Take a request's resources on a node; returns the new piece, which goes before `chain`."""
    piece = c.first_vacant[0]
    c.first_vacant[0] = c.piece_next[piece]
    take(
        policy, node, request, draw, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit, c.residents,
        c.typical, c.weight, c.before, c.given,
    )  # fmt: skip
    weigh(c, policy, node)
    for i in range(c.free_gpu.shape[1]):
        c.piece_given[piece, i] = c.given[i]
    c.piece_node[piece] = node
    c.piece_next[piece] = chain
    return piece


@part
def weigh(c: Cluster, policy: int, node: int) -> None:
    """Keep what is known of a changed node: its shelves, and its fragmentation where the policy looks at it."""
    put_on_shelf(c, node, True)
    if policy == Packing.FGD:
        c.before[node] = fragmentation(c.free_cpu[node], c.free_gpu[node], c.model_bit[node], c.typical, c.weight)


@kernel
def leave_nodes(c: Cluster, policy: int, piece: int, request: Any) -> None:
    """Give back all that a job holds, piece by piece."""
    while piece >= 0:
        node, gpus = c.piece_node[piece], 0
        for i in range(c.free_gpu.shape[1]):
            given = c.piece_given[piece, i]
            c.free_gpu[node, i] += given
            gpus += 1 if given > 0 else 0
        part_of(c, request, gpus)
        c.free_cpu[node] += c.rest[0]
        c.free_memory[node] += c.rest[1]
        if gpus > 0:
            c.residents[node, kind_of(c.rest)] -= 1
        weigh(c, policy, node)
        following = c.piece_next[piece]
        c.piece_next[piece] = c.first_vacant[0]
        c.first_vacant[0] = piece
        piece = following


@kernel
def part_of(c: Cluster, request: Any, gpus: int) -> None:
    """What a piece with `gpus` GPUs holds of a request: all of it unless it stands on several nodes."""
    if gpus == request[2]:
        for k in range(5):
            c.rest[k] = request[k]
    else:
        share_of(c, request, gpus)
