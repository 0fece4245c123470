"""Power faster than the hour: kernels against slow twins, and the two commands on a finished run."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import conditions
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.facility.reopen import reopen
from gigacampus.facility.summary import storage_j, worst_steps_w
from gigacampus.facility.swings import BEATS, swings_at, window_w
from gigacampus.kernels.swing import dip, harmonic_fraction, largest_steps_w, rms_fraction, together_w
from gigacampus.tables.conditions import EVENTS
from gigacampus.tables.table import Table
from gigacampus.tables.work import Kind
from tests.facility.campus import log, scenario, timeline

STEPS = st.lists(st.tuples(st.integers(1, 50), st.floats(-100.0, 100.0)), min_size=1, max_size=30)


@settings(deadline=None)
@given(STEPS, st.sampled_from([1.0, 10.0, 60.0]))
def test_largest_steps_are_those_of_all_pairs(gaps: list[tuple[int, float]], window: float) -> None:
    at = np.cumsum([gap for gap, _ in gaps]).astype(float)
    value = np.array([level for _, level in gaps])
    up = down = 0.0
    for i in range(len(at)):
        for j in range(i + 1):
            held_until = at[j + 1] if j + 1 < len(at) else np.inf
            if j == i or held_until > at[i] - window:
                up, down = max(up, value[i] - value[j]), max(down, value[j] - value[i])
    assert largest_steps_w(at, value, window) == pytest.approx((up, down))


def test_the_beat_has_the_metered_amplitude() -> None:
    beat = BEATS[Kind.PRETRAIN]
    # MLPerf log of 512 H100: 19.6 kW at 0.0915 Hz on a mean of 438 kW, and a harmonic at twice that
    assert harmonic_fraction(beat.depth_fraction, beat.duty_fraction, 1) == pytest.approx(19.6 / 438.0, rel=0.1)
    assert 1.0 / beat.period_s == pytest.approx(0.0915, rel=0.02)


@settings(deadline=None)
@given(depth=st.floats(0.01, 0.5), duty=st.floats(0.05, 0.5), phase=st.floats(0.0, 1.0))
def test_the_dip_keeps_the_mean_and_its_spread(depth: float, duty: float, phase: float) -> None:
    time = np.arange(20_000) * 0.01
    power = dip(time, 10.0, phase, depth, duty)
    assert power.mean() == pytest.approx(1.0, abs=2e-3)
    assert power.std() == pytest.approx(rms_fraction(depth, duty), abs=3e-3)
    tone = 2.0 * abs(np.mean((power - 1.0) * np.exp(-2j * np.pi * time / 10.0)))
    assert tone == pytest.approx(harmonic_fraction(depth, duty, 1), abs=3e-3)


def test_jobs_add_up_as_independent_and_in_step() -> None:
    assert together_w([3.0, 4.0]) == (5.0, 7.0)


def test_storage_follows_the_ramp() -> None:
    # 800 MW at 100 MW/min: 53 MWh
    assert storage_j(800e6, 100e6 / 60.0) / 3.6e9 == pytest.approx(53.3, abs=0.1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    assert _call("run", "one-hall", "--out", str(folder), "--quiet") == 0
    return folder


def _call(*arguments: str) -> int:
    before, sys.argv = sys.argv, ["gigacampus", *arguments]
    try:
        return reported(gigacampus)
    finally:
        sys.argv = before


def test_power_looks_at_an_instant(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    out = tmp_path / "window.csv"
    code = _call(
        "power", str(finished), "--window", "2min", "--step", "0.1s", "--ramp", "1 MW/min", "--out", str(out), "--json"
    )
    assert code == 0
    facts = json.loads(capsys.readouterr().out)
    assert {row["window_s"] for row in facts["steps"]} == {1, 60, 600}
    assert facts["worst_cases"]["step_site_w"] >= facts["worst_cases"]["step_job_w"]
    assert "harmonics" in facts["validity"]
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 1201
    assert np.mean([float(row["poi_mw"]) for row in rows]) * 1e6 == pytest.approx(facts["window"]["mean_w"])


def test_checkpoints_dip_the_power_of_the_job_that_writes_them(finished: Path) -> None:
    again = reopen(finished)
    found = importlib.import_module("gigacampus.facility.derive").series(
        again.scenario, again.timeline, again.outside, again.log
    )
    jobs, every_s = again.log.jobs, again.written_every_s
    large = (jobs["kind_index"] == Kind.PRETRAIN) & (jobs["gpus"] >= 512) & (every_s > 0) & (jobs["restarts"] == 0)
    row = int(np.flatnonzero(large & (jobs["end_s"] - jobs["start_s"] > every_s + 7_200))[0])
    written_s = int(jobs["start_s"][row] + every_s[row])
    rows = list(swings_at(again.scenario, again.log, found, written_s, every_s).rows())
    write = next(one for one in rows if one["beat"] == "checkpoint")
    assert write["dip_s"] == pytest.approx(30.0)
    assert write["one_w"] > next(one for one in rows if one["beat"] == "step")["one_w"]

    def window(every: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return window_w(again, found, written_s, 120.0, 1.0, every)

    times, power = window(every_s)
    only = np.where(np.arange(len(every_s)) == row, every_s, 0)
    dips = window(only)[1] - window(np.zeros_like(every_s))[1]
    inside = (times >= written_s) & (times < written_s + 30)
    assert dips[inside].max() < -0.3 * write["one_w"]
    assert np.abs(dips[~inside]).max() < 0.01 * write["one_w"]
    assert len(power) == 121


def test_the_worst_case_of_a_hall_is_its_part_of_the_peak() -> None:
    made, stock = scenario(end="2027-01-31"), timeline([(0, "GB300", 10_000)])
    derived = importlib.import_module("gigacampus.facility.derive").series

    def worst(limits_w: list[float], busy_h: int) -> tuple[dict[str, float], float]:
        halls = stock.halls
        split = {name: np.repeat(halls[name], len(limits_w)) for name in halls.spec.names} | {"it_limit_w": limits_w}
        stands = replace(stock, halls=Table(halls.spec, split))
        # idle but for some hours of training: a hall may be lost in just those
        work = log([(10 * 3_600, 0, Kind.PRETRAIN, 10_000), ((10 + busy_h) * 3_600, 0, Kind.PRETRAIN, -10_000)])
        found = derived(made, stands, conditions.draw(made, stands), work)
        told = worst_steps_w(made, stands, work, found)
        assert told["step_site_w"] == found.facility_w.max()
        return told, float(found.it.it_w.max() * found.facility_w.sum() / found.it.it_w.sum())

    rated = 10_000 * 2_200.0
    told, peak = worst([0.25 * rated, 0.75 * rated], 24)
    assert told["step_hall_w"] == pytest.approx(0.75 * peak)
    assert told["step_job_w"] < told["step_hall_w"] < told["step_site_w"]
    assert worst([rated / 4] * 4, 1)[0]["step_hall_w"] == pytest.approx(0.25 * peak, rel=0.02)
    whole, _ = worst([3.0 * rated], 24)
    assert whole["step_hall_w"] == whole["step_site_w"]


def test_a_window_keeps_the_limit_of_an_event(finished: Path) -> None:
    again = reopen(finished)
    at = 40 * 86_400 + 1_200
    trip = {"start_s": at, "end_s": at + 600, "limit_w": 5e5, "notice_s": 0, "kind": "trip"}
    cut = replace(again, outside=replace(again.outside, events=Table.from_rows(EVENTS, [trip])))
    derived = importlib.import_module("gigacampus.facility.derive").series
    found = derived(cut.scenario, cut.timeline, cut.outside, cut.log)
    times, power = window_w(cut, found, at, 1_800.0, 1.0, cut.written_every_s)
    inside = (times >= at) & (times < at + 600)
    assert power[inside].max() <= 5e5
    assert power[~inside].min() > 1e6
    _, hour = window_w(cut, found, at + 600, 3_599.0, 1.0, np.zeros_like(cut.written_every_s))
    assert hour.mean() == pytest.approx(found.facility_w[at // 3600], rel=0.02)


def test_the_year_is_never_stepped(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert _call("power", str(finished), "--window", "1day", "--step", "0.01s") == 2
    assert "widen the step" in capsys.readouterr().err


@pytest.mark.parametrize(
    "bad",
    [("--around", "yesterday"), ("--around", "1999-01-01"), ("--step", "0s"), ("--ramp", "5 MW"), ("--swing", "300%")],
)
def test_power_refuses_what_makes_no_sense(
    finished: Path, bad: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _call("power", str(finished), *bad) == 2
    assert bad[0] in capsys.readouterr().err


def test_load_writes_what_a_utility_files(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    out = tmp_path / "filed"
    assert _call("load", str(finished), "--out", str(out)) == 0
    said = capsys.readouterr().out
    assert "not a design year" in said
    assert "P50 P90 P99" in said
    hours = list(csv.DictReader((out / "load_hours.csv").read_text().splitlines()))
    assert hours[0]["hour_utc"].endswith("T00:00Z")
    peak = max(float(row["load_mw"]) for row in hours)
    months = list(csv.DictReader((out / "load_months.csv").read_text().splitlines()))
    assert max(float(row["peak_mw"]) for row in months) == pytest.approx(peak)
    assert (out / "ramp_durations.csv").exists()
    assert "not a design year" in (out / "validity.txt").read_text()
    assert _call("load", str(finished), "--out", str(out)) == 2
    assert _call("load", str(finished), "--out", str(out), "--force", "--format", "parquet", "--at", "it") == 0
    assert (out / "load_hours.parquet").exists()


def test_the_report_compares_cooling_plants(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    assert "What would another cooling plant change?" in page
    assert "dry W45, no chillers" in page


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("power", str(tmp_path)) != 0
    assert "no run folder" in capsys.readouterr().err
