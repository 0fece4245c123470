"""A workload like a log's, on a machine of any size for any time; and how alike the two are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, HOUR_S, NEVER
from gigacampus.errors import Fault, UsageError
from gigacampus.kernels import dice
from gigacampus.tables import Table
from gigacampus.tables.arrow import from_numbers
from gigacampus.tables.trace import JOBS, State
from gigacampus.workload.describe import arrivals, machine
from gigacampus.workload.fit import Fit, fit_trace
from gigacampus.workload.generate import Drawn, Machine, generate
from gigacampus.workload.trace import Trace

MOST_JOBS = 5_000_000
FAILING = tuple(int(one) for one in (State.FAILED, State.CANCELLED, State.TIMEOUT, State.NODE_FAIL))
"""Endings without success."""
ROUNDING = "whole GPUs (parts of one are kept)"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted: 0 stands for the log's own machine, length and load."""

    gpus: int = 0
    days: float = 0.0
    load_fraction: float = 0.0
    seed: int = 1


def like(trace: Trace, asked: Asked) -> tuple[Trace, dict[str, Any]]:
    """Jobs drawn like a log's, and the two-sample comparison of both (on shares of each one's machine)."""
    own = machine(trace, 0, trace.jobs["gpus"] * (trace.jobs["gpu_milli"] / 1000.0))["gpus"]
    submit = np.sort(trace.jobs["submit_s"])
    own_hours = int((submit[-1] - submit[0]) // HOUR_S) + 1
    gpu_s = trace.jobs["gpus"] * (trace.jobs["gpu_milli"] / 1000.0) * trace.jobs["run_s"]
    if not float(gpu_s.sum()):
        raise UsageError(Fault("T008", "the log has no GPU-time to be like", trace.path))
    own_load = float(gpu_s.sum()) / (own * own_hours * float(HOUR_S))
    gpus, load = asked.gpus or own, asked.load_fraction or own_load
    hours = max(1, round(asked.days * DAY_S / HOUR_S)) if asked.days else own_hours
    fit = fit_trace(trace, own, "log", trace.path)
    free = Machine(np.full(hours, float(gpus)), np.full(hours, gpus), 1, shares_chips=True, is_even=True)
    drawn = generate(fit, free, load, dice.stream(asked.seed, "trace/like"), MOST_JOBS)
    if not len(drawn.gpus):
        raise UsageError(Fault("T008", "no job comes out: the machine, the time or the load is too small", trace.path))
    made = _trace(trace, fit, drawn, asked)
    made.header["MaxProcs"] = str(gpus)
    compared = compare(trace, own, made, gpus)
    return made, {
        "jobs": len(made), "gpus": gpus, "days": hours / 24.0, "load_fraction": load, "stretch": drawn.stretch,
        "gathered": drawn.gathered, "rule": drawn.rule(ROUNDING), "compared": compared,
    }  # fmt: skip


def _trace(trace: Trace, fit: Fit, drawn: Drawn, asked: Asked) -> Trace:
    """The drawn jobs as a log of their own, without recorded starts."""
    rows = len(drawn.gpus)
    columns: dict[str, Any] = {
        one.name: np.full(rows, NEVER if one.name.endswith("_s") else 0, np.int64) for one in JOBS.columns
    }
    columns |= {
        "submit_s": drawn.submit_s, "run_s": drawn.run_s, "gpus": drawn.gpus, "gpu_milli": drawn.gpu_milli,
        "estimate_s": np.rint(drawn.run_s * fit.estimate_fraction[drawn.row]).astype(np.int64),
        "kind_index": fit.kind_index[drawn.row], "user_index": fit.user_index[drawn.row],
        "state_index": fit.ended(drawn.row, dice.stream(asked.seed, "trace/ends")),
        "tenant_index": np.full(rows, -1), "gpu_spec_index": np.full(rows, -1),
    }  # fmt: skip
    return Trace(Table(JOBS, columns), from_numbers(np.arange(rows)), trace.users, (), (), "csv", trace.path)


def compare(real: Trace, real_gpus: int, made: Trace, made_gpus: int) -> dict[str, float]:
    """Largest differences of the two distributions (Kolmogorov-Smirnov) and both burstinesses.

    Sizes are shares of each machine; jobs that never ran or asked for no GPU are left out of the log, as out of the
    fit. Generated gaps are scaled to the log's mean and whole seconds: another number of jobs is no difference.
    """
    one, two = (_samples(trace, gpus) for trace, gpus in ((real, real_gpus), (made, made_gpus)))
    if len(one["gap"]) and len(two["gap"]) and two["gap"].mean() > 0:
        two["gap"] = np.rint(two["gap"] * (one["gap"].mean() / two["gap"].mean()))
    found = {f"distance_{name}": distance(one[name], two[name]) for name in ("size", "run", "gpu_time", "gap")}
    for name, trace in (("real", real), ("made", made)):
        ran = (trace.jobs["run_s"] > 0) & (trace.jobs["gpus"] > 0)
        found[f"gap_cv_{name}"] = arrivals(np.sort(trace.jobs["submit_s"][ran]))["gap_cv"]
        states = trace.jobs["state_index"][ran]
        if bool((states >= 0).any()):
            found[f"unsuccessful_fraction_{name}"] = float(np.isin(states, FAILING).mean())
    return found


def _samples(trace: Trace, gpus: int) -> dict[str, NDArray[Any]]:
    jobs = trace.jobs
    ran = (jobs["run_s"] > 0) & (jobs["gpus"] > 0)
    size = np.round((jobs["gpus"] * (jobs["gpu_milli"] / 1000.0) / gpus)[ran], 9)
    run = jobs["run_s"][ran]
    gaps = np.diff(np.sort(jobs["submit_s"][ran])).astype(np.float64)
    return {"size": size, "run": run, "gpu_time": size * run, "gap": gaps}


def distance(one: NDArray[Any], two: NDArray[Any]) -> float:
    """Kolmogorov-Smirnov: the largest difference of two empirical distributions."""
    at = np.concatenate([one, two])
    if not len(one) or not len(two):
        return 1.0
    first, second = (np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (one, two))
    return float(np.abs(first - second).max())
