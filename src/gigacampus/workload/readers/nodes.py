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


def is_nodes(names: list[str]) -> bool:
    """Whether a header is that of a node list."""
    return _columns(names) is not None


def _columns(names: list[str]) -> dict[str, tuple[str, float]] | None:
    return next((one for one in COLUMNS if {column for column, _ in one.values()} <= set(names)), None)


def read_nodes(path: str | Path) -> Table:
    """A node list (`tables.trace.NODES`); TraceError names every cell that is no number of 0 or more."""
    source = Delimited(str(path))
    columns = _columns(source.names)
    if columns is None:
        wanted = "; ".join(", ".join(column for column, _ in one.values()) for one in COLUMNS)
        raise TraceError(
            Fault(
                "T002",
                f"no node list: columns are {', '.join(source.names)}",
                source.path,
                1,
                fix=f"known are {wanted}",
            )
        )
    faults = Faults(source.path)
    made: dict[str, list[object]] = {name: [] for name in NODES.names}
    for rows, batch in source.batches([column for column, _ in columns.values()], faults):
        for target in NODES.names:
            if target not in columns:
                made[target] += [0] * len(rows)
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
