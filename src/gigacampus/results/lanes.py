"""A run's jobs as a Chrome trace (Perfetto, chrome://tracing): a process a tenant, overlapping jobs in lanes.

Format: "Trace Event Format", Google: complete events (`X`) with microseconds, metadata (`M`), counters (`C`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.results.collect import Results
from gigacampus.tables import Table

Ints = NDArray[np.int64]
MICRO = 1_000_000


def events(found: Results, from_s: int, to_s: int, most: int) -> tuple[list[dict[str, Any]], int]:
    """Events of the jobs that hold chips in [from_s, to_s), the `most` largest by chip-seconds; and how many there are.

    Each attempt of a job is one event, in the lowest lane of its tenant that is free.
    """
    jobs = found.tables["jobs"]
    spans = _spans(jobs, found.tables.get("stops", found.tables.get("attempts")))
    job, start, end = (one[(spans[1] < to_s) & (spans[2] > from_s) & (spans[2] > spans[1])] for one in spans)
    whole = len(job)
    if whole > most:
        area = jobs["gpus"][job] * (np.minimum(end, to_s) - np.maximum(start, from_s)).astype(float)
        kept = np.sort(np.argsort(-area, kind="stable")[:most])
        job, start, end = job[kept], start[kept], end[kept]
    names, tenant = _tenants(found, jobs)
    made: list[dict[str, Any]] = []
    for k in np.unique(tenant[job]).tolist():
        mine = np.flatnonzero(tenant[job] == k)
        pid = int(k) + 1
        made.append({"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": names[k]}})
        made += _lanes(jobs, pid, job[mine], start[mine], np.minimum(end[mine], to_s))
    made += _busy(jobs, job, start, end, to_s)
    return made, whole


def _spans(jobs: Table, stops: Table | None) -> tuple[Ints, Ints, Ints]:
    """Job, begin and end of every attempt; the last begins after the last stop."""
    begun = np.flatnonzero(jobs["start_s"] < NEVER)
    start, end = jobs["start_s"].copy(), jobs["end_s"]
    if stops is None or not len(stops):
        return begun, start[begun], end[begun]
    place = {str(one): k for k, one in enumerate(jobs["job_id"].tolist())}
    which = np.array([place[str(one)] for one in stops["job_id"].tolist()], dtype=np.int64)
    resumed = _resumed(jobs, stops, which)
    last = np.flatnonzero(resumed < NEVER)
    return (
        np.concatenate((which, last)), np.concatenate((stops["from_s"], resumed[last])),
        np.concatenate((stops["until_s"], end[last])),
    )  # fmt: skip


def _resumed(jobs: Table, stops: Table, which: Ints) -> Ints:
    """When each job's last attempt began: its first start if it was never stopped, else by what it still had to do."""
    start, end = jobs["start_s"], jobs["end_s"]
    resumed = start.copy()
    stopped = np.unique(which)
    held = np.zeros(len(start), dtype=np.int64)
    np.add.at(held, which, stops["until_s"] - stops["from_s"])
    left = jobs["run_s"] + jobs["lost_s"] - held
    is_done = end[stopped] < NEVER
    resumed[stopped] = np.where(is_done, end[stopped] - left[stopped], NEVER)
    return np.asarray(resumed)


def _tenants(found: Results, jobs: Table) -> tuple[list[str], Ints]:
    """Names of the processes, and each job's."""
    if "tenant_index" in jobs.spec.names:
        listed = found.tables.get("tenants")
        has = listed is not None and "tenant" in listed.spec.names
        count = int(jobs["tenant_index"].max(initial=0)) + 1
        names = [str(one) for one in listed["tenant"]] if has and listed is not None else []
        return [*names, *(f"tenant {k}" for k in range(len(names), count))], jobs["tenant_index"].astype(np.int64)
    if "tenant" in jobs.spec.names:
        names_found, index = np.unique(jobs["tenant"].astype(str), return_inverse=True)
        return [one or "jobs" for one in names_found.tolist()], index.reshape(-1).astype(np.int64)
    return ["jobs"], np.zeros(len(jobs), dtype=np.int64)


def _lanes(jobs: Table, pid: int, job: Ints, start: Ints, end: Ints) -> Iterator[dict[str, Any]]:
    """One event an attempt, in the lowest lane that is free."""
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    lanes = 0
    has_node = "node" in jobs.spec.names
    for k in np.lexsort((-end, start)).tolist():
        while busy and busy[0][0] <= start[k]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lanes += 1
            lane = lanes
        heapq.heappush(busy, (int(end[k]), lane))
        row = int(job[k])
        told = {"gpus": int(jobs["gpus"][row]), "submit_s": int(jobs["submit_s"][row]),
                "run_s": int(jobs["run_s"][row]), "reason": str(jobs["reason"][row])}  # fmt: skip
        if has_node:
            told["node"] = str(jobs["node"][row])[:200]
        yield {
            "ph": "X", "name": f"job {jobs['job_id'][row]} ({told['gpus']:,})", "cat": "job", "pid": pid, "tid": lane,
            "ts": int(start[k]) * MICRO, "dur": int(end[k] - start[k]) * MICRO, "args": told,
        }  # fmt: skip


def _busy(jobs: Table, job: Ints, start: Ints, end: Ints, to_s: int) -> Iterator[dict[str, Any]]:
    """A counter of chips held by the jobs shown."""
    gpus = jobs["gpus"][job]
    at_s, change = np.concatenate((start, np.minimum(end, to_s))), np.concatenate((gpus, -gpus))
    moments, which = np.unique(at_s, return_inverse=True)
    level = np.cumsum(np.bincount(which.reshape(-1), change, len(moments)).astype(np.int64))
    for moment, chips in zip(moments.tolist(), level.tolist(), strict=True):
        yield {"ph": "C", "name": "chips held", "pid": 0, "tid": 0, "ts": moment * MICRO, "args": {"chips": chips}}
