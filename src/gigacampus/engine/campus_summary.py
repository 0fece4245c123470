"""The summary of a campus's log: what tenants felt, what the chips gave, what failures took."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.engine.measures import clairvoyant_fraction, felt, jain_fraction
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Work

CAUSES = ("redone", "restart", "checkpoint", "down", "idle")
HOURS = ("entitled", "batch", "serve", "useful", "lost", "down")


def summarise(
    timeline: Timeline, work: Work, jobs: Table, outages: Table, usage: Table, losses: Table
) -> dict[str, Any]:
    """Figures over all tenants, and for each in `tenants`; ratios are None where nothing was entitled."""
    summary = _felt(jobs) | _given(usage)
    summary["clairvoyant_jobs_fraction"] = clairvoyant_fraction(
        work.jobs["run_s"], np.maximum(work.jobs["estimate_s"], work.jobs["run_s"])
    )
    summary["failures"] = len(outages)
    summary["jobs_killed"] = int((outages["job_id"] >= 0).sum())
    summary["losses_gpu_h"] = _by_cause(losses)
    summary["tenants"] = {}
    shares = []
    for index, name in enumerate(timeline.tenants["tenant"]):
        own = _felt(jobs.where(jobs["tenant_index"] == index)) | _given(usage.where(usage["tenant_index"] == index))
        own["losses_gpu_h"] = _by_cause(losses.where(losses["tenant_index"] == index))
        summary["tenants"][str(name)] = own
        shares.append(own["utilisation_fraction"] or 0.0)
    summary["utilisation_jain_fraction"] = jain_fraction(np.array(shares))
    return summary


def _felt(jobs: Table) -> dict[str, Any]:
    figures = felt(jobs["submit_s"], jobs["start_s"], jobs["end_s"], jobs["run_s"], jobs["gpus"])
    for outcome in ("running", "waiting", "unplaced"):
        figures[outcome] = int((jobs["outcome"] == outcome).sum())
    figures["restarts"] = int(jobs["restarts"].sum())
    return figures


def _given(usage: Table) -> dict[str, Any]:
    """GPU-hours and their ratios: held and useful hours to entitled ones, useful to held ones (goodput)."""
    hours = {name: float(usage[f"{name}_gpu_h"].sum()) for name in HOURS}
    held = hours["batch"] + hours["serve"]
    figures: dict[str, Any] = {f"{name}_gpu_h": value for name, value in hours.items()}
    figures["useful_h100e_h"] = float(usage["useful_h100e_h"].sum())
    figures["utilisation_fraction"] = held / hours["entitled"] if hours["entitled"] else None
    figures["goodput_fraction"] = hours["useful"] / held if held else None
    figures["useful_of_entitled_fraction"] = hours["useful"] / hours["entitled"] if hours["entitled"] else None
    return figures


def _by_cause(losses: Table) -> dict[str, float]:
    """Hours without useful work by cause."""
    return {str(cause): float(losses["gpu_h"][losses["cause"] == cause].sum()) for cause in CAUSES}
