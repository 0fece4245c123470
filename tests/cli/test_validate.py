"""`validate`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gigacampus import validate
from gigacampus.cli.validate_ import command
from gigacampus.validate import Case

GOOD = Case("good", 100.0, 101.0, 0.02, "measured", "a table", unit="MW")
BAD = Case("bad", 100.0, 110.0, 0.02, "disclosed", "a talk")
SEEN = Case("seen", 100.0, 150.0, 0.02, "measured", "a page", counts=False, note="derived from MW")


@pytest.fixture(autouse=True)
def two_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    suites = {"first": [GOOD, SEEN], "second": [GOOD, BAD]}
    monkeypatch.setattr(validate, "suites", lambda: list(suites))
    monkeypatch.setattr(validate, "score", lambda name, data=None: suites[name])


def test_without_a_suite_totals_and_what_breaks() -> None:
    ran = CliRunner().invoke(command, [], standalone_mode=False)
    assert ran.return_value == 1
    lines = ran.output.splitlines()
    assert lines[0].split(maxsplit=1) == ["first", "measured: 1 listed, 1 pass"]
    assert lines[1].split(maxsplit=1) == ["second", "measured: 1 pass; disclosed: 1 fail"]
    assert [line.split()[1] for line in lines[3:-2]] == ["bad"]
    assert lines[-1] == "a tolerance breaks in second"


def test_a_named_suite_shows_every_case_with_its_source() -> None:
    ran = CliRunner().invoke(command, ["first"], standalone_mode=False)
    assert ran.return_value == 0
    assert "pass     good" in ran.output
    assert "listed   seen" in ran.output
    assert "a page" in ran.output
    assert "derived from MW" in ran.output
    assert ran.output.splitlines()[-1].startswith("no tolerance breaks in 1 suite;")


def test_all_shows_every_case() -> None:
    ran = CliRunner().invoke(command, ["--all"], standalone_mode=False)
    assert ran.output.count("good") == 2


def test_json_is_one_record_a_case() -> None:
    ran = CliRunner().invoke(command, ["--json"], standalone_mode=False)
    records = [json.loads(line) for line in ran.output.splitlines()]
    assert ran.return_value == 1
    assert [(record["suite"], record["id"], record["verdict"]) for record in records] == [
        ("first", "good", "pass"), ("first", "seen", "listed"), ("second", "good", "pass"), ("second", "bad", "fail"),
    ]  # fmt: skip
    assert {"published", "ours", "error", "tolerance", "evidence"} <= records[0].keys()


def test_data_belongs_to_one_suite(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id\n")
    ran = CliRunner().invoke(command, ["--data", str(tmp_path / "rows.csv")], standalone_mode=False)
    assert "exactly one suite" in str(ran.exception)
