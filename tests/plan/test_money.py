"""Money in samples of a plan: the same arithmetic as the accounts, spread and tornado."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gigacampus import accounts, buildout, conditions, deal, facility, report
from gigacampus.cli.plan_ import command as plan_command
from gigacampus.plan import plan
from gigacampus.plan.money import MOST_MOVERS, Player, money
from gigacampus.plan.work import BUSY_FRACTION, busy
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


def test_a_plan_tells_money_where_it_is_asked() -> None:
    found = plan(hall(), draws=6, paid_draws=4, seed=2)
    assert found.summary["sample_measures"]["capex_usd"]["p10"] <= found.summary["sample_measures"]["capex_usd"]["p90"]
    assert set(found.tables["sample_measures"]["samples"].tolist()) == {4}
    assert "sample_measures" not in plan(hall(), draws=6, seed=2).tables
    page = report.render(found)
    assert 'id="money-ranges"' in page
    assert "levelised_usd_per_gpu_h" in page


def test_the_default_number_of_money_samples_stays_small_beside_the_plan() -> None:
    option = next(one for one in plan_command.params if one.name == "money")
    assert 0 < option.default <= 30
