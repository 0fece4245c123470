"""Traces and fits against published figures: totals as read, Acme's shares, and generated jobs against real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gigacampus.errors import Fault, UsageError
from gigacampus.validate.frame import Case

TITLE = "Workload: totals of real logs as read, published shares of LLM development, generated against real"
ITP = "https://github.com/microsoft/elasticflow-traces, counted on the released files"
TOTALS: dict[str, tuple[int, float, str]] = {
    "itp-cluster04": (15_802, 705_682.885, ITP),
    "itp-cluster07": (12_699, 366_799.813, ITP),
    "philly": (82_247, 978_078.473, "https://github.com/petuum/adaptdl, counted on its philly.csv"),
    "muri-trace1": (1_494, 383_326.768, "https://github.com/Rivendile/Muri, counted on trace1.csv"),
    "muri-trace4": (2_638, 204_902.103, "https://github.com/Rivendile/Muri, counted on trace4.csv"),
}
"""Jobs and GPU-hours of each log, counted with nothing but the file's own columns."""
ACME = "Hu et al., NSDI'24, and its released cluster summary"
ACME_FIGURES: dict[str, tuple[tuple[str, float, float, bool], ...]] = {
    "acme": (
        ("mean_gpus", 26.77, 0.02, False), ("mean_run_s", 1259.689, 0.06, False),
        ("gpu_time_256_up", 0.963, 0.01, True), ("gap_cv", 11.3, 0.02, False), ("median_run_s", 124.0, 0.2, False),
    ),
    "acme_seren": (
        ("mean_gpus", 5.68, 0.02, False), ("mean_run_s", 1414.335, 0.06, False),
        ("gpu_time_256_up", 0.564, 0.01, True), ("gap_cv", 14.7, 0.02, False),
        ("median_run_s", 122.0, float("nan"), False),
    ),
}  # fmt: skip
"""Figure, published value, tolerance, whether it is absolute. Seren's median is listed: the classes leave it open."""


def cases(data: Path | None) -> list[Case]:
    """One case for each total, published figure and two-sample distance."""
    if data is not None:
        raise UsageError(Fault("V003", "the workload suite takes no --data", fix="gigacampus trace FILE"))
    return [*_totals(), *_acme(), *_generated()]


def _totals() -> Iterator[Case]:
    from gigacampus.workload import read_trace
    from gigacampus.workload.describe import describe

    for name, (jobs, gpu_h, source) in TOTALS.items():
        found = describe(read_trace(name))
        yield Case(f"{name}/jobs", jobs, found["jobs"], 0.0, "self-consistency", source)
        yield Case(f"{name}/gpu_hours", gpu_h, found["gpu_hours"], 1e-8, "self-consistency", source, "GPU h")
    clusters = [describe(read_trace(f"itp-cluster{n:02}")) for n in (1, 2, 4, 5, 7, 8, 9, 10)]
    every = (("jobs", 63_944.0, 0.0, ""), ("gpu_hours", 1_343_398.5625, 1e-8, "GPU h"))
    for name, published, tolerance, unit in every:
        total = sum(one[name] for one in clusters)
        yield Case(f"itp, 8 released clusters/{name}", published, total, tolerance, "self-consistency", ITP, unit)
    used = describe(read_trace("nasa-ipsc-1993"))["machine"]["utilisation_fraction"]
    source = "Parallel Workloads Archive, NASA iPSC (128 processors)"
    yield Case("nasa-ipsc-1993/utilisation", 0.466, used, 0.001, "measured", source, is_absolute=True)


def _acme() -> Iterator[Case]:
    from gigacampus.workload import acme
    from gigacampus.workload.fits import fit

    for like, cluster in (("acme", acme.KALOS), ("acme_seren", acme.SEREN)):
        made = fit(like)
        size, weight = made.share_fraction * cluster.machine_gpus, made.weight_fraction
        time = weight * size * made.run_s
        order = np.argsort(made.run_s)
        ours = {
            "mean_gpus": float(np.sum(weight * size)),
            "mean_run_s": float(np.sum(weight * made.run_s)),
            "gpu_time_256_up": float(time[size >= 256].sum() / time.sum()),
            "gap_cv": made.burst_cv,
            "median_run_s": float(made.run_s[order][np.searchsorted(np.cumsum(weight[order]), 0.5)]),
        }
        for name, published, tolerance, is_absolute in ACME_FIGURES[like]:
            note = "fitted" if name == "gap_cv" else ""
            yield Case(
                f"{like}/{name}",
                published,
                ours[name],
                tolerance,
                "disclosed",
                ACME,
                is_absolute=is_absolute,
                note=note,
            )


def _generated() -> Iterator[Case]:
    """Kolmogorov-Smirnov distances of one generated log of the same machine and length from the real one."""
    from gigacampus.catalog.traces import TRACES
    from gigacampus.workload import read_trace
    from gigacampus.workload.like import Asked, like

    for name, log in (("itp", "itp-cluster04"), ("philly", "philly"), ("openb", "openb")):
        compared = like(read_trace(log), Asked(seed=7))[1]["compared"]
        for what, tolerance in (("size", 0.005), ("run", 0.005), ("gpu_time", 0.005), ("gap", 0.08)):
            yield Case(
                f"{name}/distance_{what}", 0.0, compared[f"distance_{what}"], tolerance, "self-consistency",
                TRACES[log].citation, is_absolute=True, note="two-sample Kolmogorov-Smirnov",
            )  # fmt: skip
