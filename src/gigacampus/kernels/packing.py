"""Placing requests on nodes with CPUs, memory, typed GPUs and shares of a GPU: the scores of packing policies.

A node is a row of `free_cpu` (milli-CPU), `free_memory` (MiB) and `free_gpu` (thousandths of each GPU, shape
(nodes, GPUs a node); GPUs that a node does not have are 0 and are left out by `gpus`). A request asks for CPU, memory
and `count` GPUs of which it takes `share` thousandths each; a count of one with a share below 1,000 is a shared GPU.

Scores are whole numbers, from 0 to 100 on nodes of the study's size, as cluster schedulers use them; the highest
wins. Sources of the scores: FGD and the reading of the other five in its study, Weng et al., "Beware of
Fragmentation", USENIX ATC 2023; DotProd after Grandl et al. (Tetris), SIGCOMM 2014; GpuClustering after Xiao et al.
(Gandiva), OSDI 2018; GpuPacking after Weng et al. (MLaaS in the wild), NSDI 2022.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel

WHOLE = 1000
"""Thousandths of a whole GPU."""
MAX_CPU_MILLI = 128_000.0
"""CPUs of the largest node in the study, to make CPU and GPU comparable in a score."""
MAX_GPU_MILLI = 8_000.0
"""GPUs of the largest node, likewise."""
BEST = 100
NOWHERE = -1
UNFIT = -(1 << 62)
"""Score of a node that cannot host a request; nodes larger than the study's may score below 0."""


class Packing(IntEnum):
    """Packing policies."""

    RANDOM = 0
    BESTFIT = 1
    DOTPROD = 2
    GPUCLUSTERING = 3
    GPUPACKING = 4
    FGD = 5


Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@kernel
def fits(node: int, request: Ints, free_cpu: Ints, free_memory: Ints, free_gpu: Ints, model_bit: Ints) -> bool:
    """Whether a node can host a request `(cpu, memory, count, share, models)`; all of these are hard limits."""
    if free_cpu[node] < request[0] or free_memory[node] < request[1]:
        return False
    if request[2] == 0:
        return True
    if request[4] != 0 and (request[4] & model_bit[node]) == 0:
        return False
    return roomy_gpus(free_gpu[node], request[3]) >= request[2]


@kernel
def roomy_gpus(gpus: Ints, share: int) -> int:
    """How many of a node's GPUs have at least `share` thousandths free."""
    count = 0
    for i in range(gpus.shape[0]):
        if gpus[i] >= share:
            count += 1
    return count


@kernel
def free_total(gpus: Ints) -> int:
    """Free thousandths over all GPUs of a node."""
    total = 0
    for i in range(gpus.shape[0]):
        total += gpus[i]
    return total


@kernel
def bestfit_score(cpu_left: int, gpu_left: int, request: Ints) -> int:
    """100 × (1 − ½·CPU left/128 cores − ½·GPU left/8), what is left after the request: the tightest node wins."""
    cpu = (cpu_left - request[0]) / MAX_CPU_MILLI
    gpu = (gpu_left - request[2] * request[3]) / MAX_GPU_MILLI
    return int((1.0 - (0.5 * cpu + 0.5 * gpu)) * BEST)


@kernel
def dotprod_score(cpu_left: int, gpu_left: int, request: Ints) -> int:
    """100 × (1 − mean of free × requested, CPU/128 cores and GPU/8): the node least like the request in size wins."""
    cpu = (cpu_left / MAX_CPU_MILLI) * (request[0] / MAX_CPU_MILLI)
    gpu = (gpu_left / MAX_GPU_MILLI) * (request[2] * request[3] / MAX_GPU_MILLI)
    return int((1.0 - (cpu + gpu) / 2.0) * BEST)


@kernel
def clustering_score(gpu_left: int, residents: Ints, tag: int) -> int:
    """Nodes that already host requests of the same kind first, then idle ones; fuller nodes within each of four bands.

    `residents[k]` counts hosted requests of kind k (0 a shared GPU, k whole GPUs); `tag` is this request's kind.
    """
    kinds = 0
    for k in range(residents.shape[0]):
        if residents[k] > 0:
            kinds += 1
    band = 0
    if residents[tag] > 0:
        band = 3 if kinds == 1 else 2
    elif kinds == 0:
        band = 1
    return (BEST // 4) * (8000 - gpu_left) // 8000 + BEST * band // 4


@kernel
def packing_score(gpus: Ints, installed: int, request: Ints) -> int:
    """GPUs in use before free GPUs on a node in use, before free GPUs on an idle node; the fewest new GPUs within each.

    Shared GPUs: 100 − a tenth of the percentage free on the GPUs used, at least 50; free GPUs of a node in use: 50 −
    their number, at least 33; an idle node: 33 − its GPUs.
    """
    idle = 0
    for i in range(gpus.shape[0]):
        if gpus[i] == WHOLE:
            idle += 1
    if idle == installed:
        return max(BEST // 3 - idle, idle)
    fresh, spare = 0, 0
    taken = np.zeros(gpus.shape[0], dtype=np.bool_)
    for _ in range(request[2]):
        pick = fullest(gpus, request[3], taken)
        if pick == NOWHERE:
            return 0
        taken[pick] = True
        if gpus[pick] == WHOLE:
            fresh += 1
        spare += gpus[pick] * 100 // WHOLE
    if fresh > 0:
        return max(BEST // 2 - fresh, BEST // 3)
    return max(BEST - spare // 10, BEST // 2)


@kernel
def fullest(gpus: Ints, share: int, taken: NDArray[np.bool_]) -> int:
    """The GPU with the least room that has `share` free and is not taken; the first of equals; -1: none."""
    pick = NOWHERE
    for i in range(gpus.shape[0]):
        if gpus[i] >= share and gpus[i] > 0 and not taken[i] and (pick == NOWHERE or gpus[i] < gpus[pick]):
            pick = i
    return pick


@kernel
def fragmentation(cpu_left: int, gpus: Ints, model: int, typical: Ints, weight: Floats) -> float:
    """Expected free GPU thousandths of a node that the next request cannot use, over the typical requests.

    F = Σ w·f: f is all of the node's free GPU where the request cannot run there (CPU, type, GPUs) or asks for none,
    else the GPUs with less room than it asks for (FGD, section 3.2). `typical` has shape (requests, 5).
    """
    total = float(free_total(gpus))
    amount = 0.0
    for k in range(typical.shape[0]):
        share = typical[k, 3]
        can = (
            typical[k, 2] > 0
            and (typical[k, 4] == 0 or (typical[k, 4] & model) != 0)
            and cpu_left >= typical[k, 0]
            and roomy_gpus(gpus, share) >= typical[k, 2]
        )
        if not can:
            amount += weight[k] * total
            continue
        for i in range(gpus.shape[0]):
            if gpus[i] < share:
                amount += weight[k] * gpus[i]
    return amount


@kernel
def fgd_score(before: float, after: float) -> int:
    """100 × sigmoid of the fall in fragmentation in whole GPUs: the least growth wins."""
    return int(1.0 / (1.0 + math.exp(-(before - after) / WHOLE)) * BEST)


@kernel
def fgd_best(
    cpu_left: int, gpus: Ints, model: int, request: Ints, typical: Ints, weight: Floats, before: float
) -> tuple[int, int]:
    """The FGD score of a node and, for a shared GPU, which GPU gives it (the first of equals; -1 for whole GPUs)."""
    if request[2] == 1 and request[3] < WHOLE:
        best, pick = -1, NOWHERE
        for i in range(gpus.shape[0]):
            if gpus[i] < request[3]:
                continue
            gpus[i] -= request[3]
            score = fgd_score(before, fragmentation(cpu_left - request[0], gpus, model, typical, weight))
            gpus[i] += request[3]
            if score > best:
                best, pick = score, i
        return best, pick
    after = gpus.copy()
    need = request[2]
    for i in range(after.shape[0]):
        if need > 0 and after[i] == WHOLE:
            after[i] = 0
            need -= 1
    return fgd_score(before, fragmentation(cpu_left - request[0], after, model, typical, weight)), NOWHERE


@kernel
def score(
    policy: int, node: int, request: Ints, free_cpu: Ints, free_gpu: Ints, gpus_installed: Ints, model_bit: Ints,
    residents: Ints, typical: Ints, weight: Floats, before: Floats,
) -> int:  # fmt: skip
    """The score of one node for one request under a policy that is not random; the node is known to fit.

    Requests without GPUs score 0 everywhere under the two GPU policies: any node does.
    """
    gpus = free_gpu[node]
    if policy == Packing.BESTFIT:
        return bestfit_score(free_cpu[node], free_total(gpus), request)
    if policy == Packing.DOTPROD:
        return dotprod_score(free_cpu[node], free_total(gpus), request)
    if policy == Packing.FGD:
        return fgd_best(free_cpu[node], gpus, model_bit[node], request, typical, weight, before[node])[0]
    if request[2] == 0:
        return 0
    if policy == Packing.GPUCLUSTERING:
        return clustering_score(free_total(gpus), residents[node], kind_of(request))
    return packing_score(gpus, gpus_installed[node], request)


@kernel
def kind_of(request: Ints) -> int:
    """0 for a shared GPU, else the number of whole GPUs: what GpuClustering keeps together."""
    return 0 if request[3] < WHOLE else request[2]


@kernel
def take(
    policy: int, node: int, request: Ints, draw: float, free_cpu: Ints, free_memory: Ints, free_gpu: Ints,
    model_bit: Ints, residents: Ints, typical: Ints, weight: Floats, before: Floats, given: Ints,
) -> None:  # fmt: skip
    """Give a node's resources to a request; `given[i]` gets the thousandths taken of GPU i.

    Whole GPUs: the first free ones. A shared GPU: the fullest that fits; under FGD the one that FGD picks; at random
    (by `draw`) under the random policy.
    """
    gpus = free_gpu[node]
    given[:] = 0
    if request[2] == 1 and request[3] < WHOLE:
        nothing = np.zeros(gpus.shape[0], dtype=np.bool_)
        pick = fullest(gpus, request[3], nothing)
        if policy == Packing.FGD:
            pick = fgd_best(free_cpu[node], gpus, model_bit[node], request, typical, weight, before[node])[1]
        elif policy == Packing.RANDOM:
            skip = int(draw * roomy_gpus(gpus, request[3]))
            for i in range(gpus.shape[0]):
                if gpus[i] >= request[3]:
                    if skip == 0:
                        pick = i
                        break
                    skip -= 1
        given[pick] = request[3]
    else:
        need = request[2]
        for i in range(gpus.shape[0]):
            if need > 0 and gpus[i] == WHOLE:
                given[i] = WHOLE
                need -= 1
    for i in range(gpus.shape[0]):
        gpus[i] -= given[i]
    free_cpu[node] -= request[0]
    free_memory[node] -= request[1]
    if request[2] > 0:
        residents[node, kind_of(request)] += 1


@kernel
def pack(
    policy: int, requests: Ints, kinds: Ints, kind_requests: Ints, draws: Floats, ties: Floats, free_cpu: Ints,
    free_memory: Ints, free_gpu: Ints, gpus_installed: Ints, model_bit: Ints, typical: Ints, weight: Floats,
    places: Ints,
) -> None:  # fmt: skip
    """Place requests one after another, none ever leaving; `places[j]` becomes the node of request j, -1: none.

    `kinds[j]` is the row of `kind_requests` (the distinct requests) that request j equals: a node's score for a kind is
    kept until the node changes. Of the nodes with the highest score the one at position `ties[j]`·count is taken
    (0: always the first); the random policy takes the one at `draws[j]`·count of all that fit.
    """
    nodes = free_cpu.shape[0]
    residents = np.zeros((nodes, free_gpu.shape[1] + 1), dtype=np.int64)
    before = np.zeros(nodes, dtype=np.float64)
    version = np.zeros(nodes, dtype=np.int64)
    seen = np.full((kind_requests.shape[0], nodes), -1, dtype=np.int64)
    kept = np.full((kind_requests.shape[0], nodes), UNFIT, dtype=np.int64)
    given = np.zeros(free_gpu.shape[1], dtype=np.int64)
    if policy == Packing.FGD:
        for node in range(nodes):
            before[node] = fragmentation(free_cpu[node], free_gpu[node], model_bit[node], typical, weight)
    for j in range(requests.shape[0]):
        kind = kinds[j]
        highest, count = UNFIT, 0
        for node in range(nodes):
            if seen[kind, node] != version[node]:
                seen[kind, node] = version[node]
                kept[kind, node] = UNFIT
                if fits(node, kind_requests[kind], free_cpu, free_memory, free_gpu, model_bit):
                    kept[kind, node] = 0
                    if policy != Packing.RANDOM:
                        kept[kind, node] = score(
                            policy, node, kind_requests[kind], free_cpu, free_gpu, gpus_installed, model_bit,
                            residents, typical, weight, before,
                        )  # fmt: skip
            if kept[kind, node] > highest:
                highest, count = kept[kind, node], 1
            elif kept[kind, node] == highest and highest > UNFIT:
                count += 1
        places[j] = NOWHERE
        if highest == UNFIT:
            continue
        skip = int((draws[j] if policy == Packing.RANDOM else ties[j]) * count)
        for node in range(nodes):
            if kept[kind, node] == highest:
                if skip == 0:
                    places[j] = node
                    break
                skip -= 1
        chosen = places[j]
        take(
            policy, chosen, requests[j], draws[j], free_cpu, free_memory, free_gpu, model_bit, residents, typical,
            weight, before, given,
        )  # fmt: skip
        version[chosen] += 1
        if policy == Packing.FGD:
            before[chosen] = fragmentation(free_cpu[chosen], free_gpu[chosen], model_bit[chosen], typical, weight)
