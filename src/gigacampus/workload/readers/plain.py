"""Any CSV: our own column names, common ones, or a `columns:` mapping."""

from __future__ import annotations

import re

from gigacampus.errors import Fault, UsageError
from gigacampus.tables.trace import State
from gigacampus.tables.work import Kind
from gigacampus.workload.readers.mapper import TARGETS, Field, Format, need, one

STATES = {
    "COMPLETED": State.COMPLETED, "SUCCEEDED": State.COMPLETED, "PASS": State.COMPLETED, "FINISHED": State.COMPLETED,
    "TERMINATED": State.COMPLETED, "FAILED": State.FAILED, "ERROR": State.FAILED, "OUT_OF_MEMORY": State.FAILED,
    "CANCELLED": State.CANCELLED, "CANCELED": State.CANCELLED, "KILLED": State.CANCELLED, "TIMEOUT": State.TIMEOUT,
    "NODE_FAIL": State.NODE_FAIL, "PREEMPTED": State.PREEMPTED, "RUNNING": State.RUNNING, "PENDING": State.PENDING,
}  # fmt: skip
KINDS = {
    "pretrain": Kind.PRETRAIN,
    "finetune": Kind.FINETUNE,
    "evaluate": Kind.EVALUATE,
    "batch": Kind.BATCH,
    "serve": Kind.SERVE,
}

DEFAULTS: dict[str, Field] = {
    "job_id": one("job_id", "id", "jobid"),
    "submit_s": need("submit_s", "submit", "submit_time", "submission_time", "arrival_s", "arrival_time", "timestamp"),
    "run_s": need("run_s", "run", "run_time", "runtime", "duration", "duration_s"),
    "gpus": need("gpus", "num_gpus", "num_gpu", "gpu_num", "chips"),
    "estimate_s": one("estimate_s", "estimate", "requested_time", "time_limit_s"),
    "user": one("user", "user_id"),
    "tenant": one("tenant", "vc", "queue", "account", "partition", "cluster"),
    "kind": one("kind", "type"),
    "priority": one("priority"),
    "state": one("state", "status"),
    "start_s": one("start_s", "start", "start_time"),
    "end_s": one("end_s", "end", "end_time"),
    "nodes": one("nodes", "num_nodes", "node_num"),
    "cpu_milli": one("cpu_milli"),
    "memory_mib": one("memory_mib"),
    "gpu_milli": one("gpu_milli"),
    "gpu_spec": one("gpu_spec", "gpu_type", "gpu_model"),
    "begin_s": one("begin_s", "not_before_s", "begin"),
    "planned_s": one("planned_s", "planned_start_s"),
    "deadline_s": one("deadline_s", "deadline", "due_s"),
}
"""Column names that a plain CSV may use without a mapping; the first that is there counts."""

_SCALED = re.compile(r"^(?P<column>.+?)\s*\*\s*(?P<scale>[\d.eE+-]+)$")


def plain(columns: dict[str, str] | None = None, has_dates: bool = False) -> Format:
    """The format of any CSV. `columns` maps our names to the file's, with an optional factor:
    `{"run_s": "ms * 0.001"}`.

    Raises UsageError for a name that is none of ours.
    """
    fields = dict(DEFAULTS)
    faults = []
    for target, text in (columns or {}).items():
        if target not in TARGETS:
            faults.append(Fault("T008", f"columns: {target!r} is none of {', '.join(TARGETS)}", path=target))
            continue
        match = _SCALED.match(text)
        name, scale = (match["column"], float(match["scale"])) if match else (text, 1.0)
        fields[target] = need(name.strip(), scale=scale)
    if faults:
        raise UsageError(faults)
    return Format(
        "csv",
        "CSV with named columns",
        (),
        fields,
        states=STATES,
        kinds={name: int(kind) for name, kind in KINDS.items()},
        has_dates=has_dates,
        semantics=("CSV: times are seconds (or dates); without a state column every job is taken as completed.",),
    )
