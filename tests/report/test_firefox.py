"""The page in headless Firefox: drawn, moved, zoomed, linked to, saved, dark and on a phone, without a complaint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.firefox import Fox, firefox, found
from tests.report.test_browser import CLIPPED, EMPTY, SAVED, to_month
from tests.report.test_page import page_of

REQUIRED = bool(os.environ.get("GIGACAMPUS_FIREFOX_REQUIRED"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        found() is None and not REQUIRED, reason="no Firefox: apt-get install firefox-esr, or set GIGACAMPUS_FIREFOX"
    ),
]
DRAW = (
    "plotly().then(() => { for (const id of Object.keys(figures)) if (!drawn.has(id)) draw(id); return drawn.size; })"
)


@pytest.fixture(scope="module")
def fox() -> Iterator[Fox]:
    path = found()
    assert path, "GIGACAMPUS_FIREFOX_REQUIRED is set, and there is no Firefox"
    with firefox(path) as made:
        yield made


@pytest.fixture
def report(fox: Fox, tmp_path: Path) -> Iterator[Path]:
    """The common report as a file; afterwards nothing may have gone wrong or been fetched."""
    path = tmp_path / "report.html"
    path.write_text(page_of("common"), encoding="utf-8")
    fox.errors.clear()
    fox.requests.clear()
    yield path
    assert fox.errors == []
    assert {one.split("#")[0] for one in fox.requests} <= {path.as_uri()}


def test_firefox_draws_moves_zooms_and_remembers(fox: Fox, report: Path) -> None:
    fox.open(report)
    assert fox.run(DRAW) == fox.run("Object.keys(figures).length")
    assert fox.run(EMPTY) == []
    assert fox.run(CLIPPED) == []
    fox.run(f"(() => {{ {to_month(20)} }})()")
    assert fox.run("document.getElementById('month-name').textContent") == "2027-01"
    ends = "{'xaxis.range[0]': '2027-01-01', 'xaxis.range[1]': '2028-01-01'}"
    fox.run(f"Plotly.relayout(document.getElementById('chart-drawn'), {ends}).then(() => 0)")
    fox.wait("location.hash.includes('t=2027-01') && location.hash.includes('z=2027-01-01..2028-01-01')")
    kept = fox.run("location.hash")
    fox.open(report, part=kept)
    fox.wait("document.getElementById('month-name').textContent === '2027-01'")
    fox.run(DRAW)
    assert fox.run(
        "figures && document.getElementById('chart-pue').layout.xaxis.range.map((d) => String(d).slice(0, 10))"
    ) == [
        "2027-01-01",
        "2028-01-01",
    ]
    fox.shot("firefox-wide")


def test_firefox_saves_and_opens(fox: Fox, report: Path) -> None:
    fox.open(report, part="#t-halls")
    fox.wait("document.getElementById('t-halls').closest('details').open")
    fox.run(f"(() => {{ {SAVED} }})()")
    buttons = ["[data-chart=chart-chips]", "#cost button.csv", "#xlsx"]
    fox.run(f"{buttons}.forEach((one) => document.querySelector(one).click())")
    fox.wait("saved.length === 3")
    fox.run("document.querySelector('#licences td.n').click()")
    assert "Inputs under it" in fox.run("document.querySelector('.opened-box').textContent")


def test_firefox_dark_and_on_a_phone(fox: Fox, report: Path) -> None:
    fox.open(report, width=390, height=800)
    before = fox.run("getComputedStyle(document.body).backgroundColor")
    fox.run("document.getElementById('theme').click()")
    assert fox.run("getComputedStyle(document.body).backgroundColor") != before
    fox.run(DRAW)
    assert fox.run("document.documentElement.scrollWidth") <= 390
    fox.shot("firefox-phone")
    fox.run("attempt(() => localStorage.removeItem('gigacampus-theme'))")
