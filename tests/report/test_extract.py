"""A report gives its scenario back, with the files it names, and the scenario gives the same tables again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gigacampus import report, results
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.errors import ResultsError, UsageError
from gigacampus.plan import plan
from gigacampus.report.embed import extract
from gigacampus.run import run
from gigacampus.scenario import load
from gigacampus.scenario.extract import renamed, write

EVENTS = Path(__file__).parents[1] / "walk" / "events.csv"


def hashes(found: results.Results) -> dict[str, str]:
    return {name: results.table_hash(table) for name, table in found.tables.items()}


def test_a_report_runs_again_to_the_same_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variants, settings, the seed and a file of the user's are all in the page; the file itself may be gone."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(EVENTS, home / "grid events.csv")
    (home / "mine.yaml").write_text("extends: one-hall\nsite: {events: grid events.csv}\n")
    first = run(load(home / "mine.yaml", ["late-power"], ["campus.install_rate='9 racks/day'"], 77))
    folder = results.write(first, tmp_path / "first", report=report.render(results.seal(first)))
    shutil.rmtree(home)
    monkeypatch.setattr(sys, "argv", ["gigacampus", "extract", str(folder / "report.html"), "--out", "out/back.yaml"])
    monkeypatch.chdir(tmp_path)
    assert reported(gigacampus) == 0
    again = run(load("out/back.yaml"))
    assert hashes(again) == hashes(first)
    assert results.read(folder).files == first.files
    assert report.render(results.read(folder)).count("grid events.csv") >= 1


def test_the_text_comes_back_to_the_letter(tmp_path: Path) -> None:
    first = plan(load("one-hall", (), ["title='<script>alert(1)</script> & \"ü\"'"]))
    page = tmp_path / "report.html"
    page.write_text(report.render(first), encoding="utf-8")
    found = extract(page)
    assert found.scenario == first.scenario
    assert found.files == {}
    assert write(found.scenario, {}, tmp_path / "back.yaml").read_text(encoding="utf-8") == first.scenario
    with pytest.raises(UsageError, match="exists"):
        write(found.scenario, {}, tmp_path / "back.yaml")


def test_names_are_changed_where_files_are_named_and_nowhere_else() -> None:
    text = "title: a.csv\nsite:\n  weather: [a.csv, abu_dhabi]\n  events: b.csv\n"
    assert renamed(text, {"a.csv": "x/0-a.csv"}) == (
        "title: a.csv\nsite:\n  weather:\n  - x/0-a.csv\n  - abu_dhabi\n  events: b.csv\n"
    )


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\xff\xfe", b'<pre id="scenario-yaml"> </pre>'])
def test_a_page_without_a_scenario_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "page.html").write_bytes(content)
    with pytest.raises(ResultsError, match="report of gigacampus"):
        extract(tmp_path / "page.html")


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    first = plan(load("one-hall"))
    page = report.render(results.Results(first.scenario, first.tables, first.summary, first.meta, files={"a": b"1"}))
    whole = tmp_path / "page.html"
    whole.write_text(page.replace('"sha256":"6b', '"sha256":"6c'), encoding="utf-8")
    with pytest.raises(ResultsError, match="changed"):
        extract(whole)
