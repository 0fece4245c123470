"""The report of a replay: what it shows is what its tables hold, whatever was asked for."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import gigacampus as gc
from gigacampus import results
from gigacampus.cli import gigacampus
from gigacampus.clock import NEVER
from gigacampus.report.occupancy import BUCKETS, Spans, edges_of, held, shares, wanted
from gigacampus.report.replay import render
from gigacampus.results import Results
from tests.report.browser import browser, found

COLUMNS = {one: one for one in ("job_id", "submit_s", "run_s", "gpus", "estimate_s", "user", "tenant")}
HOSTILE = "<b>&\"'</script><img src=//x>"


def log(folder: Path, jobs: int = 300) -> Path:
    dice = np.random.default_rng(5)
    submit = np.cumsum(dice.exponential(40, jobs)).astype(int)
    run, gpus = dice.integers(1, 900, jobs), dice.choice([1, 2, 4, 8], jobs)
    rows = [
        f"{k},{s},{r},{g},{2 * r},{HOSTILE if k % 3 else 'ann'},{'one' if k % 2 else 'two'}"
        for k, (s, r, g) in enumerate(zip(submit, run, gpus, strict=True))
    ]
    path = folder / "log.csv"
    path.write_text("\n".join([",".join(COLUMNS), *(row.replace('"', "") for row in rows)]) + "\n")
    return path


def played(folder: Path, **more: Any) -> Results:
    return gc.replay(log(folder), format="csv", columns=COLUMNS, **{"gpus": 32} | more)


CASES: dict[str, dict[str, Any]] = {
    "in line": {"policy": "fcfs"},
    "several": {"policy": "easy", "against": ("fcfs", "srtf", "fair-easy")},
    "stopped": {"policy": "las"},
    "on nodes": {"policy": "easy", "gpus_per_node": 8, "placement": "packed"},
    "packing": {"gpus_per_node": 8, "placement": "bestfit", "static": True},
    "idle": {"policy": "fcfs", "gpus": 4_000},
    "window": {"policy": "easy", "measure_from_s": 2_000, "measure_to_s": 9_000},
    "nothing measured": {"policy": "easy", "measure_from_s": 10**9},
}


class Texts(HTMLParser):
    """What a page holds: its sections and its charts; script and markup that is none of ours would show."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "section":
            self.sections.append(str(dict(attrs)["id"]))


@pytest.mark.parametrize("name", CASES)
def test_a_page_for_every_kind_of_replay(tmp_path: Path, name: str) -> None:
    page = render(played(tmp_path, **CASES[name]))
    assert page.startswith("<!doctype html>")
    assert "//x>" not in page.replace("&gt;", "")
    shown = Texts(page)
    assert "img" not in shown.tags
    assert shown.sections[-2:] == ["packed" if name == "packing" else "jobs", "made"]
    for section in ("waits", "use"):
        assert (section in shown.sections) == (name not in ("packing", "nothing measured"))
    assert ("paired" in shown.sections) == (name == "several")


def test_a_packing_study_tells_what_found_no_place(tmp_path: Path) -> None:
    made = played(tmp_path, **CASES["packing"])
    page, told, jobs = render(made), made.summary, made.tables["jobs"]
    lost = int((jobs["reason"] == "unfit").sum())
    assert 0 < lost == told["unplaced"]
    assert f"{lost:,} of {len(jobs):,} jobs find no place" in page
    for size in np.unique(jobs["gpus"]).tolist():
        none = int(((jobs["gpus"] == size) & (jobs["reason"] == "unfit")).sum())
        assert f">{none:,}</td>" in page
    assert "How long do jobs wait" not in page


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 40), st.integers(0, 9), st.booleans()), min_size=1, max_size=20
    ),
    st.integers(1, 9),
)
def test_means_are_those_counted_second_by_second(rows: list[tuple[int, int, int, bool]], width: int) -> None:
    start, length, chips, is_open = (np.array(one) for one in zip(*rows, strict=True))
    until = np.where(is_open, NEVER, start + length)
    edges = width * np.arange(-(-101 // width) + 1)
    seconds = np.arange(edges[-1])
    level = sum(c * ((seconds >= a) & (seconds < b)) for a, b, c in zip(start, until, chips, strict=True))
    told = Spans(start, until, chips).means(edges)
    assert told == pytest.approx(np.asarray(level).reshape(-1, width).mean(axis=1))


@pytest.mark.parametrize("name", ["in line", "several", "stopped", "idle"])
def test_levels_sum_to_the_summary(tmp_path: Path, name: str) -> None:
    made = played(tmp_path, **CASES[name])
    for policy, told in (made.summary.get("policies") or {made.summary["policy"]: made.summary}).items():
        behind = "" if policy == made.summary["policy"] else f"_{policy.replace('-', '_')}"
        jobs, stops = made.tables[f"jobs{behind}"], made.tables.get(f"stops{behind}")
        edges = edges_of(jobs)
        assert len(edges) <= BUCKETS + 1
        attempts = held(jobs, stops)
        chip_s = attempts.means(edges).sum() * (edges[1] - edges[0])
        assert chip_s == pytest.approx((jobs["gpus"] * (jobs["run_s"] + jobs["lost_s"])).sum())
        assert chip_s == pytest.approx(told["utilisation_fraction"] * told["gpus"] * told["makespan_s"])
        waiting = wanted(jobs).means(edges).sum() * (edges[1] - edges[0]) - chip_s
        assert waiting == pytest.approx((jobs["gpus"] * (jobs["wait_s"] - jobs["lost_s"])).sum())


def test_shares_are_counted() -> None:
    values, grid = np.array([0, 3, 3, 7, 50]), np.array([0.0, 1.0, 3.0, 10.0])
    assert shares(values, grid).tolist() == [np.mean(values <= one) for one in grid]


def test_drawn_with_the_replay_or_later(tmp_path: Path) -> None:
    path, out = log(tmp_path), tmp_path / "out"
    columns = [word for one in COLUMNS for word in ("--columns", f"{one}={one}")]
    ask = ["replay", str(path), "--format", "csv", *columns, "--gpus", "32", "--out", str(out)]
    assert CliRunner().invoke(gigacampus, ask).exit_code == 0
    assert not (out / "report.html").exists()
    assert CliRunner().invoke(gigacampus, ["report", str(out)]).exit_code == 0
    later = (out / "report.html").read_text()
    assert CliRunner().invoke(gigacampus, [*ask, "--force", "--report"]).exit_code == 0
    assert (out / "report.html").read_text() == later == render(results.read(out))
    refused = CliRunner().invoke(gigacampus, ["report", str(out), "--csv", str(tmp_path / "c")])
    assert "R003" in str(refused.exception)


@pytest.mark.browser
@pytest.mark.skipif(found() is None and not os.environ.get("GIGACAMPUS_BROWSER_REQUIRED"), reason="no Chromium")
@pytest.mark.slow
@pytest.mark.parametrize("name", list(CASES))
def test_opens_without_an_error_or_a_request(tmp_path: Path, name: str) -> None:
    path = found()
    assert path
    with browser(path) as page:
        drawn = tmp_path / "report.html"
        drawn.write_text(render(played(tmp_path, **CASES[name])), encoding="utf-8")
        for width in (1280, 390):
            page.open(drawn, width=width)
            page.draw_all()
            charts = page.run(
                "[...document.querySelectorAll('.chart')].map((box) => box.querySelectorAll('.main-svg').length)"
            )
            assert all(charts)
            assert page.run("document.documentElement.scrollWidth") <= width
        assert page.errors == []
        assert all(one.startswith("file:") for one in page.requests)
