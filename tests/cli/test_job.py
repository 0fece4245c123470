"""`explain job RUN ID`: what became of a job, and why it waited."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from tests.replay.running import replayed, swf

ROWS = [(0, 100, 100, 6), (1, 50, 50, 8), (2, 10, 10, 2), (13, 200, 200, 2), (160, 5, 5, 1)]
"""The first leaves 2 chips; the head wants all; the third jumps ahead, the fourth would delay the head."""


def explained(capsys: pytest.CaptureFixture[str], folder: Path, job: str) -> str:
    before = sys.argv
    sys.argv = ["gigacampus", "explain", "job", str(folder), job]
    try:
        code = reported(gigacampus)
    finally:
        sys.argv = before
    told = capsys.readouterr()
    assert code == (0 if told.out else 2)
    return told.out or told.err


def test_a_job_that_waited_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = swf(tmp_path / "log.swf", ROWS)
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--policy", "easy")
    assert jobs["reason"] == ["none", "capacity", "none", "reservation", "none"]
    told = explained(capsys, tmp_path / "out", "2")
    assert "Too few chips were free." in told
    assert "held 6 of 8 chips and 0 others waited" in told
    assert "1 job that came later started before it" in told
    told = explained(capsys, tmp_path / "out", "4")
    assert "would have delayed the job that was promised" in told
    assert "It started at once" in explained(capsys, tmp_path / "out", "5")


def test_what_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = swf(tmp_path / "log.swf", ROWS)
    replayed(tmp_path / "out", log, "--gpus", 8)
    assert "has no job 99" in explained(capsys, tmp_path / "out", "99")


@pytest.mark.slow  # each loop is compiled
@pytest.mark.parametrize(
    ("policy", "reasons"),
    [
        ("fcfs", ["none", "capacity", "head", "head", "none"]),
        ("conservative", ["none", "capacity", "none", "reservation", "none"]),
        ("fair", ["none", "capacity", "head", "head", "none"]),
        ("srtf", ["none", "none", "none", "capacity", "none"]),
    ],
)
def test_every_policy_says_why(policy: str, reasons: list[str], tmp_path: Path) -> None:
    jobs, _ = replayed(tmp_path / "out", swf(tmp_path / "log.swf", ROWS), "--gpus", 8, "--policy", policy)
    assert jobs["reason"] == reasons


@pytest.mark.slow
def test_enough_chips_but_not_together(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 100, 100, 3), (0, 100, 100, 3), (1, 10, 10, 2)])
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 8, "--gpus-per-node", 4, "--placement", "bestfit")
    assert jobs["reason"] == ["none", "none", "placement"]


@pytest.mark.slow
def test_a_limit_is_told_as_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, limits = tmp_path / "jobs.csv", tmp_path / "limits.csv"
    log.write_text("job_id,submit_s,run_s,gpus,tenant\na,0,9,16,red\nb,0,9,1,blue\nc,0,9,3,green\nd,50,9,8,green\n")
    limits.write_text(
        "at_s,of,which,value\n0,tenant_w,red,8000\n0,tenant_gpus,green,2\n30,tenant_gpus,green,\n40,hall_w,hall0,4000\n"
    )
    machine = ("--gpus", 64, "--gpus-per-node", 8, "--nodes-per-rack", 8)
    jobs, _ = replayed(tmp_path / "out", log, *machine, "--limits", limits, "--watts", 1000)
    assert jobs["reason"] == ["power", "none", "quota", "placement"]
    told = {job: explained(capsys, tmp_path / "out", job) for job in "acd"}
    assert "Its tenant's or everybody's limit of power left too little" in told["a"]
    assert "Its tenant's limit or quota of GPUs held it" in told["c"]
    assert "the limits of their halls' power" in told["d"]
