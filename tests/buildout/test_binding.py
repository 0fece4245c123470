"""What binds is computed: relaxing a limit raises the months that it bound, and nothing before them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gigacampus.buildout import plan
from gigacampus.buildout.limits import LIMITS, QUARTER_D
from gigacampus.tables.timeline import Timeline
from tests.buildout.samples import START, campus, scenario, supply

CAUSES = ["quota", "licence", "gate", "obligation", "nothing"]
SLOW_HALL = (
    {
        "halls": {
            "h0": {"phase": "p", "power": "100 kW IT", "building_ready": "2026-01-01", "power_ready": "2026-01-11"}
        },
        "install_rate": "0.1 racks/day",
        "commissioning": "11 days",
    },
    [{"wanted": 0, "day": 0, "chips": 73, "bound_by": "quota", "transit": 0}],
)
"""A hall whose power is ten days late, where a rack takes ten days to stand."""


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    def day(low: int, high: int) -> str:
        return (START + timedelta(days=draw(st.integers(low, high)))).isoformat()

    changes = {
        "halls": {
            f"h{i}": {"phase": "p", "power": f"{draw(st.integers(1, 12)) * 100} kW IT", "building_ready": day(-50, 500),
                      "power_ready": day(-50, 500)}
            for i in range(draw(st.integers(1, 3)))
        },
        "install_rate": f"{draw(st.sampled_from([0.1, 0.5, 1, 3, 40]))} racks/day",
        "commissioning": f"{draw(st.integers(0, 90))} days",
    }  # fmt: skip
    lots = []
    for _ in range(draw(st.integers(0, 6))):
        wanted = draw(st.integers(0, 500))
        late = draw(st.integers(0, 200))
        cause = draw(st.sampled_from(CAUSES))
        lots.append(
            {"wanted": wanted, "day": wanted + (0 if cause == "nothing" else late), "chips": draw(st.integers(1, 600)),
             "bound_by": cause, "transit": draw(st.integers(0, 40))}
        )  # fmt: skip
    return changes, lots


@settings(max_examples=60, deadline=None)
@given(cases())
def test_relaxing_a_limit_never_lowers_what_is_live(case) -> None:
    changes, lots = case
    timeline = plan(scenario(campus(**changes)), supply(*lots))
    assert (timeline.shadow["gain_chips"] > 0).all()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(1, QUARTER_D))
def test_a_hall_earlier_changes_nothing_before_it_bound(case, by_d: int) -> None:
    changes, lots = case
    timeline = plan(scenario(campus(**changes)), supply(*lots))
    for name, key in (("building", "building_ready"), ("energisation", "power_ready")):
        moved = {
            hall: {**one, key: (date.fromisoformat(one[key]) - timedelta(days=by_d)).isoformat()}
            for hall, one in changes["halls"].items()
        }
        other = plan(scenario(campus(**{**changes, "halls": moved})), supply(*lots))
        gain = other.months["live_chips"] - timeline.months["live_chips"]
        bound = timeline.shadow["month_s"][timeline.shadow["limit"] == name]
        before = timeline.months["month_s"] < (bound.min() if len(bound) else np.iinfo(np.int64).max)
        assert (gain[before] == 0).all()
        assert (gain >= 0).all()
        if by_d == QUARTER_D:
            assert set(timeline.months["month_s"][gain > 0]) == set(bound)


@settings(max_examples=60, deadline=None)
@given(cases())
@example(SLOW_HALL)
def test_the_months_name_what_the_shadow_finds(case) -> None:
    changes, lots = case
    timeline = plan(scenario(campus(**changes)), supply(*lots))
    names = {"energisation": "power", "watts": "power", "plant": "cooling"}
    for row in timeline.months.rows():
        mine = timeline.shadow["month_s"] == row["month_s"]
        alone = {names.get(limit, limit) for limit in timeline.shadow["limit"][mine]}
        if alone:
            assert row["binding"] in alone
        elif row["binding"] == "nothing":
            assert row["live_chips"] == sum(lot["chips"] for lot in lots)
        else:
            assert row["next_binding"].startswith(("tie: ", "its date and its", "by more than one step"))


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from([None, {"end": "2026-12-01"}, {}]), st.sampled_from([0.0, 0.03]))
def test_chips_are_conserved(case, loss_end: dict[str, str] | None, early: float) -> None:
    """Cleared = in transit + stored + installed (live, in commissioning or lost for a while) + removed for good."""
    changes, lots = case
    loss = {} if loss_end is None else {"x": {"share": 0.4, "start": "2026-08-01", **loss_end}}
    changes = {**changes, "losses": loss, "early_failures": early, "replacement": "20 days"}
    months = plan(scenario(campus(**changes)), supply(*lots)).months
    whole = months["transit_chips"] + months["stored_chips"] + months["installed_chips"] + months["removed_chips"]
    assert (months["cleared_chips"] == whole).all()
    parts = months["commissioning_chips"] + months["live_chips"] + months["lost_chips"]
    assert (months["installed_chips"] == parts).all()
    for name in months.spec.names:
        if name.endswith("_chips"):
            assert (months[name] >= 0).all(), name
    assert (months["live_it_w"] <= np.minimum(months["building_limit_w"], months["power_limit_w"]) + 1e-2).all()


def by_month(timeline: Timeline, column: str) -> dict[str, Any]:
    days = [(START + timedelta(seconds=int(s))).isoformat()[:7] for s in timeline.months["month_s"]]
    return dict(zip(days, timeline.months[column].tolist(), strict=True))


def test_chips_that_wait_for_a_hall_wait_for_the_hall() -> None:
    timeline = plan(scenario(campus()), supply({"day": 0, "chips": 720}, {"day": 0, "chips": 360}))
    binding, following = by_month(timeline, "binding"), by_month(timeline, "next_binding")
    assert by_month(timeline, "live_chips")["2026-03"] == 720
    assert binding["2026-01"] == "building"
    assert "tie: power" in following["2026-01"]
    assert binding["2026-04"] == "power"  # the first hall is full: only more power in it would help
    assert binding["2026-12"] == "nothing"


@pytest.mark.parametrize("cause", ["quota", "licence", "gate", "obligation"])
def test_what_held_the_lots_back_binds(cause: str) -> None:
    lots = [{"day": 60, "chips": 72}, {"day": 200, "wanted": 70, "chips": 144, "bound_by": cause}]
    timeline = plan(scenario(campus()), supply(*lots))
    assert by_month(timeline, "binding")["2026-05"] == cause


def test_every_limit_says_how_it_is_relaxed() -> None:
    assert all(limit.step for limit in LIMITS.values())


def test_a_cooling_plant_too_small_binds_and_not_the_power() -> None:
    halls = {
        "a": {"phase": "p", "power": "2 MW IT", "cooling_it_power": "1 MW", "building_ready": "2026-01-01",
              "power_ready": "2026-01-01"},
    }  # fmt: skip
    timeline = plan(scenario(campus(halls=halls)), supply({"day": 0, "chips": 1440}))
    assert by_month(timeline, "live_chips")["2026-12"] == 720
    assert by_month(timeline, "binding")["2026-12"] == "cooling"
    units = {row["limit"]: row["gain_chips"] for row in timeline.units.rows()}
    assert (units["cooling: amount"], units["power: amount"]) == (720, 0)


def test_generations_differ_in_what_the_air_must_take() -> None:
    """Racks that give a fifth of their heat to the air are held by it; all-liquid ones fill the hall's power."""
    halls = {
        "a": {"phase": "p", "power": "2 MW IT", "air_cooling_it_power": "200 kW", "building_ready": "2026-01-01",
              "power_ready": "2026-01-01"},
    }  # fmt: skip
    rack = {"chips_per_rack": 72, "chips_per_node": 4, "it_power": "100 kW", "network": 0, "storage": 0}
    racks = {"GB300": {**rack, "liquid_share": "80 %"}, "R200": {**rack, "liquid_share": "100 %"}}
    lots = [{"day": 0, "chips": 1440}, {"day": 0, "chips": 1440, "chip": "R200"}]
    mixed = plan(scenario(campus(halls=halls, racks=racks)), supply(lots[0]))
    assert by_month(mixed, "live_chips")["2026-12"] == 720
    assert by_month(mixed, "binding")["2026-12"] == "cooling"
    liquid = plan(scenario(campus(halls=halls, racks=racks)), supply(lots[1]))
    assert by_month(liquid, "live_chips")["2026-12"] == 1440
