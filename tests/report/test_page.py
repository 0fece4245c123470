"""The page as text: it fetches nothing, escapes everything, and reads without JavaScript."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gigacampus import report, results
from gigacampus.report.charts import min_max, series
from gigacampus.report.html import data, join, link, prose, tag
from gigacampus.report.sections import buildout
from gigacampus.report.view import View
from gigacampus.results import Results
from gigacampus.tables import Table
from gigacampus.tables.table import Spec
from tests.report.fixture import HOSTILE, made

CASES = {
    "common": {},
    "one hall, one month": {"halls": 1, "start": date(2027, 1, 1), "end": date(2027, 1, 31), "tenants": 1, "jobs": 40},
    "200 halls, 30 long names": {"halls": 200, "tenants": 30, "odd": True, "jobs": 20_000},
    "hostile": {"hostile": True, "halls": 3, "jobs": 200},
    "plan": {"with_jobs": False, "sampled": True},
    "all record": {"end": date(2026, 6, 30), "jobs": 300},
}


@cache
def results_of(case: str) -> Results:
    return results.seal(made(**CASES[case]), "gigacampus run made-up")


@cache
def page_of(case: str) -> str:
    return report.render(results_of(case))


class Elements(HTMLParser):
    """What stands in the page: tags with attributes, text outside scripts, and script bodies."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif "style" not in self.open:
            self.text.append(data)


@pytest.mark.parametrize("case", CASES)
def test_the_page_names_nothing_to_fetch(case: str) -> None:
    found = Elements(page_of(case))
    policy = [a["content"] for t, a in found.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1
    assert (policy[0] or "").startswith("default-src 'none'")
    assert "unsafe-eval" not in (policy[0] or "")
    for name, attributes in found.tags:
        assert name not in {"link", "iframe", "object", "embed", "img", "base", "video", "audio"}, name
        assert "src" not in attributes
        assert not any(key.startswith("on") for key in attributes), attributes
        if name == "a":
            assert re.match(r"#|https?://", attributes["href"] or ""), attributes
    style = page_of(case).split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert len(page_of(case).encode()) < 8_000_000


@pytest.mark.parametrize("case", CASES)
def test_every_chart_has_a_frame_a_name_and_a_table_behind_it(case: str) -> None:
    found = Elements(page_of(case))
    figures = json.loads(next(body for body in found.scripts if body.startswith('{"chart-')))
    frames = {a["id"]: a for t, a in found.tags if a.get("class") == "chart"}
    titles = {a.get("id") for _, a in found.tags}
    assert set(frames) == set(figures)
    for name, attributes in frames.items():
        assert attributes["role"] == "img"
        assert attributes["aria-labelledby"] in titles
        assert figures[name]["data"], f"{name} is empty"
    ids = [a["id"] for _, a in found.tags if a.get("id")]
    assert len(ids) == len(set(ids)), "an id stands twice"
    sections = [part for part in page_of(case).split("<section")[1:] if 'class="chart"' in part]
    assert len(sections) >= 6
    assert all("<table" in part for part in sections)


@pytest.mark.parametrize("case", CASES)
def test_time_charts_mark_what_is_known(case: str) -> None:
    figures = json.loads(next(body for body in Elements(page_of(case)).scripts if body.startswith('{"chart-')))
    timed = {name: one for name, one in figures.items() if one["time"]}
    assert len(timed) >= 5
    for name, one in timed.items():
        words = " ".join(note["text"] for note in one["layout"]["annotations"])
        assert results_of(case).meta["known_as_of"] in words, name
    text = page_of(case)
    if case == "common":
        assert "Record, known as of 2026-09-24" in text
        assert "Projection, after 2026-09-24" in text


def test_no_string_becomes_markup() -> None:
    page = page_of("hostile")
    assert HOSTILE not in page
    assert "<script>alert" not in page
    assert "onerror=alert(2)&gt;" in page, "the text itself is shown"
    found = Elements(page)
    assert [a for t, a in found.tags if t == "img"] == []
    assert len(found.scripts) == 7, "theme, campus, figures, about, workbook, library, page"
    assert any("alert(1)" in text for text in found.text)
    assert not any("alert(1)" in body and "<script" in body.lower() for body in found.scripts)


@pytest.mark.parametrize("case", CASES)
def test_numbers_and_tables_are_there_without_javascript(case: str) -> None:
    text = " ".join(Elements(page_of(case)).text)
    summary = results_of(case).summary
    assert f"{summary['live_chips']:,}" in text
    assert "A simulation, not a forecast." in text
    assert "P10 to P90" in text
    assert f"{summary['inputs']:,} inputs" in text
    for status, count in summary["inputs_by_status"].items():
        assert f"{count:,} {status}" in text
    assert "not legal advice" in text
    assert "@misc{" in text
    illustrative = "Illustrative workload: the tenants' real jobs are not public." in text
    assert illustrative == (case != "plan")


def poisoned(text: object) -> str:
    return f"{text} {HOSTILE}"


@cache
def hostile_everywhere() -> str:
    """A report in which every text of every table, of the summary and of the frame carries hostile markup."""
    whole = results_of("common")
    kept = {"site", "binding", "next_binding", "outcome", "status", "kind", "part", "tenant", "limit"}
    tables = {}
    for name, held in whole.tables.items():
        columns = dict(held.columns)
        for column in held.spec.columns:
            if column.dtype == "str" and column.name not in kept:
                columns[column.name] = np.array([poisoned(one) for one in held[column.name]], dtype=object)
        tables[name] = Table(held.spec, columns)
    meta = {**whole.meta, "warnings": [HOSTILE], "carbon_boundary": HOSTILE, "notes": {HOSTILE: [HOSTILE]}}
    meta |= {key: poisoned(meta[key]) for key in ("title", "description", "campus")}
    meta |= {
        "chip_it_w": {HOSTILE: 2_000.0},
        "parties": [[poisoned(one) for one in party] for party in meta["parties"]],
    }
    summary = {**whole.summary, "against_base": {"sentences": [HOSTILE]}}
    return report.render(Results(whole.scenario + f"# {HOSTILE}\n", tables, summary, meta))


def test_hostile_text_in_every_string_stays_text() -> None:
    page = hostile_everywhere()
    assert HOSTILE not in page
    assert "<script>alert" not in page
    found = Elements(page)
    assert [a for t, a in found.tags if t in {"img", "iframe", "object", "embed"}] == []
    assert len(found.scripts) == 7
    assert not any(key.startswith("on") for _, attributes in found.tags for key in attributes)


def test_alleged_variants_are_named() -> None:
    text = " ".join(" ".join(Elements(page_of("common")).text).split())
    assert re.search(r"Variants turned on: approval-needs-xai \(a gate needs xAI\) alleged", text)


def test_a_plan_has_no_job_sections_and_no_empty_charts() -> None:
    page = page_of("plan")
    assert 'id="work"' not in page
    assert "chart-waits" not in page
    assert 'id="build-out"' in page


def test_the_page_is_the_same_from_the_folder(tmp_path: Path) -> None:
    from gigacampus.cli.report_ import command

    folder = results.write(results_of("plan"), tmp_path / "run", report=page_of("plan"))
    assert report.render(folder) == page_of("plan")
    (folder / "report.html").unlink()
    done = CliRunner().invoke(command, [str(folder)])
    assert done.exit_code == 0
    assert (folder / "report.html").read_text(encoding="utf-8") == page_of("plan")
    assert CliRunner().invoke(command, [str(folder), "--out", str(tmp_path / "a.html")]).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "run"]


def test_a_run_of_another_version_still_renders() -> None:
    whole = results_of("common")
    months = whole.tables["flows_months"]
    spec = Spec(months.spec.name, months.spec.sentence, tuple(c for c in months.spec.columns if c.name != "water_l"))
    older = Table(spec, {name: months[name] for name in spec.names})
    page = report.render(replace(whole, tables={**whole.tables, "flows_months": older}))
    assert "This run was written by another version of gigacampus" in page
    assert "water_l" in page
    assert 'id="build-out"' in page
    broken = replace(whole, summary={})
    assert "A simulation, not a forecast" in report.render(broken), "a summary without a number leaves its cards out"


def test_json_and_tags_escape() -> None:
    assert "<" not in data({HOSTILE: [HOSTILE, 1.0, None]})
    assert json.loads(data({HOSTILE: HOSTILE})) == {HOSTILE: HOSTILE}
    assert tag("p", HOSTILE, title=HOSTILE).count("<") == 2
    assert join("a\x07b\ud800c", None, ["<", 1]) == "abc&lt;1"
    assert "javascript" not in link("javascript:alert(1)") or "href" not in link("javascript:alert(1)")
    assert 'href="https://example.org/a?b=1&amp;c=2"' in link("Example https://example.org/a?b=1&c=2")


def test_min_max_keeps_every_spike() -> None:
    dice = np.random.default_rng(3)
    values = dice.normal(size=50_000)
    values[[7, 31_415]] = 99.0, -99.0
    values[20_000:20_200] = np.nan
    at = np.arange(50_000)
    kept_at, kept = min_max(at, values)
    assert len(kept) <= 1_600
    assert np.nanmax(kept) == 99.0
    assert np.nanmin(kept) == -99.0
    assert (np.diff(kept_at) > 0).all()
    assert np.isnan(kept).any(), "a gap stays a gap"
    assert min_max(at[:100], values[:100])[1].tolist() == values[:100].tolist()


def test_brief_spells_are_told_as_turns() -> None:
    whole = results_of("common")
    months = whole.tables["buildout_months"]
    words = np.array(["licence"] * len(months), dtype=object)
    words[20:30] = ["power", "install"] * 5
    words[30:] = "quota"
    found = View(
        replace(
            whole, tables={**whole.tables, "buildout_months": Table(months.spec, {**months.columns, "binding": words})}
        )
    )
    said = buildout.answer(found)
    assert said.startswith(
        "Licences bind until 2026-12; then power and installation bind in turn until 2027-10; then the quota binds to "
        "the end."
    )


def test_the_answer_says_why_the_quota_binds() -> None:
    whole = results_of("common")
    said = "The last window of the quota uae ends on 2027-12-31."
    found = replace(whole, summary={**whole.summary, "plan": {"quota": said}})
    assert buildout.answer(View(found)) == f"{buildout.answer(View(whole))} {said}"


def test_work_says_where_jobs_are_gathered() -> None:
    whole = results_of("common")
    told = {"most_jobs": 100_000, "gathered": {"openai": 7.94, "g42": 61.2}}
    found = replace(whole, summary={**whole.summary, "workload": told})
    assert "stand together as one (so many: openai 7.9, g42 61)" in report.render(found)
    assert "stand together as one" not in report.render(whole)


def test_right_to_left_names_do_not_turn_the_numbers_beside_them() -> None:
    assert prose("شركة الإمارات 70 %, G42") == "<bdi>شركة الإمارات</bdi> 70 %, G42"
    assert "<bdi>" not in prose("Öffentlich 70 %")


def test_series_is_short_json() -> None:
    assert series([1.0, np.nan, 0.0, 1 / 3, 123_456_789.0, -np.inf]) == [1, None, 0, 0.33333, 123_460_000, None]
