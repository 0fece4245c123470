"""Set nodes and requests for the event loop on nodes; made-up nodes; who can never fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gigacampus.engine.desk import HEAD, NEVER, PLACEMENT, RESERVATION, Ints
from gigacampus.engine.order import order_by
from gigacampus.engine.outcome import Who, blank, clock_of, later, simply
from gigacampus.engine.packing import Nodes, Requests, typical
from gigacampus.engine.placed import BITS, BLOCKED, EASY, FREE, PLACES, POLICY, REGISTERS, Line, play_placed
from gigacampus.engine.placed import EVENTS as PLACED_EVENTS
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.quotas import NO_QUOTAS, Quotas
from gigacampus.engine.reasons import explained
from gigacampus.kernels.dice import stream
from gigacampus.kernels.packing import WHOLE, Packing, fragmentation
from gigacampus.kernels.schedule.cluster import SPREAD, Cluster, leave_nodes, settle
from gigacampus.kernels.schedule.shelves import not_kept, put_all, shelves_of
from gigacampus.kernels.schedule.waiting import GONE, waiting_size

PLACEMENTS = {
    "bestfit": int(Packing.BESTFIT), "packed": int(Packing.BESTFIT), "spread": SPREAD, "random": int(Packing.RANDOM),
    "dotprod": int(Packing.DOTPROD), "gpuclustering": int(Packing.GPUCLUSTERING),
    "gpupacking": int(Packing.GPUPACKING), "fgd": int(Packing.FGD),
}  # fmt: skip
"""Placements by name. Nodes know no racks, so packed (fewest racks, then best fit within) is bestfit here."""
QUEUES_ON_NODES = ("fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy")


@dataclass(frozen=True, slots=True)
class Site:
    """Nodes as the kernels take them, and the requests on them."""

    nodes: Nodes
    requests: Ints
    """Shape (jobs, 5): CPU, memory, GPUs, thousandths of each, models allowed."""
    bits: dict[str, int]
    """Bit of each GPU model."""


def alike(gpus: int, per_node: int) -> Nodes:
    """Made-up nodes of `per_node` GPUs each, the last smaller where it does not come out even; no other limits."""
    sizes = np.full(-(-gpus // per_node), per_node, dtype=np.int64)
    if gpus % per_node:
        sizes[-1] = gpus % per_node
    return Nodes(np.zeros_like(sizes), np.zeros_like(sizes), sizes, ("",) * len(sizes))


def site(nodes: Nodes, requests: Requests) -> Site:
    """Nodes and requests together; what no node states (CPU, memory, model) limits nothing."""
    bits = {model: 1 << i for i, model in enumerate(sorted(set(nodes.model)))}
    matrix = requests.matrix(bits)
    cpu, memory = nodes.cpu_milli, nodes.memory_mib
    unlimited = 1 << 60
    if not len(cpu) or not 0 < int(cpu.max()) < unlimited:
        cpu, matrix[:, 0] = np.zeros_like(cpu), 0
    if not len(memory) or not 0 < int(memory.max()) < unlimited:
        memory, matrix[:, 1] = np.zeros_like(memory), 0
    if set(nodes.model) == {""}:
        matrix[:, 4] = 0
    return Site(replace(nodes, cpu_milli=cpu, memory_mib=memory), np.ascontiguousarray(matrix), bits)


def never_fits(here: Site) -> Ints:
    """Rows of requests that find no room even on the empty cluster."""
    kinds, which = np.unique(here.requests, axis=0, return_inverse=True)
    empty = cluster(here, int(Packing.BESTFIT), 1)
    is_fit = np.zeros(len(kinds), dtype=bool)
    for k, request in enumerate(kinds):
        is_fit[k] = _has_room(empty, np.ascontiguousarray(request))
    return np.flatnonzero(~is_fit[which.reshape(-1)])


def _has_room(c: Cluster, request: Ints) -> bool:
    piece = settle(c, int(Packing.BESTFIT), request, 0.0)
    if piece >= 0:
        leave_nodes(c, int(Packing.BESTFIT), piece, request)
    return bool(piece >= 0)


def cluster(here: Site, policy: int, jobs: int) -> Cluster:
    """The cluster, empty."""
    nodes, most = here.nodes, max(int(here.nodes.gpus.max(initial=0)), 1)
    count = len(nodes.gpus)
    free = np.where(np.arange(most)[None, :] < nodes.gpus[:, None], WHOLE, 0).astype(np.int64)
    model_bit = np.array([here.bits[model] for model in nodes.model], dtype=np.int64)
    common, weight = typical(here.requests)
    pieces = jobs + count + 1
    by_free, idle = _shelves(here, most)
    return Cluster(
        nodes.cpu_milli.copy(), nodes.memory_mib.copy(), free, nodes.gpus.astype(np.int64), model_bit,
        residents=np.zeros((count, most + 1), dtype=np.int64), typical=common, weight=weight,
        before=_fragmentation(policy, here, free, model_bit, common, weight),
        piece_node=blank(pieces, -1), piece_next=np.append(np.arange(1, pieces), -1).astype(np.int64),
        piece_given=np.zeros((pieces, most), dtype=np.int16), first_vacant=blank(1),
        given=blank(most), rest=blank(5), by_free=by_free, idle=idle,
    )  # fmt: skip


def _shelves(here: Site, most: int) -> tuple[Ints, Ints]:
    """The nodes by free GPUs and the wholly free ones by size, all empty; not kept where CPUs or shares count."""
    gpus, requests = here.nodes.gpus, here.requests
    if here.nodes.cpu_milli.any() or ((requests[:, 3] < WHOLE) & (requests[:, 2] > 0)).any():
        return not_kept(), not_kept()
    by_free, idle = (shelves_of(len(gpus), most + 1) for _ in range(2))
    put_all(by_free, gpus)
    put_all(idle, gpus)
    return by_free, idle


def _fragmentation(policy: int, here: Site, free: Ints, model_bit: Ints, common: Ints, weight: Any) -> Any:
    """Fragmentation of each empty node, which only fgd looks at."""
    cpu = here.nodes.cpu_milli
    if policy != Packing.FGD:
        return np.zeros(len(cpu))
    one = [fragmentation(int(cpu[i]), free[i], int(model_bit[i]), common, weight) for i in range(len(cpu))]
    return np.array(one)


def schedule_on_nodes(
    policy: str, jobs: Jobs, who: Who, here: Site, placement: str, seed: int = 1, *, restart_s: int = 0,
    quotas: Quotas = NO_QUOTAS,
) -> tuple[Played, Ints]:  # fmt: skip
    """Play jobs on nodes; also job and node of every piece, shape (pieces, 2). Each must fit the empty cluster.

    `quotas` are in thousandths of a GPU.
    """
    if policy not in QUEUES_ON_NODES or placement not in PLACEMENTS or who.has_plans:
        return _generally(policy, jobs, who, here, placement, seed, restart_s, quotas)
    n = len(jobs.run_s)
    kind = PLACEMENTS[placement]
    rule, _, backfill = policy.partition("-")
    order = order_by(rule, jobs.submit_s, jobs.estimate_s, who.priority)
    order = np.arange(n, dtype=np.int64) if order is None else order
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n, dtype=np.int64)
    base, bits = clock_of(jobs)
    s = blank(REGISTERS)
    s[FREE], s[BLOCKED] = here.nodes.gpu_milli, -1
    fixed = blank(3)
    fixed[POLICY], fixed[EASY], fixed[BITS] = kind, int("easy" in (rule, backfill)), bits
    line = Line(
        s, fixed, jobs.submit_s - base, jobs.run_s, jobs.estimate_s, here.requests[:, 2] * here.requests[:, 3],
        here.requests, stream(seed, "engine/placement").random(n), rank, order, start=blank(n, NEVER),
        expected=blank(n, NEVER), end=blank(n, NEVER), refused=blank(n), piece=blank(n, -1),
        places=np.zeros((_most_pieces(here), 2), dtype=np.int64),
        ends=blank(n + 1), by_end=blank(n),
        queue=np.full(waiting_size(n)[1], GONE, dtype=np.int32),
    )  # fmt: skip
    play_placed(line, cluster(here, kind, n))
    start, end = later(line.start[:n], base), later(line.end[:n], base)
    tries = (start < NEVER).astype(np.int64)
    held = replace(jobs, gpus=line.size)
    rule_held = RESERVATION if fixed[EASY] else HEAD
    played = explained(
        simply(start, start, end, tries, jobs.submit_s, int(s[PLACED_EVENTS])), held, here.nodes.gpu_milli, rule_held
    )
    is_refused = (line.refused[:n] == 1) & (played.reason == rule_held)
    return replace(played, reason=np.where(is_refused, PLACEMENT, played.reason)), line.places[: s[PLACES]]


def _generally(
    policy: str, jobs: Jobs, who: Who, here: Site, placement: str, seed: int, restart_s: int, quotas: Quotas
) -> tuple[Played, Ints]:
    """Play what only the general loop plays."""
    from gigacampus.engine.consult import consult
    from gigacampus.engine.general.play import Setting
    from gigacampus.engine.schedule import known, waits_for

    known(policy)
    setting = Setting(0, here, placement, seed, quotas, restart_s=restart_s)
    played, places = consult(policy, placement, jobs, who, setting)
    held = replace(jobs, gpus=here.requests[:, 2] * here.requests[:, 3])
    return explained(played, held, here.nodes.gpu_milli, waits_for(policy)), places


def _most_pieces(here: Site) -> int:
    """Pieces that all jobs together can have: a gang holds whole nodes and one part."""
    sizes = here.nodes.gpus[here.nodes.gpus > 0]
    smallest = int(sizes.min()) if len(sizes) else 1
    return len(here.requests) + int((here.requests[:, 2] // smallest).sum())
