"""Node lists: openb, PAI machines, spot fleet."""

from __future__ import annotations

from pathlib import Path

from gigacampus.errors import Fault, TraceError
from gigacampus.tables import Table
from gigacampus.tables.trace import NODES
from gigacampus.workload.readers import convert
from gigacampus.workload.readers.faults import Faults
from gigacampus.workload.readers.source import Delimited

COLUMNS: tuple[dict[str, tuple[str, float]], ...] = (
    {
        "node": ("sn", 1),
        "gpus": ("gpu", 1),
        "cpu_milli": ("cpu_milli", 1),
        "memory_mib": ("memory_mib", 1),
        "gpu_spec": ("model", 1),
    },
    {
        "node": ("machine", 1),
        "gpus": ("cap_gpu", 1),
        "cpu_milli": ("cap_cpu", 1000),
        "memory_mib": ("cap_mem", 1024),
        "gpu_spec": ("gpu_type", 1),
    },
    {
        "node": ("node_name", 1),
        "gpus": ("gpu_capacity_num", 1),
        "cpu_milli": ("cpu_num", 1000),
        "gpu_spec": ("gpu_model", 1),
    },
    {
        "node": ("node", 1),
        "gpus": ("gpus", 1),
        "cpu_milli": ("cpu_milli", 1),
        "memory_mib": ("memory_mib", 1),
        "gpu_spec": ("gpu_spec", 1),
    },
)
"""Column and factor of each target: openb, PAI (cores, GB), spot 2026 (cores), and our own names."""

NEEDED = ("node", "gpus")
"""Targets that a node list must have; CPU, memory or a GPU type that it does not state limits nothing."""


def is_nodes(names: list[str]) -> bool:
    """Whether a header is that of a node list, all of its columns there."""
    return any({column for column, _ in one.values()} <= set(names) for one in COLUMNS)


def _columns(names: list[str]) -> dict[str, tuple[str, float]] | None:
    """The known columns that a header has, of the first list whose needed ones are there."""
    for one in COLUMNS:
        if {one[target][0] for target in NEEDED} <= set(names):
            return {target: (column, scale) for target, (column, scale) in one.items() if column in names}
    return None


def read_nodes(path: str | Path) -> Table:
    """A node list (`tables.trace.NODES`); TraceError names every cell that is no number of 0 or more."""
    source = Delimited(str(path))
    columns = _columns(source.names)
    if columns is None:
        wanted = "; ".join(" and ".join(one[target][0] for target in NEEDED) for one in COLUMNS)
        raise TraceError(
            Fault(
                "T002",
                f"no node list: columns are {', '.join(source.names)}",
                source.path,
                1,
                fix=f"it needs {wanted}",
            )
        )
    faults = Faults(source.path)
    made: dict[str, list[object]] = {name: [] for name in NODES.names}
    for rows, batch in source.batches([column for column, _ in columns.values()], faults):
        for target in NODES.names:
            if target not in columns:
                made[target] += ["" if target == "gpu_spec" else 0] * len(rows)
                continue
            name, scale = columns[target]
            text = batch.column(name)
            if target in ("node", "gpu_spec"):
                made[target] += [value or "" for value in text.to_pylist()]
                continue
            values, known, _ = convert.numbers(text)
            wrong = ~known | (values < 0)
            faults.refuse_cells(rows, wrong, name, text, "a number of 0 or more")
            made[target] += convert.whole(values, float(scale)).tolist()
    faults.raise_if_any(source.lines, source.delimiter, source.names)
    if not made["node"]:
        raise TraceError(Fault("T007", "the node list is empty", source.path))
    return Table(NODES, made)
