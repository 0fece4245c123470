"""LLM development as published for Acme (Hu et al., NSDI'24): no job list is bundled, its published shares are.

Three classes of jobs. Counts, GPU-time shares, mean size and run time are published; what they leave open is solved or
stated here. Shares of the released logs: pretraining 69.5 % (Seren) and 95.3 % (Kalos) of GPU-time from 0.9 % and 3.2 %
of jobs; evaluation 64.9 % and 92.8 % of jobs, 6.2 % and 0.4 % of GPU-time; jobs of 256 GPUs and more 56.4 % and 96.3 %
of GPU-time; inter-arrival coefficient of variation 14.7 and 11.3.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from gigacampus.catalog.traces import trace as bundled
from gigacampus.kernels import dice
from gigacampus.tables.trace import State
from gigacampus.tables.work import Kind
from gigacampus.workload.fit import Fit, Floats

QUANTILES = 400
"""Points of each run-time distribution."""
ENDS = (int(State.COMPLETED), int(State.CANCELLED), int(State.FAILED))
"""How jobs end, in the order of the published shares."""


@dataclass(frozen=True, slots=True)
class Class:
    """One class of jobs of a cluster."""

    kind: Kind
    jobs_fraction: float
    gpu_time_fraction: float
    sizes: dict[int, float]
    """GPUs and how the class's jobs are shared among them: our reading, so that the published means come out."""
    sigma: float
    """Spread of the log of run times."""
    growth: float
    """Mean run time grows with GPUs to this power, so that the published mean run time comes out."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as published."""

    row: str
    machine_gpus: int
    gap_cv: float
    classes: tuple[Class, ...]


KALOS = Cluster(
    "Kalos",
    2416,
    11.3,
    (
        Class(Kind.PRETRAIN, 0.032, 0.953, {256: 0.06, 512: 0.45, 1024: 0.49}, 1.9, 0.0),
        Class(Kind.EVALUATE, 0.928, 0.004, {1: 0.86, 2: 0.06, 4: 0.05, 8: 0.03}, 1.95, 0.2),
        Class(Kind.FINETUNE, 0.040, 0.043, {8: 0.30, 16: 0.20, 32: 0.22, 64: 0.19, 128: 0.05, 256: 0.04}, 1.5, 0.2),
    ),
)
SEREN = Cluster(
    "Seren",
    2288,
    14.7,
    (
        Class(Kind.PRETRAIN, 0.009, 0.695, {64: 0.15, 128: 0.30, 256: 0.33, 512: 0.18, 1024: 0.04}, 1.9, 0.0),
        Class(Kind.EVALUATE, 0.649, 0.062, {1: 0.84, 2: 0.06, 4: 0.04, 8: 0.06}, 1.95, 0.65),
        Class(
            Kind.FINETUNE, 0.342, 0.243, {1: 0.30, 2: 0.10, 4: 0.10, 8: 0.40, 16: 0.06, 32: 0.03, 64: 0.01}, 1.95, 0.65
        ),
    ),
)


def published(row: str) -> tuple[float, float]:
    """Mean GPU-seconds and mean run time of a GPU job, from the bundled cluster summary."""
    with bundled("acme-summary").path.open(encoding="utf-8") as file:
        found = next(one for one in csv.DictReader(file) if one["id"] == row)
    gpu_s = sum(float(found[name]) for name in ("complete_gpu_time", "cancel_gpu_time", "fail_gpu_time"))
    return gpu_s / float(found["gpu_job_num"]), float(found["avg_run_time_gpu"])


def fit(cluster: Cluster) -> Fit:
    """A fit that meets the published shares of jobs and GPU-time exactly, and the published mean GPU-seconds a job.

    Within a class and size, run times are lognormal at equal quantiles.
    """
    gpu_s, _ = published(cluster.row)
    share, run, kind, weight = [list[NDArray[np.float64]]() for _ in range(4)]
    quantiles = np.array([NormalDist().inv_cdf((i + 0.5) / QUANTILES) for i in range(QUANTILES)])
    for one in cluster.classes:
        spent = sum(gpus ** (1.0 + one.growth) * part for gpus, part in one.sizes.items())
        one_gpu_run_s = one.gpu_time_fraction * gpu_s / one.jobs_fraction / spent
        spread = np.exp(one.sigma * quantiles)
        for gpus, part in one.sizes.items():
            share.append(np.full(QUANTILES, gpus / cluster.machine_gpus))
            run.append(one_gpu_run_s * gpus**one.growth * spread / spread.mean())
            kind.append(np.full(QUANTILES, float(one.kind)))
            weight.append(np.full(QUANTILES, one.jobs_fraction * part / QUANTILES))
    shares, runs, weights = np.concatenate(share), np.concatenate(run), np.concatenate(weight)
    weights = weights / weights.sum()
    return Fit(
        f"acme-{cluster.row.lower()}",
        shares,
        runs,
        np.zeros(len(runs)),
        np.concatenate(kind).astype(np.int32),
        np.full(len(runs), -1, np.int32),
        weights,
        campaigns(cluster.gap_cv),
        np.ones(168),
        f"published shares of LLM development on Acme {cluster.row} (Hu et al., NSDI'24); no job list is bundled",
        ends=(ENDS, endings(weights, shares * runs, *ended(cluster.row))),
    )


def ended(row: str) -> tuple[Floats, Floats]:
    """Shares of jobs and of GPU-time that completed, were cancelled, failed, from the bundled cluster summary."""
    with bundled("acme-summary").path.open(encoding="utf-8") as file:
        found = next(one for one in csv.DictReader(file) if one["id"] == row)
    names = ("complete", "cancel", "fail")
    jobs = np.array([float(found[f"{name}_rate_gpu"]) for name in names])
    time = np.array([float(found[f"{name}_gpu_time"]) for name in names])
    return jobs / jobs.sum(), time / time.sum()


def endings(weight: Floats, gpu_s: Floats, jobs_fraction: Floats, time_fraction: Floats) -> Floats:
    """Probability of each ending for each job, so that both published shares come out; shape (jobs, endings).

    The odds of an ending against completion go as a power of the job's GPU-seconds: the distribution that says least
    beyond the two shares but for how they grow with size. Newton's method on the four parameters.
    """
    log_size = np.log(gpu_s) - np.log(gpu_s).mean()
    heavy = weight * gpu_s / np.sum(weight * gpu_s)
    wanted = np.concatenate([jobs_fraction[1:], time_fraction[1:]])
    at = np.concatenate([np.log(jobs_fraction[1:] / jobs_fraction[0]), np.zeros(2)])

    def shares(x: Floats) -> tuple[Floats, Floats]:
        odds = np.exp(np.clip(x[:2] + log_size[:, np.newaxis] * x[2:], -50.0, 50.0))
        found = np.concatenate([np.ones((len(gpu_s), 1)), odds], axis=1)
        found = found / found.sum(axis=1, keepdims=True)
        return found, np.concatenate([weight @ found[:, 1:], heavy @ found[:, 1:]])

    for _ in range(60):
        off = shares(at)[1] - wanted
        if np.abs(off).max() < 1e-10:
            break
        slope = np.stack([(shares(at + 1e-6 * unit)[1] - wanted - off) / 1e-6 for unit in np.eye(4)], axis=1)
        step = np.linalg.solve(slope, off)
        at = at - step * min(1.0, 0.5 / float(np.abs(step).max()))
    return shares(at)[0]


def campaigns(cv: float, count: int = 60_000) -> Floats:
    """Gaps of jobs submitted in campaigns: geometric batches within seconds, exponential pauses between.

    A share p of long gaps of mean 1/p, the rest next to 0, has a squared coefficient of variation of 2/p - 1.
    """
    throw = dice.stream(0, f"workload/acme/gaps/{cv}")
    mean = (cv * cv + 1.0) / 2.0
    pauses = max(1, round(count / mean))
    gaps = 1e-3 * throw.random(count)
    # equal quantiles of the exponential, so that the sample's spread is the published one, not a draw of it
    gaps[throw.permutation(count)[:pauses]] = -mean * np.log1p(-(np.arange(pauses) + 0.5) / pauses)
    return np.asarray(gaps / gaps.mean())
