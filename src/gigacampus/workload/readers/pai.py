"""Alibaba PAI, 2020 (NSDI'22): the task table, one trace job a task."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Batch, Format, need, one
from gigacampus.workload.readers.source import Delimited, Source

HEADER = [
    "job_name",
    "task_name",
    "inst_num",
    "status",
    "start_time",
    "end_time",
    "plan_cpu",
    "plan_mem",
    "plan_gpu",
    "gpu_type",
]


def open_pai(path: str, form: Format) -> Source:
    """The table as released has no header line; one that was given a header is read as well."""
    source = Delimited(path)
    if "plan_gpu" in source.names:
        return source
    return Delimited(path, names=list(HEADER), has_header=False)


def _finish(batch: Batch) -> None:
    """Percent of a GPU and instances to whole GPUs and a share of each; waiting tasks are left out."""
    batch.texts["job_id"] = pc.binary_join_element_wise(batch.texts["job_id"], batch.texts["task"], "/")
    instances = np.maximum(batch.whole("instances", 1), 1)
    percent = np.where(batch.has("percent"), batch.values["percent"], 0.0)
    batch.put("gpus", (np.ceil(percent / 100.0 - 1e-9) * instances).astype(np.int64))
    batch.put("gpu_milli", np.where(percent < 100.0, np.rint(percent * 10.0), 1000.0).astype(np.int64))
    for name in ("cpu_milli", "memory_mib"):
        if name in batch.values:
            batch.values[name] = batch.values[name] * instances
    waiting = batch.each_word("state", lambda word: float(word.lower() in ("waiting", "running"))) == 1.0
    unstarted = waiting & ~batch.has("submit_s")
    batch.keep &= ~unstarted
    if "submit_s" in batch.values:
        batch.put("start_s", batch.values["submit_s"], batch.known["submit_s"])


PAI = Format(
    "pai",
    "Alibaba PAI 2020, task table",
    ("job_name", "task_name", "inst_num", "plan_gpu"),
    {
        "job_id": need("job_name"),
        "task": need("task_name", how="text"),
        "instances": need("inst_num", how="number"),
        "state": need("status"),
        "submit_s": need("start_time"),
        "end_s": need("end_time"),
        "cpu_milli": one("plan_cpu", scale=10.0),
        "memory_mib": one("plan_mem", scale=1024.0),
        "percent": need("plan_gpu", how="number"),
        "gpu_spec": one("gpu_type"),
    },
    states={"TERMINATED": State.COMPLETED, "FAILED": State.FAILED, "RUNNING": State.RUNNING, "WAITING": State.PENDING},
    finish=_finish,
    open=open_pai,
    semantics=(
        "PAI: one job a task (id job/task); submission is the task's launch, as the task table has no other; GPUs are "
        "instances × plan_gpu, in percent: 50 is half a GPU (gpu_milli 500), 200 two; CPU and memory are summed over "
        "instances; seconds on a shifted clock.",
    ),
    citation="Weng et al., MLaaS in the Wild, NSDI'22 (CC-BY-4.0).",
)
