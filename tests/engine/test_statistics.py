"""Measures and their confidence intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.clock import NEVER
from gigacampus.engine import measures
from gigacampus.engine.statistics import T_95, half_width, percentiles
from gigacampus.validate import theory


def test_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        values = dice.exponential(1.0, 3_000)
        half = half_width(values, T_95)
        assert half is not None
        covered += abs(values.mean() - 1.0) <= half
    assert 0.92 <= covered / 400 <= 0.98


def test_few_values_have_no_interval() -> None:
    assert half_width(np.ones(299)) is None


@pytest.mark.parametrize(("servers", "load", "wait"), [(1, 0.5, 1.0), (2, 0.75, 0.45 / 0.35), (1, 0.9, 9.0)])
def test_erlang_c_by_hand(servers: int, load: float, wait: float) -> None:
    # M/M/1: rho / (1 - rho); M/M/2: C = 2 rho^2 / (1 + rho)
    assert theory.erlang_c_wait(servers, load) == pytest.approx(wait, rel=1e-12)


def test_shortest_remaining_time_beats_any_order() -> None:
    assert theory.srpt_wait(0.7) < 0.7 / 0.3
    assert theory.srpt_wait(1e-6) == pytest.approx(0.0, abs=1e-5)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.integers(0, 3), st.integers(-(2**40), 2**40)), min_size=1, max_size=60),
    st.lists(st.integers(0, 100), min_size=1, max_size=5).map(sorted),
)
def test_percentiles_are_numpys_to_the_bit(values: list[int], wanted: list[int]) -> None:
    whole = np.array(values, dtype=np.int64)
    assert percentiles(whole, wanted) == np.percentile(whole, wanted).tolist()
    assert percentiles(np.clip(whole, 0, 999), wanted) == np.percentile(np.clip(whole, 0, 999), wanted).tolist()
    assert whole.tolist() == values


@pytest.mark.parametrize("jobs", [1, 2, 299, 5_000])
@pytest.mark.parametrize("finished", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("in_order", [True, False])
def test_figures_are_those_written_out(jobs: int, finished: float, in_order: bool) -> None:
    dice = np.random.default_rng(jobs)
    submit = dice.integers(0, 10**6, jobs)
    submit = np.sort(submit) if in_order else submit
    run, gpus = dice.integers(0, 10**5, jobs), dice.choice([1, 2, 8, 512], jobs)
    start = submit + dice.integers(0, 3, jobs) * dice.integers(0, 10**6, jobs)
    end = np.where(dice.random(jobs) < finished, start + run + dice.integers(0, 2, jobs) * 60, NEVER)
    found = measures.felt(submit, start, end, run, gpus)
    assert found == written_out(submit, start, end, run, gpus)


def written_out(submit: Any, start: Any, end: Any, run: Any, gpus: Any) -> dict[str, Any]:
    done = end < NEVER
    some = bool(done.any())
    jct = (end - submit)[done]
    wait, weight = jct - run[done], (gpus * run)[done].astype(np.float64)
    order = np.argsort(submit[done], kind="stable")
    told = {"jobs": len(run), "finished": int(done.sum()), "gpu_hours": float((gpus * run)[done].sum() / 3600)}
    told["makespan_s"] = int(end[done].max() - submit.min()) if some else 0
    for name, values in (("wait", wait), ("jct", jct)):
        told[f"{name}_mean_s"] = float(values.mean()) if some else None
        told[f"{name}_mean_half_width_s"] = half_width(values[order])
        for p in (50, 90, 99):
            told[f"{name}_p{p}_s"] = float(np.percentile(values, p)) if some else None
    told["wait_mean_by_gpu_hour_s"] = float(np.average(wait, weights=weight)) if weight.sum() > 0 else None
    slowdown = np.maximum(jct / np.maximum(run[done], 10), 1.0)
    told["slowdown_mean_fraction"] = float(slowdown.mean()) if some else None
    told["waited_fraction"] = float((start > submit)[done].astype(np.int64).mean()) if some else None
    return told


def test_figures_of_no_jobs() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = measures.felt(none, none, none, none, none)
    assert found["jobs"] == 0
    assert found["wait_mean_s"] is None
    assert measures.jain_fraction(none) is None


def test_jain() -> None:
    assert measures.jain_fraction(np.array([3, 3, 3])) == pytest.approx(1.0)
    assert measures.jain_fraction(np.array([1, 0, 0, 0])) == pytest.approx(0.25)
