"""The summary of a scenario's work: stated runs, stated services, and what ends without success."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.tables import Table
from gigacampus.workload.runs import Planned

KEYS = ("model", "chip", "tokens", "precision", "layout", "step_s", "tokens_per_s", "mfu_fraction", "goodput_fraction")
"""What is told of a run that a model plans."""


def summarised(
    jobs: Table, endings: Table, runs: list[tuple[str, Planned]], serving: Table, tenants: list[str]
) -> dict[str, Any]:
    """Plain values; parts that a scenario does not state are left out."""
    found: dict[str, Any] = {}
    if len(endings):
        gpu_s = jobs["gpus"] * jobs["run_s"].astype(np.float64)
        found["unsuccessful_jobs_fraction"] = len(endings) / len(jobs)
        found["unsuccessful_gpu_time_fraction"] = float(gpu_s[endings["job_id"]].sum() / gpu_s.sum())
    if runs:
        found["runs"] = {f"{tenant}/{one.name}": _run(one) for tenant, one in runs}
    if len(serving):
        keys = dict.fromkeys(zip(serving["tenant_index"].tolist(), serving["service"].tolist(), strict=True))
        found["serving"] = {
            f"{tenants[index]}/{name}": _service(
                serving.where((serving["tenant_index"] == index) & (serving["service"] == name))
            )
            for index, name in keys
        }
    return found


def _run(one: Planned) -> dict[str, Any]:
    """A run: chips, planned time, stages, and what the model of training says."""
    told: dict[str, Any] = {
        "gpus": int(one.run.chips), "planned_s": sum(stage.run_s for stage in one.stages),
        "stages": len(one.stages), "checkpoint_s": one.checkpoint_s,
    }  # fmt: skip
    return told | ({key: one.training[key] for key in KEYS} if one.training else {})


def _service(rows: Table) -> dict[str, Any]:
    """A service over the whole horizon; ratios are None where nothing was answered."""
    total = {name: float(rows[name].sum()) for name in ("held_gpu_h", "yielded_gpu_h", "output_tokens", "energy_j")}
    tokens, priced = total["output_tokens"], rows["usd_per_million_tokens"] * rows["output_tokens"]
    requests = rows["requests"]
    all_requests = float(requests.sum())
    return {
        "model": str(rows["model"][0]), "chip": str(rows["chip"][0]), **total,
        "kept_fraction": float(np.nansum(rows["kept_fraction"] * requests) / all_requests) if all_requests else None,
        "energy_per_token_j": total["energy_j"] / tokens if tokens else None,
        "usd_per_million_tokens": float(np.nansum(priced)) / tokens if tokens and np.isfinite(priced).any() else None,
    }  # fmt: skip
