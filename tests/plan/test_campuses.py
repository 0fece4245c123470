"""The further built-in campuses: each plans and runs, and its record follows the published timeline."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from importlib import resources

import pytest
from click.testing import CliRunner

from gigacampus import buildout, deal
from gigacampus.cli import gigacampus
from gigacampus.plan import plan
from gigacampus.run import run
from gigacampus.scenario import inputs, load

CAMPUSES = {
    "abilene": "stargate_abilene", "colossus-1": "colossus_1", "rainier": "rainier_new_carlisle",
    "hyperion": "meta_hyperion", "fairwater-atlanta": "microsoft_fairwater_atlanta", "humain": "",
    "norway": "microsoft_narvik",
}  # fmt: skip
"""Built-in scenario to its name in the published timelines; empty where none is published."""
PUBLISHED = resources.files("gigacampus.catalog") / "data" / "campus_timelines.csv"


@pytest.mark.parametrize("name", CAMPUSES)
def test_each_campus_plans(name: str) -> None:
    found = plan(load(name), draws=50)
    assert found.summary["live_chips"] > 0
    assert len(found.tables["sample_milestones"]) >= 2


def test_each_campus_is_listed() -> None:
    told = CliRunner().invoke(gigacampus, ["list", "scenarios"]).output
    assert all(f"\n{name} " in told for name in CAMPUSES)
    assert "_campus" not in told


@pytest.mark.parametrize("name", CAMPUSES)
def test_what_drives_a_campus_names_its_source_or_says_that_it_is_assumed(name: str) -> None:
    """Every stated number of the deal and the campus has a source, or a status that says what it is."""
    for row in inputs(load(name)).rows():
        if row["path"].startswith(("deal.", "campus.")) and not row["default"] and row["status"] != "assumption":
            assert row["source"] or row["status"] == "reported", row["path"]


@pytest.mark.parametrize("name", ["abilene", "colossus-1", "rainier", "fairwater-atlanta"])
def test_the_record_follows_the_published_timeline(name: str) -> None:
    """A month after each step of the record what is live is at least nine tenths of Epoch AI's, and not far beyond."""
    scenario = load(name)
    months = buildout.plan(scenario, deal.clear(scenario)).months
    with PUBLISHED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["campus_id"] == CAMPUSES[name]]
    steps = [row for row in rows if row["kind"] == "operational" and float(row["h100e_8bit"]) > 40_000]
    for row, after in zip(steps, [*steps[1:], None], strict=True):
        day = date.fromisoformat(row["date"]) + timedelta(days=31)
        if after and date.fromisoformat(after["date"]) < day + timedelta(days=62):
            continue  # the next step begins to fill before a month has passed
        at = int((months["month_s"] <= scenario.clock.seconds(day)).sum()) - 1
        assert months["live_h100e"][at - 1] == pytest.approx(float(row["h100e_8bit"]), rel=0.25), row["date"]
        assert months["live_h100e"][at] >= 0.9 * float(row["h100e_8bit"]), row["date"]


@pytest.mark.slow
@pytest.mark.parametrize("name", CAMPUSES)
def test_each_campus_runs(name: str) -> None:
    found = run(load(name))
    assert found.summary["facility_energy_j"] > 0.0
    assert found.summary["jobs"] > 0
