"""The plan: samples equal the walk, movers, readings of stated figures, variants against the base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gigacampus import buildout, deal
from gigacampus.deal import keeping
from gigacampus.plan import about, plan, samples
from gigacampus.plan.movers import live_h100e_years, movers
from gigacampus.plan.samples import played, relevant
from gigacampus.scenario import Scenario, load, with_values


@pytest.fixture(scope="module")
def uae() -> Scenario:
    return load("stargate-uae")


def walked(scenario: Scenario) -> Any:
    return buildout.plan(scenario, deal.clear(scenario))


@pytest.mark.parametrize("variant", [(), ("match-lag",), ("site-loss",), ("quota-half", "approval-delay-6m")])
def test_samples_equal_the_walk_of_each_drawn_scenario(variant: tuple[str, ...]) -> None:
    scenario = load("stargate-uae", variant)
    found = samples(scenario, 4, seed=7)
    drawn = relevant(scenario)
    for k in range(4):
        months = walked(drawn.at(found.values[k])).months
        assert months["live_chips"].tolist() == found.chips[k].tolist()
        np.testing.assert_allclose(found.it_w[k], months["live_it_w"], rtol=1e-12, atol=1e-3)
        np.testing.assert_allclose(found.h100e[k], months["live_h100e"], rtol=1e-12, atol=1e-6)


def test_medians_alone_give_the_plan_itself(uae: Scenario) -> None:
    found = relevant(uae)
    one = played(uae, found, found.mid[np.newaxis])
    assert one.chips[0].tolist() == walked(uae).months["live_chips"].tolist()


def test_the_same_seed_draws_the_same_and_percentiles_are_in_order(uae: Scenario) -> None:
    first, again, other = samples(uae, 60, 1), samples(uae, 60, 1), samples(uae, 60, 2)
    assert (first.chips == again.chips).all()
    assert (first.chips != other.chips).any()
    low, mid, high = first.monthly("chips")
    assert (low <= mid).all()
    assert (mid <= high).all()


def test_movers_are_what_each_range_does_alone(uae: Scenario) -> None:
    table = movers(uae)
    assert len(table) >= 3
    widths = np.abs(table["high"] - table["low"])
    assert (np.diff(widths) <= 1e-9 * widths[0]).all()
    found = relevant(uae)
    top = next(table.rows())
    values = found.mid.copy()[np.newaxis].repeat(2, axis=0)
    values[1, found.paths.index(top["path"])] = found.low[found.paths.index(top["path"])]
    base, low = live_h100e_years(played(uae, found, values))
    assert top["low"] == pytest.approx(low - base)


def test_readings_hold_the_stated_figures_against_each_other(uae: Scenario) -> None:
    said = plan(uae).summary["plan"]
    assert said["stated_w"] == pytest.approx(200e6)
    assert said["claimed_chips"] == 100_000
    assert said["claimed_it_low_w"] < said["claimed_it_w"] < said["claimed_it_high_w"]
    assert abs(said["claimed_over_stated_fraction"] - 1) <= 0.10
    assert said["chips_read_at_meter"] < said["chips_read_as_it"]
    assert sum(said["filled_by"].values()) + said["unfilled_chips"] == 100_000
    assert any("35 % of 100,000" in sentence for sentence in said["sentences"])


def test_a_delay_of_licences_changes_nothing_before_the_gate_and_says_what_is_absorbed(uae: Scenario) -> None:
    late = load("stargate-uae", ("approval-delay-6m",))
    supply = deal.clear(late)
    timeline = buildout.plan(late, supply)
    found = about(late, supply, timeline, uae).summary["against_base"]
    first = min(uae.clock.seconds(one.issued) for one in uae.deal.licences.values() if one.state == "planned")
    before = walked(uae)
    ends = uae.clock.month_starts_s()[1:]
    same = ends <= first
    assert (timeline.months["live_chips"][same] == before.months["live_chips"][same]).all()
    assert (timeline.months["live_chips"] <= before.months["live_chips"]).all()
    assert found["asked_d"] >= 181
    assert 0 < found["later_mean_d"] <= found["asked_d"]
    assert found["later_most_d"] <= found["asked_d"]
    assert any("absorbed" in one for one in found["sentences"])


def test_a_variant_without_effect_on_chips_says_so(uae: Scenario) -> None:
    other = load("stargate-uae", ("openai-leaves",))
    supply = deal.clear(other)
    found = about(other, supply, buildout.plan(other, supply), uae).summary["against_base"]
    assert found["same_until"] == ""
    assert "on every day" in found["sentences"][0]


PAST = (
    "kind,date,id,licence,chip,chips,usd,note\n"
    "shipment,2026-01-05,s-1,first,GB300,1440,,\n"
    "commissioning,2026-01-12,a,,GB300,360,,\n"
    "commissioning,2026-01-14,a,,GB300,144,,\n"
)


def test_samples_keep_the_past_of_the_ledger_and_equal_its_walk(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(PAST)
    keeping.append(tmp_path / "actuals.csv", tmp_path / "new.csv")
    (tmp_path / "mine.yaml").write_text(
        "extends: one-hall\ndeal:\n  actuals: actuals.csv\n"
        "campus: {early_failures: 5 %, replacement: 10 days, install_rate: 2 to 6 racks/day}\n"
    )
    scenario = load(tmp_path / "mine.yaml")
    found = samples(scenario, 8)
    for k in range(8):
        drawn = with_values(scenario, dict(zip(found.paths, found.values[k].tolist(), strict=True)))
        walked = buildout.plan(drawn, deal.clear(drawn)).months
        np.testing.assert_array_equal(found.chips[k], walked["live_chips"])
    supply = deal.clear(scenario)
    installs = buildout.plan(scenario, supply).installs
    assert installs["chips"][installs["at_s"] < scenario.clock.known_s].sum() == 504


def test_a_phase_full_of_chips_is_live_even_where_its_racks_need_less_power_than_stated() -> None:
    """Fairwater Atlanta has all its chips in every sample, and its last phase is live in every one."""
    found = samples(load("fairwater-atlanta"), 60, seed=3)
    full = found.chips[:, -1] >= 0.95 * found.chips[:, -1].max()
    assert full.any()
    assert (found.met_day[full, -1] >= 0).all()
