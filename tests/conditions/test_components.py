"""Failures by component: rates, early days, spares, and streams that nothing else moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gigacampus.conditions.components import DEFAULT, YEAR_S, Component, draw, lives

DAY = 86_400
PART = Component("part", "gpu", "node", per_year=2.0, repair_s=3600.0)


def born(units: int, at: int = 0) -> np.ndarray:
    return np.full(units, at, dtype=np.int64)


def test_failures_come_as_often_as_stated() -> None:
    at, repair, unit = lives(PART, born(20_000), int(YEAR_S), 1)
    expected = 2.0 * 20_000
    assert abs(len(at) - expected) < 5 * np.sqrt(expected)
    assert np.mean(repair) == pytest.approx(3600, rel=0.03)
    assert np.bincount(unit, minlength=20_000).max() > 3


def test_neither_size_nor_horizon_moves_a_failure() -> None:
    few = draw([PART], [born(100)], 100 * DAY, 3)
    many = draw([DEFAULT[0], PART], [born(50), born(500)], 300 * DAY, 3)
    kept = (many.component == 1) & (many.unit < 100) & (many.at_s < 100 * DAY)
    assert len(few.at_s) > 20
    for name in ("at_s", "until_s", "unit"):
        assert getattr(few, name).tolist() == getattr(many, name)[kept].tolist()
    other = draw([PART], [born(100)], 100 * DAY, 4)
    assert other.at_s.tolist() != few.at_s.tolist()


def test_new_parts_fail_more_often() -> None:
    early = replace(PART, per_year=0.01, early_s=30.0 * DAY, early_factor=5.0)
    at, _, _ = lives(early, born(1_000_000), 60 * DAY, 1)
    first, second = (at < 30 * DAY).sum(), (at >= 30 * DAY).sum()
    assert first / second == pytest.approx(5.0, rel=0.1)


def test_spares_shorten_outages_while_there_are_any() -> None:
    """Two parts on the shelf, repairs of days: the third failure in a row waits for the first part to come back."""
    slow = replace(PART, repair_s=5.0 * DAY)
    bare = draw([slow], [born(50)], 40 * DAY, 1)
    with_spares = draw([replace(slow, spares=2, swap_s=600.0)], [born(50)], 40 * DAY, 1)
    lasts = with_spares.until_s - with_spares.at_s
    assert with_spares.at_s.tolist() == bare.at_s.tolist()
    assert lasts[:2].tolist() == [600, 600]
    shelf = [0, 0]
    for at, until, length in zip(bare.at_s.tolist(), bare.until_s.tolist(), lasts.tolist(), strict=True):
        shelf = sorted([*shelf, until])
        assert length == max(shelf.pop(0) - at, 0) + 600
    plenty = draw([replace(slow, spares=1000, swap_s=600.0)], [born(50)], 40 * DAY, 1)
    assert set((plenty.until_s - plenty.at_s).tolist()) == {600}


def test_the_stated_rates_are_those_of_their_sources() -> None:
    """16,384 GPUs in 2,048 nodes for 54 days: the interruptions that Llama 3 counted, but for what was planned."""
    counts = {"gpu": 16_384, "node": 2_048}
    years = 54 / 365.25
    total = sum(one.per_year * counts[one.unit] * years for one in DEFAULT if "Llama" in one.source)
    assert total == pytest.approx(148 + 72 + 48 + 7 + 35 + 14 + 54, rel=0.01)
