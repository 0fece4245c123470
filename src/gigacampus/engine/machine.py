"""The machine of a replay: a count of chips, or nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gigacampus.engine.packing import Ints, Nodes, Requests
from gigacampus.errors import Fault, UsageError
from gigacampus.tables import Table

MOST_MODELS = 61
"""GPU models are bits of an int64."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Chips, and the nodes that hold them where they are known."""

    gpus: int
    nodes: Nodes | None = None
    names: tuple[str, ...] = ()
    is_made_up: bool = False
    """Nodes of one kind without CPUs, memory or a GPU type of their own: none of these limits anything."""

    def requests(self, jobs: Table, specs: tuple[str, ...]) -> Requests:
        """What the jobs of a log (`tables.trace.JOBS`) ask of a node of this machine."""
        asked = Requests.from_jobs(jobs, specs)
        if not self.is_made_up:
            return asked
        zero = np.zeros(len(jobs), dtype=np.int64)
        return Requests(zero, zero, asked.gpus, asked.gpu_milli, ("",) * len(jobs))

    def texts(self, places: Ints, jobs: int) -> list[str]:
        """The nodes of each job as text, in the order of the node list; `places`: job and node of every piece."""
        held: list[list[int]] = [[] for _ in range(jobs)]
        for job, node in places.tolist():
            held[job].append(node)
        return [";".join(self.names[node] for node in sorted(one)) for one in held]


def machine_of(gpus: int, gpus_per_node: int | None, listed: Table | None) -> Machine:
    """A machine from a node list, else from a count of chips, in equal nodes where their size is stated."""
    if listed is not None:
        nodes = Nodes.from_table(listed)
        if len(set(nodes.model)) > MOST_MODELS:
            told = f"the node list names {len(set(nodes.model))} GPU models"
            raise UsageError(Fault("E302", told, fix=f"at most {MOST_MODELS}"))
        if not nodes.gpus.sum():
            raise UsageError(Fault("E302", "the node list holds no GPU", fix="look at its column of GPUs"))
        return Machine(int(nodes.gpus.sum()), nodes, tuple(listed["node"].tolist()))
    if not gpus:
        fix = "--gpus N, or --cluster NODES.csv"
        raise UsageError(Fault("E302", "the trace does not say how large its machine was", fix=fix))
    if gpus_per_node is None:
        return Machine(gpus)
    count, rest = divmod(gpus, gpus_per_node)
    if rest:
        told = f"{gpus} GPUs do not fill nodes of {gpus_per_node}"
        raise UsageError(Fault("E302", told, fix="make --gpus a multiple of --gpus-per-node"))
    zero = np.zeros(count, dtype=np.int64)
    nodes = Nodes(zero, zero, np.full(count, gpus_per_node, dtype=np.int64), ("",) * count)
    return Machine(gpus, nodes, tuple(f"node{i}" for i in range(count)), True)
