"""What users feel and what the machine gave: the figures of a summary. Means cover finished jobs."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.engine.desk import NEVER, Ints
from gigacampus.engine.statistics import half_width


def felt(submit_s: Ints, start_s: Ints, end_s: Ints, run_s: Ints, gpus: Ints) -> dict[str, Any]:
    """Waits (end less submit less run), completion times (JCT) and slowdown of the finished jobs.

    A percentile is interpolated linearly between neighbours; None where no job finished. `..._mean_half_width_s` is
    half the 95 % confidence interval of a mean, by batch means in the order of submission; None below 300 jobs.
    """
    done = end_s < NEVER
    jct, run = (end_s - submit_s)[done], run_s[done]
    wait = jct - run
    weight = (gpus[done] * run).astype(np.float64)
    has_any = bool(done.any())
    submitted = submit_s[done]
    is_sorted = bool((submitted[1:] >= submitted[:-1]).all())
    order = slice(None) if is_sorted else np.argsort(submitted, kind="stable")

    def mean(values: Ints) -> float | None:
        return float(values.mean()) if has_any else None

    figures: dict[str, Any] = {"jobs": len(run_s), "finished": int(done.sum())}
    figures["gpu_hours"] = float((gpus[done] * run).sum() / 3600)
    figures["makespan_s"] = int(end_s[done].max() - submit_s.min()) if has_any else 0
    for name, values in (("wait", wait), ("jct", jct)):
        figures[f"{name}_mean_s"] = mean(values)
        figures[f"{name}_mean_half_width_s"] = half_width(values[order])
        for p, at in zip((50, 90, 99), np.percentile(values, (50, 90, 99)) if has_any else [None] * 3, strict=True):
            figures[f"{name}_p{p}_s"] = None if at is None else float(at)
    figures["wait_mean_by_gpu_hour_s"] = float(np.average(wait, weights=weight)) if weight.sum() > 0 else None
    figures["slowdown_mean_fraction"] = mean(np.maximum(jct / np.maximum(run, 10), 1.0))
    figures["waited_fraction"] = mean((start_s[done] > submit_s[done]).astype(np.int64))
    return figures


def clairvoyant_fraction(run_s: Ints, estimate_s: Ints) -> float:
    """Share of jobs whose expected length is exactly their run time: a scheduler is clairvoyant on those.

    `estimate_s` is what policies see; 0 or less where there is no estimate, which means the run time.
    """
    return float(((estimate_s <= 0) | (estimate_s == run_s)).mean()) if len(run_s) else 0.0


def jain_fraction(values: Ints) -> float | None:
    """Jain's fairness index of non-negative amounts: 1 if all are equal, 1/n if one has all. None without any."""
    squares = float((values.astype(np.float64) ** 2).sum())
    return float(values.astype(np.float64).sum() ** 2 / (len(values) * squares)) if squares else None
