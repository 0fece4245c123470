"""What binds at Stargate UAE is computed: relaxing a limit moves exactly the months in which that limit is named."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from gigacampus import buildout, deal
from gigacampus.buildout.room import room
from gigacampus.clock import add_months
from gigacampus.scenario import load
from gigacampus.tables import Table


def months(*overrides: str, variants: tuple[str, ...] = ()) -> Table:
    scenario = load("stargate-uae", variants, overrides)
    return buildout.plan(scenario, deal.clear(scenario)).months


def named(table: Table, month: int) -> set[str]:
    """Every limit that a month names: what binds, ties, and what else gains alone."""
    others = [one.split(": ", 1)[-1] for one in str(table["next_binding"][month]).split("; ") if one]
    return {str(table["binding"][month]), *others}


def held(base: Table, relaxed: Table, limits: set[str]) -> None:
    """Nothing before the first month that names one of the limits; then never less; and only where one is named
    or the stock is still catching up with an earlier month."""
    gain = relaxed["live_chips"] - base["live_chips"]
    bound = [month for month in range(len(base)) if limits & named(base, month)]
    if not bound:
        assert (gain == 0).all()
        return
    assert (gain[: bound[0]] == 0).all()
    assert (gain >= 0).all()
    first = bound[0]
    assert gain[first] > 0 or len(named(base, first) - limits) > 0, "raised, unless another limit, named, ties"
    changed = np.flatnonzero(gain)
    for month in changed.tolist():
        assert month >= bound[0]


@pytest.fixture(scope="module")
def base() -> Table:
    return months()


def test_doubling_the_quota(base: Table) -> None:
    held(base, months("deal.quotas.uae.cap=1M chips/year"), {"quota"})


def test_doubling_a_halved_quota() -> None:
    halved = months(variants=("quota-half",))
    assert any("quota" in named(halved, month) for month in range(len(halved)))
    held(halved, months("deal.quotas.uae.cap=1M chips/year", variants=("quota-half",)), {"quota"})


@pytest.mark.parametrize("phase", ["phase-1", "phase-2", "phase-3", "phase-4", "phase-5"])
def test_opening_a_hall_a_quarter_earlier(base: Table, phase: str) -> None:
    hall = load("stargate-uae").campus.halls[phase]

    def earlier(day: date) -> str:
        return add_months(date(day.year, day.month, day.day), -3).isoformat()

    sooner = months(
        f"campus.halls.{phase}.power_ready={earlier(hall.power_ready)}",
        f"campus.halls.{phase}.building_ready={earlier(hall.building_ready)}",
    )
    held(base, sooner, {"power", "building", "cooling"})
    assert sooner["live_chips"][-1] == base["live_chips"][-1], "at the end another limit holds the stock"


def test_the_window_that_ended_is_named_and_not_licences_with_a_balance(base: Table) -> None:
    """From 2028-07 on nothing comes although licences for 100,500 more chips are there: the last window has ended."""
    scenario = load("stargate-uae")
    supply = deal.clear(scenario)
    here = supply.licences.where(supply.licences["site"] == "campus")
    blocked = supply.compliance.where((supply.compliance["outcome"] == "blocked") & (here_rows(supply.compliance)))
    assert set(blocked["bound_by"]) == {"quota"}
    assert blocked["requested_chips"].sum() == here["left"].sum() == 100_500
    last = len(base) - 1
    assert base["binding"][last] == "quota"
    assert {"licence", "delivery"} <= named(base, last), "others that would gain are told too"


def here_rows(table: Table) -> np.ndarray:
    return np.asarray(table["site"] == "campus")


def test_a_limit_that_keeps_nothing_out_and_has_a_balance_is_named_only_where_no_other_gains(base: Table) -> None:
    scenario = load("stargate-uae")
    supply = deal.clear(scenario)
    timeline = buildout.plan(scenario, supply)
    edges_s = scenario.clock.month_starts_s()[1:]
    free = room(supply, edges_s)
    gains = timeline.shadow.where(timeline.shadow["gain_chips"] > 0)
    for month, (start_s, binding) in enumerate(zip(base["month_s"], base["binding"], strict=True)):
        if binding in free and free[binding][month]:
            alone = set(gains["limit"][gains["month_s"] == start_s])
            assert all(one in free and free[one][month] for one in alone)


@pytest.mark.parametrize(
    ("limit", "nothing"),
    [
        ("quota", "deal.quotas.national.cap=0 chips/year"), ("licence", "deal.licences.first.quantity=0 chips"),
        ("delivery", "deal.deliveries.racks.rate=0 chips/year"), ("install", "campus.install_rate=0 racks/day"),
        ("power", "campus.halls.a.power=0 W IT"),
    ],
)  # fmt: skip
def test_a_limit_that_leaves_nothing_binds(limit: str, nothing: str) -> None:
    scenario = load("one-hall", overrides=(nothing,))
    assert set(buildout.plan(scenario, deal.clear(scenario)).months["binding"]) == {limit}
