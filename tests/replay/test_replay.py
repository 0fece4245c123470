"""Replaying a log: what is written, in which order, on which clock, and what is refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import results
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.engine.schedule import FAIR, POLICIES, PREEMPTIVE
from gigacampus.replay import Asked, replay
from tests.engine.loops import cases
from tests.naive import conservative, fair, general, preempt, queue
from tests.replay.running import call, found, replayed, swf

NEVER = 2**63 - 1
ROWS = [(100, 50, 60, 4), (0, 100, -1, 8), (20, 10, 0, 2), (20, 30, 5, 6)]
"""Out of order; estimates above the run time, -1, 0 and too short."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return swf(tmp_path / "log.swf", ROWS)


def test_rows_come_back_in_the_order_of_the_trace(log: Path, tmp_path: Path) -> None:
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8)
    assert jobs["job_id"] == [1, 2, 3, 4]
    assert jobs["submit_s"] == [100, 0, 20, 20]
    assert jobs["start_s"] == [130, 0, 100, 100]
    assert jobs["end_s"] == [180, 100, 110, 130]
    assert jobs["wait_s"] == [30, 0, 80, 80]
    assert jobs["run_s"] == [50, 100, 10, 30]
    assert jobs["estimate_s"] == [60, 100, 10, 30]
    assert jobs["gpus"] == [4, 8, 2, 6]
    assert sum("out of order" in note for note in summary["notes"]) == 1


def test_the_summary_is_what_the_columns_say(log: Path, tmp_path: Path) -> None:
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8)
    chip_s = sum(g * r for g, r in zip(jobs["gpus"], jobs["run_s"], strict=True))
    jct = np.array(jobs["end_s"]) - np.array(jobs["submit_s"])
    assert summary["jobs"] == summary["finished"] == 4
    assert summary["gpu_hours"] == pytest.approx(chip_s / 3600)
    assert summary["makespan_s"] == 180
    assert summary["wait_mean_s"] == pytest.approx(np.mean(jobs["wait_s"]))
    assert summary["jct_mean_s"] == pytest.approx(jct.mean())
    for p in (50, 90, 99):
        assert summary[f"jct_p{p}_s"] == pytest.approx(np.percentile(jct, p))
    assert summary["utilisation_fraction"] == pytest.approx(chip_s / (8 * 180))
    assert summary["allocation_fraction"] is None
    assert summary["unplaced"] == 0
    assert summary["clairvoyant_jobs_fraction"] == 3 / 4
    assert (summary["policy"], summary["placement"], summary["gpus"]) == ("fcfs", "none", 8)


def test_a_folder_can_be_read_and_checked(log: Path, tmp_path: Path) -> None:
    replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "easy")
    read = results.read(tmp_path / "out")
    assert len(read.tables["jobs"]) == 4
    assert read.stored["command"].startswith("gigacampus replay")
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "manifest.json", "scenario.yaml", "summary.json", "tables",
    }  # fmt: skip


def test_views_on_a_run_refuse_a_replay(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replayed(tmp_path / "out", log, "--gpus", 8)
    for view in ("power", "load", "books"):
        monkeypatch.setattr(sys, "argv", ["gigacampus", view, str(tmp_path / "out")])
        assert reported(gigacampus) in (1, 2)
        assert "error" in capsys.readouterr().err


def test_the_clock_of_the_trace_is_kept_beyond_32_bits(tmp_path: Path) -> None:
    far = 2**33
    log = swf(tmp_path / "log.swf", [(far, 2**32, -1, 8), (far + 5, 10, -1, 8)])
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "conservative")
    assert jobs["start_s"] == [far, far + 2**32]
    assert summary["makespan_s"] == 2**32 + 10


@pytest.mark.parametrize("policy", cases(one for one in POLICIES if not one.startswith("quota")))
def test_a_log_of_odd_rows_is_played(policy: str, tmp_path: Path) -> None:
    """Out of order, without estimates, of no length, far in the future: every policy takes them."""
    far = 2**33
    rows = [(far + 9, 5, 0, 8), (far, 4, -1, 8), (far, 0, -1, 8), (far + 1, 2**32, 3, 2), (far + 2, 0, 0, 1)]
    log = swf(tmp_path / "log.swf", rows)
    options = (log, "--gpus", 8, "--policy", policy, "--slack", 3)
    jobs, summary = replayed(tmp_path / "out", *options)
    assert summary["finished"] == 5
    assert sum("out of order" in note for note in summary["notes"]) == 1
    assert all(start >= submit for start, submit in zip(jobs["start_s"], jobs["submit_s"], strict=True))
    spent = [e - s for s, e in zip(jobs["start_s"], jobs["end_s"], strict=True)]
    assert all(took >= run for took, run in zip(spent, jobs["run_s"], strict=True))


def test_all_jobs_may_be_submitted_at_the_start(log: Path, tmp_path: Path) -> None:
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--submit-at-start")
    assert jobs["submit_s"] == [0] * 4
    assert jobs["start_s"] == [0, 50, 150, 150]


def test_jobs_without_gpus_start_at_once(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 100, -1, 8), (1, 10, -1, 8), (2, 7, -1, 0)])
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8)
    assert jobs["start_s"] == [0, 100, 2]
    assert jobs["end_s"][2] == 9
    assert any("without GPUs" in note for note in summary["notes"])


def test_a_job_that_never_fits_is_named_or_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = swf(tmp_path / "log.swf", [(0, 10, -1, 2), (0, 10, -1, 9), (5, 10, -1, 4)])
    assert call(log, "--gpus", 8, "--out", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert "job 2 of the trace (id 2) asks for 9 GPUs" in told
    assert "--skip-unfit" in told
    assert not (tmp_path / "out").exists()
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--skip-unfit")
    assert jobs["start_s"] == [0, NEVER, 5]
    assert jobs["end_s"][1] == NEVER
    assert jobs["wait_s"][1] == -1
    assert jobs["reason"][1] == "unfit"
    assert (summary["jobs"], summary["finished"], summary["unplaced"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (None, ["--gpus", "8"]),
        ("", ["--gpus", "8"]),
        ("1 0 -1 10 2\n", ["--gpus", "8", "--format", "swf"]),
        ("1 0 -1 10 -2 -1 -1 -3 -1 -1 1 1 1 -1 -1 -1 -1 -1\n", ["--gpus", "8"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\na,0,1,1\n", ["--gpus", "8", "--format", "csv"]),
        ("job_id,submit_s,run_s,gpus\na,0,-1,1\n", ["--gpus", "8", "--format", "csv"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,-1\n", ["--gpus", "8", "--format", "csv"]),
        ("job_id,submit_s,run_s,gpus\na,0,x,1\n", ["--gpus", "8", "--format", "csv"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "8", "--format", "nosuch"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "8", "--zone", "Nowhere"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "8", "--policy", "nosuch"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "8", "--policy", "nosuch.py:one"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "8", "--columns", "nonsense"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "0"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", []),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--cluster", "nosuch.csv"]),
        ("job_id,submit_s,run_s,gpus\na,0,1,1\n", ["--gpus", "8", "--placement", "bestfit"]),
        ("job_id,submit_s,run_s,gpus\na,9000000000000000000,9000000000000000000,1\n", ["--gpus", "8"]),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    text: str | None, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    if text is not None:
        log.write_text(text)
    assert call(log, *arguments, "--out", tmp_path / "out") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert "error" in told.err.lower()
    assert {one.name for one in tmp_path.iterdir()} <= {"log"}


def test_an_existing_folder_is_kept_unless_forced(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    replayed(out, log, "--gpus", 8)
    before = (out / "summary.json").read_bytes()
    assert call(log, "--gpus", 16, "--out", out) == 2
    assert (out / "summary.json").read_bytes() == before
    replayed(out, log, "--gpus", 16)
    assert (out / "summary.json").read_bytes() != before


def test_the_same_command_writes_the_same_bytes(log: Path, tmp_path: Path) -> None:
    common = (log, "--gpus", 8, "--gpus-per-node", 4, "--placement", "random", "--estimates", "factor:1..5")
    files = ("summary.json", "tables/jobs.parquet")
    written = []
    for seed in (1, 1, 2):
        replayed(tmp_path / "out", *common, "--seed", seed)
        written.append([(tmp_path / "out" / name).read_bytes() for name in files])
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_estimates_by_rule(log: Path, tmp_path: Path) -> None:
    for rule, expected in (("trace", [60, 100, 10, 30]), ("exact", [50, 100, 10, 30]), ("none", [100] * 4)):
        jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--estimates", rule)
        assert jobs["estimate_s"] == expected
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--estimates", "factor:2..3")
    assert all(2 * r <= e <= 3 * r for r, e in zip(jobs["run_s"], jobs["estimate_s"], strict=True))


def test_jobs_beyond_their_estimate_may_be_killed(log: Path, tmp_path: Path) -> None:
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--overrun", "kill")
    assert jobs["run_s"] == [50, 100, 10, 5]
    assert summary["cut_jobs"] == 1


def test_jobs_beyond_their_estimate_may_come_as_a_surprise(log: Path, tmp_path: Path) -> None:
    """The first job says 10 s and takes 50: the head behind it is promised its GPUs too early, again and again."""
    rows = [(0, 50, 10, 6), (1, 10, 10, 8), (2, 15, 15, 2), (12, 7, 7, 2)]
    log = swf(tmp_path / "log.swf", rows)
    keep, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "easy")
    assert keep["start_s"] == [0, 50, 2, 17]
    extend, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "easy", "--overrun", "extend")
    assert extend["estimate_s"] == [10, 10, 15, 7]
    assert extend["start_s"] == [0, 50, 60, 12]
    assert summary["clairvoyant_jobs_fraction"] == 0.75


def test_estimates_from_the_users_past(tmp_path: Path) -> None:
    rows = [
        (0, 10, 99, 1),
        (0, 1, 99, 1),
        (0, 1, 99, 1),
        (20, 30, 99, 1),
        (20, 1, 99, 1),
        (20, 1, 99, 1),
        (50, 5, 99, 1),
    ]
    log = swf(tmp_path / "log.swf", rows)
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--estimates", "user-history", "--overrun", "extend")
    assert jobs["user"][0] == jobs["user"][3] == jobs["user"][6]
    assert jobs["estimate_s"] == [99] * 6 + [20]


def test_resuming_may_cost(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 100, -1, 8), (10, 10, -1, 8)])
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "srtf", "--restart", 5)
    assert jobs["end_s"] == [115, 20]
    assert jobs["restarts"] == [1, 0]
    assert jobs["wait_s"] == [15, 0]
    assert summary["utilisation_fraction"] == 1.0


@pytest.mark.slow
def test_a_policy_of_ones_own(log: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from gigacampus.engine import NONE, policy\n\n\n@policy\ndef last_first(view):\n    best = NONE\n"
        "    for j in view.waiting:\n        if view.jobs[j]['gpus'] <= view.gpus_free:\n            best = j\n"
        "    return best\n"
    )
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", f"{tmp_path / 'mine.py'}:last_first")
    assert jobs["start_s"] == [100, 0, 100, 150]


@pytest.mark.slow
def test_a_policy_that_misbehaves_is_told_with_row_and_file(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from gigacampus.engine import NONE, policy\n\n\n@policy\ndef twice(view):\n"
        "    return view.running[0] if len(view.running) else view.waiting[0]\n\n\n"
        "@policy\ndef idle(view):\n    return NONE\n"
    )
    assert call(log, "--gpus", 8, "--policy", f"{mine}:twice", "--out", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert "row 2 of the trace" in told
    assert "has started already" in told
    assert str(mine) in told
    assert not (tmp_path / "out").exists()
    _, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", f"{mine}:idle")
    assert (summary["finished"], summary["unfinished"], summary["unplaced"]) == (0, 4, 0)
    assert (summary["never_started"], summary["never_started_by_reason"]) == (4, {"choice": 4})


@pytest.mark.slow
def test_jobs_that_never_start_are_told(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("from gigacampus.engine import NONE, policy\n\n\n@policy\ndef idle(view):\n    return NONE\n")
    policies = ("--policy", "fcfs", "--policy", f"{mine}:idle")
    assert call(log, "--gpus", 8, *policies, "--out", tmp_path / "out", "--report") == 0
    said = "4 of 4 unfinished never started (held when they came: 4 by {}); waits count finished jobs only"
    missing = "4 of 4 jobs are left out of pairs: not finished under both"
    told = capsys.readouterr().out
    assert told.count("never started") == 1
    assert said.format("choice") in told
    assert missing in told
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("never started") == 1
    assert said.format("passed over") in page
    assert missing in page


def test_the_machine_of_the_header_serves(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", ROWS, "; MaxProcs: 8")
    assert replayed(tmp_path / "out", log)[1]["gpus"] == 8


def test_json_is_clean(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    assert call(log, "--gpus", 8, "--out", tmp_path / "out", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == found(tmp_path / "out")[1]
    assert "folder:" in told.err


def test_milliseconds_and_dates_are_converted(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("id,when,ms,n\na,2024-01-01 00:00:10,5000,1\nb,2024-01-01 00:00:00,1000,1\n")
    columns = ("job_id=id", "submit_s=when", "run_s=ms*0.001", "gpus=n")
    named = [part for one in columns for part in ("--columns", one)]
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 1, *named)
    assert jobs["job_id"] == ["a", "b"]
    assert jobs["submit_s"] == [10, 0]
    assert jobs["end_s"] == [15, 1]
    assert summary["epoch_utc"].startswith("2024-01-01")


def test_a_killed_replay_leaves_no_folder_that_looks_finished(log: Path, tmp_path: Path) -> None:
    """Killed in the middle of writing: the first table is whole, the folder has not its name yet."""
    code = (
        "import os, signal, sys\nfrom gigacampus.results import folder\n"
        "folder._write_text = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from gigacampus.cli import main\nmain()\n"
    )
    arguments = [sys.executable, "-c", code, "replay", str(log), "--gpus", "8", "--out", str(tmp_path / "out")]
    done = subprocess.run(arguments, check=False, env={**os.environ}, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    replayed(tmp_path / "out", log, "--gpus", 8)
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".partial")]


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], int]:
    chips = draw(st.sampled_from([1, 4, 16]))
    job = st.tuples(
        st.integers(0, 60), st.integers(0, 40), st.integers(-1, 80), st.integers(1, chips), st.integers(0, 3)
    )
    return draw(st.lists(job, min_size=1, max_size=25)), chips


def textbook(policy: str, rows: list[tuple[int, ...]], chips: int) -> list[tuple[int, int]]:
    """Start and end of each job, rows in order of submission."""
    if policy in PREEMPTIVE:
        return [(a, b) for a, b, _ in preempt.play([(s, r, g, p) for s, r, _, g, p in rows], chips, policy)]
    if policy in FAIR:
        starts = fair.play([(*row[:4], -1, -1) for row in rows], chips, policy == "fair-easy")
        return [(start, start + row[1]) for start, row in zip(starts, rows, strict=True)]
    if policy.startswith("deadline") or policy == "fair-conservative":
        names = ("submit", "run", "estimate", "gpus", "priority")
        jobs = [dict(zip(names, row, strict=True)) for row in rows]
        for job in jobs:
            length = max(job["estimate"], job["run"]) if job["estimate"] > 0 else job["run"]
            job |= {"share": 1000, "tenant": 0, "user": 0, "planned": NEVER, "deadline": job["submit"] + 2 * length}
        return [(start, end) for start, end, *_ in general.play(jobs, policy, chips)]
    if "conservative" in policy:
        length = [max(e, r) if e > 0 else r for _, r, e, _, _ in rows]
        keys: dict[str, Any] = {"sjf": lambda j: (length[j], j), "priority": lambda j: (-rows[j][4], j)}
        return conservative.play([row[:4] for row in rows], chips, keys.get(policy.split("-")[0], lambda j: j))
    order = policy.split("-")[0].replace("easy", "fcfs")
    played = queue.play([(*row, 0) for row in rows], chips, order, "easy" in policy)
    return [(job.first, job.end) for job in played]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(logs(), st.sampled_from([one for one in POLICIES if not one.startswith("quota")]))
def test_replay_equals_the_textbook(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[list[tuple[int, ...]], int], policy: str
) -> None:
    rows, chips = drawn
    folder = tmp_path_factory.mktemp("log")
    log = folder / "log.csv"
    lines = [f"{i},{','.join(map(str, (s, r, max(e, 0), g, p)))}" for i, (s, r, e, g, p) in enumerate(rows)]
    log.write_text("\n".join(["job_id,submit_s,run_s,estimate_s,gpus,priority", *lines]) + "\n")
    jobs = replay(Asked(str(log), gpus=chips, policy=policy, slack=2.0)).tables["jobs"]
    order = np.argsort([row[0] for row in rows], kind="stable")
    expected = textbook(policy, [rows[i] for i in order], chips)
    assert list(zip(jobs["start_s"][order].tolist(), jobs["end_s"][order].tolist(), strict=True)) == expected
    shutil.rmtree(folder)


@pytest.mark.parametrize("policy", ["fcfs", "sjf", "easy", "conservative", "srtf", "srsf"])
def test_replay_of_swf_equals_the_textbook(policy: str, tmp_path: Path) -> None:
    """The whole way through the command line and back."""
    dice = np.random.default_rng(7)
    rows = [
        (int(t), int(r), int(r * f), int(g))
        for t, r, f, g in zip(
            dice.integers(0, 900, 80), dice.integers(0, 90, 80), dice.choice([0, 0.5, 1, 4], 80),
            dice.integers(1, 17, 80), strict=True,
        )
    ]  # fmt: skip
    jobs, _ = replayed(tmp_path / "out", swf(tmp_path / "log.swf", rows), "--gpus", 16, "--policy", policy)
    order = sorted(range(80), key=lambda i: (rows[i][0], i))
    expected = textbook(policy, [(*rows[i], 0) for i in order], 16)
    assert [(jobs["start_s"][i], jobs["end_s"][i]) for i in order] == expected


def test_a_wait_at_a_stop_is_told_as_such(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = swf(tmp_path / "log.swf", [(0, 100, 100, 8), (10, 10, 10, 8)])
    assert call(log, "--gpus", 8, "--policy", "srtf", "--out", tmp_path / "out") == 0
    told = capsys.readouterr().out
    assert "wait            mean 5 s" in told
    assert "0.0% not started at once (waits count stops too)" in told
