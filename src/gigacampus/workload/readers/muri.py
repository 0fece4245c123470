"""Muri's traces, derived from Philly (SIGCOMM'22): times in milliseconds."""

from __future__ import annotations

from gigacampus.workload.readers.mapper import Format, need, one

MURI = Format(
    "muri",
    "Muri 2022 (Philly-derived)",
    ("job_id", "num_gpu", "submit_time", "iterations", "duration"),
    {
        "job_id": need("job_id"),
        "submit_s": need("submit_time", scale=1e-3),
        "run_s": need("duration", scale=1e-3),
        "gpus": need("num_gpu"),
        "priority": one("priority"),
    },
    semantics=(
        "Muri: submit_time and duration are milliseconds, on the requested GPUs; model names and resource times are "
        "the authors' synthetic typing and are not read.",
    ),
    citation="Zhao et al., Muri, SIGCOMM'22 (Apache-2.0).",
)
