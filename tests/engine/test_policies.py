"""Preemptive policies, conservative backfill and user policies equal their plain twins, job by job."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.engine.outcome import Who
from gigacampus.engine.own import load_policy
from gigacampus.engine.play import Jobs
from gigacampus.engine.rules import LAS_THRESHOLD
from gigacampus.engine.schedule import schedule
from gigacampus.errors import InputError, UsageError
from tests.engine.test_queue import columns, workload
from tests.naive import conservative, fair, preempt, queue

Rows = list[tuple[int, ...]]


def table(rows: Rows, extends: bool = False) -> tuple[Jobs, Who]:
    jobs, priority = columns(rows, extends)
    unknown = np.full(len(rows), -1, dtype=np.int64)
    return jobs, Who(priority, unknown, unknown)


@pytest.mark.parametrize("rule", ["srtf", "srsf", "las", "spot"])
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 50), st.sampled_from([0, 0, 4]))
def test_preemptive_is_its_twin(rule: str, seed: int, jobs: int, restart: int) -> None:
    rows = [(submit * 40, run * 40, -1, *rest) for submit, run, _, *rest in workload(seed, jobs)]
    played = schedule(rule, *table(rows), 16, restart_s=restart)
    twin = preempt.play([(row[0], row[1], row[3], row[4]) for row in rows], 16, rule, restart, LAS_THRESHOLD)
    assert list(zip(played.start_s.tolist(), played.end_s.tolist(), played.tries.tolist(), strict=True)) == twin
    worked = np.bincount(played.attempts[:, 0], played.attempts[:, 2] - played.attempts[:, 1], len(rows))
    total = worked + played.end_s - played.since_s
    assert (total == columns(rows)[0].run_s + played.lost_s).all(), "preemption conserves work"


@pytest.mark.parametrize("policy", ["conservative", "sjf-conservative", "priority-conservative"])
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 50), st.booleans())
def test_conservative_is_its_twin(policy: str, seed: int, jobs: int, extends: bool) -> None:
    rows = workload(seed, jobs)
    length = columns(rows, extends)[0].estimate_s.tolist()
    keys = {
        "conservative": lambda j: (rows[j][0], j),
        "sjf-conservative": lambda j: (length[j], rows[j][0], j),
        "priority-conservative": lambda j: (-rows[j][4], rows[j][0], j),
    }
    played = schedule(policy, *table(rows, extends), 16, extends=extends)
    twin = conservative.play([row[:4] for row in rows], 16, keys[policy], extends)
    assert list(zip(played.start_s.tolist(), played.end_s.tolist(), strict=True)) == twin


@pytest.mark.parametrize("policy", ["fair", "fair-easy"])
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 50), st.booleans())
def test_fair_share_is_its_twin(policy: str, seed: int, jobs: int, extends: bool) -> None:
    rows = workload(seed, jobs)
    dice = np.random.default_rng(seed)
    tenant, user = dice.integers(0, 3, jobs), dice.integers(-1, 3, jobs)
    listed, _ = columns(rows, extends)
    played = schedule(policy, listed, Who(np.zeros(jobs, np.int64), user, tenant), 16)
    named = [(*row[:4], int(t), int(u)) for row, t, u in zip(rows, tenant, user, strict=True)]
    assert played.start_s.tolist() == fair.play(named, 16, policy == "fair-easy", extends)


POLICY_FILE = """
from gigacampus.engine import NONE, policy

@policy
def largest_first(view):
    best, best_gpus = NONE, 0
    for j in view.waiting:
        job = view.jobs[j]
        if best_gpus < job["gpus"] <= view.gpus_free:
            best, best_gpus = j, job["gpus"]
    return best

@policy
def in_line(view):
    j = view.waiting[0]
    return j if view.jobs[j]["gpus"] <= view.gpus_free else NONE

@policy
def again(view):
    return view.running[0] if len(view.running) else view.waiting[0]

@policy
def nobody(view):
    return 10_000

@policy
def greedy(view):
    return view.waiting[len(view.waiting) - 1]

@policy
def beyond(view):
    return view.waiting[10**6]

@policy
def late(view):
    return view.waiting[0] if view.now_s >= 2**33 + 20 else NONE

@policy
def forever(view):
    j = view.waiting[0]
    while j >= 0:
        j = view.waiting[0]
    return NONE
"""


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies") / "mine.py"
    path.write_text(POLICY_FILE)
    return path


def naive_largest_first(rows: Rows, chips: int) -> list[int]:
    start, waiting, running = {}, [], []
    times = sorted({row[0] for row in rows})
    while times:
        now = times.pop(0)
        running = [j for j in running if start[j] + rows[j][1] > now]
        waiting += [j for j, row in enumerate(rows) if row[0] == now and j not in start and j not in waiting]
        while True:
            free = chips - sum(rows[j][3] for j in running)
            fitting = [j for j in waiting if 0 < rows[j][3] <= free]
            if not fitting:
                break
            j = min(fitting, key=lambda j: (-rows[j][3], j))
            start[j] = now
            waiting.remove(j)
            running.append(j)
            times = sorted({*times, now + rows[j][1]})
    return [start.get(j, queue.NEVER) for j in range(len(rows))]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), jobs=st.integers(1, 50))
def test_own_policy_is_its_twin(mine: Path, seed: int, jobs: int) -> None:
    rows = [row for row in workload(seed, jobs) if row[3] > 0 and row[1] > 0]
    if not rows:
        return
    played = schedule(f"{mine}:largest_first", *table(rows), 16)
    assert played.start_s.tolist() == naive_largest_first(rows, 16)
    line = schedule(f"{mine}:in_line", *table(rows), 16)
    assert line.end_s.tolist() == schedule("fcfs", *table(rows), 16).end_s.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("again", "has started already"),
        ("nobody", "no job's index"),
        ("greedy", "more chips than are free"),
        ("forever", "does not answer"),
        ("beyond", "IndexError"),
    ],
)
def test_nonsense_is_told(mine: Path, name: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gigacampus.engine.consult.PATIENCE_S", 0.2)
    rows = [(0, 10, 10, 10, 0, 0), (1, 10, 10, 10, 0, 0), (2, 10, 10, 10, 0, 0)]
    with pytest.raises(InputError, match=told):
        schedule(f"{mine}:{name}", *table(rows), 16)


@pytest.mark.slow
def test_a_view_tells_the_clock_of_the_trace(mine: Path) -> None:
    rows = [(2**33 + 10 * k, 5, 5, 1, 0, 0) for k in range(3)]
    assert schedule(f"{mine}:late", *table(rows), 16).start_s.tolist() == [2**33 + 20, 2**33 + 20, 2**33 + 20]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def f(view):\n    return 'first'\n", "does not return a number on every path"),
        ("def f(view):\n    raise ValueError\n", "never returns a number"),
        ("def f(view):\n    return view.jobs[view.waiting[0]]['gpu']\n", "gpu"),
        ("def f(view):\n    return view.queue[0]\n", "queue"),
        ("def f(view:\n", "fails"),
        ("g = 1\n", "no function"),
    ],
)
def test_bad_policy_file(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(UsageError, match=told):
        load_policy(f"{path}:f")


def test_unknown_policy() -> None:
    with pytest.raises(UsageError, match="no policy"):
        schedule("fifo", *table([(0, 1, 1, 1, 0, 0)]), 1)
