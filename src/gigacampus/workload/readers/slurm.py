"""Slurm accounting: `sacct -P` (or `-p`) text and `sacct --json`, whatever the version put where.

Ask for at least `JobID,Submit,Start,End,State,ElapsedRaw,TimelimitRaw,AllocTRES,ReqTRES,User,Account,Partition,NNodes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gigacampus.tables.arrow import from_numbers, from_texts
from gigacampus.tables.trace import State
from gigacampus.workload.readers import convert
from gigacampus.workload.readers.mapper import Batch, Format, need, one
from gigacampus.workload.readers.records import JsonRecords, each, load_json, utc
from gigacampus.workload.readers.source import Delimited, Source

STATES = {
    "COMPLETED": State.COMPLETED,
    "FAILED": State.FAILED,
    "BOOT_FAIL": State.NODE_FAIL,
    "NODE_FAIL": State.NODE_FAIL,
    "OUT_OF_MEMORY": State.FAILED,
    "CANCELLED": State.CANCELLED,
    "REVOKED": State.CANCELLED,
    "TIMEOUT": State.TIMEOUT,
    "DEADLINE": State.TIMEOUT,
    "PREEMPTED": State.PREEMPTED,
    "SUSPENDED": State.RUNNING,
    "RUNNING": State.RUNNING,
    "COMPLETING": State.RUNNING,
    "CONFIGURING": State.PENDING,
    "PENDING": State.PENDING,
}
NOT_JOBS = {"REQUEUED", "RESIZING", "REQUEUE_HOLD", "REQUEUE_FED"}
_TYPED = re.compile(r"gres/gpu:([^=,]+)=(\d+)")
_UNTYPED = re.compile(r"gres/gpu=(\d+)")


def gpus_in(tres: str) -> float:
    """GPUs of a TRES text: the untyped count where there is one (typed twins repeat it), else the sum of the typed."""
    untyped = _UNTYPED.search(tres)
    return float(untyped[1]) if untyped else float(sum(int(count) for _, count in _TYPED.findall(tres)))


def types_in(tres: str) -> str | None:
    """GPU types named in a TRES text, sorted, parted by `|`; None where there are none."""
    return "|".join(sorted({name for name, _ in _TYPED.findall(tres)})) or None


def _finish(batch: Batch) -> None:
    words = batch.each_word
    batch.keep &= ~(words("job_id_text", lambda text: float("." in text)) == 1.0)
    batch.keep &= words("state", lambda text: float(_first_word(text) in NOT_JOBS)) != 1.0
    _first_known(batch, "run_s", "elapsed")
    _first_known(batch, "estimate_s", "limit")
    _gpus(batch)
    if "run_s" in batch.known:
        batch.known["run_s"] = batch.known["run_s"] & (words("state", _is_pending) != 1.0)


def _first_word(text: str) -> str:
    """The state in `CANCELLED by 1001`."""
    return next(iter(text.upper().split()), "")


def _is_pending(text: str) -> float:
    return float(STATES.get(_first_word(text), State.UNKNOWN) == State.PENDING)


def _first_known(batch: Batch, target: str, other: str) -> None:
    """Fill what `target` leaves open from `other`, which is the same in another spelling."""
    if other not in batch.values:
        return
    if target not in batch.values:
        batch.put(target, batch.values[other], batch.known[other])
        return
    batch.put(
        target,
        np.where(batch.known[target], batch.values[target], batch.values[other]),
        batch.known[target] | batch.known[other],
    )


def _gpus(batch: Batch) -> None:
    """GPUs and their types out of TRES text: allocated, else requested."""
    rows = len(batch.rows)
    total, spec = np.full(rows, np.nan), pa.nulls(rows, pa.string())
    for name in ("allocated", "requested"):
        if name in batch.texts:
            found = batch.each_word(name, gpus_in)
            indices, words = convert.codes(batch.texts[name])
            types = from_texts([types_in(word) for word in words] + [None])
            spec = pc.coalesce(spec, types.take(from_numbers(np.where(indices < 0, len(words), indices))))
            total = np.where(np.isnan(total), found, total)
    batch.put("gpus", np.where(np.isnan(total), 0.0, total))
    batch.texts["gpu_spec"] = spec


FIELDS = {
    "job_id": need("JobID", "JobIDRaw"),
    "job_id_text": need("JobID", "JobIDRaw", how="text"),
    "submit_s": need("Submit"),
    "start_s": one("Start"),
    "end_s": one("End"),
    "state": need("State"),
    "run_s": one("ElapsedRaw"),
    "elapsed": one("Elapsed", how="span"),
    "estimate_s": one("TimelimitRaw", scale=60.0),
    "limit": one("Timelimit", how="span"),
    "allocated": one("AllocTRES", how="text"),
    "requested": one("ReqTRES", how="text"),
    "user": one("User"),
    "tenant": one("Account", "Partition"),
    "nodes": one("NNodes", "AllocNodes"),
    "priority": one("Priority"),
    "cpu_milli": one("NCPUS", "AllocCPUS", scale=1000.0),
}
SEMANTICS = (
    "Slurm: GPUs are read from AllocTRES, else ReqTRES: the untyped gres/gpu where it stands, else the typed ones "
    "summed; job steps and rows of states REQUEUED and RESIZING are left out; a job that was requeued comes once for "
    "each attempt (sacct -D), the later ones as JobID~2 and so on; TimelimitRaw is minutes, UNLIMITED and "
    "Partition_Limit are no estimate; a pending job has no run time and is left out, a running one has what it ran "
    "so far; tenant is the account (else the partition); dates are local unless SLURM_TIME_FORMAT said otherwise: "
    "name their zone.",
)


def _open_text(path: str, form: Format) -> Source:
    return Delimited(path, "|", quote=False)


SLURM = Format(
    "slurm",
    "Slurm accounting (sacct -P)",
    ("JobID", "Submit", "State"),
    FIELDS,
    states=STATES,
    finish=_finish,
    open=_open_text,
    has_dates=True,
    has_attempts=True,
    semantics=SEMANTICS,
)


def _open_json(path: str, form: Format) -> Source:
    document = load_json(path)
    jobs = document.get("jobs") if isinstance(document, dict) else document
    names = sorted({column for spec in FIELDS.values() for column in spec.columns})
    return JsonRecords(path, each(path, jobs, "sacct job", _record), names)


def _record(job: Any) -> dict[str, Any]:
    time, tres = job.get("time") or {}, job.get("tres") or {}
    limit = _number(time.get("limit"))
    return {
        "JobID": job.get("job_id"),
        "Submit": utc(_number(time.get("submission"))),
        "Start": utc(_number(time.get("start"))),
        "End": utc(_number(time.get("end"))),
        "State": _state(job.get("state")),
        "ElapsedRaw": _number(time.get("elapsed")),
        "TimelimitRaw": limit,
        "AllocTRES": _tres(tres.get("allocated")),
        "ReqTRES": _tres(tres.get("requested")),
        "User": job.get("user") or (job.get("association") or {}).get("user"),
        "Account": job.get("account") or (job.get("association") or {}).get("account"),
        "Partition": job.get("partition"),
        "NNodes": job.get("allocation_nodes"),
        "Priority": _number(job.get("priority")),
    }


def _number(value: Any) -> float | None:
    """A number as newer versions wrap it, `{set, infinite, number}`, or bare as older ones do."""
    if isinstance(value, Mapping):
        return None if value.get("infinite") or value.get("set") is False else _number(value.get("number"))
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _state(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return _state(value.get("current"))
    if isinstance(value, list):
        return str(value[0]) if value else None
    return value if isinstance(value, str) else None


def _tres(entries: Any) -> str | None:
    """A list of TRES objects as the text that sacct prints."""
    if isinstance(entries, str):
        return entries or None
    parts = []
    for entry in entries or []:
        name = f"{entry.get('type')}/{entry.get('name')}" if entry.get("name") else entry.get("type")
        parts.append(f"{name}={entry.get('count', 0)}")
    return ",".join(parts) or None


SLURM_JSON = Format(
    "slurm-json",
    "Slurm accounting (sacct --json)",
    (),
    FIELDS,
    states=STATES,
    finish=_finish,
    open=_open_json,
    has_dates=True,
    has_attempts=True,
    semantics=SEMANTICS,
)
