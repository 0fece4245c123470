"""The page in headless Chromium: no console error, no request, charts drawn, slider, zoom, links, themes, print."""

from __future__ import annotations

import base64
import csv
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Page, browser, found
from tests.report.test_page import CASES, hostile_everywhere, page_of

REQUIRED = bool(os.environ.get("GIGACAMPUS_BROWSER_REQUIRED"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        found() is None and not REQUIRED, reason="no Chromium: apt-get install chromium, or set GIGACAMPUS_CHROMIUM"
    ),
]


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


# what a reader would call broken: words cut off at a chart's edge, labels of one axis over each other
CLIPPED = """[...document.querySelectorAll('.chart')].flatMap((box) => {
  const edge = box.getBoundingClientRect();
  const out = (at) => at.left < edge.left - 2 || at.right > edge.right + 2 || at.top < edge.top - 2 || at.bottom > edge.bottom + 2;
  return [...box.querySelectorAll('text')].filter((one) => one.textContent.trim() && getComputedStyle(one).opacity > 0)
    .map((one) => [one, one.getBoundingClientRect()]).filter(([, at]) => at.width && out(at))
    .map(([one]) => `${box.id}: ${one.textContent}`);
})"""  # noqa: E501
OVERLAPPING = """[...document.querySelectorAll('.chart')].flatMap((box) => ['.xtick text', '.ytick text'].flatMap((kind) => {
  const level = (one) => !/rotate\\((?!0)/.test(one.getAttribute('transform') ?? '');
  const seen = [...box.querySelectorAll(kind)].filter((one) => one.textContent.trim() && level(one));
  const at = seen.map((one) => one.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  return at.flatMap((a, k) => at.slice(k + 1).filter((b) => meet(a, b)).map(() => `${box.id}: ${seen[k].textContent}`));
}))"""  # noqa: E501
EMPTY = """Object.keys(figures).filter((id) => ![...document.getElementById(id).querySelectorAll(
  '.scatterlayer path, .barlayer path, .waterfalllayer path, .heatmaplayer image, .sankey-link')].length)"""


def looks_right(page: Page, width: int) -> None:
    """No chart is empty, no label clipped or overlapped, nothing sticks out of the page."""
    assert page.run("document.documentElement.scrollWidth") <= width, "the page never scrolls sideways"
    assert page.run("document.querySelectorAll('#stage .roof').length") >= 1
    clipped = "[...document.querySelectorAll('.card .value')].filter((e) => e.scrollWidth > e.clientWidth + 1).length"
    assert page.run(clipped) == 0
    assert page.run(EMPTY) == []
    assert page.run(CLIPPED) == []
    assert page.run(OVERLAPPING) == []


@pytest.mark.parametrize(
    ("case", "look", "width", "dark"),
    [
        ("common", "wide", 1280, False),
        *(
            pytest.param(case, look, width, dark, marks=pytest.mark.slow)
            for case in CASES
            for look, width, dark in (("wide", 1280, False), ("phone", 390, True))
            if (case, look) != ("common", "wide")
        ),
        pytest.param("common", "wide-dark", 1440, True, marks=pytest.mark.slow),
    ],
)
def test_every_report_draws(page: Page, tmp_path: Path, case: str, look: str, width: int, dark: bool) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(case), encoding="utf-8")
    page.errors.clear()
    page.requests.clear()
    page.open(path, width=width, dark=dark)
    page.draw_all()
    looks_right(page, width)
    if width == 1280:
        links = "document.querySelector('nav .links')"
        assert page.run(f"{links}.scrollWidth - {links}.clientWidth") <= 0, "all links of the bar are seen"
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


@pytest.mark.slow
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


@pytest.mark.slow
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


SAVED = """globalThis.saved = []; globalThis.blobs = [];
URL.createObjectURL = (blob) => { blobs.push(blob); return 'blob:none'; };
HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };"""


@pytest.mark.slow
def test_charts_and_workbook_are_saved_with_where_they_come_from(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    page.run(SAVED)
    every = page.run("Object.fromEntries(Object.keys(figures).map((id) => [id, chartCsv(id)]))")
    for name, text in every.items():
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) > 1, name
        assert rows[0][-4:] == ["record or projection", "known as of", "taken from", "permalink"], name
        assert rows[1][-1] == f"report.html#{name}"
    rows = list(csv.reader(io.StringIO(every["chart-chips"])))
    assert {row[0] for row in rows[1:]} == {"cleared", "arrived", "installed", "live"}
    assert {row[-4] for row in rows[1:]} == {"record", "projection"}
    page.run("document.querySelector('[data-chart=chart-chips]').click(); document.getElementById('xlsx').click()")
    page.wait("saved.length === 2")
    assert page.run("saved") == ["chart-chips.csv", "report.xlsx"]
    packed = page.run(
        "blobs[1].arrayBuffer().then((held) => btoa(String.fromCharCode(...new Uint8Array(held).slice(0, 4))))"
    )
    assert base64.b64decode(packed) == b"PK\x03\x04"


def test_a_number_opens_to_its_arithmetic_and_sources(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    page.run("document.querySelector('#t-build-out-months').closest('details').open = true")
    page.run("document.querySelector('#t-build-out-months tbody.projection td.n').click()")
    said = page.run("document.querySelector('.opened-box').textContent")
    assert "Cumulative chips cleared for this campus" in said
    assert "buildout_months.cleared_chips" in said
    assert "projection, known as of 2026-09-24" in said
    assert "30k to 40k chips" in said, "low and high"
    assert page.run("document.querySelector('.opened-box a[href=\"#from-live\"]') !== null")
    page.run("document.querySelector('#t-build-out-months').closest('.scroll').focus()")
    for key, code in (("Escape", 27), ("Enter", 13), ("ArrowRight", 39)):
        page.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code)
        assert page.run("document.querySelectorAll('.opened-box').length") == (key != "Escape")
    page.run("document.querySelector('.opened-box a[href=\"#from-live\"]').click()")
    page.wait("document.getElementById('from-live').closest('details').open && !document.querySelector('.opened-box')")


@pytest.mark.slow
def test_links_to_tables_and_charts_open_them(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path, part="#t-halls")
    page.wait("document.getElementById('t-halls').closest('details').open")
    page.wait("document.getElementById('t-halls').getBoundingClientRect().top < innerHeight")
    page.open(path)
    page.run("document.querySelector('a.to-table[href=\"#t-power-by-month\"]').click()")
    page.wait("location.hash.startsWith('#s=t-power-by-month')")
    kept = page.run("location.hash")
    page.open(path, part=kept)
    page.wait("document.getElementById('t-power-by-month').closest('details').open")


@pytest.mark.slow
def test_campus_follows_the_time_that_a_chart_is_pointed_at(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    page.draw_all()
    page.run("document.getElementById('chart-chips').emit('plotly_hover', { points: [{ x: '2027-03-01' }] })")
    assert page.run("document.getElementById('month-name').textContent") == "2027-03"
    marks = "[...document.querySelectorAll('.pointer')].filter((one) => !one.hidden).length"
    assert page.run(marks) == page.run("Object.values(figures).filter((one) => one.time).length")
    for mode in page.run("[...document.querySelectorAll('[name=mode]')].map((one) => one.value)"):
        page.run(f"document.querySelector('[name=mode][value={mode}]').click()")
        assert page.run("document.querySelector('#stage .roof').style.fill") not in {"", "none"}, mode


@pytest.mark.slow
def test_hostile_text_in_every_string_never_runs(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(hostile_everywhere(), encoding="utf-8")
    page.errors.clear()
    page.requests.clear()
    page.open(path)
    page.draw_all()
    for mode in page.run("[...document.querySelectorAll('[name=mode]')].map((one) => one.value)"):
        page.run(f"document.querySelector('[name=mode][value={mode}]').click()")
    page.run("for (const one of document.querySelectorAll('td.n')) { if (one.offsetParent) { one.click(); break; } }")
    page.run("document.getElementById('chart-chips').emit('plotly_hover', { points: [{ x: '2027-03-01' }] })")
    page.run("Object.keys(figures).forEach(chartCsv)")
    assert page.run("document.querySelectorAll('main img, .opened-box img').length") == 0
    looks_right(page, 1280)
    unspoilt(page, path)


@pytest.mark.slow
def test_reads_without_javascript(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path, script=False)
    page.shot("common-no-script")
    nodes = page.call("DOM.getDocument", depth=-1)
    assert nodes
    text = page.call("DOM.getOuterHTML", nodeId=nodes["root"]["nodeId"])["outerHTML"]
    assert "Charts need JavaScript" in text
    page.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.slow
def test_a_zoom_is_seen_and_ended(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path, part="#z=2027-01-01..2028-01-01")
    page.draw_all()
    assert page.run("document.getElementById('whole').textContent").startswith("2027-01-01 to 2028-01-01")
    page.run("document.getElementById('theme').click(); document.getElementById('whole').click()")
    shown = "JSON.stringify(document.getElementById('chart-pue').layout.xaxis.range)"
    whole = f"{shown} === JSON.stringify(figures['chart-pue'].layout.xaxis.range)"
    page.wait(whole)
    page.wait(
        "document.getElementById('whole').hidden && !location.hash.includes('z=')"
    )  # the address follows in a moment
    page.run("attempt(() => localStorage.removeItem('gigacampus-theme'))")


def test_months_over_the_slider_lead_to_their_month(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path)
    box = "document.querySelectorAll('#scrub rect')[20].getBoundingClientRect()"
    at = page.run(f"((box) => [box.x + box.width / 2, box.bottom - 2])({box})")
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)
    assert page.run("document.getElementById('month-name').textContent") == "2027-01"
    assert page.run("document.querySelectorAll('#scrub rect').length") == 68


@pytest.mark.slow
def test_prints_on_a4(opened: tuple[Page, Path]) -> None:
    page, path = opened
    page.open(path, dark=True)
    page.wait("Object.keys(figures).filter(isFlow).every((id) => drawn.has(id))")
    time.sleep(0.8)
    page.run("addEventListener('beforeprint', () => { globalThis.printed = [root.dataset.theme, color('--ink')]; })")
    printed = page.print("common")
    assert page.run("printed") == ["light", "#1b1f24"], "a dark page prints light"
    assert page.run("root.dataset.theme ?? ''") == "", "and is dark again"
    long = "!document.getElementById('inputs').contains(one) && one.querySelectorAll('tbody tr').length > LONG"
    assert page.run(f"opened.length > 5 && !opened.some((one) => {long})"), "long tables stay shut on paper"
    assert printed.stat().st_size > 50_000
    assert page.run("document.querySelectorAll('.chart:empty').length") == 0, "every chart is drawn for print"
    assert page.run("document.querySelectorAll('details.behind[open]').length") == 0, "and tables close again"
