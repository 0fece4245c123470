"""Alibaba openb, 2023 (FGD, ATC'23): pods that ask for shares of GPUs."""

from __future__ import annotations

import numpy as np

from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Batch, Format, need, one


def _finish(batch: Batch) -> None:
    """Pods that were never scheduled stay, with a run time of 0; files without times are all submitted at 0."""
    rows = len(batch.rows)
    if "submit_s" not in batch.values:
        batch.put("submit_s", np.zeros(rows))
    ran = batch.has("start_s") & batch.has("end_s")
    span = batch.values["end_s"] - batch.values["start_s"] if ran.any() else np.zeros(rows)
    batch.put("run_s", np.where(ran, span, 0.0))


OPENB = Format(
    "openb",
    "Alibaba openb 2023 pods (FGD)",
    ("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"),
    {
        "job_id": need("name"), "submit_s": one("creation_time"), "start_s": one("scheduled_time"),
        "end_s": one("deletion_time"), "gpus": need("num_gpu"), "cpu_milli": need("cpu_milli"),
        "memory_mib": need("memory_mib"), "gpu_milli": need("gpu_milli"), "gpu_spec": one("gpu_spec"),
        "state": one("pod_phase"),
    },
    states={"SUCCEEDED": State.COMPLETED, "RUNNING": State.RUNNING, "FAILED": State.FAILED, "PENDING": State.PENDING},
    finish=_finish,
    semantics=(
        "openb: run time is deletion less scheduling, 0 for a pod that was never scheduled; gpu_milli is the share "
        "of a GPU (1000 is whole); gpu_spec lists the types that will do, parted by |. Files without times "
        "(multigpu) are for packing: all pods at 0. For packing studies, not for queueing: waits are seconds.",
    ),
    citation="Weng et al., Beware of Fragmentation, USENIX ATC'23 (Apache-2.0).",
)  # fmt: skip
