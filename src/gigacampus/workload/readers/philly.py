"""Microsoft Philly, 2017: the full JSON log (ATC'19) and the list cleaned for Pollux (OSDI'21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Format, need, one
from gigacampus.workload.readers.records import JsonRecords, each, load_json

CITE = "Jeon et al., Analysis of Large-Scale Multi-Tenant GPU Clusters, USENIX ATC'19 (CC-BY-4.0)"

PHILLY_CSV = Format(
    "philly-csv",
    "Microsoft Philly 2017, cleaned list",
    ("timestamp", "duration", "num_gpus", "gpu_time", "cluster"),
    {
        "submit_s": need("timestamp"), "run_s": need("duration"), "gpus": need("num_gpus"), "tenant": need("cluster"),
    },
    has_dates=True,
    has_ids=False,
    semantics=(
        "Philly, cleaned: submission in local time without zone, read as it stands; no ids, users, states or waits; a "
        "filtered subset of the public log (82,247 of 117,325 jobs, about half of its GPU-time).",
    ),
    citation=f"{CITE}; list by Qiao et al., Pollux, OSDI'21.",
)  # fmt: skip


def _open(path: str, form: Format) -> JsonRecords:
    return JsonRecords(path, each(path, load_json(path), "Philly job", _job), list(form.fields))


def _job(job: Any) -> dict[str, Any]:
    """One record a job: first start, last end, and the running time of all its attempts."""
    attempts = job.get("attempts") or []
    spans = [(_time(one.get("start_time")), _time(one.get("end_time"))) for one in attempts]
    gpus = [sum(len(node.get("gpus") or []) for node in one.get("detail") or []) for one in attempts]
    nodes = [len(one.get("detail") or []) for one in attempts]
    running = bool(attempts) and spans[-1][1] is None
    run = sum((end - start).total_seconds() for start, end in spans if start and end)
    starts = [start for start, _ in spans if start]
    return {
        "job_id": job.get("jobid"), "submit_s": job.get("submitted_time"), "user": job.get("user"),
        "tenant": job.get("vc"), "state": "Running" if running else job.get("status"),
        "start_s": min(starts) if starts else None, "end_s": None if running or not attempts else spans[-1][1],
        "run_s": None if running else run, "gpus": max(gpus, default=0), "nodes": max(nodes, default=0),
    }  # fmt: skip


def _time(text: Any) -> datetime | None:
    """An attempt's time; ValueError where it is neither a date nor absent."""
    return datetime.fromisoformat(str(text)) if text not in (None, "None", "") else None


PHILLY = Format(
    "philly",
    "Microsoft Philly 2017, full JSON log",
    ("status", "vc", "jobid", "attempts", "submitted_time"),
    {
        "job_id": need("job_id"), "submit_s": need("submit_s"), "run_s": need("run_s"), "gpus": need("gpus"),
        "user": one("user"), "tenant": one("tenant"), "state": one("state"), "start_s": one("start_s"),
        "end_s": one("end_s"), "nodes": one("nodes"),
    },
    states={"PASS": State.COMPLETED, "KILLED": State.CANCELLED, "FAILED": State.FAILED, "RUNNING": State.RUNNING},
    open=_open,
    has_dates=True,
    semantics=(
        "Philly: run time is the sum of the attempts that have both times, GPUs those of the largest attempt; a job "
        "whose last attempt has no end was running when the log was taken; one without attempts never ran. Local "
        "time without zone.",
    ),
    citation=f"{CITE}.",
)  # fmt: skip
