"""Shanghai AI Lab Acme, 2023 (NSDI'24): Seren (dates at +08:00) and Kalos (dates at +00:00)."""

from __future__ import annotations

import numpy as np

from gigacampus.tables.trace import State
from gigacampus.tables.work import Kind
from gigacampus.workload.readers.helios import STATES
from gigacampus.workload.readers.mapper import Batch, Format, need, one

KINDS = {
    "pretrain": int(Kind.PRETRAIN),
    "sft": int(Kind.FINETUNE),
    "mllm": int(Kind.FINETUNE),
    "evaluation": int(Kind.EVALUATE),
}


def _finish(batch: Batch) -> None:
    """Run time is end less start where both are there: Kalos' own `duration` counts from submission."""
    both = batch.has("start_s") & batch.has("end_s")
    if both.any():
        span = batch.values["end_s"] - batch.values["start_s"]
        batch.put("run_s", np.where(both, span, batch.values["run_s"]), both | batch.has("run_s"))


ACME = Format(
    "acme",
    "Shanghai AI Lab Acme 2023 (Seren, Kalos)",
    ("job_id", "user", "node_num", "gpu_num", "cpu_num", "type", "state", "submit_time"),
    {
        "job_id": need("job_id"),
        "submit_s": need("submit_time"),
        "run_s": need("duration"),
        "gpus": need("gpu_num"),
        "user": one("user"),
        "kind": one("type"),
        "state": one("state"),
        "start_s": one("start_time"),
        "end_s": one("end_time"),
        "nodes": one("node_num"),
        "cpu_milli": one("cpu_num", scale=1000.0),
    },
    states={**STATES, "STOPPED": State.CANCELLED},
    kinds=KINDS,
    finish=_finish,
    has_dates=True,
    semantics=(
        "Acme: dates carry their offset (+08:00 in Seren, +00:00 in Kalos); run time is end less start, as the "
        "duration column of Kalos includes the queue; fail_time and stop_time are not read; type gives the class of "
        "work (Debug and Other are batch).",
    ),
    citation="Hu et al., Characterization of Large Language Model Development in the Datacenter, NSDI'24 (CC-BY-4.0).",
)
