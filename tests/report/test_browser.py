"""The page in headless Chromium: no console error, no request, charts drawn, slider, zoom, links, themes, print."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Page, browser, found
from tests.report.test_page import CASES, page_of

REQUIRED = bool(os.environ.get("GIGACAMPUS_BROWSER_REQUIRED"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        found() is None and not REQUIRED, reason="no Chromium: apt-get install chromium, or set GIGACAMPUS_CHROMIUM"
    ),
]
SLOW = [name for name in CASES if name != "common"]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    path = found()
    assert path, "GIGACAMPUS_BROWSER_REQUIRED is set, and there is no Chromium"
    with browser(path) as made:
        yield made


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Iterator[tuple[Page, Path]]:
    """The page, and the common report as a file; afterwards nothing may have gone wrong or been fetched."""
    path = tmp_path / "report.html"
    path.write_text(page_of("common"), encoding="utf-8")
    page.errors.clear()
    page.requests.clear()
    yield page, path
    unspoilt(page, path)


def to_month(month: int) -> str:
    """The reader moves the slider."""
    slider = "document.getElementById('month')"
    return f"{slider}.value = {month}; {slider}.dispatchEvent(new Event('input'))"


def unspoilt(page: Page, path: Path) -> None:
    assert page.errors == []
    assert {one.split("#")[0] for one in page.requests} <= {path.as_uri()}


@pytest.mark.parametrize("case", ["common", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
@pytest.mark.parametrize(("look", "width", "dark"), [("wide", 1280, False), ("phone", 390, True)])
def test_every_report_draws(page: Page, tmp_path: Path, case: str, look: str, width: int, dark: bool) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(case), encoding="utf-8")
    page.errors.clear()
    page.requests.clear()
    page.open(path, width=width, dark=dark)
    page.draw_all()
    assert page.run("document.documentElement.scrollWidth") <= width, "the page never scrolls sideways"
    assert page.run("document.querySelectorAll('#stage .roof').length") >= 1
    clipped = "[...document.querySelectorAll('.card .value')].filter((e) => e.scrollWidth > e.clientWidth + 1).length"
    assert page.run(clipped) == 0
    page.shot(f"{case.replace(' ', '-').replace(',', '')}-{look}")
    unspoilt(page, path)


def test_slider_play_and_keys_move_the_campus(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    months = page.run("Number(document.getElementById('month').max)")
    assert months == 67
    page.run(to_month(20))
    assert page.run("document.getElementById('month-name').textContent") == "2027-01"
    page.run("document.getElementById('stage').focus()")
    page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    assert page.run("document.getElementById('month-says').textContent").startswith("2027-02 (projection)")
    page.run("document.getElementById('play').click()")
    page.wait("document.getElementById('month-name').textContent >= '2027-04'")
    page.run("document.getElementById('play').click()")
    for mode in ("use", "party", "state"):
        page.run(f"document.querySelector('[name=mode][value={mode}]').click()")
        assert page.run("document.getElementById('campus-key').textContent.length") > 5


def test_address_keeps_month_and_zoom(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    page.scroll_all()
    ends = "{'xaxis.range[0]': '2027-01-01', 'xaxis.range[1]': '2028-01-01'}"
    page.run(f"Plotly.relayout(document.getElementById('chart-drawn'), {ends}).then(() => 0)")
    ranges = (
        "JSON.stringify(document.getElementById('chart-pue').layout.xaxis.range.map((d) => String(d).slice(0, 10)))"
    )
    assert page.run(ranges) == '["2027-01-01","2028-01-01"]', "all time charts zoom together"
    page.run(to_month(12))
    page.wait("location.hash.includes('t=2026-05')")
    kept = page.run("location.hash")
    assert "z=2027-01-01..2028-01-01" in kept
    page.open(path, part=kept)
    page.wait("document.getElementById('month-name').textContent === '2026-05'")
    page.draw_all()
    assert page.run(ranges) == '["2027-01-01","2028-01-01"]'


def test_legend_theme_search_and_downloads(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    page.draw_all()
    page.run("document.querySelector('[data-trace=\"chart-chips 0\"]').click()")
    assert page.run("document.getElementById('chart-chips').data[0].visible") == "legendonly"
    before = page.run("getComputedStyle(document.body).backgroundColor")
    page.run("document.getElementById('theme').click()")
    assert page.run("getComputedStyle(document.body).backgroundColor") != before
    assert page.run("document.getElementById('chart-chips').data[0].visible") == "legendonly", (
        "kept over a change of theme"
    )
    page.run("document.getElementById('theme').click()")
    page.run(
        "const box = document.getElementById('find-input'); box.value = 'l7.'; box.dispatchEvent(new Event('input'))"
    )
    assert page.run("document.getElementById('found-inputs').textContent") == "1 found"
    page.run("globalThis.saved = []; HTMLAnchorElement.prototype.click = function () { saved.push(this.download); }")
    page.run("document.querySelector('#cost button.csv').click()")
    page.run("document.querySelector('[data-svg=chart-chips]').click()")
    page.wait("saved.length === 2")
    assert page.run("saved[1]") == "chart-chips.svg"
    text = page.run("csv(document.querySelector('#licences table'))")
    assert text.startswith('"quota","window",')
    assert '"record"' in text
    assert "report.html#t-quota-windows" in text
    page.run("attempt(() => localStorage.removeItem('gigacampus-theme'))")


def test_reads_without_javascript(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path, script=False)
    page.shot("common-no-script")
    nodes = page.call("DOM.getDocument", depth=-1)
    assert nodes
    text = page.call("DOM.getOuterHTML", nodeId=nodes["root"]["nodeId"])["outerHTML"]
    assert "Charts need JavaScript" in text
    page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_prints_on_a4(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    page.wait("globalThis.Plotly !== undefined")
    time.sleep(0.8)
    printed = page.print("common")
    assert printed.stat().st_size > 50_000
    assert page.run("document.querySelectorAll('.chart:empty').length") == 0, "every chart is drawn for print"
    assert page.run("document.querySelectorAll('details.behind[open]').length") == 0, "and tables close again"
