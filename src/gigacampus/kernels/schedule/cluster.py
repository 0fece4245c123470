"""Jobs on nodes that come and go: which node under a packing policy, gangs over several nodes, and giving all back.

A request is `(cpu, memory, GPUs, thousandths of each, models)` as in `kernels/packing.py`. A gang is a request for more
GPUs than the largest node has: whole free nodes first (in order), the rest on the node chosen by the policy; its CPU
and memory are split by GPUs. A gang never starts in part.

What a job holds is a chain of pieces, one a node: `piece_node`, `piece_next`, and `piece_given[p, i]`, thousandths of
GPU i. Vacant pieces are chained too; `first_vacant[0]` heads them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gigacampus.kernels.jit import kernel
from gigacampus.kernels.packing import NOWHERE, WHOLE, Packing, fits, fragmentation, kind_of, roomy_gpus, score, take

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


@kernel
def settle(c: Cluster, policy: int, request: Any, draw: float) -> int:
    """Find room for a request and take it; returns the first piece, -1 where there is none now.

    `draw` from 0 to 1 picks among all that fit under the random policy.
    """
    most = c.free_gpu.shape[1]
    if request[2] <= most:
        return _settle_on_one(c, policy, request, draw)
    chain, left = -1, request[2]
    for node in range(len(c.gpus)):
        if c.gpus[node] == 0 or c.gpus[node] > left or roomy_gpus(c.free_gpu[node], WHOLE) < c.gpus[node]:
            continue
        share_of(c, request, c.gpus[node])
        if fits(node, c.rest, c.free_cpu, c.free_memory, c.free_gpu, c.model_bit):
            left -= c.gpus[node]
            chain = hold(c, policy, node, c.rest, draw, chain)
        if left == 0:
            return chain
    if left <= most:
        share_of(c, request, left)
        last = _settle_on_one(c, policy, c.rest, draw)
        if last >= 0:
            c.piece_next[last] = chain
            return last
    leave_nodes(c, policy, chain, request)
    return -1


@kernel
def share_of(c: Cluster, request: Any, gpus: int) -> None:
    """The part of a gang's request that goes with `gpus` of its GPUs; CPU and memory rounded up."""
    c.rest[0] = -(-request[0] * gpus // request[2])
    c.rest[1] = -(-request[1] * gpus // request[2])
    c.rest[2], c.rest[3], c.rest[4] = gpus, request[3], request[4]


@kernel
def _settle_on_one(c: Cluster, policy: int, request: Any, draw: float) -> int:
    """Take room on the node that the policy scores highest, the first of equals; -1: no node has room."""
    best, highest, count = NOWHERE, 0, 0
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


@kernel
def weigh(c: Cluster, policy: int, node: int) -> None:
    """Keep a changed node's fragmentation, where the policy looks at it."""
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
    """What a piece with `gpus` GPUs holds of a request: all of it unless the request is a gang."""
    if request[2] <= c.free_gpu.shape[1]:
        for k in range(5):
            c.rest[k] = request[k]
    else:
        share_of(c, request, gpus)
