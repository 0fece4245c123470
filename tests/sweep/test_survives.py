"""What is killed goes on where it was: the main process at twenty random moments, its workers, a Dask worker."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gigacampus.sweep import Study, executors, sweep
from gigacampus.sweep.executors import Dask, Local
from gigacampus.sweep.outcome import gathered
from gigacampus.sweep.store import Store
from gigacampus.sweep.study import planned
from gigacampus.sweep.walk import UnfinishedError, played

PLANS = Study("one-hall", "plan", ("campus.install_rate=4..20 racks/day:6",), ("", "late-power"))


def slow(x: float) -> dict[str, float]:
    time.sleep(0.004)
    return {"y": x * x}


SLOW = Study(kind="function", function=slow, vary=("x=1..150:150",))


def go(folder: str) -> None:
    sweep(SLOW, Path(folder), count=2)


@pytest.mark.slow
def test_killed_at_twenty_random_moments_the_table_is_the_same(tmp_path: Path) -> None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["gigacampus.sweep", "tests.sweep.test_survives"])
    dice = random.Random(1)
    kept = []
    for _ in range(20):
        one = server.Process(target=go, args=(str(tmp_path / "killed"),))
        one.start()
        assert one.pid is not None
        time.sleep(dice.uniform(0.01, 0.15))
        os.kill(one.pid, signal.SIGKILL)
        one.join()
        kept.append(len(list((tmp_path / "killed").rglob("*.zip"))))
    assert kept == sorted(kept)
    assert kept[-1] > 0
    found = sweep(SLOW, tmp_path / "killed", count=2)
    assert found.tally.skipped >= kept[-1]
    assert found.table.equals(sweep(SLOW, tmp_path / "whole", count=1).table)


@pytest.mark.slow
def test_two_sweeps_share_a_folder_at_once(tmp_path: Path) -> None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["gigacampus.sweep", "tests.sweep.test_survives"])
    both = [server.Process(target=go, args=(str(tmp_path / "shared"),)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    again = sweep(SLOW, tmp_path / "shared")
    assert again.tally.played == 0
    assert again.table.equals(sweep(SLOW, tmp_path / "whole").table)
    assert list((tmp_path / "shared" / "claims").iterdir()) == []


@pytest.mark.slow
def test_worker_processes_end_with_their_parent(tmp_path: Path) -> None:
    study = ("sweep", "one-hall", "--kind", "plan", "--seeds", "400", "--vary", "campus.install_rate=4..20 racks/day:6")
    where = ("--workers", "2", "--out", str(tmp_path / "s"))
    command = [sys.executable, "-m", "gigacampus", *study, *where]
    main = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not list(tmp_path.rglob("*.zip")) and time.monotonic() < until:
        time.sleep(0.05)
    workers = Path(f"/proc/{main.pid}/task/{main.pid}/children").read_text().split()
    assert len(workers) >= 2
    main.kill()
    main.wait()
    while any(_lives(one) for one in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_lives(one) for one in workers)
    assert [path for path in tmp_path.rglob("*.zip") if path.stat().st_size == 0] == []


def _lives(pid: str) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.slow
def test_local_workers_and_a_cluster_give_the_same_table_whoever_dies(tmp_path: Path) -> None:
    """Three Dask worker processes on loopback, one killed in the middle; two local ones, one killed as well."""
    whole = sweep(PLANS, tmp_path / "whole", count=2)
    plan = planned(PLANS)
    cluster = Dask("local", 3)
    try:
        assert {address.split("//")[1].split(":")[0] for address in cluster.client.nthreads()} == {"127.0.0.1"}
        pids = list(cluster.client.run(os.getpid).values())
        store = Store(tmp_path / "cluster")
        killer = _killed_after_the_first(store, pids[0])
        tally = played(plan, store, cluster)
        killer.join()
        assert tally.failed == 0
        assert gathered(plan, store, tally.keys).table.equals(whole.table)
    finally:
        cluster.close()
    place = Local(2, "processes")
    try:
        store = Store(tmp_path / "local")
        killer = _killed_after_the_first(store, 0, place)
        tally = played(plan, store, place)
        killer.join()
        assert tally.failed == 0
        assert gathered(plan, store, tally.keys).table.equals(whole.table)
    finally:
        place.close()


def _killed_after_the_first(store: Store, pid: int, place: Local | None = None) -> threading.Thread:
    """Kill a worker as soon as the first run is kept."""

    def kill() -> None:
        while not list((store.root / "runs").rglob("*.zip")):
            time.sleep(0.01)
        os.kill(pid or next(iter(place.pool._processes)), signal.SIGKILL)  # type: ignore[union-attr]

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@pytest.mark.slow
def test_a_scheduler_that_dies_midway_leaves_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "ANSWER_S", 2)
    python = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
              "--no-dashboard", "--scheduler-file", str(tmp_path / "where.json")]  # fmt: skip
    scheduler = subprocess.Popen(python, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    worker = None
    try:
        while not (tmp_path / "where.json").is_file():
            time.sleep(0.05)
        address = json.loads((tmp_path / "where.json").read_text())["address"]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "2", "--no-dashboard",
                   "--host", "127.0.0.1", "--death-timeout", "5"]  # fmt: skip
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        store = Store(tmp_path / "s")
        killer = _killed_after_the_first(store, scheduler.pid)
        with pytest.raises(UnfinishedError, match="was lost"):
            sweep(PLANS, tmp_path / "s", cluster=address)
        killer.join()
    finally:
        scheduler.kill()
        if worker is not None:
            worker.kill()
            worker.wait()
        scheduler.wait()
    assert 0 < len(list((tmp_path / "s").rglob("*.zip"))) < 12
    assert sweep(PLANS, tmp_path / "s", count=1).failed == 0
