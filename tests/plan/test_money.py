"""Money in samples of a plan: the same arithmetic as the accounts, spread and tornado."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import accounts, buildout, conditions, deal, facility, report
from gigacampus.cli.plan_ import command as plan_command
from gigacampus.plan import plan
from gigacampus.plan.money import MOST_MOVERS, Player, money
from gigacampus.plan.work import BUSY_FRACTION, busy
from gigacampus.report.sections.money import WORDS
from gigacampus.scenario import Scenario, load

RANGES = (
    "costs.building=8 to 16 USD/W", "costs.discount_rate=5 to 11 %", "site.sources.grid.price=4 to 7 USc/kWh",
    "campus.commissioning=5 to 30 days", "site.water_price=1 to 3 USD/m3",
)  # fmt: skip


@cache
def hall() -> Scenario:
    return load("one-hall", overrides=list(RANGES))


def test_at_the_medians_the_measures_are_those_of_the_rooms() -> None:
    given = hall()
    supply = deal.clear(given)
    timeline = buildout.plan(given, supply)
    log = busy(given, timeline)
    flows = facility.derive(given, timeline, conditions.draw(given, timeline), log)
    books = accounts.settle(given, supply, timeline, log, flows, with_movers=False)
    player = Player(given)
    for name, ours in player.median.items():
        head, _, key = name.partition(".")
        theirs = books.summary[head][key] if key else books.summary[head]
        if head == "levelised_by_part_usd" or np.isfinite(ours):
            assert ours == pytest.approx(theirs, rel=1e-6, abs=0.5), name
    entitled = log.usage["entitled_gpu_h"].sum()
    assert entitled > 0.0
    assert log.usage["batch_gpu_h"].sum() == pytest.approx(BUSY_FRACTION * entitled)


def _same(one: dict[str, float], two: dict[str, float]) -> bool:
    """Equal to the last bit; never and not found are NaN in both."""
    return one.keys() == two.keys() and np.array_equal(list(one.values()), list(two.values()), equal_nan=True)


@cache
def pair(name: str, *overrides: str) -> tuple[Player, Player]:
    given = load(name, overrides=list(overrides))
    return Player(given), Player(given, is_sharing=False)


RICH = (
    *RANGES, "costs.inflation=1 to 3 %",
    "costs.currencies={EUR: {rates: [{on: 2026-01-01, usd: 1.0 to 1.2 USD}, {on: 2026-02-01, usd: 1.3 USD}],"
    " of: [capex, revenue]}}",
    "deal.deliveries.racks.owner=home", "deal.deliveries.racks.operator=lab",
    "deal.deliveries.racks.rate=20k to 40k chips/year",
    "deal.deliveries.racks.transit=3 to 12 days", "campus.halls.a.power_ready=2026-01-03 to 2026-02-02",
    "costs.chip_lease_rate=8 to 12 %", "costs.hosting_rent=1 to 2 USD/W/year", "costs.pass_through=true",
    "costs.insurance=0.1 to 0.4 %", "costs.operation=0.2 to 0.4 USD/W", "costs.gpu_hour_price.GB300=3 to 5 USD/GPU/h",
    "costs.chip_life=4 to 6 years", "costs.tax={lab: 9 to 20 %}",
    "costs.equity={lab: {investor: home, distributes: true}}",
    "costs.tranches={all: {gearing: 40 to 70 %, rate: 5 to 9 %, term: 1 to 3 years}}",
    "tenants.lab.tenancies=[{share: 60 to 70 %, end: 2026-02-10 to 2026-03-10}]", "costs.relet={lab: 5 to 30 days}",
    "costs.relet_price_factor=0.4 to 0.9", "costs.terms={cloud: {price_factor: 0.8 to 1.1}}",
    "deal.obligations={match: {debtor: host, creditor: home, kind: match_ratio, base: chip_value, ratio: 0.8 to 1.2,"
    " term: 10 to 40 days}}",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "overrides"), [("one-hall", RICH), pytest.param("stargate-uae", (), marks=pytest.mark.slow)]
)
def test_each_input_alone_gives_what_the_whole_walk_gives(name: str, overrides: tuple[str, ...]) -> None:
    quick, slow = pair(name, *overrides)
    found = quick.ranges
    assert _same(quick.median, slow.median)
    for column, path in enumerate(found.paths):
        for end in (found.low, found.high):
            values = found.mid.copy()
            values[column] = end[column]
            assert _same(quick.play(values), slow.play(values)), path


@given(st.lists(st.tuples(st.integers(0, 999), st.floats(0.01, 0.99)), max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_few_inputs_together_give_what_the_whole_walk_gives(moved: list[tuple[int, float]]) -> None:
    quick, slow = pair("one-hall", *RICH)
    values = quick.ranges.mid.copy()
    for place, uniform in moved:
        column = place % len(values)
        values[column] = quick.ranges.values(np.full(len(values), uniform))[column]
    assert _same(quick.play(values), slow.play(values))


def test_an_input_that_no_step_is_known_to_read_shares_nothing() -> None:
    assert accounts.source_of("costs.chip_price.GB300") == "capital"
    assert accounts.source_of("costs.inflation") == accounts.source_of("costs.a_new_key") == accounts.REST


def test_stand_builds_what_plan_builds() -> None:
    given = hall()
    supply = deal.clear(given)
    quick, whole = buildout.stand(given, supply), buildout.plan(given, supply)
    for name in ("installs", "capacity", "halls"):
        one, two = getattr(quick, name), getattr(whole, name)
        for column in one.spec.names:
            assert one[column].tolist() == two[column].tolist()


def test_samples_spread_and_repeat() -> None:
    first, again = money(hall(), 12, seed=3), money(hall(), 12, seed=3)
    rows = {row["measure"]: row for row in first.measures.rows()}
    assert [row["p50"] for row in again.measures.rows()] == pytest.approx(
        [row["p50"] for row in first.measures.rows()], nan_ok=True
    )
    for row in rows.values():
        assert row["samples"] == 12
        if np.isfinite(row["p50"]):
            assert row["p10"] <= row["p50"] <= row["p90"]
    cost = rows["levelised_usd_per_gpu_h"]
    assert cost["p10"] < cost["p90"]
    assert cost["unit"] == "USD/GPU h"


def test_the_tornado_moves_one_input_at_a_time() -> None:
    given = hall()
    movers = money(given, 1).movers
    found = {row["path"]: row for row in movers.rows() if row["measure"] == "levelised_usd_per_gpu_h"}
    assert set(found) >= {"costs.building", "costs.discount_rate", "site.sources.grid.price", "campus.commissioning"}
    widths = [abs(row["high"] - row["low"]) for row in found.values()]
    assert widths == sorted(widths, reverse=True)
    assert len(found) <= MOST_MOVERS
    base, dear = Player(given), Player(load("one-hall", overrides=[*RANGES, "costs.building=16 USD/W"]))
    moved = dear.median["levelised_usd_per_gpu_h"] - base.median["levelised_usd_per_gpu_h"]
    assert found["costs.building"]["high"] == pytest.approx(moved, rel=1e-9)


TARIFF = (
    "site.sources.grid.bands=[{months: [1, 2], from_hour: 8, to_hour: 20, price: 10 to 20 USc/kWh},"
    " {months: [3], from_hour: 0, to_hour: 24, price: 6 to 30 USc/kWh}]",
    "site.sources.grid.demand_charge=2 to 6 USD/kW", "site.sources.grid.price=4 to 7 USc/kWh",
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "high"),
    [
        ("site.sources.grid.price", "7 USc/kWh"), ("site.sources.grid.demand_charge", "6 USD/kW"),
        ("site.sources.grid.bands.0.price", "20 USc/kWh"), ("site.sources.grid.bands.1.price", "30 USc/kWh"),
    ],
)  # fmt: skip
def test_each_part_of_a_tariff_moves_alone_as_in_a_run(path: str, high: str) -> None:
    given, dear = load("one-hall", overrides=list(TARIFF)), load("one-hall", overrides=[*TARIFF, f"{path}={high}"])
    player = Player(given)
    column = player.ranges.paths.index(path)
    values = player.ranges.mid.copy()
    values[column] = player.ranges.high[column]
    moved = player.play(values)["levelised_by_part_usd.Energy"]
    assert moved > player.median["levelised_by_part_usd.Energy"]
    assert moved == pytest.approx(Player(dear).median["levelised_by_part_usd.Energy"], rel=1e-9)


def test_the_date_on_which_a_tenant_leaves_moves_what_it_pays() -> None:
    leaving = "tenants.lab.tenancies=[{share: 70 %, end: 2026-02-10 to 2026-03-10}]"
    given = load("one-hall", overrides=[leaving])
    player = Player(given)
    column = player.ranges.paths.index("tenants.lab.tenancies.0.end")
    paid = []
    for end in (player.ranges.low, player.ranges.high):
        values = player.ranges.mid.copy()
        values[column] = end[column]
        paid.append(player.play(values)["revenue_usd"])
    assert paid[0] < player.median["revenue_usd"] < paid[1]


def test_a_plan_tells_money_where_it_is_asked() -> None:
    found = plan(hall(), draws=6, paid_draws=4, seed=2)
    assert found.summary["sample_measures"]["capex_usd"]["p10"] <= found.summary["sample_measures"]["capex_usd"]["p90"]
    assert set(found.tables["sample_measures"]["samples"].tolist()) == {4}
    assert "sample_measures" not in plan(hall(), draws=6, seed=2).tables
    page = report.render(found)
    assert 'id="money-ranges"' in page
    assert WORDS["levelised_usd_per_gpu_h"] in page


def test_the_default_number_of_money_samples_stays_small_beside_the_plan() -> None:
    option = next(one for one in plan_command.params if one.name == "money")
    assert 0 < option.default <= 30
