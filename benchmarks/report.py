"""CPU that the report takes: rendering it, and in headless Chromium until its first screen can be used.

`python benchmarks/report.py [RUN]` renders a run folder (or a fresh run of stargate-uae) and prints the table that
stands in docs/model/report.md. CPU is what the page's main thread used (TaskDuration in thread ticks of the DevTools
protocol), so that other work on the machine counts little.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.report.browser import Page, browser, found

from gigacampus import report, results

READY = "campus !== null && document.querySelectorAll('#stage .roof').length > 0"
FIRST = """[...document.querySelectorAll('.chart')].filter((box) => box.getBoundingClientRect().top < innerHeight + 300)
  .every((box) => box.querySelector('.main-svg'))"""


def cpu_s(page: Page) -> float:
    told = {one["name"]: one["value"] for one in page.call("Performance.getMetrics")["metrics"]}
    return float(told["TaskDuration"])


def heap_mb(page: Page) -> float:
    told = {one["name"]: one["value"] for one in page.call("Performance.getMetrics")["metrics"]}
    return float(told["JSHeapUsedSize"]) / 1e6


def measured(path: Path, again: int = 3) -> dict[str, float]:
    """The least of some tries: first screen ready, the first charts below it drawn, all drawn, a step of the slider."""
    best: dict[str, float] = {}
    browser_path = found()
    assert browser_path, "no Chromium"
    for _ in range(again):
        with browser(browser_path) as page:
            page.call("Performance.enable", timeDomain="threadTicks")
            page.open(path, height=900)
            page.wait(f"{READY} && {FIRST}")
            got = {"first screen": cpu_s(page)}
            page.run("document.getElementById('build-out').scrollIntoView({ behavior: 'instant' })")
            page.wait("document.querySelectorAll('#build-out .main-svg').length > 2")
            got["first charts"] = cpu_s(page)
            page.scroll_all()
            got["all charts"] = cpu_s(page)
            before = cpu_s(page)
            for month in range(20):
                page.run(f"campus.go({month})")
                page.run("new Promise((done) => requestAnimationFrame(() => done(0)))")
            got["a step of the slider"] = (cpu_s(page) - before) / 20
            got["heap"] = heap_mb(page)
        best = {key: min(value, best.get(key, value)) for key, value in got.items()}
    return best


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            run = results.read(sys.argv[1])
        else:
            from gigacampus.run import run as play
            from gigacampus.scenario import load

            run = results.seal(play(load("stargate-uae")))
        report.render(run)
        before = time.process_time()
        page = report.render(run)
        rendering = time.process_time() - before
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        told = measured(path)
    rows = [
        ("the file", f"{len(page.encode()) / 1e6:.2f} MB"),
        ("rendering it in Python", f"{rendering:.1f} s"),
        ("first screen: numbers, campus, slider", f"{told['first screen']:.2f} s"),
        ("first charts (scrolled to Build-out)", f"{told['first charts']:.2f} s"),
        ("every chart drawn", f"{told['all charts']:.2f} s"),
        ("a step of the slider, all charts drawn", f"{1e3 * told['a step of the slider']:.0f} ms"),
        ("JavaScript heap with every chart", f"{told['heap']:.0f} MB"),
    ]
    print("| what | CPU or size |\n|---|---|")
    for what, value in rows:
        print(f"| {what} | {value} |")


if __name__ == "__main__":
    main()
