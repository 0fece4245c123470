"""Static packing studies: place requests in order on real nodes, nothing ever departs.

The experiment of Weng et al., "Beware of Fragmentation" (USENIX ATC 2023): shuffle the requests, repeat random
ones until they ask for a stated share of the installed GPUs, place one after another, and see how much GPU could
be given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels import packing
from gigacampus.kernels.dice import stream
from gigacampus.kernels.packing import WHOLE, Packing
from gigacampus.tables import Table

Ints = NDArray[np.int64]
TYPICAL_SHARE = 0.95
"""FGD looks at the commonest requests that make up this share of all."""
UNLIMITED = 1 << 60
"""CPU or memory of nodes whose list states none."""
NO_SUCH_MODEL = 1 << 62
"""Bit of a GPU model that no node has: a request for it alone fits nowhere."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes: CPUs (milli), memory (MiB), GPUs and the GPU model of each; arrays of one length."""

    cpu_milli: Ints
    memory_mib: Ints
    gpus: Ints
    model: tuple[str, ...]

    @classmethod
    def from_table(cls, nodes: Table) -> Nodes:
        """Nodes from a node list (`tables.trace.NODES`); CPU or memory that no row states is no limit."""
        cpu, memory = (_unlimited(nodes[name]) for name in ("cpu_milli", "memory_mib"))
        return cls(cpu, memory, nodes["gpus"].astype(np.int64), tuple(nodes["gpu_spec"].tolist()))

    @property
    def gpu_milli(self) -> int:
        """GPUs installed, in thousandths."""
        return int(self.gpus.sum()) * WHOLE


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests: CPU (milli), memory (MiB), GPUs, thousandths of each GPU, models allowed (`A|B`, empty: any)."""

    cpu_milli: Ints
    memory_mib: Ints
    gpus: Ints
    gpu_milli: Ints
    models: tuple[str, ...]

    @classmethod
    def from_jobs(cls, jobs: Table, specs: tuple[str, ...]) -> Requests:
        """Requests from a log (`tables.trace.JOBS`); `specs` are the names behind its `gpu_spec_index`."""
        names = tuple(specs[i] if i >= 0 else "" for i in jobs["gpu_spec_index"].tolist())
        return cls(jobs["cpu_milli"], jobs["memory_mib"], jobs["gpus"], jobs["gpu_milli"], names)

    def matrix(self, bits: dict[str, int]) -> Ints:
        """Shape (requests, 5): CPU, memory, GPUs, thousandths of each, bit mask of allowed models (0: any)."""
        masks = {text: _mask(text, bits) for text in set(self.models)}
        share = np.where(self.gpus > 1, WHOLE, np.where(self.gpus == 0, 0, self.gpu_milli))
        allowed = np.array([masks[text] for text in self.models], dtype=np.int64)
        return np.column_stack([self.cpu_milli, self.memory_mib, self.gpus, share, allowed]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Packed:
    """The outcome: which request was tried when (`order`, rows of the input) and the node of each (-1: none)."""

    order: Ints
    node: Ints
    allocation_fraction: float
    requested_fraction: float
    fragmented_fraction: float
    unplaced: int
    pieces: Ints
    """Request (its place in `order`) and node of every piece, shape (pieces, 2); only a gang has several."""


def _unlimited(values: Ints) -> Ints:
    return values.astype(np.int64) if values.any() else np.full(len(values), UNLIMITED, dtype=np.int64)


def _mask(text: str, bits: dict[str, int]) -> int:
    mask = 0
    for model in filter(None, text.split("|")):
        mask |= bits.get(model, NO_SUCH_MODEL)
    return mask


def inflated(gpu_milli: Ints, installed_milli: int, share: float, seed: int) -> Ints:
    """Rows in a shuffled order, made to ask for about `share` of what is installed.

    Below it, rows drawn at random with replacement are appended until the next would pass it; above it, random rows are
    dropped until the rest does not. Requests without GPUs count 0.
    """
    dice = stream(seed, "engine/inflate")
    order = dice.permutation(len(gpu_milli))
    asked, goal = int(gpu_milli.sum()), share * installed_milli
    if asked > goal:
        cumulative = np.cumsum(gpu_milli[order])
        # the order is random already: dropping its tail is dropping random rows
        return order[: int(np.searchsorted(cumulative, goal, side="right"))].astype(np.int64)
    extra: list[int] = []
    while len(gpu_milli) and gpu_milli.any():
        row = int(order[dice.integers(len(order))])
        if asked + int(gpu_milli[row]) > goal:
            break
        asked += int(gpu_milli[row])
        extra.append(row)
    return np.concatenate([order, np.array(extra, dtype=np.int64)]).astype(np.int64)


def typical(matrix: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """The commonest distinct requests that cover TYPICAL_SHARE of all, and their shares among these.

    Memory plays no part in FGD and is left out (0). Ties in popularity go by the request itself, so that the list does
    not depend on the order of the input.
    """
    rows = [tuple(int(v) for v in row) for row in matrix[:, [0, 2, 3, 4]]]
    ranked = sorted(Counter(rows).items(), key=lambda item: (-item[1], item[0]))
    chosen, covered = [], 0
    for row, count in ranked:
        if covered >= TYPICAL_SHARE * len(rows):
            break
        chosen.append((row[0], 0, row[1], row[2], row[3], count))
        covered += count
    table = np.array(chosen, dtype=np.int64).reshape(-1, 6)
    return np.ascontiguousarray(table[:, :5]), table[:, 5] / max(covered, 1)


def pack(
    nodes: Nodes,
    requests: Requests,
    policy: Packing,
    *,
    seed: int = 1,
    inflate: float | None = None,
    random_ties: bool = False,
) -> Packed:
    """Place requests in order; without `inflate` in the order given.

    A request for more GPUs than any node has finds no place: see `packing_gangs`.
    Of nodes with equal scores the first is taken, or a random one with `random_ties`. The random policy's draws and
    random ties come from the seed. A request that finds no place is no error: it is counted.
    """
    bits = {model: 1 << i for i, model in enumerate(sorted(set(nodes.model)))}
    if len(bits) > 61:
        raise ValueError(f"at most 61 GPU models, found {len(bits)}")
    matrix = requests.matrix(bits)
    free_cpu, free_memory = nodes.cpu_milli.copy(), nodes.memory_mib.copy()
    if (free_cpu == UNLIMITED).all():
        # nothing to weigh up: endless CPU would drown the GPUs in every score
        free_cpu[:], matrix[:, 0] = 0, 0
    if set(nodes.model) == {""}:
        matrix[:, 4] = 0  # no node states a type: none is a limit
    asked = matrix[:, 2] * matrix[:, 3]
    order = np.arange(len(matrix)) if inflate is None else inflated(asked, nodes.gpu_milli, inflate, seed)
    queue = np.ascontiguousarray(matrix[order])
    kinds, kind = np.unique(queue, axis=0, return_inverse=True) if len(queue) else (queue, np.zeros(0))
    dice = stream(seed, "engine/packing")
    draws, tie_draws = dice.random(len(queue)), dice.random(len(queue))
    typical_requests, weight = typical(matrix)
    columns = np.arange(max(int(nodes.gpus.max(initial=0)), int(matrix[:, 2].max(initial=0)), 1))
    free_gpu = np.where(columns[None, :] < nodes.gpus[:, None], WHOLE, 0).astype(np.int64)
    model_bit = np.array([bits[model] for model in nodes.model], dtype=np.int64)
    places = np.full(len(queue), packing.NOWHERE, dtype=np.int64)
    packing.pack(
        int(policy), queue, kind.reshape(-1).astype(np.int64), kinds, draws,
        tie_draws if random_ties else np.zeros(len(queue)), free_cpu, free_memory, free_gpu, nodes.gpus, model_bit,
        typical_requests, weight, places,
    )  # fmt: skip
    installed = max(nodes.gpu_milli, 1)
    wasted = fragmented_milli(free_cpu, free_gpu, model_bit, typical_requests, weight)
    placed = np.flatnonzero(places >= 0)
    given = int(asked[order][placed].sum())
    return Packed(
        order, places, given / installed, int(asked[order].sum()) / installed, wasted / installed,
        int((places < 0).sum()), np.stack((placed, places[placed]), axis=1),
    )  # fmt: skip


def fragmented_milli(
    free_cpu: Ints, free_gpu: Ints, model_bit: Ints, typical_requests: Ints, weight: NDArray[np.float64]
) -> float:
    """Expected free GPU, in thousandths, that the next request cannot use, over all nodes."""
    return sum(
        packing.fragmentation(int(free_cpu[i]), free_gpu[i], int(model_bit[i]), typical_requests, weight)
        for i in range(len(free_cpu))
    )
