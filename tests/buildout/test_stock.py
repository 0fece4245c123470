"""From installed to live: commissioning, early failures, halls lost and back, powers by their basis."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from gigacampus.buildout import plan
from gigacampus.clock import DAY_S
from gigacampus.errors import ScenarioError
from gigacampus.tables.timeline import Timeline
from tests.buildout.samples import START, campus, scenario, supply

HALLS = {
    name: {"phase": "p", "power": "1 MW IT", "building_ready": "2026-01-01", "power_ready": "2026-01-01"}
    for name in "ab"
}


def live(timeline: Timeline, day: str) -> int:
    at_s = (START.fromisoformat(day) - START).days * DAY_S
    return int(timeline.installs["chips"][timeline.installs["at_s"] <= at_s].sum())


def built(**changes: Any) -> Timeline:
    return plan(
        scenario(campus(halls=HALLS, install_rate="100 racks/day", **changes)), supply({"day": 0, "chips": 1440})
    )


def test_commissioning_parts_installed_from_live() -> None:
    timeline = built(commissioning="10 days")
    assert (live(timeline, "2026-01-10"), live(timeline, "2026-01-11")) == (0, 1440)


def test_early_failures_go_live_after_their_replacement() -> None:
    timeline = built(early_failures="1 %", replacement="30 days")
    assert (live(timeline, "2026-01-11"), live(timeline, "2026-02-09"), live(timeline, "2026-02-10")) == (
        1426,
        1426,
        1440,
    )


def test_a_lost_share_of_the_halls_goes_and_comes_back() -> None:
    timeline = built(losses={"x": {"share": 0.25, "start": "2026-06-01", "end": "2026-09-01"}})
    assert [live(timeline, day) for day in ("2026-05-31", "2026-06-01", "2026-08-31", "2026-09-01")] == [
        1440,
        1080,
        1080,
        1440,
    ]
    assert timeline.halls["lost_from_s"][0] == (START.fromisoformat("2026-06-01") - START).days * DAY_S
    june = int(np.flatnonzero(timeline.months["lost_chips"])[0])
    assert timeline.months["binding"][june] == "loss"


def test_what_would_go_live_in_a_lost_hall_waits() -> None:
    timeline = built(losses={"x": {"share": 0.5, "start": "2026-01-05", "end": "2026-03-01"}})
    assert (live(timeline, "2026-01-11"), live(timeline, "2026-03-01")) == (720, 1440)


def test_losses_that_overlap_are_refused() -> None:
    losses = {
        "x": {"share": 0.5, "start": "2026-01-05", "end": "2026-03-01"},
        "y": {"share": 0.5, "start": "2026-02-05", "end": "2026-04-01"},
    }
    with pytest.raises(ValidationError, match="overlap"):
        campus(losses=losses)


@pytest.mark.parametrize(("power", "it_w"), [("1 MW IT", 1e6), ("1.4 MW facility", 1e6), ("1.45 MW poi", 1e6)])
def test_a_hall_s_power_is_converted_from_its_basis(power: str, it_w: float) -> None:
    halls = {"a": {**HALLS["a"], "power": power}}
    timeline = plan(scenario(campus(halls=halls)), supply())
    assert timeline.halls["it_limit_w"][0] == pytest.approx(it_w)


def test_one_reading_for_all_powers() -> None:
    timeline = plan(scenario(campus(power_reading="facility")), supply())
    assert timeline.halls["it_limit_w"].tolist() == pytest.approx([1e6 / 1.4] * 2)


def test_a_power_at_the_chip_is_no_hall_s() -> None:
    with pytest.raises(ValidationError, match="not at the chip"):
        campus(halls={"a": {**HALLS["a"], "power": "1 MW chip"}})


def test_feeds_limit_the_campus_in_whole() -> None:
    feeds = {
        "grid": {"power": "0.5 MW IT", "ready": "2026-01-01"},
        "gas": {"power": "0.5 MW IT", "ready": "2026-06-01"},
    }
    timeline = built(feeds=feeds)
    assert (live(timeline, "2026-05-31"), live(timeline, "2026-07-01")) == (360, 720)
    assert timeline.months["binding"][2] == "power"


def test_cooling_can_be_what_is_late() -> None:
    halls = {"a": {**HALLS["a"], "cooling_ready": "2026-04-01"}}
    timeline = plan(scenario(campus(halls=halls)), supply({"day": 0, "chips": 72}))
    assert timeline.months["binding"][2] == "cooling"


def test_stops_slow_the_crew() -> None:
    def when(**changes: Any) -> int:
        one = campus(halls=HALLS, install_rate="1 racks/day", **changes)
        return int(plan(scenario(one), supply({"day": 0, "chips": 1440})).installs["at_s"].max())

    heat = {"heat": {"start": "2026-01-05", "end": "2026-01-14", "share": "100 %"}}
    assert when(stops=heat) - when() == timedelta(days=10).total_seconds()


def test_halls_of_a_kind_open_together_and_are_named_apart() -> None:
    timeline = plan(scenario(campus(halls={"a": {**HALLS["a"], "count": 3}})), supply())
    assert timeline.halls["hall"].tolist() == ["a-1", "a-2", "a-3"]


def test_a_chip_without_a_rack_is_a_fault_that_says_where() -> None:
    with pytest.raises(ScenarioError, match=r"campus\.racks\.R200"):
        plan(scenario(campus()), supply({"day": 0, "chips": 10, "chip": "R200"}))


def test_lots_for_other_sites_do_not_come_here() -> None:
    timeline = plan(scenario(campus()), supply({"day": 0, "chips": 10, "site": "elsewhere"}))
    assert timeline.months["cleared_chips"].max() == 0
