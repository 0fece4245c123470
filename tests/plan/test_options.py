"""Options that are taken up in a share of the samples, and inputs without a range by their default swing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigacampus.plan.default_swings import SWING_D, SWING_FRACTION, default_movers, swings
from gigacampus.plan.movers import live_h100e_years, movers
from gigacampus.plan.samples import drawn, options, played, relevant, samples, taken_up
from gigacampus.scenario import Scenario, load


def with_odds(folder: Path, probability: str) -> Scenario:
    path = folder / "mine.yaml"
    path.write_text(
        f"extends: stargate-uae\ndeal:\n  quotas:\n    uae: {{extension: {{probability: {probability}}}}}\n"
    )
    return load(path)


def test_an_extension_is_taken_up_in_its_share_of_the_samples(tmp_path: Path) -> None:
    scenario = with_odds(tmp_path, "40 %")
    assert options(scenario) == {"uae": 0.4}
    taken = drawn(scenario, 4_000, scenario.seed)[:, 0]
    assert taken.mean() == pytest.approx(0.4, abs=0.03)
    found, base = samples(scenario, 400), samples(load("stargate-uae"), 400)
    mine = drawn(scenario, 400, scenario.seed)[:, 0]
    np.testing.assert_array_equal(found.chips[~mine], base.chips[~mine], "left: as without the option")
    assert (found.chips[mine, -1] >= base.chips[mine, -1]).all()
    assert found.chips[mine, -1].mean() > base.chips[mine, -1].mean()


@pytest.mark.parametrize(("probability", "variants"), [("0 %", ()), ("100 %", ("extension-2030",))])
def test_never_and_always_are_the_plan_without_and_with_it(
    tmp_path: Path, probability: str, variants: tuple[str, ...]
) -> None:
    found, whole = samples(with_odds(tmp_path, probability), 60), samples(load("stargate-uae", variants), 60)
    np.testing.assert_array_equal(found.chips, whole.chips)
    np.testing.assert_array_equal(found.met_day, whole.met_day)


def test_the_tornado_has_a_row_for_the_option(tmp_path: Path) -> None:
    rows = {row["path"]: row for row in movers(with_odds(tmp_path, "40 %")).rows()}
    row = rows["deal.quotas.uae.extension"]
    assert row["low"] == 0.0
    assert row["high"] > 0.0
    assert "40%" in row["text"]


def test_default_swings_are_named_and_equal_the_plan_with_the_input_moved() -> None:
    scenario = load("stargate-uae")
    ranged, rows = set(relevant(scenario).paths), list(default_movers(scenario).rows())
    assert rows
    for row in rows:
        assert row["path"] not in ranged
        assert row["swing"] in {f"default: {SWING_D} days down and up", f"default: {SWING_FRACTION:.0%} down and up"}
    row = next(one for one in rows if one["path"] == "campus.halls.phase-1.power")
    ends = []
    for power in ("100 MW IT", "110 MW IT"):
        moved = load("stargate-uae", overrides=[f"campus.halls.phase-1.power={power}"])
        found = swings(moved)
        ends.append(float(live_h100e_years(played(moved, found, found.mid[np.newaxis]))[0]))
    assert ends[1] - ends[0] == pytest.approx(row["high"], rel=1e-9)


def test_dates_of_the_record_do_not_swing() -> None:
    scenario = load("stargate-uae")
    found = swings(scenario)
    known = scenario.known_as_of.toordinal()
    assert (found.low[found.is_date] > known).all()
    assert taken_up(scenario, []).deal == scenario.deal


def test_dates_that_slip_together_keep_their_own_ranges_and_widen_the_last_one() -> None:
    scenario = load("stargate-uae")
    tied = load("stargate-uae", overrides=["campus.common_delay=80 %"])
    free, found = samples(scenario, 1_500), samples(tied, 1_500)
    columns = [k for k, path in enumerate(found.paths) if path.endswith("power_ready")]
    for k in columns:
        ends = np.percentile(found.values[:, k], [10, 50, 90]) - np.percentile(free.values[:, k], [10, 50, 90])
        assert np.abs(ends).max() <= 12.0, "days: each date's own P10, P50 and P90 stay"
    correlation = np.corrcoef(found.values[:, columns].T)
    assert correlation[np.triu_indices(len(columns), 1)].mean() > 0.6
    others = [k for k, path in enumerate(found.paths) if not path.startswith("campus.halls.")]
    np.testing.assert_array_equal(found.values[:, others], free.values[:, others])
