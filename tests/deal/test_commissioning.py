"""What really went live takes the plan's place until the record ends; the plan brings the rest after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigacampus import buildout, deal
from gigacampus.deal import keeping
from gigacampus.errors import ScenarioError
from gigacampus.kernels.recorded import RECORD, retimed
from gigacampus.scenario import Scenario, load

HEAD = "kind,date,id,licence,chip,chips,usd,note\n"
PAST = HEAD + (
    "shipment,2026-01-05,s-1,first,GB300,1440,,\n"
    "commissioning,2026-01-12,a,,GB300,360,,\n"
    "commissioning,2026-01-14,a,,GB300,144,,\n"
)


def made(folder: Path, rows: str) -> Scenario:
    new = folder / "new.csv"
    new.write_text(rows)
    keeping.append(folder / "actuals.csv", new)
    path = folder / "mine.yaml"
    path.write_text("extends: one-hall\ndeal:\n  actuals: actuals.csv\n")
    return load(path)


def live(scenario: Scenario, day: str) -> int:
    supply = deal.clear(scenario)
    installs = buildout.plan(scenario, supply).installs
    at_s = scenario.clock.seconds(np.datetime64(day).astype(object))
    return int(installs["chips"][installs["at_s"] <= at_s].sum())


def test_live_chips_are_those_of_the_record_until_it_ends(tmp_path: Path) -> None:
    scenario = made(tmp_path, PAST)
    assert [live(scenario, f"2026-01-{day}") for day in (11, 12, 13, 14, 15)] == [0, 360, 360, 504, 504]
    assert live(scenario, "2026-03-31") == live(load("one-hall"), "2026-03-31") == 2_880


def test_every_count_adds_up_with_a_record(tmp_path: Path) -> None:
    scenario = made(tmp_path, PAST)
    months = buildout.plan(scenario, deal.clear(scenario)).months
    assert (
        months["cleared_chips"] == months["transit_chips"] + months["stored_chips"] + months["installed_chips"]
    ).all()
    parts = months["commissioning_chips"] + months["live_chips"] + months["lost_chips"]
    assert (months["installed_chips"] == parts).all()
    for name in months.spec.names:
        assert not name.endswith("_chips") or (months[name] >= 0).all(), name


def test_a_ledger_without_commissioning_leaves_the_plan_of_the_halls(tmp_path: Path) -> None:
    scenario = made(tmp_path, HEAD + "shipment,2026-01-05,s-1,first,GB300,1440,,\n")
    assert live(scenario, "2026-03-31") == 2_880


def test_more_live_than_shipped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        deal.clear(made(tmp_path, PAST + "commissioning,2026-01-15,a,,GB300,5000,,\n"))
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == ("L105", 5)
    assert "than were shipped" in fault.message


def test_pieces_are_split_between_days_of_record_and_keep_their_chips() -> None:
    at, chips, models = np.array([50, 10, 30]), np.array([5, 7, 9]), np.array([0, 0, 1])
    record = np.array([(3, 0, 2, 8), (4, 0, -1, 1)], dtype=RECORD)
    out_at, out_chips, source, hall = retimed(at, chips, models, record, 40)
    assert list(zip(out_at, out_chips, source, hall, strict=True)) == [
        (3, 7, 1, 2), (40, 9, 2, -1), (3, 1, 0, 2), (4, 1, 0, -1), (50, 3, 0, -1),
    ]  # fmt: skip
    assert out_chips.sum() == chips.sum()
