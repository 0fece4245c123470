"""Scheduling on nodes equals its plain twin, nothing is held twice, and gangs never start in part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigacampus.engine.on_nodes import QUEUES_ON_NODES as ON_NODES
from gigacampus.engine.on_nodes import schedule_on_nodes, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.play import Jobs
from gigacampus.errors import UsageError
from gigacampus.replay import Asked, replay
from gigacampus.replay.asked import PLACEMENTS
from tests.naive import placed as naive
from tests.replay.running import call, replayed, swf


def workload(seed: int) -> tuple[list[tuple[int, ...]], list[int]]:
    dice = np.random.default_rng(seed)
    sizes = dice.choice([1, 2, 4, 8], int(dice.integers(2, 7))).tolist()
    n = int(dice.integers(1, 50))
    submit = np.sort(dice.integers(0, 1 + n * int(dice.choice([0, 2, 10])), n))
    run = dice.integers(0, 60, n)
    estimate = np.maximum(run, (run * dice.choice([1.0, 2.0, 5.0], n)).astype(int))
    gpus = np.minimum(dice.geometric(1 / dice.choice([1.5, 4, 9]), n), sum(sizes))
    share = np.where(dice.random(n) < 0.3, dice.choice([100, 250, 500], n), 1000)
    jobs = zip(submit, run, estimate, gpus, share, dice.integers(0, 3, n), strict=True)
    return [tuple(int(x) for x in job) for job in jobs], sizes


def fitting(jobs: list[tuple[int, ...]], sizes: list[int]) -> list[tuple[int, ...]]:
    """Those that the empty nodes hold."""
    empty = [naive.Node(0, 0, [1000] * size, 0) for size in sizes]
    kept = []
    for job in jobs:
        held = naive.settle(empty, sizes, "bestfit", job)
        if held is not None:
            naive.give_back(held)
            kept.append(job)
    return kept


@pytest.mark.parametrize("rule", ["bestfit", "packed", "spread"])
@pytest.mark.parametrize("policy", ON_NODES)
def test_the_schedule_equals_its_twin(policy: str, rule: str) -> None:
    for seed in range(30):
        jobs, sizes = workload(seed)
        jobs = fitting(jobs, sizes)
        n = len(jobs)
        submit, run, estimate, gpus, share, priority = np.array(jobs, dtype=np.int64).reshape(n, 6).T.copy()
        zero = np.zeros(n, dtype=np.int64)
        nothing = np.zeros(len(sizes), dtype=np.int64)
        nodes = Nodes(nothing, nothing, np.array(sizes), ("",) * len(sizes))
        here = site(nodes, Requests(zero, zero, gpus, share, ("",) * n))
        played, places = schedule_on_nodes(
            policy, Jobs(submit, run, estimate, gpus, zero), Who(priority, zero, zero), here, rule
        )
        start, where = naive.schedule(policy, jobs, sizes, rule)
        assert played.start_s.tolist() == start, (seed, jobs, sizes)
        assert [sorted(places[places[:, 0] == i, 1].tolist()) for i in range(n)] == where, seed


@pytest.mark.slow
@pytest.mark.parametrize("rule", [one for one in PLACEMENTS if one != "none"])
def test_no_node_holds_more_than_it_has(tmp_path: Path, rule: str) -> None:
    dice = np.random.default_rng(3)
    rows = [
        (int(t), int(dice.integers(1, 50)), -1, int(dice.integers(1, 14))) for t in np.sort(dice.integers(0, 90, 60))
    ]
    log = swf(tmp_path / "log.swf", rows)
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 16, "--gpus-per-node", 4, "--placement", rule)
    assert summary["finished"] == 60
    for instant in sorted({*jobs["start_s"]}):
        held: dict[str, int] = {}
        running = [i for i in range(60) if jobs["start_s"][i] <= instant < jobs["end_s"][i]]
        assert sum(jobs["gpus"][i] for i in running) <= 16
        for i in running:
            names = jobs["node"][i].split(";")
            assert len(names) == len(set(names)) == -(-jobs["gpus"][i] // 4)
            for name in names if jobs["gpus"][i] % 4 == 0 else []:
                held[name] = held.get(name, 0) + 4
        assert all(amount <= 4 for amount in held.values())


def test_a_gang_waits_for_whole_nodes(tmp_path: Path) -> None:
    """Six of eight GPUs are free, but no whole node and a rest."""
    log = swf(tmp_path / "log.swf", [(0, 100, -1, 1), (0, 50, -1, 1), (1, 10, -1, 6)])
    spread, _ = replayed(tmp_path / "a", log, "--gpus", 8, "--gpus-per-node", 4, "--placement", "spread")
    assert spread["start_s"] == [0, 0, 50]
    best, _ = replayed(tmp_path / "b", log, "--gpus", 8, "--gpus-per-node", 4, "--placement", "bestfit")
    assert best["start_s"] == [0, 0, 1]
    assert best["node"] == ["node0", "node0", "node0;node1"]


def test_a_node_list_limits_cpu_and_type(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("node,gpus,cpu_milli,memory_mib,gpu_spec\nsmall,4,2000,0,A\nlarge,4,9000,0,B\n")
    log = tmp_path / "jobs.csv"
    log.write_text("job_id,submit_s,run_s,gpus,cpu_milli,gpu_spec\na,0,10,1,3000,\nb,0,10,1,1000,A\nc,0,10,1,1000,C\n")
    common = (log, "--format", "csv", "--cluster", tmp_path / "nodes.csv")
    assert call(*common, "--out", tmp_path / "refused") == 2
    jobs, summary = replayed(tmp_path / "out", *common, "--skip-unfit")
    assert jobs["node"] == ["large", "small", ""]
    assert summary["placement"] == "bestfit"
    assert summary["unplaced"] == 1
    assert jobs["reason"] == ["none", "none", "unfit"]


def test_static_counts_what_found_no_place(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 1, -1, 3), (0, 1, -1, 3), (0, 1, -1, 3), (0, 1, -1, 1), (0, 1, -1, 40)])
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 8, "--gpus-per-node", 4, "--static")
    assert jobs["node"] == ["node0", "node1", "", "node0", ""]
    assert summary["unplaced"] == 2
    assert summary["allocation_fraction"] == 7 / 8
    assert summary["finished"] == 0


def test_static_places_gangs(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(0, 1, -1, 1), (0, 1, -1, 10), (0, 1, -1, 5), (0, 1, -1, 3)])
    jobs, summary = replayed(tmp_path / "out", log, "--gpus", 16, "--gpus-per-node", 4, "--static")
    assert jobs["node"] == ["node0", "node0;node1;node2", "node0;node3", ""]
    assert (summary["allocation_fraction"], summary["unplaced"]) == (1.0, 1)


def test_inflate_repeats_and_drops_jobs(tmp_path: Path) -> None:
    log = swf(tmp_path / "log.swf", [(i, 1, -1, 2) for i in range(10)])
    for share, rows in ((1.5, 12), (0.5, 4)):
        jobs, summary = replayed(
            tmp_path / "out", log, "--gpus", 16, "--gpus-per-node", 8, "--static", "--inflate", share
        )
        assert len(jobs["job_id"]) == rows
        assert jobs["job_id"] == sorted(jobs["job_id"])
        assert summary["requested_fraction"] == share
        assert summary["allocation_fraction"] == min(share, 1)


@pytest.mark.parametrize(
    "more",
    [
        {"policy": "quota"},
        {"quotas": "quotas.csv"},
        {"policy": "deadline"},
        {"static": True, "gpus_per_node": 4, "slack": 2.0},
        {"placement": "bestfit"},
        {"placement": "nowhere"},
        {"static": True},
        {"static": True, "placement": "spread", "gpus_per_node": 4},
        {"static": True, "policy": "sjf", "gpus_per_node": 4},
        {"inflate": 1.0},
        {"cluster": "nodes.csv"},
        {"gpus_per_node": 3},
        {"restart_s": 5},
        {"estimates": "factor:5..1"},
        {"estimates": "guess"},
        {"policy": "best"},
        {"gpus": None},
        {"gpus": None, "gpus_per_node": 4},
    ],
)
def test_what_does_not_go_together_is_one_clear_error(tmp_path: Path, more: dict[str, object]) -> None:
    log = swf(tmp_path / "log.swf", [(0, 1, -1, 2)])
    with pytest.raises(UsageError) as told:
        replay(Asked(**({"trace": str(log), "gpus": 8} | more)))  # type: ignore[arg-type]
    assert len(told.value.faults) == 1
    assert told.value.faults[0].fix
