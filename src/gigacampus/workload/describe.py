"""What is in a trace: sizes, run times, arrivals, users, waits, how full its machine was, and what a log cannot say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, HOUR_S, NEVER
from gigacampus.tables import Table
from gigacampus.tables.trace import State
from gigacampus.workload.trace import Trace

Ints = NDArray[np.int64]
SIZES = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384)
SPANS_S = (0, 60, 600, 3_600, 6 * 3_600, DAY_S, 7 * DAY_S, 30 * DAY_S)
SPAN_NAMES = ("under 1 min", "1-10 min", "10-60 min", "1-6 h", "6-24 h", "1-7 days", "7-30 days", "over 30 days")
FULL_FRACTION = 0.95
"""A machine counts as full while at least this share of it is held."""
EXACT_JOBS = 1_000_000
"""Jobs up to which chips held over time are exact."""
GRID = 2_000_000
"""Instants of the grid for larger logs."""
LIMITS = (
    "A log shows served demand, not wanted demand: work that quotas capped, that was refused or never submitted is "
    "absent.",
    "Recorded run times already contain the failures, placement and contention of the machine they ran on.",
)


def sizes(trace: Trace) -> NDArray[np.float64]:
    """GPUs of each job, parts of them counted as such."""
    gpus, milli = trace.jobs["gpus"], trace.jobs["gpu_milli"]
    if milli.strides == (0,) and len(milli) and milli[0] == 1000:
        return gpus.astype(np.float64)
    return np.asarray(gpus * (milli / 1000.0))


def describe(trace: Trace, gpus: int = 0) -> dict[str, Any]:
    """Figures of a job log; `gpus` is the machine to hold it against (else the file's own header, else the peak)."""
    jobs = trace.jobs
    run, size = jobs["run_s"], sizes(trace)
    gpu_s = size * run
    submit = np.sort(jobs["submit_s"], kind="stable")
    span_s = int(submit[-1] - submit[0])
    found: dict[str, Any] = {
        "path": trace.path, "format": trace.format, "jobs": len(jobs),
        "gpu_jobs": int(np.count_nonzero(jobs["gpus"] > 0)),
        "gpu_hours": float(gpu_s.sum()) / 3600.0, "epoch_utc": trace.epoch_utc, "first_submit_s": int(submit[0]),
        "span_s": span_s, "users": len(trace.users), "tenants": len(trace.tenants), "gpu_types": list(trace.gpu_specs),
        "skipped_rows": trace.skipped, "clairvoyant_jobs_fraction": float(np.mean(jobs["estimate_s"] <= 0)),
        "run_s": _spread(run), "gpus": _spread(jobs["gpus"]),
        "sizes": _mix(jobs["gpus"], np.array(SIZES), _size_names(), gpu_s),
        "durations": _mix(run, np.array(SPANS_S), list(SPAN_NAMES), gpu_s),
        "arrivals": arrivals(submit), "states": _states(jobs, gpu_s),
    }  # fmt: skip
    started = jobs["start_s"] != NEVER
    if started.any():
        found["recorded_wait_s"] = _spread(np.maximum(jobs["start_s"] - jobs["submit_s"], 0)[started])
    found["machine"] = machine(trace, gpus, size)
    return found | {"notes": list(trace.notes), "limits": list(LIMITS), "citation": trace.citation}


def arrivals(submit_s: Ints) -> dict[str, float]:
    """How bursty submissions are: coefficient of variation of the gaps (Poisson: 1) and index of dispersion by hour."""
    gaps = np.diff(submit_s)
    if not len(gaps) or submit_s[-1] == submit_s[0]:
        return {"per_day": float(len(submit_s)), "gap_cv": 0.0, "dispersion_per_hour": 0.0, "same_second_fraction": 1.0}
    hours = np.bincount((submit_s - submit_s[0]) // HOUR_S)
    return {
        "per_day": len(submit_s) / (submit_s[-1] - submit_s[0]) * DAY_S,
        "gap_cv": float(gaps.std() / gaps.mean()),
        "dispersion_per_hour": float(hours.var() / hours.mean()),
        "same_second_fraction": float(np.mean(gaps == 0)),
    }


def held(start_s: Ints, end_s: Ints, size: NDArray[np.float64]) -> tuple[Ints, NDArray[np.float64]]:
    """Chips held over time, as a step function: instants and the level from each on.

    Exact up to a million jobs; beyond, on a grid of `GRID` instants, seconds where the log is short enough, so that
    memory does not grow with the log.
    """
    if len(start_s) > EXACT_JOBS:
        return _held_on_grid(start_s, end_s, size)
    at = np.concatenate([start_s, end_s])
    change = np.concatenate([size, -size])
    order = np.argsort(at, kind="stable")
    at, level = at[order], np.cumsum(change[order])
    last = np.append(at[1:] != at[:-1], True)
    return at[last], level[last]


def _held_on_grid(start_s: Ints, end_s: Ints, size: NDArray[np.float64]) -> tuple[Ints, NDArray[np.float64]]:
    """The same on a grid: a job holds its chips from the grid's instant at or before its start to that of its end."""
    first, last = int(start_s.min()), int(end_s.max())
    step = max(1, -(-(last - first + 1) // GRID))
    change = np.zeros((last - first) // step + 2)
    for k in range(0, len(start_s), EXACT_JOBS):
        part = slice(k, k + EXACT_JOBS)
        for at, sign in ((start_s[part], 1.0), (end_s[part], -1.0)):
            change += np.bincount((at - first) // step, sign * size[part], minlength=len(change))
    level = np.asarray(np.round(np.cumsum(change), 6), dtype=np.float64)
    return first + step * np.arange(len(change), dtype=np.int64), level


def started_by(trace: Trace) -> tuple[Ints, bool]:
    """When each job began to hold chips: as recorded where most are, else as if at once; and which of both."""
    jobs = trace.jobs
    recorded = (jobs["start_s"] != NEVER) & (jobs["end_s"] != NEVER)
    if not bool(recorded.mean() > 0.5):
        return jobs["submit_s"], False
    return np.where(recorded, jobs["start_s"], jobs["submit_s"]), True


def machine(trace: Trace, gpus: int, size: NDArray[np.float64]) -> dict[str, Any]:
    """Demand on the machine: mean, peak, utilisation, and for what share of the time it was full.

    By recorded starts and ends where the log has them; else as if every job had started when it was submitted, which
    shows demand, not use.
    """
    jobs = trace.jobs
    start, by_record = started_by(trace)
    at, level = held(start, start + jobs["run_s"], size)
    lasts = np.diff(at)
    total = float(lasts.sum()) or 1.0
    mean = float(np.sum(level[:-1] * lasts)) / total
    taken = gpus or trace.machine_gpus or int(np.ceil(level.max()))
    return {
        "gpus": taken,
        "gpus_from": "given" if gpus else "file header" if trace.machine_gpus else "peak of the log",
        "basis": "recorded starts" if by_record else "as if every job started at once",
        "mean_gpus": mean,
        "peak_gpus": float(level.max()),
        "utilisation_fraction": mean / max(taken, 1),
        "full_time_fraction": float(np.sum(lasts[level[:-1] >= FULL_FRACTION * taken])) / total,
        "over_time_fraction": float(np.sum(lasts[level[:-1] > taken])) / total,
    }


def daily(trace: Trace) -> dict[str, NDArray[np.float64]]:
    """Jobs and GPU-hours by day of submission, for a plot."""
    jobs = trace.jobs
    day = (jobs["submit_s"] - jobs["submit_s"].min()) // DAY_S
    gpu_h = jobs["gpus"] * (jobs["gpu_milli"] / 1000.0) * jobs["run_s"] / 3600.0
    return {"jobs": np.bincount(day).astype(np.float64), "gpu_h": np.bincount(day, gpu_h).astype(np.float64)}


def _spread(values: Ints) -> dict[str, float]:
    low, mid, high, top = np.percentile(values, [10, 50, 90, 99])
    return {
        "mean": float(values.mean()), "p10": float(low), "p50": float(mid), "p90": float(high), "p99": float(top),
        "max": float(values.max()),
    }  # fmt: skip


def _size_names() -> list[str]:
    names = [str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in pairwise(SIZES)]
    return [*names, f"{SIZES[-1]}+"]


def _mix(values: Ints, edges: Ints, names: list[str], gpu_s: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Share of jobs and of GPU-time by class; empty classes left out."""
    at = np.searchsorted(edges, values, side="right") - 1
    jobs = np.bincount(at, minlength=len(names))
    time = np.bincount(at, gpu_s, minlength=len(names)) / (gpu_s.sum() or 1.0)
    return [
        {
            "class": name,
            "jobs": int(jobs[i]),
            "jobs_fraction": jobs[i] / len(values),
            "gpu_time_fraction": float(time[i]),
        }
        for i, name in enumerate(names)
        if jobs[i]
    ]


def _states(jobs: Table, gpu_s: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Share of jobs and of GPU-time by how they ended; empty where the log does not say."""
    codes = jobs["state_index"]
    return [
        {
            "state": state.name.lower(),
            "jobs_fraction": float(np.mean(codes == state)),
            "gpu_time_fraction": float(gpu_s[codes == state].sum() / (gpu_s.sum() or 1.0)),
        }
        for state in State
        if state != State.UNKNOWN and bool((codes == state).any())
    ]


def describe_requests(table: Table) -> dict[str, Any]:
    """Figures of a request log: rate, its peak over 10 s, tokens in and out, burstiness."""
    arrive = np.sort(table["arrive_s"])
    span = float(arrive[-1] - arrive[0])
    gaps = np.diff(arrive)
    tens = np.bincount(((arrive - arrive[0]) // 10.0).astype(np.int64))
    return {
        "requests": len(table), "span_s": span, "rate_rps": len(table) / span if span else float(len(table)),
        "peak_10s_rps": float(tens.max()) / 10.0,
        "gap_cv": float(gaps.std() / gaps.mean()) if len(gaps) and gaps.mean() > 0 else 0.0,
        "input_tokens": _spread(table["input_tokens"]), "output_tokens": _spread(table["output_tokens"]),
    }  # fmt: skip


def describe_rates(table: Table) -> dict[str, Any]:
    """Figures of request rates by service: span, mean, peak over mean, gaps."""
    found = {}
    for service in dict.fromkeys(table["service"].tolist()):
        rate = table["rate_rps"][table["service"] == service]
        known = rate[~np.isnan(rate)]
        found[service] = {
            "windows": len(known), "gaps": int(np.isnan(rate).sum()), "mean_rps": float(known.mean()),
            "peak_rps": float(known.max()), "peak_over_mean": float(known.max() / known.mean()),
        }  # fmt: skip
    t = table["t_s"]
    return {"span_s": int(t.max() - t.min()), "services": found}


def describe_nodes(table: Table) -> dict[str, Any]:
    """Figures of a node list: nodes, GPUs, GPUs by type."""
    specs = table["gpu_spec"]
    types = {spec or "none": int(table["gpus"][specs == spec].sum()) for spec in dict.fromkeys(specs.tolist())}
    return {
        "nodes": len(table),
        "gpus": int(table["gpus"].sum()),
        "gpus_by_type": types,
        "cpu_cores": int(table["cpu_milli"].sum()) // 1000,
    }
