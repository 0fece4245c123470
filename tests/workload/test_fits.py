"""Generated against real: two-sample distances, bursts and the week; and Acme against its published figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gigacampus.catalog.traces import TRACES
from gigacampus.errors import UsageError
from gigacampus.kernels import dice
from gigacampus.tables.work import Kind
from gigacampus.workload import acme, read_trace
from gigacampus.workload.describe import arrivals
from gigacampus.workload.fit import resample_gaps
from gigacampus.workload.fits import TRACES as FITTED
from gigacampus.workload.fits import fit
from gigacampus.workload.generate import Machine, gather, generate, systematic
from gigacampus.workload.like import Asked, like


def distance(one: Any, two: Any) -> float:
    """Kolmogorov-Smirnov: the largest difference of two empirical distributions."""
    at = np.concatenate([one, two])
    shares = [np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (one, two)]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize("name", ["itp-cluster04", "itp-cluster07", "philly", "openb", "muri-trace1"])
def test_two_samples_of_each_log(name: str) -> None:
    trace = read_trace(name)
    _, found = like(trace, Asked(seed=3))
    compared = found["compared"]
    ran = int(((trace.jobs["run_s"] > 0) & (trace.jobs["gpus"] > 0)).sum())
    assert found["jobs"] == pytest.approx(ran, rel=0.002)
    for what in ("size", "run", "gpu_time"):
        assert compared[f"distance_{what}"] < 0.005
    assert compared["distance_gap"] < 0.08
    assert compared["gap_cv_made"] == pytest.approx(compared["gap_cv_real"], rel=0.2)
    if "unsuccessful_fraction_real" in compared:
        assert compared["unsuccessful_fraction_made"] == pytest.approx(compared["unsuccessful_fraction_real"], abs=0.01)


def test_parts_of_gpus_are_kept() -> None:
    trace = read_trace("openb")
    made, _ = like(trace, Asked())
    shared = [float(np.mean(one.jobs["gpu_milli"][one.jobs["gpus"] > 0] < 1000)) for one in (trace, made)]
    assert shared[0] > 0.3
    # jobs that never ran are left out of the fit
    ran = (trace.jobs["gpus"] > 0) & (trace.jobs["run_s"] > 0)
    assert shared[1] == pytest.approx(float(np.mean(trace.jobs["gpu_milli"][ran] < 1000)), abs=0.002)
    held = made.jobs["gpus"] * made.jobs["gpu_milli"] / 1000.0 * made.jobs["run_s"]
    real = (trace.jobs["gpus"] * trace.jobs["gpu_milli"] / 1000.0 * trace.jobs["run_s"]).sum()
    assert float(held.sum()) == pytest.approx(float(real), rel=1e-3)


def test_another_machine_time_and_load() -> None:
    trace = read_trace("itp-cluster04")
    made, found = like(trace, Asked(gpus=8_192, days=30.0, load_fraction=0.7))
    offered = float(np.sum(made.jobs["gpus"] * made.jobs["run_s"]))
    assert offered == pytest.approx(0.7 * 8_192 * 30 * 86_400, rel=1e-3)
    assert made.jobs["submit_s"].max() < 30 * 86_400
    assert found["compared"]["distance_run"] < 0.05  # sizes are whole GPUs of a machine of another size
    assert made.machine_gpus == 8_192
    again, _ = like(trace, Asked(gpus=8_192, days=30.0, load_fraction=0.7))
    assert (again.jobs["submit_s"] == made.jobs["submit_s"]).all()


@pytest.mark.parametrize("name", ["acme", "acme_seren"])
def test_acme_jobs_end_as_published(name: str) -> None:
    made = fit(name)
    cluster = acme.KALOS if name == "acme" else acme.SEREN
    states, chance = made.ends or ((), np.zeros((0, 0)))
    heavy = made.weight_fraction * made.share_fraction * made.run_s
    jobs, time = acme.ended(cluster.row)
    assert states == acme.ENDS
    np.testing.assert_allclose(made.weight_fraction @ chance, jobs, atol=1e-8)
    np.testing.assert_allclose(heavy @ chance / heavy.sum(), time, atol=1e-8)
    drawn = made.ended(np.repeat(np.arange(len(made.run_s)), 20), dice.stream(1, "x"))
    row = made.weight_fraction.repeat(20) / 20
    assert float(row[drawn == acme.ENDS[2]].sum()) == pytest.approx(jobs[2], abs=0.01)


@pytest.mark.parametrize("name", ["itp", "philly"])
def test_generated_jobs_are_like_the_real_ones(name: str) -> None:
    log = TRACES[FITTED[name]]
    jobs = read_trace(log.name).jobs
    submit = np.sort(jobs["submit_s"])
    hours = int((submit[-1] - submit[0]) // 3600) + 1
    load = float(np.sum(jobs["gpus"] * jobs["run_s"])) / (log.machine_gpus * hours * 3600.0)
    machine = Machine(np.full(hours, float(log.machine_gpus)), np.full(hours, log.machine_gpus), 1)
    made = generate(fit(name), machine, load, dice.stream(7, "test"), 10**9)
    assert len(made.run_s) == pytest.approx(len(jobs), rel=0.002)
    assert distance(jobs["gpus"], made.gpus) < 0.005
    assert distance(jobs["run_s"], made.run_s) < 0.005
    assert distance(jobs["gpus"] * jobs["run_s"], made.gpus * made.run_s) < 0.005  # jointly, not each alone
    assert distance(np.diff(submit), np.diff(made.submit_s)) < 0.08
    real, ours = arrivals(submit), arrivals(made.submit_s)
    assert ours["gap_cv"] == pytest.approx(real["gap_cv"], rel=0.35)
    assert ours["dispersion_per_hour"] > 0.4 * real["dispersion_per_hour"]  # a Poisson stream has 1


def test_the_week_is_kept() -> None:
    log = read_trace("philly")
    hour = (log.jobs["submit_s"] // 3600) % 24
    hours = 24 * 7 * 20
    machine = Machine(np.full(hours, 2490.0), np.full(hours, 2490), 1)
    made = generate(fit("philly"), machine, 0.15, dice.stream(3, "test"), 10**9)
    offset = 10  # the log begins at 10:30 of a Monday
    real = np.bincount((hour + offset) % 24, minlength=24)
    ours = np.bincount((made.submit_s // 3600) % 24, minlength=24)
    assert np.corrcoef(real, ours)[0, 1] > 0.7


def test_gathering_keeps_load_and_run_times() -> None:
    found = fit("itp")
    k, share, weight, count, real = gather(found, 0.8, 4 * 365 * 86_400.0, 50_000)
    assert k > 1.0
    assert real > count
    assert count == pytest.approx(50_000, rel=1e-3)
    assert share.max() == found.share_fraction.max()
    assert count * float(np.sum(weight * share * found.run_s)) == pytest.approx(0.8 * 4 * 365 * 86_400.0, rel=1e-4)
    # GPU-time by run time stays as it is
    old = found.weight_fraction * found.share_fraction * found.run_s
    new = weight * share * found.run_s
    assert np.allclose(old / old.sum(), new / new.sum())


def test_rows_come_as_often_as_their_weight_says() -> None:
    weight = np.array([0.5, 0.3, 0.15, 0.05])
    seen = np.bincount(systematic(weight, 1_001, dice.stream(1, "x")), minlength=4)
    assert (np.abs(seen - 1_001 * weight) < 1.0).all()


def test_gaps_come_in_blocks() -> None:
    gaps = np.arange(1_000, dtype=float)
    drawn = resample_gaps(gaps, 640, dice.stream(1, "x"))
    steps = np.diff(drawn)
    assert len(drawn) == 640
    assert np.mean((steps == 1.0) | (steps == -999.0)) > 0.98


PUBLISHED = {
    # cluster: mean GPUs, mean run, median run, share of GPU-time of >= 256 GPUs, gap CV
    "acme": (acme.KALOS, 26.77, 1259.7, 124.0, 0.963, 11.3),
    "acme_seren": (acme.SEREN, 5.68, 1414.3, 122.0, 0.564, 14.7),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_acme_meets_what_is_published(name: str) -> None:
    cluster, gpus, run_s, median_s, large, cv = PUBLISHED[name]
    made = fit(name)
    size = made.share_fraction * cluster.machine_gpus
    time = made.weight_fraction * size * made.run_s
    for one in cluster.classes:
        mine = made.kind_index == int(one.kind)
        assert made.weight_fraction[mine].sum() == pytest.approx(one.jobs_fraction)
        assert time[mine].sum() / time.sum() == pytest.approx(one.gpu_time_fraction)
    assert np.sum(time) == pytest.approx(acme.published(cluster.row)[0])
    assert np.sum(made.weight_fraction * size) == pytest.approx(gpus, rel=0.02)
    assert np.sum(made.weight_fraction * made.run_s) == pytest.approx(run_s, rel=0.06)
    assert time[size >= 256].sum() / time.sum() == pytest.approx(large, abs=0.01)
    assert made.burst_cv == pytest.approx(cv, rel=0.02)
    order = np.argsort(made.run_s)
    median = made.run_s[order][np.searchsorted(np.cumsum(made.weight_fraction[order]), 0.5)]
    assert median_s / 2.0 < median < median_s * 2.0
    assert made.kind_index[np.argmax(size)] == int(Kind.PRETRAIN)


def test_an_unknown_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="no fit"):
        fit("borg")
