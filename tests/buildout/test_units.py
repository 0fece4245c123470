"""One more unit of what would bring how much: equal to the plan with that unit given, and honest about nothing."""

from __future__ import annotations

import pytest

from gigacampus import buildout, deal
from gigacampus.clock import NEVER
from gigacampus.scenario import load
from gigacampus.tables.timeline import Timeline


def walked(*overrides: str) -> Timeline:
    scenario = load("stargate-uae", overrides=overrides)
    return buildout.plan(scenario, deal.clear(scenario))


@pytest.fixture(scope="module")
def base() -> Timeline:
    return walked()


def row(timeline: Timeline, limit: str) -> dict[str, float]:
    return next(one for one in timeline.units.rows() if one["limit"] == limit)


def test_a_rack_a_day_is_what_the_plan_gains_with_one(base: Timeline) -> None:
    gain = walked("campus.install_rate=16 racks/day").months["live_chips"] - base.months["live_chips"]
    assert row(base, "install")["most_chips"] == gain.max()
    assert row(base, "install")["gain_chips"] == gain[-1]


def test_a_longer_window_is_what_the_plan_gains_with_it(base: Timeline) -> None:
    other = walked("deal.quotas.uae.end=2028-01-30")
    # a window more by the calendar: its room is new as well, but 30 days bring less than any ceiling
    gain = other.months["live_chips"] - base.months["live_chips"]
    found = row(base, "quota: date")
    assert found["gain_chips"] == gain[-1] > 0
    assert found["gain_h100e"] == pytest.approx(other.months["live_h100e"][-1] - base.months["live_h100e"][-1])


def test_what_brings_nothing_is_a_row_too(base: Timeline) -> None:
    assert row(base, "quota: amount")["most_chips"] == 0, "no ceiling is reached: it is the window that ends"
    assert row(base, "quota: amount")["most_month_s"] == NEVER
    gains = base.units["gain_h100e_years"]
    assert (gains[:-1] >= gains[1:]).all()
