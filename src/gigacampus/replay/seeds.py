"""The same replay under many seeds: how far its figures move with what is drawn, here how users misjudge their jobs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.estimates import estimates
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.schedule import schedule
from gigacampus.errors import Fault, UsageError
from gigacampus.replay.asked import Asked
from gigacampus.results.collect import Results
from gigacampus.results.summary import plain
from gigacampus.tables import Table
from gigacampus.tables.seeds import SEEDS
from gigacampus.workload.readers import read_trace
from gigacampus.workload.trace import Trace

T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 8: 2.365, 10: 2.262, 20: 2.093, 30: 2.045, 100: 1.984}
"""Two-sided 95 % quantiles of Student's t by the number of values; between them the one below counts (wider)."""
Floats = NDArray[np.float64]


def by_seeds(asked: Asked, trace: Trace, gpus: int, seeds: int, workers: int = 0) -> Table:
    """One row a seed, from `asked.seed` on (`tables.seeds.SEEDS`), on as many threads as there are cores.

    Compiled loops run side by side and share the trace. UsageError where the seed moves nothing.
    """
    if not asked.estimates.startswith("factor:") or asked.rule != "none":
        told = "--seeds moves what is drawn, and nothing is: estimates must be drawn, in a count of GPUs"
        raise UsageError(Fault("E301", told, fix="--estimates factor:1..5, without --placement"))
    if asked.against or asked.overrun != "keep" or asked.warm_start or asked.cut_from_s is not None or asked.quotas:
        told = "--seeds plays one policy on the whole log as it is"
        raise UsageError(Fault("E301", told, fix="leave out --overrun, cuts, snapshots, quotas and further policies"))
    rows = np.flatnonzero((trace.jobs["gpus"] > 0) & (trace.jobs["gpus"] <= gpus))
    rows = rows[np.argsort(trace.jobs["submit_s"][rows], kind="stable")]

    def of(name: str) -> Ints:
        return np.ascontiguousarray(trace.jobs[name][rows].astype(np.int64))

    submit, run, size = of("submit_s"), of("run_s"), of("gpus")
    who = Who(of("priority"), of("user_index"), of("tenant_index"))
    none, weight = np.zeros(len(rows), dtype=np.int64), (size * run).astype(np.float64)
    inverse = 1.0 / np.maximum(run, 10)

    def one(seed: int) -> dict[str, Any]:
        estimate = estimates(asked.estimates, none, run, submit, who.user, seed)
        played = schedule(asked.policy, Jobs(submit, run, np.maximum(estimate, run), size, none), who, gpus)
        return {"seed": seed} | _figures(submit, run, played.start_s, played.end_s, weight, inverse)

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        made = list(pool.map(one, range(asked.seed, asked.seed + seeds)))
    return Table.from_rows(SEEDS, made)


def _figures(submit: Ints, run: Ints, start: Ints, end: Ints, weight: Floats, inverse: Floats) -> dict[str, Any]:
    """Means and a percentile; every job of a queue in a count of chips ends."""
    jct = end - submit
    wait = jct - run
    narrow = wait.astype(np.int32) if int(wait.max(initial=0)) < 1 << 31 else wait  # half the bytes to sort
    place = max(int(np.ceil(0.99 * len(wait))) - 1, 0)
    total = float(weight.sum())  # no dot products: BLAS would take all cores
    return {
        "wait_mean_s": float(wait.mean()),
        "wait_p99_s": float(np.partition(narrow, place)[place]),
        "wait_mean_by_gpu_hour_s": float((wait * weight).sum()) / total if total else 0.0,
        "slowdown_mean_fraction": float(np.maximum(jct * inverse, 1.0).mean()),
        "waited_fraction": float(np.count_nonzero(start > submit)) / len(wait),
        "makespan_s": int(end[end < NEVER].max()) - int(submit[0]),
    }


def widened(asked: Asked, found: Results, seeds: int) -> Results:
    """The results of one seed with the figures of all: table `seeds`, and their intervals in the summary."""
    trace = read_trace(asked.trace, asked.format, asked.columns, asked.skip_bad, asked.zone)
    table = by_seeds(asked, trace, int(found.summary["gpus"]), seeds)
    more = {"seeds": {"count": seeds} | intervals(table)}
    return replace(found, tables=found.tables | {"seeds": table}, summary=found.summary | plain(more))


def intervals(found: Table) -> dict[str, dict[str, float]]:
    """Mean over the seeds and half its 95 % confidence interval, by figure."""
    count = len(found)
    quantile = next((value for size, value in sorted(T_95.items(), reverse=True) if size <= count), np.nan)
    told = {}
    for name in found.spec.names[1:]:
        values = found[name].astype(np.float64)
        half = quantile * float(values.std(ddof=1)) / np.sqrt(count) if count > 1 else np.nan
        told[name] = {"mean": float(values.mean()), "half_width": half}
    return told
