"""The ledger policy: fields that must be there, and checks of where the chips are."""

from __future__ import annotations

from pathlib import Path

from gigacampus import deal
from gigacampus.deal import keeping
from gigacampus.scenario import Scenario, load

HEAD = "kind,date,id,licence,chip,chips,usd,note\n"
SHIPPED = "shipment,2026-01-02,s-1,first,GB300,720,,\n"


def made(folder: Path, policy: str, rows: str = "") -> Scenario:
    text = f"extends: one-hall\ndeal:\n  ledger_policy: {policy}\n"
    if rows:
        (folder / "new.csv").write_text(HEAD + rows)
        keeping.append(folder / "actuals.csv", folder / "new.csv")
        text += "  actuals: actuals.csv\n"
        text += "known_as_of: 2026-02-28\n"
    (folder / "mine.yaml").write_text(text)
    return load(folder / "mine.yaml")


def said(scenario: Scenario) -> list[str]:
    return [one for one in deal.clear(scenario).warnings if "ledger_policy" in one]


def test_fields_that_cleared_rows_leave_empty_are_named_with_their_licence(tmp_path: Path) -> None:
    (warning,) = said(made(tmp_path, "{required: [exporter, end_user]}"))
    assert "rows of licence first name no end_user" in warning


def test_checks_fall_due_once_a_period_from_arrival_on(tmp_path: Path) -> None:
    scenario = made(tmp_path, "{location_check: 30 days}")
    supply = deal.clear(scenario)
    clock, lots = scenario.clock, supply.deliveries
    expected = sum(
        row["chips"] * len(range(row["arrive_s"] + 30 * 86_400, clock.end_s, 30 * 86_400)) for row in lots.rows()
    )
    assert supply.location_checks["due_chips"].sum() == expected > 0
    assert len(deal.clear(load("one-hall")).location_checks) == 0


def test_checks_of_record_that_are_missing_beyond_the_tolerance_are_told(tmp_path: Path) -> None:
    rows = SHIPPED + "check,2026-02-10,campus,,GB300,600,,\n"
    scenario = made(tmp_path, "{location_check: 30 days, tolerance: 10 %}", rows)
    (warning,) = said(scenario)
    assert "of 720 checks due by 2026-02-28 120 are missing, more than the tolerance of 10%" in warning
    other = tmp_path / "other"
    other.mkdir()
    assert said(made(other, "{location_check: 30 days, tolerance: 20 %}", rows)) == []
