"""The resolved scenario loads back equal; inputs list everything; draws follow the ranges."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigacampus.scenario import Scenario, draw, inputs, load, ranged, ranges, resolved, with_values
from gigacampus.scenario.extend import built_in
from gigacampus.scenario.inputs import span_of


def back(scenario: Scenario, folder: Path) -> Scenario:
    path = folder / "scenario.yaml"
    path.write_text(resolved(scenario), encoding="utf-8")
    return load(path)


def rows(scenario: Scenario) -> list[str]:
    """Every input, but for the words in which a number is put."""
    return [repr({**row, "text": ""}) for row in inputs(scenario).rows()]


@pytest.mark.parametrize("name", built_in())
def test_resolved_loads_back_equal(name: str, tmp_path: Path) -> None:
    scenario = load(name)
    found = back(scenario, tmp_path)
    assert found == scenario
    assert rows(found) == rows(scenario)
    assert resolved(found) == resolved(scenario)


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)
PLAIN = """no 7 1e3 0x1f 0o7 .5 5. ~ null true 2026-01-01 # ' " é { *a &b !c % @ ` 1_000 12:30:45 << = .inf"""
awkward = st.sampled_from([*PLAIN.split(), "- a", "a: b", " x ", "", "a #b"])


@pytest.mark.slow
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(words, awkward),
    st.one_of(words, awkward),
    st.floats(0.001, 1.0),
    st.floats(0.0, 1e5),
    st.integers(0, 2**63 - 1),
)
def test_any_words_and_numbers_load_back(
    tmp_path: Path, title: str, note: str, share: float, rate: float, seed: int
) -> None:
    scenario = load("one-hall", ["late-power"], ["campus.install_rate={value: 3 to 5 racks/day, source: s}"], seed)
    value = scenario.campus.install_rate
    origin = type(value.origin)(source=note, as_of="2025-01", status="estimate", note=title)
    value.origin = origin
    changed = scenario.model_copy(update={"title": title, "description": note})
    changed = with_values(changed, {"tenants.lab.tenancies.0.share": share * 0.7, "campus.commissioning": rate})
    found = back(changed, tmp_path)
    assert found == changed
    assert rows(found) == rows(changed)
    assert found.campus.install_rate.origin == origin


def test_inputs_say_where_each_number_comes_from() -> None:
    found = {row["path"]: row for row in inputs(load("one-hall")).rows()}
    rack = found["campus.racks.GB300.it_power"]
    assert (rack["low"], rack["high"], rack["unit"], rack["default"]) == (132e3, 142e3, "W", False)
    assert found["campus.halls.a.count"]["default"]
    assert found["campus.halls.a.power"]["basis"] == "it"
    assert found["campus.halls.a.power_ready"]["unit"] == "date"
    assert not any(path.startswith("variants") for path in found)


AGES = {
    "2025-07-18": True,
    "2025-07-20": False,
    "2025-06": True,
    "2025Q3": False,
    "2025-Q3": False,
    "2024": True,
    "": False,
}


@pytest.mark.parametrize(("as_of", "is_stale"), AGES.items())
def test_what_is_older_than_180_days_is_stale(as_of: str, is_stale: bool) -> None:
    scenario = load("one-hall", overrides=[f"campus.install_rate={{value: 4 racks/day, as_of: '{as_of}'}}"])
    found = {row["path"]: row["stale"] for row in inputs(scenario).rows()}
    assert found["campus.install_rate"] is is_stale


def test_dates_of_statements() -> None:
    assert span_of("2026") == (date(2026, 1, 1), date(2026, 12, 31))
    assert span_of("2026-02") == (date(2026, 2, 1), date(2026, 2, 28))
    assert span_of("2026Q3") == span_of("2026-Q3") == (date(2026, 7, 1), date(2026, 9, 30))
    assert span_of("2026-02-03") == (date(2026, 2, 3), date(2026, 2, 3))
    assert span_of("soon") is None
    assert span_of("2026Q5") is None


def test_draws_meet_their_percentiles() -> None:
    overrides = [
        "costs.building={p10: 8 USD/W, p50: 9 USD/W, p90: 20 USD/W}",
        "campus.commissioning=1 to 16 days",
        "campus.halls.a.power_ready=2026-01-05 to 2026-03-05",
        "deal.deliveries.racks.total=1000 to 2001 chips",
    ]
    scenario = load("one-hall", overrides=overrides)
    found = ranges(scenario)
    count = len(found.paths)
    ends = found.values(np.repeat([[0.1], [0.5], [0.9]], count, axis=1))
    assert ends == pytest.approx(np.array([found.low, found.mid, found.high]), rel=1e-9)
    middle = found.at(found.mid)
    assert middle.campus.halls["a"].power_ready == scenario.campus.halls["a"].power_ready
    assert middle.costs.building == 9.0
    assert middle == scenario


def test_draws_are_monotone_bounded_and_whole() -> None:
    found = ranges(
        load("one-hall", overrides=["tenants.lab.mix.load=80 to 100 %", "deal.deliveries.racks.total=1 to 9 chips"])
    )
    drawn = found.values(np.repeat(np.linspace(0.0, 1.0, 99)[:, None], len(found.paths), axis=1))
    assert (np.diff(drawn, axis=0) >= 0.0).all()
    assert drawn[-1, found.paths.index("tenants.lab.mix.load")] == 1.0
    chips = drawn[:, found.paths.index("deal.deliveries.racks.total")]
    assert (chips == np.rint(chips)).all()
    assert (drawn >= found.least).all()


def test_a_draw_replaces_every_range_and_nothing_else() -> None:
    scenario = load("one-hall")
    paths = ranged(scenario)
    found = draw(scenario, np.random.default_rng(1))
    assert ranged(found) == []
    assert found == draw(scenario, np.random.default_rng(1))
    assert found != draw(scenario, np.random.default_rng(2))
    before = {row["path"]: row["text"] for row in inputs(scenario).rows() if row["path"] not in paths}
    after = {row["path"]: row["text"] for row in inputs(found).rows() if row["path"] not in paths}
    assert before == after
    assert draw(scenario, [0.5] * len(paths)) == scenario
    with pytest.raises(ValueError, match="uniforms"):
        draw(scenario, [0.5])


def test_ten_thousand_draws_take_seconds() -> None:
    scenario = load("one-hall")
    dice = np.random.default_rng(1)
    begun = time.process_time()
    found = ranges(scenario)
    for values in found.values(dice.random((200, len(found.paths)))):
        found.at(values)
    assert (time.process_time() - begun) / 200 < 2e-3
