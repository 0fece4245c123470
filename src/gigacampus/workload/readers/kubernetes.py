"""Kubernetes and Kueue: `kubectl get workloads,jobs,pods -A -o json`, a dump of what the API holds now.

A Kueue Workload is a job where there is one; a batch Job is one where no Workload owns it; a Pod where neither does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gigacampus.errors import Fault, TraceError
from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Format, need, one
from gigacampus.workload.readers.records import JsonRecords, each, load_json
from gigacampus.workload.readers.source import Broken, Source

_SUFFIXES = {
    "": 1.0,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
}
_QUANTITY = re.compile(r"^([\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$")
_GPU = re.compile(r"^(nvidia\.com/(gpu|mig-.*)|amd\.com/gpu|.*/gpu)$")
_TYPE_LABELS = ("nvidia.com/gpu.product", "cloud.google.com/gke-accelerator", "node.kubernetes.io/instance-type")


def amount(text: Any) -> float:
    """A Kubernetes quantity (`500m`, `64Gi`, `8`) as a number; ValueError where it is none."""
    match = _QUANTITY.match(str(text))
    if not match or match[2] not in _SUFFIXES:
        raise ValueError(f"{text!r} is no quantity such as 8, 500m or 64Gi")
    return float(match[1]) * _SUFFIXES[match[2]]


def _open(path: str, form: Format) -> Source:
    document = load_json(path)
    items = document.get("items") if isinstance(document, Mapping) else None
    if items is None:
        raise TraceError(
            Fault("T002", "expected a List with items", path, 1, fix="kubectl get workloads,jobs,pods -A -o json")
        )
    records, numbers = _records(path, items)
    return JsonRecords(path, records, list(form.fields), numbers=numbers)


def _records(path: str, items: Any) -> tuple[list[dict[str, Any] | Broken], list[int]]:
    """One record for each object that stands for a job of its own, broken ones first, and their places in the list."""
    kinds: dict[str, dict[int, Any]] = {"Workload": {}, "Job": {}, "Pod": {}}
    made: dict[int, dict[str, Any] | Broken] = {}
    shaped = each(path, items, "Kubernetes", lambda item: {"kind": item["kind"], "of": item, "meta": item["metadata"]})
    for number, item in enumerate(shaped):
        if isinstance(item, Broken):
            made[number] = item
        else:
            kinds.get(item["kind"], {})[number] = item["of"]
    claimed = {owner for item in kinds["Workload"].values() for owner in _owners(item)}
    owned = {item["metadata"].get("uid") for item in kinds["Job"].values()} | claimed
    jobs = {k: item for k, item in kinds["Job"].items() if item["metadata"].get("uid") not in claimed}
    pods = {k: item for k, item in kinds["Pod"].items() if not owned.intersection(_owners(item))}
    for some, kind, make in ((kinds["Workload"], "Workload", _workload), (jobs, "Job", _job), (pods, "Pod", _pod)):
        made |= zip(some, each(path, list(some.values()), kind, make), strict=True)
    return list(made.values()), list(made)


def _owners(item: Any) -> list[str]:
    return [owner.get("uid", "") for owner in item["metadata"].get("ownerReferences") or []]


def _record(item: Any, pods: list[tuple[int, Any]], **known: Any) -> dict[str, Any]:
    """What all kinds share: name, submission, and requests summed over pods."""
    meta = item["metadata"]
    gpus = cpu = memory = 0.0
    for count, spec in pods:
        for container in spec.get("containers") or []:
            resources = container.get("resources") or {}
            asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
            gpus += count * sum(amount(value) for name, value in asked.items() if _GPU.match(name))
            cpu += count * amount(asked.get("cpu", 0))
            memory += count * amount(asked.get("memory", 0))
    selector = (pods[0][1].get("nodeSelector") or {}) if pods else {}
    return {
        "job_id": f"{meta.get('namespace', '')}/{meta.get('name', '')}",
        "submit_s": meta.get("creationTimestamp"),
        "gpus": round(gpus),
        "cpu_milli": round(cpu * 1000),
        "memory_mib": round(memory / 2**20),
        "user": meta.get("namespace"),
        "nodes": sum(count for count, _ in pods),
        "gpu_spec": next((selector[label] for label in _TYPE_LABELS if label in selector), None),
        **known,
    }


def _workload(item: Any) -> dict[str, Any]:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    when = {one["type"]: one for one in status.get("conditions") or [] if one.get("status") == "True"}
    finished = when.get("Finished")
    state = "Pending" if "Admitted" not in when and not finished else "Running"
    if finished:
        state = (
            "Failed" if "fail" in f"{finished.get('reason', '')} {finished.get('message', '')}".lower() else "Succeeded"
        )
    return _record(
        item,
        [(int(one.get("count", 1)), one["template"]["spec"]) for one in spec.get("podSets") or []],
        tenant=spec.get("queueName"),
        priority=spec.get("priority"),
        state=state,
        start_s=(when.get("Admitted") or {}).get("lastTransitionTime"),
        end_s=(finished or {}).get("lastTransitionTime"),
    )


def _job(item: Any) -> dict[str, Any]:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    failed = next(
        (one for one in status.get("conditions") or [] if one["type"] == "Failed" and one["status"] == "True"), None
    )
    end = status.get("completionTime") or (failed or {}).get("lastTransitionTime")
    state = "Failed" if failed else "Succeeded" if end else "Running" if status.get("startTime") else "Pending"
    pods = int(spec.get("parallelism") or 1)
    labels = item["metadata"].get("labels") or {}
    return _record(
        item,
        [(pods, (spec.get("template") or {}).get("spec") or {})],
        state=state,
        start_s=status.get("startTime"),
        end_s=end,
        estimate_s=spec.get("activeDeadlineSeconds"),
        tenant=labels.get("kueue.x-k8s.io/queue-name"),
    )


def _pod(item: Any) -> dict[str, Any]:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    ends = [
        (one.get("state") or {}).get("terminated", {}).get("finishedAt")
        for one in status.get("containerStatuses") or []
    ]
    done = status.get("phase") in ("Succeeded", "Failed") and ends and all(ends)
    return _record(
        item,
        [(1, spec)],
        state=status.get("phase"),
        start_s=status.get("startTime"),
        end_s=max(ends) if done else None,
        priority=spec.get("priority"),
        estimate_s=spec.get("activeDeadlineSeconds"),
    )


KUBERNETES = Format(
    "kubernetes",
    "Kubernetes and Kueue objects (kubectl -o json)",
    (),
    {
        "job_id": need("job_id"),
        "submit_s": need("submit_s"),
        "start_s": one("start_s"),
        "end_s": one("end_s"),
        "gpus": need("gpus"),
        "user": one("user"),
        "tenant": one("tenant"),
        "priority": one("priority"),
        "state": one("state"),
        "nodes": one("nodes"),
        "cpu_milli": one("cpu_milli"),
        "memory_mib": one("memory_mib"),
        "gpu_spec": one("gpu_spec"),
        "estimate_s": one("estimate_s"),
    },
    states={"SUCCEEDED": State.COMPLETED, "FAILED": State.FAILED, "RUNNING": State.RUNNING, "PENDING": State.PENDING},
    open=_open,
    has_dates=True,
    semantics=(
        "Kubernetes: a Kueue Workload is one gang of its pod sets, a Job one of its parallelism, a Pod one where "
        "neither owns it; start is admission (Workload) or start time, run time end less start; unfinished objects "
        "have no run time and are left out. The API forgets deleted objects: a dump is not a history.",
    ),
)
