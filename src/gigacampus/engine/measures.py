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
    is_sorted = bool((submitted[1:] >= submitted[:-1]).all())
    order = slice(None) if is_sorted else np.argsort(submitted, kind="stable")
    # two arrays serve all, one after the other: fresh memory costs more than the sums
    times, floats = ended - submitted, np.maximum(run, 10, out=np.empty(count))
    slowdown = np.maximum(np.divide(times, floats, out=floats), 1.0, out=floats)
    slowdown_mean = float(slowdown.mean()) if count else None
    jct = _spread("jct", times, order)
    wait = _spread("wait", np.subtract(times, run, out=times), order)
    weight = np.multiply(size, run, out=floats, dtype=np.float64)
    total = weight.sum()
    by_weight = np.multiply(times, weight, out=floats).sum() / total if total > 0 else None
    return {
        "jobs": len(run_s),
        "finished": count,
        "gpu_hours": float(np.dot(size, run) / 3600),
        "makespan_s": int(ended.max() - submit_s.min()) if count else 0,
        **wait,
        **jct,
        "wait_mean_by_gpu_hour_s": None if by_weight is None else float(by_weight),
        "slowdown_mean_fraction": slowdown_mean,
        "waited_fraction": np.count_nonzero(started > submitted) / count if count else None,
    }


def _spread(name: str, times: Ints, order: Any) -> dict[str, float | None]:
    """Mean, its interval, and percentiles; `order` is that of submission."""
    told = percentiles(times, PERCENTILES) if len(times) else [None] * len(PERCENTILES)
    return {
        f"{name}_mean_s": float(times.mean()) if len(times) else None,
        f"{name}_mean_half_width_s": half_width(times[order]),
        **{f"{name}_p{p}_s": at for p, at in zip(PERCENTILES, told, strict=True)},
    }


def clairvoyant_fraction(run_s: Ints, estimate_s: Ints) -> float:
    """Share of jobs whose expected length is exactly their run time: a scheduler is clairvoyant on those.

    `estimate_s` is what policies see; 0 or less where there is no estimate, which means the run time.
    """
    return float(((estimate_s <= 0) | (estimate_s == run_s)).mean()) if len(run_s) else 0.0


def jain_fraction(values: Ints) -> float | None:
    """Jain's fairness index of non-negative amounts: 1 if all are equal, 1/n if one has all. None without any."""
    squares = float((values.astype(np.float64) ** 2).sum())
    return float(values.astype(np.float64).sum() ** 2 / (len(values) * squares)) if squares else None
