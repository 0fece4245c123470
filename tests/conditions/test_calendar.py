"""Typical years on the horizon: local hours, leap days, half-hour zones, several years in turn."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from gigacampus.clock import Clock
from gigacampus.conditions.calendar import local_hours

CLOCK = Clock(date(2027, 11, 3), date(2028, 3, 5), date(2027, 11, 3))


@pytest.mark.parametrize("offset", [4.0, 0.0, -7.0, 13.0])
def test_local_hours_are_those_of_the_calendar(offset: float) -> None:
    local = local_hours(CLOCK, offset)
    for hour in [0, 1, 23, 24, 1000, len(local.hour) - 1, (date(2028, 2, 29) - CLOCK.start).days * 24 + 9]:
        here = CLOCK.utc(hour * 3600) + timedelta(hours=offset)
        day = min(here.day, 28) if here.month == 2 else here.day
        expected = (date(2023, here.month, day) - date(2023, 1, 1)).days * 24 + here.hour
        assert local.position[hour] == expected
        assert (local.month[hour], local.hour[hour]) == (here.month, here.hour)


def test_a_leap_day_repeats_the_day_before() -> None:
    local = local_hours(CLOCK, 4.0)
    position = local.position.reshape(-1)
    counts = np.bincount(position, minlength=8760)
    assert counts[58 * 24 : 59 * 24].tolist() == [2] * 24
    assert counts.max() == 2


def test_a_half_hour_zone_blends_two_hours() -> None:
    local = local_hours(CLOCK, 5.5)
    year = np.arange(8760, dtype=float)[None]
    laid = local.laid(year)
    assert laid[0] == pytest.approx(((date(2023, 11, 3) - date(2023, 1, 1)).days * 24) + 5.5)


def test_several_years_are_taken_in_turn() -> None:
    local = local_hours(CLOCK, 0.0)
    laid = local.laid(np.stack([np.zeros(8760), np.ones(8760)]))
    turn = (date(2028, 1, 1) - CLOCK.start).days * 24
    assert not laid[:turn].any()
    assert laid[turn:].all()
