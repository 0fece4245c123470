"""What `trace` says, against figures counted by hand or in the slow obvious way; and the command itself."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gigacampus.cli.drawing import blocks
from gigacampus.cli.trace_ import command
from gigacampus.errors import UsageError
from gigacampus.workload import read_trace
from gigacampus.workload.describe import arrivals, describe, held
from gigacampus.workload.looks import series
from gigacampus.workload.readers.swf import squeeze

HERE = Path(__file__).parent / "fixtures"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=20))
def test_chips_held_against_counting_second_by_second(jobs: list[tuple[int, int, int]]) -> None:
    start, run, size = (np.array(column) for column in zip(*jobs, strict=True))
    at, level = held(start, start + run, size.astype(float))
    for second in range(75):
        slow = sum(g for s, r, g in jobs if s <= second < s + r)
        position = np.searchsorted(at, second, side="right") - 1
        assert (level[position] if position >= 0 else 0.0) == pytest.approx(slow)


@given(
    st.lists(st.lists(st.integers(-9, 99999), min_size=1, max_size=5), max_size=12),
    st.sampled_from([" ", "   ", "\t", " \t "]),
)
def test_squeezed_lines_hold_the_same_words(rows: list[list[int]], gap: str) -> None:
    text = "; a comment\n" + "".join(gap + gap.join(str(value) for value in row) + gap + "\n" for row in rows)
    lines = squeeze(text.encode()).decode().splitlines()
    assert lines == [" ".join(str(value) for value in row) for row in rows]


def test_figures_of_a_small_log() -> None:
    found = describe(read_trace(HERE / "plain.csv"), gpus=8)
    assert found["jobs"] == 2
    assert found["gpu_hours"] == pytest.approx((4 * 60 + 30) / 3600)
    assert found["machine"]["mean_gpus"] == pytest.approx(270 / 60)
    assert found["machine"]["peak_gpus"] == 5
    assert found["machine"]["utilisation_fraction"] == pytest.approx(270 / 60 / 8)
    assert found["clairvoyant_jobs_fraction"] == 0.5
    assert [one["class"] for one in found["sizes"]] == ["1", "4-7"]
    assert sum(one["gpu_time_fraction"] for one in found["durations"]) == pytest.approx(1.0)
    assert any("served demand" in limit for limit in found["limits"])


def test_recorded_waits_and_fullness() -> None:
    found = describe(read_trace(HERE / "helios.csv"), gpus=16)
    assert found["recorded_wait_s"]["max"] == 60
    assert found["machine"]["basis"] == "recorded starts"
    assert found["machine"]["full_time_fraction"] == pytest.approx(30 / 3600)


def test_a_poisson_stream_has_a_coefficient_of_one() -> None:
    submit = np.sort(np.random.default_rng(1).integers(0, 10_000_000, 100_000))
    assert arrivals(submit)["gap_cv"] == pytest.approx(1.0, abs=0.02)


def test_nasa_utilisation_is_the_published_one() -> None:
    assert describe(read_trace("nasa-ipsc-1993"))["machine"]["utilisation_fraction"] == pytest.approx(0.466, abs=0.001)


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.iterdir()))
def test_the_command_reads_every_fixture(name: str) -> None:
    options = ["--format", "pai"] if name.startswith("pai_task") else []
    shown = CliRunner().invoke(command, [str(HERE / name), *options], catch_exceptions=False)
    assert shown.exit_code == 0
    found = CliRunner().invoke(command, [str(HERE / name), "--json", *options], catch_exceptions=False)
    assert json.loads(found.stdout)["path"].endswith(name)


def test_the_command_converts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "jobs.swf"
    CliRunner().invoke(command, [str(HERE / "itp.csv"), "--to", "swf", "--out", str(out)], catch_exceptions=False)
    assert read_trace(out).jobs["submit_s"].tolist() == [90, 100, 160]
    with pytest.raises(UsageError, match="goes with --to"):
        CliRunner().invoke(command, [str(HERE / "itp.csv"), "--out", str(out)], catch_exceptions=False)
    run = CliRunner()
    monkeypatch.chdir(tmp_path)
    run.invoke(command, [str(HERE / "itp.csv"), "--to", "swf"], catch_exceptions=False)
    assert read_trace("itp.swf").jobs["gpus"].tolist() == [64, 1, 8]
    with pytest.raises(UsageError, match=r"itp\.swf exists"):
        run.invoke(command, [str(HERE / "itp.csv"), "--to", "swf"], catch_exceptions=False)
    with pytest.raises(UsageError, match="OURS=THEIRS"):
        CliRunner().invoke(command, [str(HERE / "itp.csv"), "--columns", "gpus"], catch_exceptions=False)


def test_series_of_a_log_against_counting() -> None:
    trace = read_trace(HERE / "helios.csv")
    seen = series(trace, bins=6)
    # 1 GPU for 600 s from second 70 and 16 for 30 s from second 20, in 6 bins over the hour of the third job
    width = (3600 + 0) / 6
    held_gpu_s = float(seen.held_gpus.sum()) * width
    assert held_gpu_s == pytest.approx(1 * 600 + 16 * 30, rel=1e-9)
    assert seen.most_gpus.max() == 16
    assert seen.jobs.sum() == len(trace)
    assert seen.jobs_fraction.sum() == pytest.approx(1.0)
    assert seen.gpu_time_fraction.sum() == pytest.approx(1.0)
    assert (np.diff(seen.run_s) >= 0).all()


@pytest.mark.parametrize("ending", ["svg", "html"])
@pytest.mark.parametrize("name", ["helios.csv", "plain.csv", "acme_seren.csv", "swf.swf", "sacct.txt"])
def test_the_plot_is_a_whole_document(name: str, ending: str, tmp_path: Path) -> None:
    out = tmp_path / f"log.{ending}"
    CliRunner().invoke(command, [str(HERE / name), "--plot", str(out)], catch_exceptions=False)
    text = out.read_text(encoding="utf-8")
    drawn = text[text.index("<svg") : text.index("</svg>") + 6]
    tree = ElementTree.fromstring(drawn)
    told = " ".join(one.text or "" for one in tree.iter("{http://www.w3.org/2000/svg}text"))
    for word in ("GPUs held", "Run times", "Sizes", "of GPU-time", "of the time", "served demand"):
        assert word in told
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert [one.name for one in tmp_path.iterdir()] == [out.name]


def test_a_plot_needs_jobs_and_a_known_ending(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"neither \.svg nor"):
        CliRunner().invoke(command, [str(HERE / "itp.csv"), "--plot", "x.png"], catch_exceptions=False)
    with pytest.raises(UsageError, match="no jobs"):
        CliRunner().invoke(
            command, [str(HERE / "azure.csv"), "--plot", str(tmp_path / "x.svg")], catch_exceptions=False
        )


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=80), st.floats(1, 1e9))
def test_blocks_are_as_wide_as_their_values(values: list[float], mark: float) -> None:
    rows = blocks(values, mark, height=5)
    assert len(rows) == 7
    assert {len(row) for row in rows[:6]} == {10 + len(values)}
    assert any("┄" in row or "█" in row for row in rows)


def test_the_prompt_shows_chips_against_the_machine() -> None:
    shown = CliRunner().invoke(command, ["itp-cluster04", "--gpus", "1024"], catch_exceptions=False).stdout
    assert "1.02k ┤" in shown
    assert "day 0" in shown
    assert "full 0.8% of the time" in shown


def test_a_large_log_is_held_on_a_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(2)
    start, run, size = dice.integers(0, 90_000, 3_000), dice.integers(0, 4_000, 3_000), dice.integers(1, 9, 3_000)
    at, level = held(start, start + run, size.astype(float))
    exact = np.sum(level[:-1] * np.diff(at))
    monkeypatch.setattr("gigacampus.workload.describe.EXACT_JOBS", 1_000)
    grid_at, grid_level = held(start, start + run, size.astype(float))
    assert np.sum(grid_level[:-1] * np.diff(grid_at)) == pytest.approx(exact)
    place = np.searchsorted(at, grid_at, side="right") - 1
    assert np.allclose(grid_level, np.where(place >= 0, level[place], 0.0))
    monkeypatch.setattr("gigacampus.workload.describe.GRID", 500)
    coarse_at, coarse_level = held(start, start + run, size.astype(float))
    assert len(coarse_at) <= 502
    assert np.sum(coarse_level[:-1] * np.diff(coarse_at)) == pytest.approx(exact, rel=0.01)


def test_the_command_draws_jobs_like_a_log(tmp_path: Path) -> None:
    out = tmp_path / "made.csv"
    options = ["itp-cluster10", "--like", "--gpus", "256", "--days", "20", "--load", "0.5", "--seed", "4"]
    shown = CliRunner().invoke(command, [*options, "--to", "csv", "--out", str(out)], catch_exceptions=False)
    assert "against the log" in shown.stdout
    assert "scaling rule" in shown.stdout
    jobs = read_trace(out).jobs
    assert float(np.sum(jobs["gpus"] * jobs["run_s"])) == pytest.approx(0.5 * 256 * 20 * 86_400, rel=0.01)
    told = json.loads(CliRunner().invoke(command, [*options, "--json"], catch_exceptions=False).stdout)
    assert told["drawn"]["jobs"] == told["jobs"] == len(jobs)
    with pytest.raises(UsageError, match="go with --like"):
        CliRunner().invoke(command, ["itp-cluster10", "--days", "3"], catch_exceptions=False)
