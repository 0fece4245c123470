"""The tables of a report: arithmetic under every number, addresses that lead somewhere, workbook and CSV, lineage."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from gigacampus import results
from gigacampus.report import lineage, numbers, sheets
from gigacampus.report.listing import n, table
from gigacampus.report.page import sections_of
from gigacampus.report.section import Section
from gigacampus.report.view import View
from gigacampus.tables.registry import specs
from tests.report.test_page import CASES, Elements, page_of, results_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@cache
def sections_in(case: str) -> list[Section]:
    return sections_of(View(results_of(case)))


@pytest.mark.parametrize("case", CASES)
def test_every_number_of_a_table_says_how_it_comes_about(case: str) -> None:
    bare = [
        f"{listing.id}: {head.name}"
        for section in sections_in(case)
        for listing in section.tables
        for head in listing.heads
        if head.is_number and not head.said and not listing.id.startswith("from-")
    ]
    assert bare == []


@pytest.mark.parametrize("case", CASES)
def test_every_answer_with_numbers_says_how_it_is_made(case: str) -> None:
    bare = [one.id for one in sections_in(case) if re.search(r"\d", one.answer) and not one.how]
    assert bare == []


@pytest.mark.parametrize("case", CASES)
def test_every_address_within_the_page_leads_somewhere(case: str) -> None:
    found = Elements(page_of(case))
    ids = {a["id"] for _, a in found.tags if a.get("id")}
    broken = {a["href"] for t, a in found.tags if t == "a" and (a["href"] or "").startswith("#")} - {
        f"#{one}" for one in ids
    }
    assert broken == set()


@pytest.mark.parametrize("case", CASES)
def test_every_chart_has_its_own_table(case: str) -> None:
    sections = sections_in(case)
    tables = {listing.id: listing for section in sections for listing in section.tables}
    for section in sections:
        for figure in section.figures:
            assert figure.table in tables, figure.id
            assert any(rows for _, rows in tables[figure.table].bodies), figure.id


def test_every_axis_with_numbers_has_a_unit() -> None:
    for section in sections_in("common"):
        for figure in section.figures:
            kinds = {trace["type"] for trace in figure.traces}
            if kinds & {"sankey", "heatmap"} or figure.layout.get("yaxis", {}).get("visible") is False:
                continue
            across = figure.traces[0].get("orientation") == "h"
            axis = figure.layout["xaxis" if across else "yaxis"]
            assert axis.get("type") == "date" or axis["title"]["text"], figure.id


def test_the_workbook_holds_every_table_with_what_stands_beside_each_row() -> None:
    view = View(results_of("common"))
    sections = sections_of(view)
    made = sheets.workbook(view, sections)
    assert made == sheets.workbook(view, sections), "the same bytes again"
    book = zipfile.ZipFile(io.BytesIO(made))
    assert book.testzip() is None
    names = [one.get("name") for one in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
    listings = [listing for section in sections for listing in section.tables]
    assert len(names) == 1 + len(listings)
    texts = [
        "".join(one.itertext()) for one in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")
    ]
    assert {f"report.html#{listing.id}" for listing in listings} <= set(texts)
    assert "record" in texts
    assert "projection" in texts
    assert "2026-09-24" in texts
    at = names.index("build out months") + 1
    cells = list(ElementTree.fromstring(book.read(f"xl/worksheets/sheet{at}.xml")).iter(f"{MAIN}c"))
    live = [float(one.findtext(f"{MAIN}v") or "nan") for one in cells if re.fullmatch(r"F\d+", one.get("r") or "")][1:]
    assert live == view.table("buildout_months")["live_chips"].tolist(), "numbers in full, not as shown"


def test_no_cell_of_a_workbook_or_a_csv_is_a_formula() -> None:
    view = View(results_of("hostile"))
    sections = sections_of(view)
    book = zipfile.ZipFile(io.BytesIO(sheets.workbook(view, sections)))
    for name in book.namelist():
        if name.startswith("xl/worksheets/"):
            assert not list(ElementTree.fromstring(book.read(name)).iter(f"{MAIN}f")), name
    listing = table("=1+1", ["=cmd", n("a", "b", "c")], [["=HYPERLINK(1)", numbers.figure(-2.0)], ["+x", "@y"]])
    rows = list(csv.reader(io.StringIO(sheets.as_csv(listing, view))))
    assert rows[1][:2] == ["'=HYPERLINK(1)", "-2.0"]
    assert rows[2][:2] == ["'+x", "'@y"]
    assert rows[0][-4:] == list(sheets.ADDED)


def test_shown_numbers_keep_their_value() -> None:
    assert numbers.large(6_183_421_000.0) == "6.18\u00a0billion"
    assert numbers.large(6_183_421_000.0).value == 6_183_421_000.0
    assert numbers.percent(0.1234).value == pytest.approx(12.34)
    assert numbers.figure(-0.5) == "−0.500"
    assert numbers.signed(3.0) == "+3.00"
    assert 'data-v="6.183421e+09"' in table("t", [n("a")], [[numbers.large(6_183_421_000.0)]]).__html__()
    assert "data-v" not in table("t", [n("a")], [[numbers.count(1_234)]]).__html__()


def test_a_number_that_is_nothing_beside_its_column_is_0() -> None:
    values = [4.2e9, 1.5e-14, 0.0, -3.0e-14, 1.0, 1e-2]
    made = table("t", [n("a"), n("b")], [[numbers.figure(one), numbers.figure(one / 4.2e9)] for one in values])
    assert [row[0] for row in made.bodies[0][1]] == ["4,200,000,000", "0", "0", "0", "1.00", "0.0100"]
    assert [sheets.plain(row[1]) for row in made.bodies[0][1]] == [1.0, 0.0, 0.0, 0.0, 1.0 / 4.2e9, 1e-2 / 4.2e9]


def test_report_writes_workbook_and_csv(tmp_path: Path) -> None:
    from gigacampus.cli.report_ import command

    folder = results.write(results_of("plan"), tmp_path / "run", report=page_of("plan"))
    done = CliRunner().invoke(
        command, [str(folder), "--xlsx", str(tmp_path / "a.xlsx"), "--csv", str(tmp_path / "csv")]
    )
    assert done.exit_code == 0, done.output
    assert zipfile.ZipFile(tmp_path / "a.xlsx").testzip() is None
    rows = list(csv.reader(io.StringIO((tmp_path / "csv" / "t-build-out-months.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 1 + len(results_of("plan").tables["buildout_months"])
    again = CliRunner().invoke(command, [str(folder), "--csv", str(tmp_path / "csv")])
    assert again.exit_code != 0, "files that are there are not written over"


def test_lineage_names_tables_and_sections_that_exist() -> None:
    known = set(specs())
    for topic in lineage.TOPICS.values():
        assert set(topic.tables) <= known | {"water_months", "cooling_options_limited"}, topic.key
    assert f'id="{topic.section}"' in page_of("common")
    keys = {key for _, told in lineage.RULES for key in told}
    assert keys == set(lineage.TOPICS)
    for path in results_of("common").tables["inputs"]["path"].tolist():
        assert lineage.resting(path), path
    assert lineage.resting("nonsense.path") == ()


@pytest.mark.slow
def test_lineage_covers_what_moves() -> None:
    """One key of each rule is changed; every table that moves belongs to a topic that the rule names."""
    from gigacampus.errors import InputError
    from tests.walk import test_knobs as walk

    moving, still = set(), {"deal.parties"}
    base = walk.outcome()
    for pattern, path, value in walk.knobs(walk.changed(())):
        begin = max((one for one, _ in lineage.RULES if path == one or path.startswith(f"{one}.")), key=len, default="")
        if begin in moving:
            continue
        if pattern in walk.INERT or pattern in walk.WITH:
            still.add(begin)
            continue
        for other in walk.other_values(path, value):
            try:
                found = walk.outcome(*walk.ALONG.get(path, ()), f"{path}={other}")
            except InputError:
                continue
            moved = {name for name in found if found[name] != base.get(name)}
            topics = {lineage.topic_of(name) for name in moved} - {""}
            assert topics <= set(lineage.resting(path)), (path, moved)
            if moved:
                moving.add(begin)
                break
        else:
            still.add(begin)  # whether a key may stay without effect is asked in tests/walk
    assert moving | still >= {one for one, _ in lineage.RULES}
    assert len(moving) >= 15
