"""Readers who use a keyboard or a screen reader: axe-core finds no serious fault, light and dark, wide and phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Page, browser, found
from tests.report.test_page import page_of

REQUIRED = bool(os.environ.get("GIGACAMPUS_BROWSER_REQUIRED"))
PLACES = ("node_modules/axe-core/axe.min.js", "node_modules/axe-core/axe.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
SERIOUS = """axe.run(document, {resultTypes: ['violations'], runOnly: %s}).then((told) => told.violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`))"""


def axe() -> Path | None:
    """Where axe-core lies; None where it is not installed."""
    named = os.environ.get("GIGACAMPUS_AXE")
    roots = (Path.cwd(), Path(__file__).parents[2])
    places = [Path(named)] if named else [root / place for root in roots for place in PLACES]
    return next((one for one in places if one.is_file()), None)


pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        (found() is None or axe() is None) and not REQUIRED,
        reason="no Chromium or no axe-core: npm install axe-core, or set GIGACAMPUS_AXE to its axe.min.js",
    ),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    path = found()
    assert path, "GIGACAMPUS_BROWSER_REQUIRED is set, and there is no Chromium"
    with browser(path) as made:
        yield made


@pytest.mark.parametrize(
    ("case", "width", "dark"), [("common", 1280, False), ("common", 390, True), ("plan", 1280, True)]
)
def test_axe_finds_no_serious_fault(page: Page, tmp_path: Path, case: str, width: int, dark: bool) -> None:
    script = axe()
    assert script, "GIGACAMPUS_BROWSER_REQUIRED is set, and there is no axe-core"
    path = tmp_path / "report.html"
    path.write_text(page_of(case), encoding="utf-8")
    page.errors.clear()
    page.open(path, width=width, dark=dark)
    page.draw_all()
    page.run(script.read_text(encoding="utf-8") + "\n;0")
    some = "#build-out details, #work details, #inputs details"
    page.run(f"for (const one of document.querySelectorAll('{some}')) one.open = true")
    page.run("document.querySelector('#t-build-out-months td.n').click()")
    assert page.run(SERIOUS % RULES) == []
    assert page.errors == []


def test_every_control_is_reached_with_the_keyboard(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of("common"), encoding="utf-8")
    page.open(path)
    reached: list[str] = []
    for _ in range(60):
        page.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(
            page.run("document.activeElement.id || document.activeElement.className || document.activeElement.tagName")
        )
    assert reached[0] == "skip"
    assert {"xlsx", "theme", "stage", "play", "month"} <= set(reached)
    outlined = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.run(outlined) != "none", "what has the focus shows it"
