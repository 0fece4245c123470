"""Measures and their confidence intervals."""

from __future__ import annotations

import numpy as np
import pytest

from gigacampus.engine import measures
from gigacampus.engine.statistics import T_95, half_width
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


def test_figures_of_no_jobs() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = measures.felt(none, none, none, none, none)
    assert found["jobs"] == 0
    assert found["wait_mean_s"] is None
    assert measures.jain_fraction(none) is None


def test_jain() -> None:
    assert measures.jain_fraction(np.array([3, 3, 3])) == pytest.approx(1.0)
    assert measures.jain_fraction(np.array([1, 0, 0, 0])) == pytest.approx(0.25)
