"""Functions of one's own: orders, policies that preempt, placements, installed ones; equal compiled and plain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.engine.on_nodes import schedule_on_nodes, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.own import load_place, load_policy
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.play import Jobs
from gigacampus.engine.schedule import schedule
from gigacampus.errors import InputError, UsageError
from tests.engine import owned
from tests.engine.test_policies import table
from tests.engine.test_queue import columns, workload

SEEDS = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("own") / "own_functions.py"
    path.write_text(owned.FILE)
    return str(path)


SELDOM = [pytest.param(one, marks=pytest.mark.slow) for one in ("", "-conservative")]


@pytest.mark.parametrize("backfill", ["-easy", *SELDOM])
@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, count=st.integers(1, 40))
def test_an_order_of_ones_own_is_an_order(mine: str, backfill: str, seed: int, count: int) -> None:
    jobs, who = table(workload(seed, count))
    own = schedule(f"{mine}:shortest{backfill}", jobs, who, 16)
    assert own.start_s.tolist() == schedule(f"sjf{backfill}", jobs, who, 16).start_s.tolist()


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, count=st.integers(1, 40))
def test_a_policy_that_preempts_can_be_srtf(mine: str, seed: int, count: int) -> None:
    """All stop at every event, and whoever has least left is started first: with exact estimates that is srtf."""
    rows = [(s, r, r, g, p, 0) for s, r, _, g, p, _ in workload(seed, count) if r > 0 and g > 0]
    if rows:
        own = schedule(f"{mine}:least_left", *table(rows), 16)
        built_in = schedule("srtf", *table(rows), 16)
        assert own.start_s.tolist() == built_in.start_s.tolist()
        assert own.end_s.tolist() == built_in.end_s.tolist()
        worked = np.bincount(own.attempts[:, 0], own.attempts[:, 2] - own.attempts[:, 1], len(rows))
        assert (worked + own.end_s - own.since_s == [row[1] for row in rows]).all(), "preemption conserves work"


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, count=st.integers(1, 40), policy=st.sampled_from(["fcfs", "easy", "conservative", "srtf"]))
def test_a_placement_of_ones_own_is_a_placement(mine: str, policy: str, seed: int, count: int) -> None:
    """The node with the most free GPUs: spread, for jobs that fit on a node."""
    jobs, priority = columns([(s, r, e, min(max(g, 1), 4), p, 0) for s, r, e, g, p, _ in workload(seed, count)])
    unknown = np.full(len(priority), -1)
    who, here = Who(priority, unknown, unknown), owned.machine(len(priority), jobs.gpus)
    own, at = schedule_on_nodes(policy, jobs, who, here, f"{mine}:roomiest")  # type: ignore[arg-type]
    built_in, places = schedule_on_nodes(policy, jobs, who, here, "spread")  # type: ignore[arg-type]
    assert own.start_s.tolist() == built_in.start_s.tolist()
    assert at.tolist() == places.tolist()


def test_a_placement_of_ones_own_may_put_a_gang_together(mine: str) -> None:
    jobs = Jobs(*(np.array([value], dtype=np.int64) for value in (0, 10, 10, 12, 0)))
    zero = np.zeros(1, dtype=np.int64)
    here = owned.machine(1, jobs.gpus)
    _, places = schedule_on_nodes("fcfs", jobs, Who(zero, zero, zero), here, f"{mine}:roomiest")  # type: ignore[arg-type]
    assert places[:, 1].tolist() == [2, 1, 0]


def test_a_small_job_on_several_nodes_gives_back_what_it_took(mine: str) -> None:
    """Two GPUs and four cores, one and two of each of two nodes: no node ever has more cores than its four."""
    column = {"submit": [0, 0, 1, 20], "run": [100, 100, 9, 9], "gpus": [1, 1, 2, 2], "cpu": [1000, 1000, 4000, 4000]}
    jobs, zero = columns([(column["submit"][i], column["run"][i], column["run"][i], column["gpus"][i], 0, 0)
                          for i in range(4)])[0], np.zeros(4, dtype=np.int64)  # fmt: skip
    nodes = Nodes(np.full(2, 4000), np.zeros(2, dtype=np.int64), np.full(2, 2), ("",) * 2)
    here = site(nodes, Requests(np.array(column["cpu"]), zero, jobs.gpus, np.full(4, 1000), ("",) * 4))
    own, _ = schedule_on_nodes("fcfs", jobs, Who(zero, zero, zero), here, f"{mine}:halves")
    assert own.start_s.tolist() == [0, 0, 1, 20]


@pytest.mark.slow
def test_plain_python_gives_the_same_schedules(tmp_path: Path) -> None:
    """Every rule of the general loop, on a count and on nodes, and functions of one's own."""
    root, path = Path(__file__).parents[2], tmp_path / "own_plain.py"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.owned", str(path)], cwd=root, text=True, check=True, capture_output=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert json.loads(ran.stdout) == owned.digests(str(path))


@pytest.mark.parametrize(("name", "told"), [("elsewhere", "no node's index"), ("crowded", "no room for the job")])
def test_a_placement_that_makes_no_sense_is_told(mine: str, name: str, told: str) -> None:
    jobs, priority = columns([(0, 10, 10, 4, 0, 0), (0, 10, 10, 4, 0, 0)])
    who, here = Who(priority, priority, priority), owned.machine(2, jobs.gpus)
    with pytest.raises(InputError, match=told):
        schedule_on_nodes("fcfs", jobs, who, here, f"{mine}:{name}")  # type: ignore[arg-type]


def test_a_preemption_that_makes_no_sense_is_told(mine: str) -> None:
    with pytest.raises(InputError, match="does not run"):
        schedule(f"{mine}:confused", *table([(0, 9, 9, 1, 0, 0), (0, 9, 9, 1, 0, 0), (1, 9, 9, 16, 0, 0)]), 16)


def test_functions_are_asked_for_what_they_are(mine: str) -> None:
    for name, told in (
        ("roomiest", "not a policy"),
        ("all_stop", "not a policy"),
        ("least_left-easy", "wants an order"),
    ):
        with pytest.raises(UsageError, match=told):
            load_policy(f"{mine}:{name}")
    with pytest.raises(UsageError, match="not a placement"):
        load_place(f"{mine}:shortest")


def test_an_installed_policy_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a package would register it: an entry point of gigacampus.policies."""
    (tmp_path / "campus_rules.py").write_text(owned.FILE)
    info = tmp_path / "campus_rules-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: campus-rules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[gigacampus.policies]\nmine = campus_rules:shortest\nbad = campus_rules:no\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    jobs, who = table(workload(3, 30))
    for policy, same in (("mine", "sjf"), ("mine-easy", "sjf-easy")):
        assert schedule(policy, jobs, who, 16).start_s.tolist() == schedule(same, jobs, who, 16).start_s.tolist()
    with pytest.raises(UsageError, match="the installed policy bad"):
        schedule("bad", jobs, who, 16)
    with pytest.raises(UsageError, match='no policy "other"'):
        schedule("other", jobs, who, 16)
