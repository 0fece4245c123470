"""Alibaba's spot-GPU fleet, 2026 (GFS, ASPLOS'26): the job list. Not bundled: research or study use."""

from __future__ import annotations

import numpy as np

from gigacampus.workload.readers.mapper import Batch, Format, need, one


def _finish(batch: Batch) -> None:
    """Requests are per worker; high-priority jobs come before spot ones."""
    workers = np.maximum(batch.whole("workers", 1), 1)
    for name in ("gpus", "cpu_milli"):
        if name in batch.values:
            batch.values[name] = batch.values[name] * workers
    high = batch.each_word("class", lambda word: float(word.upper() == "HP"))
    batch.put("priority", (high == 1.0).astype(np.int64))


SPOT = Format(
    "spot",
    "Alibaba spot-GPU fleet 2026 (GFS)",
    ("job_name", "organization", "gpu_model", "gpu_request", "worker_num", "submit_time", "duration", "job_type"),
    {
        "job_id": need("job_name"), "tenant": one("organization"), "gpu_spec": one("gpu_model"),
        "cpu_milli": one("cpu_request", scale=1000.0), "gpus": need("gpu_request"),
        "workers": need("worker_num", how="number"), "submit_s": need("submit_time"), "run_s": need("duration"),
        "class": need("job_type", how="text"),
    },
    finish=_finish,
    semantics=(
        "Spot 2026: GPUs and CPUs are requests × workers; priority 1 is HP, 0 is Spot; seconds since the first "
        "submission; no states, users or requested times.",
    ),
    citation="Duan et al., GFS, ASPLOS'26; for research or study purposes.",
)  # fmt: skip
