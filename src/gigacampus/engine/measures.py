"""What users feel and what the machine gave: the figures of a summary. Means cover finished jobs."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.engine.desk import NEVER, Ints
from gigacampus.engine.statistics import half_width, percentiles

PERCENTILES = (50, 90, 99)


def felt(submit_s: Ints, start_s: Ints, end_s: Ints, run_s: Ints, gpus: Ints) -> dict[str, Any]:
    """Waits (end less submit less run), completion times (JCT) and slowdown of the finished jobs.

    A percentile is interpolated linearly between neighbours; None where no job finished. `..._mean_half_width_s` is
    half the 95 % confidence interval of a mean, by batch means in the order of submission; None below 300 jobs.
    """
    done = end_s < NEVER
    submitted, started, ended, run, size = submit_s, start_s, end_s, run_s, gpus
    if not done.all():
        submitted, started, ended, run, size = (one[done] for one in (submit_s, start_s, end_s, run_s, gpus))
    count = len(run)
    jct = ended - submitted
    wait = jct - run
    work = size * run
    is_sorted = bool((submitted[1:] >= submitted[:-1]).all())
    order = slice(None) if is_sorted else np.argsort(submitted, kind="stable")

    figures: dict[str, Any] = {"jobs": len(run_s), "finished": count}
    figures["gpu_hours"] = float(work.sum() / 3600)
    figures["makespan_s"] = int(ended.max() - submit_s.min()) if count else 0
    for name, values in (("wait", wait), ("jct", jct)):
        figures[f"{name}_mean_s"] = float(values.mean()) if count else None
        figures[f"{name}_mean_half_width_s"] = half_width(values[order])
        for p, at in zip(PERCENTILES, percentiles(values, PERCENTILES) if count else [None] * 3, strict=True):
            figures[f"{name}_p{p}_s"] = at
    # one array of floats serves weights, weighted waits and slowdowns: fresh memory costs more than the sums
    floats = work.astype(np.float64)
    total = floats.sum()
    by_weight = np.multiply(wait, floats, out=floats).sum() / total if total > 0 else None
    figures["wait_mean_by_gpu_hour_s"] = None if by_weight is None else float(by_weight)
    slowdown = np.maximum(np.divide(jct, np.maximum(run, 10, out=work), out=floats), 1.0, out=floats)
    figures["slowdown_mean_fraction"] = float(slowdown.mean()) if count else None
    figures["waited_fraction"] = np.count_nonzero(started > submitted) / count if count else None
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
