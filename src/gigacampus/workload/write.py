"""Write jobs in Standard Workload Format, so that other simulators can run them, or as a CSV of our own columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from gigacampus.clock import NEVER
from gigacampus.files import whole
from gigacampus.tables import Table
from gigacampus.tables.trace import State
from gigacampus.tables.work import Kind
from gigacampus.workload.readers.swf import FIELDS
from gigacampus.workload.trace import Trace

STATUS = {State.COMPLETED: 1, State.FAILED: 0, State.CANCELLED: 5, State.TIMEOUT: 0, State.NODE_FAIL: 0}
"""SWF's word for how a job ended; -1 for all others."""


def write_swf(jobs: Table, path: str | Path, header: Mapping[str, str] | None = None) -> int:
    """Write a trace's or a work's jobs, sorted by submission (ties as they stand) and numbered from 1; packed if `.gz`.

    Chips go into fields 5 and 8, requested time into 9, user, tenant (as queue) and status where known, else -1. The
    file appears whole or not at all. Returns the number of lines.
    """
    path = Path(path)
    order = np.argsort(jobs["submit_s"], kind="stable")
    rows = len(order)
    columns = {name: np.full(rows, -1, np.int64) for name in FIELDS}
    columns["job"] = np.arange(1, rows + 1)
    for field, name in (("submit", "submit_s"), ("run", "run_s"), ("allocated", "gpus"), ("requested", "gpus")):
        columns[field] = jobs[name][order]
    estimate = jobs["estimate_s"][order]
    columns["requested_time"] = np.where(estimate > 0, estimate, -1)
    for field, name in (("user", "user_index"), ("queue", "tenant_index")):
        index = jobs[name][order].astype(np.int64)
        columns[field] = np.where(index >= 0, index + 1, -1)
    names = set(jobs.spec.names)
    if "state_index" in names:
        status = np.array([STATUS.get(State(code), -1) for code in range(len(State) - 1)] + [-1])
        columns["status"] = status[jobs["state_index"][order]]
    if "start_s" in names:
        start = jobs["start_s"][order]
        columns["wait"] = np.where(start == NEVER, -1, start - columns["submit"])
    _write(path, pa.table(columns), header or {})
    return rows


def write_csv(trace: Trace, path: str | Path) -> int:
    """Write a trace as a CSV that `read_trace` reads again, parts of GPUs and states included; packed if `.gz`.

    Rows keep their order; what is unknown is empty. The file appears whole or not at all. Returns the number of rows.
    """
    jobs, rows = trace.jobs, len(trace)
    columns: dict[str, Any] = {"job_id": trace.ids}
    for name in ("submit_s", "run_s", "gpus", "gpu_milli", "priority", "nodes", "cpu_milli", "memory_mib"):
        columns[name] = jobs[name]
    columns["estimate_s"] = pa.array(jobs["estimate_s"], mask=jobs["estimate_s"] <= 0)
    for name in jobs.spec.names:
        if name.endswith("_s") and name not in columns:
            columns[name] = pa.array(jobs[name], mask=jobs[name] == NEVER)
    words: dict[str, tuple[str, ...]] = {
        "user": trace.users, "tenant": trace.tenants, "gpu_spec": trace.gpu_specs,
        "kind": tuple(kind.name.lower() for kind in Kind),
        "state": tuple(state.name for state in State if state >= 0),
    }  # fmt: skip
    for name, known in words.items():
        index = jobs[f"{name}_index"].astype(np.int64)
        columns[name] = pa.array([*known, ""]).take(pa.array(np.where(index < 0, len(known), index)))
    _write(Path(path), pa.table(columns), None)
    return rows


def _write(path: Path, lines: pa.Table, header: Mapping[str, str] | None) -> None:
    """Comments and lines (SWF), or a CSV with the columns' names where there is no header; beside it, then renamed."""
    packing = "gzip" if path.suffix == ".gz" else None
    with whole(path) as beside, pa.output_stream(str(beside), compression=packing) as stream:
        for key, value in ({} if header is None else {"Version": "2.2", **header}).items():
            stream.write(f"; {key}: {value}\n".encode())
        swf = {"include_header": False, "delimiter": " ", "quoting_style": "none"}
        pacsv.write_csv(lines, stream, pacsv.WriteOptions(**(swf if header is not None else {})))
