"""Packing studies with gangs: requests for more GPUs than any node has, which take several nodes or none."""

from __future__ import annotations

import numpy as np

from gigacampus.engine.on_nodes import cluster, site
from gigacampus.engine.packing import Ints, Nodes, Packed, Requests, fragmented_milli, inflated
from gigacampus.kernels.dice import stream
from gigacampus.kernels.packing import NOWHERE, Packing
from gigacampus.kernels.schedule.cluster import settle_all


def has_gangs(nodes: Nodes, requests: Requests) -> bool:
    """Whether a request is for more GPUs than the largest node has."""
    return int(requests.gpus.max(initial=0)) > int(nodes.gpus.max(initial=0))


def pack_gangs(
    nodes: Nodes, requests: Requests, policy: Packing, *, seed: int = 1, inflate: float | None = None
) -> Packed:
    """The same as `packing.pack`, with gangs: whole free nodes first, in order, the rest where the policy says."""
    here = site(nodes, requests)
    asked = here.requests[:, 2] * here.requests[:, 3]
    order = np.arange(len(asked)) if inflate is None else inflated(asked, nodes.gpu_milli, inflate, seed)
    queue = np.ascontiguousarray(here.requests[order])
    c = cluster(here, int(policy), len(queue))
    first = np.full(len(queue), NOWHERE, dtype=np.int64)
    settle_all(c, int(policy), queue, stream(seed, "engine/packing").random(len(queue)), first)
    pieces = _pieces(first, c.piece_node, c.piece_next)
    node = np.full(len(queue), NOWHERE, dtype=np.int64)
    np.maximum.at(node, pieces[:, 0], pieces[:, 1])
    installed = max(nodes.gpu_milli, 1)
    wasted = fragmented_milli(c.free_cpu, c.free_gpu, c.model_bit, c.typical, c.weight)
    return Packed(
        order, node, int(asked[order][node >= 0].sum()) / installed, int(asked[order].sum()) / installed,
        wasted / installed, int((node < 0).sum()), pieces,
    )  # fmt: skip


def _pieces(first: Ints, piece_node: Ints, piece_next: Ints) -> Ints:
    """Request and node of every piece, shape (pieces, 2)."""
    rows = []
    for request, piece in enumerate(first.tolist()):
        while piece >= 0:
            rows.append((request, int(piece_node[piece])))
            piece = int(piece_next[piece])
    return np.array(rows, dtype=np.int64).reshape(-1, 2)
