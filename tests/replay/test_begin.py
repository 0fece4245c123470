"""Where a replay begins and what of it is measured: windows, cuts, snapshots; policies side by side; backtests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from gigacampus.engine.groups import Felt
from gigacampus.engine.statistics import half_width
from tests.replay.running import call, replayed, swf

NEVER = 2**63 - 1


def busy(path: Path, seed: int = 1, jobs: int = 400) -> Path:
    """A queue that fills and drains."""
    dice = np.random.default_rng(seed)
    submit = np.sort(dice.integers(0, 4_000, jobs))
    run = dice.geometric(1 / 60, jobs)
    gpus = np.minimum(dice.geometric(1 / 4, jobs), 16)
    rows = zip(submit, run, run * dice.integers(1, 4, jobs), gpus, strict=True)
    return swf(path, [tuple(int(x) for x in row) for row in rows])


def table(folder: Path, name: str) -> dict[str, list[object]]:
    return pq.read_table(folder / "tables" / f"{name}.parquet").to_pydict()


def test_only_jobs_of_the_window_are_measured(tmp_path: Path) -> None:
    log = busy(tmp_path / "log.swf")
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 32, "--measure-from", 1000, "--measure-to", 3000)
    submit, wait = np.array(jobs["submit_s"]), np.array(jobs["wait_s"])
    inside, early, late = (submit >= 1000) & (submit < 3000), submit < 1000, submit >= 3000
    assert summary["jobs"] == inside.sum()
    assert summary["wait_mean_s"] == pytest.approx(wait[inside].mean())
    assert (summary["warm_up_jobs"], summary["drain_jobs"]) == (early.sum(), late.sum())
    assert summary["warm_up_wait_mean_s"] == pytest.approx(wait[early].mean())
    assert summary["drain_wait_mean_s"] == pytest.approx(wait[late].mean())
    assert summary["drain_s"] == max(jobs["end_s"]) - max(jobs["submit_s"])
    held = sum(
        g * max(0, min(e, 3000) - max(s, 1000))
        for g, s, e in zip(jobs["gpus"], jobs["start_s"], jobs["end_s"], strict=True)
    )
    assert summary["utilisation_fraction"] == pytest.approx(held / (32 * 2000))


@pytest.mark.parametrize("policy", ["fcfs", "easy", "srtf"])
def test_every_chip_second_has_one_use(policy: str, tmp_path: Path) -> None:
    more = ["--restart", 5] if policy == "srtf" else []
    jobs, summary = replayed(tmp_path / "out", busy(tmp_path / "log.swf"), "--gpus", 32, "--policy", policy, *more)
    shares = {name: summary[f"{name}_of_chips_fraction"] for name in ("useful", "lost", "idle_while_waiting", "idle")}
    assert sum(shares.values()) == pytest.approx(1.0)
    room = 32 * summary["makespan_s"]
    useful = sum(g * r for g, r in zip(jobs["gpus"], jobs["run_s"], strict=True))
    lost = sum(g * r for g, r in zip(jobs["gpus"], jobs["lost_s"], strict=True))
    assert shares["useful"] == pytest.approx(useful / room)
    assert shares["lost"] == pytest.approx(lost / room)
    if policy != "srtf":
        waits, free = np.zeros(5_000, int), np.full(5_000, 32)
        for s, b, e, g in zip(jobs["submit_s"], jobs["start_s"], jobs["end_s"], jobs["gpus"], strict=True):
            waits[s:b] += 1
            free[b:e] -= g
        first = min(jobs["submit_s"])
        span = slice(first, first + summary["makespan_s"])
        assert shares["idle_while_waiting"] == pytest.approx(free[span][waits[span] > 0].sum() / room)


def test_groups_are_what_their_jobs_say(tmp_path: Path) -> None:
    jobs, _ = replayed(tmp_path / "out", busy(tmp_path / "log.swf"), "--gpus", 32, "--policy", "easy")
    groups = table(tmp_path / "out", "groups")
    seen = list(zip(groups["grouped_by"], groups["name"], strict=True))
    for user in set(jobs["user"]):
        own = np.array(jobs["user"]) == user
        row = seen.index(("user", user))
        wait = np.array(jobs["wait_s"])[own]
        jct = wait + np.array(jobs["run_s"])[own]
        assert groups["jobs"][row] == own.sum()
        assert groups["wait_mean_s"][row] == pytest.approx(wait.mean())
        for share in (50, 90, 99):
            assert groups[f"wait_p{share}_s"][row] == pytest.approx(np.percentile(wait, share))
        assert groups["jct_p99_s"][row] == pytest.approx(np.percentile(jct, 99))
        weight = np.array(jobs["gpus"])[own] * np.array(jobs["run_s"])[own]
        assert groups["wait_mean_by_gpu_hour_s"][row] == pytest.approx(np.average(wait, weights=weight))
    sizes = [(name, n) for by, name, n in zip(groups["grouped_by"], groups["name"], groups["jobs"], strict=True)
             if by == "size"]  # fmt: skip
    assert dict(sizes)["2-3"] == sum(2 <= g <= 3 for g in jobs["gpus"])


def test_groups_without_finished_jobs_are_not_a_number() -> None:
    one = np.array([1, 1], dtype=np.int64)
    figures = Felt(one, np.array([5, NEVER]), one, one).by(np.array([0, 1]), 3)
    assert figures["jobs"].tolist() == [1, 1, 0]
    assert figures["finished"].tolist() == [1, 0, 0]
    assert figures["wait_p50_s"][0] == 3
    assert np.isnan(figures["wait_p50_s"][1:]).all()


def recorded(tmp_path: Path, policy: str) -> tuple[Path, dict[str, list[int]]]:
    """A log that carries the starts of a schedule of ours."""
    plain = busy(tmp_path / "plain.swf")
    jobs, _ = replayed(tmp_path / "first", plain, "--gpus", 32, "--policy", policy)
    lines = []
    for line, wait in zip(plain.read_text().splitlines(), jobs["wait_s"], strict=True):
        fields = line.split()
        fields[2] = str(wait)
        lines.append(" ".join(fields))
    (tmp_path / "log.swf").write_text("\n".join(lines) + "\n")
    return tmp_path / "log.swf", jobs


@pytest.mark.parametrize("policy", ["fcfs", "easy"])
def test_a_backtest_of_our_own_schedule_finds_no_difference(policy: str, tmp_path: Path) -> None:
    log, _ = recorded(tmp_path, policy)
    _, summary = replayed(tmp_path / "out", log, "--gpus", 32, "--policy", policy, "--backtest")
    every = summary["backtest"][0]
    assert every["jobs"] == 400
    assert every["recorded_mean_s"] == every["simulated_mean_s"] == summary["wait_mean_s"]
    assert every["same_minute_fraction"] == 1.0
    assert sum(row["jobs"] for row in summary["backtest"][1:]) == 400


@pytest.mark.parametrize("policy", ["fcfs", "easy", "conservative"])
def test_a_cut_keeps_what_ran_and_what_waited(policy: str, tmp_path: Path) -> None:
    """Under the policy that made the record, the rest of the schedule is the same whatever is cut off before."""
    log, whole = recorded(tmp_path, policy)
    for at_s in (500, 1500, 3999):
        jobs, summary = replayed(tmp_path / "out", log, "--gpus", 32, "--policy", policy, "--cut-from", at_s)
        ends = {job: end for job, end in zip(whole["job_id"], whole["end_s"], strict=True) if end > at_s}
        starts = dict(zip(whole["job_id"], whole["start_s"], strict=True))
        assert dict(zip(jobs["job_id"], jobs["end_s"], strict=True)) == ends
        assert all(starts[job] == start for job, start in zip(jobs["job_id"], jobs["start_s"], strict=True))
        assert summary["jobs"] == sum(submit >= at_s for submit in whole["submit_s"])


@pytest.mark.parametrize("later_s", [0, 1])
@pytest.mark.parametrize("policy", ["fcfs", "easy"])
def test_a_snapshot_starts_where_it_was_taken(policy: str, later_s: int, tmp_path: Path) -> None:
    """Also at the very second of a submission, which is in the snapshot and in the log."""
    log = busy(tmp_path / "log.swf")
    rule = ("--gpus", 32, "--policy", policy)
    at_s = sorted(replayed(tmp_path / "first", log, *rule)[0]["submit_s"])[150]
    whole, _ = replayed(tmp_path / "first", log, *rule, "--snapshot-at", at_s)
    queue = tmp_path / "first" / "tables" / "queue.parquet"
    jobs, summary = replayed(tmp_path / "out", log, *rule, "--warm-start", queue, "--warm-at", at_s + later_s)
    was = {str(job): (start, end)
           for job, start, end in zip(whole["job_id"], whole["start_s"], whole["end_s"], strict=True)}  # fmt: skip
    assert len(jobs["job_id"]) == sum(end > at_s + later_s for _, end in was.values())
    for job, start, end in zip(jobs["job_id"], jobs["start_s"], jobs["end_s"], strict=True):
        assert was[str(job)] == (start, end)
    assert any(f"Begins at {at_s + later_s} s" in note for note in summary["notes"])


def test_policies_are_paired_job_by_job(tmp_path: Path) -> None:
    log = busy(tmp_path / "log.swf")
    fcfs, summary = replayed(tmp_path / "out", log, "--gpus", 32, "--policy", "fcfs", "--policy", "easy")
    easy = table(tmp_path / "out", "jobs_easy")
    alone, _ = replayed(tmp_path / "alone", log, "--gpus", 32, "--policy", "easy")
    assert easy == alone
    change = np.array(easy["wait_s"]) - np.array(fcfs["wait_s"])
    row = summary["paired"][0]
    assert (row["measure"], row["jobs"]) == ("wait_s", 400)
    assert row["difference"] == pytest.approx(change.mean())
    assert row["half_width"] == pytest.approx(half_width(change[np.argsort(fcfs["submit_s"], kind="stable")]))
    assert summary["policies"]["easy"]["wait_mean_s"] == pytest.approx(np.mean(easy["wait_s"]))


@pytest.mark.slow
def test_stops_and_places_are_told(tmp_path: Path) -> None:
    log = busy(tmp_path / "log.swf")
    jobs, _ = replayed(tmp_path / "out", log, "--gpus", 32, "--policy", "srtf")
    stops = table(tmp_path / "out", "stops")
    counts = {job: stops["job_id"].count(str(job)) for job in jobs["job_id"]}
    assert counts == dict(zip(jobs["job_id"], jobs["restarts"], strict=True))
    jobs, _ = replayed(tmp_path / "nodes", log, "--gpus", 32, "--gpus-per-node", 4)
    assert "node" not in jobs
    jobs, _ = replayed(tmp_path / "nodes", log, "--gpus", 32, "--gpus-per-node", 4, "--placement", "bestfit")
    places = table(tmp_path / "nodes", "places")
    for job, text in zip(jobs["job_id"], jobs["node"], strict=True):
        mine = [k for k, one in enumerate(places["job_id"]) if one == str(job)]
        assert sum(places["nodes"][k] for k in mine) == len(text.split(";"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--warm-at", 5], "--warm-start"),
        (["--cut-from", 9, "--cut-to", 9], "is not before"),
        (["--measure-from", 9, "--measure-to", 3], "is not before"),
        (["--submit-at-start", "--backtest"], "--submit-at-start"),
        (["--policy", "easy", "--policy", "easy"], "twice"),
        (["--cut-from", 10**9], "no job was submitted"),
        (["--backtest"], "records no starts"),
    ],
)
def test_what_does_not_go_together(
    arguments: list[object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(busy(tmp_path / "log.swf"), "--gpus", 32, *arguments, "--out", tmp_path / "out") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
