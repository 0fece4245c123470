"""SenseTime Helios, 2020 (SC'21): Slurm logs of four clusters."""

from __future__ import annotations

from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Format, need, one

STATES = {
    "COMPLETED": State.COMPLETED,
    "CANCELLED": State.CANCELLED,
    "FAILED": State.FAILED,
    "TIMEOUT": State.TIMEOUT,
    "NODE_FAIL": State.NODE_FAIL,
    "RUNNING": State.RUNNING,
    "PENDING": State.PENDING,
    "SUSPENDED": State.PREEMPTED,
}

HELIOS = Format(
    "helios",
    "SenseTime Helios 2020",
    ("job_id", "user", "vc", "gpu_num", "cpu_num", "node_num", "state", "submit_time", "duration"),
    {
        "job_id": need("job_id"),
        "submit_s": need("submit_time"),
        "run_s": need("duration"),
        "gpus": need("gpu_num"),
        "user": one("user"),
        "tenant": one("vc"),
        "state": one("state"),
        "start_s": one("start_time"),
        "end_s": one("end_time"),
        "nodes": one("node_num"),
        "cpu_milli": one("cpu_num", scale=1000.0),
    },
    states=STATES,
    has_dates=True,
    semantics=(
        "Helios: run time is duration (end less start); local time without zone; jobs of 0 GPUs run on CPUs; no "
        "requested times. TIMEOUT and NODE_FAIL are very rare.",
    ),
    citation=(
        "Hu et al., Characterization and Prediction of Deep Learning Workloads in Large-Scale GPU Datacenters, "
        "SC'21 (CC-BY-4.0)."
    ),
)
