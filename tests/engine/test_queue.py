"""Every queue policy equals its plain twin, job by job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.engine.play import Jobs, Played, Steps, Strikes, play_queue
from tests.naive import queue as naive


def workload(seed: int, jobs: int = 60, chips: int = 16) -> list[tuple[int, ...]]:
    """Random jobs in order of submission: ties, bursts, zero lengths, estimates too short, missing, -1."""
    dice = np.random.default_rng(seed)
    gap = dice.choice([0, 1, 3, 20])
    submit = np.sort(dice.integers(0, 1 + jobs * gap, jobs))
    run = np.minimum(dice.geometric(1 / dice.choice([2, 10, 60]), jobs) - dice.integers(0, 2), 500)
    estimate = np.round(run * dice.choice([0.3, 1.0, 1.0, 2.0, 5.0], jobs)).astype(int)
    estimate[dice.random(jobs) < 0.2] = dice.choice([0, -1])
    gpus = np.minimum(dice.geometric(1 / dice.choice([1.5, 4, 9]), jobs), chips)
    gpus[dice.random(jobs) < 0.03] = 0
    priority = dice.integers(0, 4, jobs)
    checkpoint = dice.choice([0, 1, 7, 30], jobs)
    return [tuple(int(x) for x in row) for row in zip(submit, run, estimate, gpus, priority, checkpoint, strict=True)]


def columns(rows: list[tuple[int, ...]], extends: bool = False) -> tuple[Jobs, np.ndarray]:
    submit, run, estimate, gpus, priority, checkpoint = (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
    estimate = np.where(estimate > 0, estimate if extends else np.maximum(estimate, run), run)
    return Jobs(submit, run, estimate, gpus, checkpoint), priority


def rank_order(policy: str, jobs: Jobs, priority: np.ndarray) -> np.ndarray | None:
    if policy == "fcfs":
        return None
    key = jobs.estimate_s if policy == "sjf" else -priority
    return np.lexsort((np.arange(len(key)), jobs.submit_s, key)).astype(np.int64)


def compare(
    rows: list[tuple[int, ...]], policy: str, easy: bool, steps: Any = (), strikes: Any = (), **more: Any
) -> None:
    jobs, priority = columns(rows, more.get("extends", False))
    until = more.pop("until", naive.NEVER)

    def arrays(listed: Any, width: int) -> list[np.ndarray]:
        return list(np.array(listed, dtype=np.int64).reshape(-1, width).T.copy())

    played = play_queue(
        jobs, 16, rank_order(policy, jobs, priority), is_easy=easy, steps=Steps(*arrays(steps, 3)),
        strikes=Strikes(*arrays(strikes, 4)), extends=more.get("extends", False),
        restart_s=more.get("restart", 0), write_s=more.get("write", 0),
        until_s=until,
    )  # fmt: skip
    twin = naive.play(rows, 16, policy, easy, steps, strikes, until=until, **more)
    assert played.start_s.tolist() == [j.first for j in twin]
    assert played.end_s.tolist() == [j.end for j in twin]
    assert played.tries.tolist() == [j.tries for j in twin]
    assert played.lost_s.tolist() == [j.lost for j in twin]


POLICIES = [(policy, easy) for policy in ("fcfs", "sjf", "priority") for easy in (False, True)]


@pytest.mark.parametrize(("policy", "easy"), POLICIES)
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_policy_is_its_twin(policy: str, easy: bool, seed: int, jobs: int) -> None:
    compare(workload(seed, jobs), policy, easy)


@pytest.mark.parametrize(("policy", "easy"), POLICIES)
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_policy_is_its_twin_when_jobs_run_on(policy: str, easy: bool, seed: int, jobs: int) -> None:
    compare(workload(seed, jobs), policy, easy, extends=True)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_line_is_the_loop(seed: int, jobs: int) -> None:
    listed, _ = columns(workload(seed, jobs))
    line = play_queue(listed, 16)
    loop = play_queue(listed, 16, until_s=10**12)
    assert (line.start_s == loop.start_s).all()
    assert (line.end_s == loop.end_s).all()
    assert (line.reason == loop.reason).all()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(16, 60), st.sampled_from([0, 10**6, -(10**12)]))
def test_easy_in_line_is_the_loop(seed: int, jobs: int, chips: int, base: int) -> None:
    listed, _ = columns(workload(seed, jobs))
    same_as_the_loop(replace(listed, submit_s=listed.submit_s + base), chips)


@pytest.mark.parametrize("chips", [120, 150, 400])
def test_easy_in_line_is_the_loop_over_busy_and_calm_hours(chips: int) -> None:
    dice = np.random.default_rng(chips)
    submit = np.cumsum(dice.exponential(1.0, 20_000) * np.where(np.arange(20_000) // 2_000 % 2, 20.0, 50.0))
    run = np.maximum(1, dice.lognormal(6, 1.5, 20_000)).astype(np.int64)
    estimate = (run * dice.choice([1.0, 2.0, 10.0], 20_000)).astype(np.int64)
    gpus = dice.choice([1, 1, 2, 4, 8, 40], 20_000)
    played = same_as_the_loop(Jobs(submit.astype(np.int64), run, estimate, gpus, np.zeros(20_000, np.int64)), chips)
    assert 0.0 < np.mean(played.start_s > submit.astype(np.int64)) < 1.0


def same_as_the_loop(jobs: Jobs, chips: int) -> Played:
    lean, loop = play_queue(jobs, chips, is_easy=True), play_queue(jobs, chips, is_easy=True, until_s=10**15)
    assert (lean.start_s == loop.start_s).all()
    assert (lean.end_s == loop.end_s).all()
    assert (lean.reason == loop.reason).all()
    assert lean.events == loop.events
    return lean


def troubles(seed: int, span: int) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Random capacity steps, up and down, and failures of nodes of 1 to 8 chips."""
    dice = np.random.default_rng(seed)
    level, serving = dice.integers(0, 17, 8), dice.integers(0, 5, 8)
    level[-1] = 16
    at = np.sort(dice.integers(0, span, 8))
    steps = [tuple(int(x) for x in row) for row in zip(at, level, serving, strict=True)]
    count = int(dice.integers(1, 25))
    struck = np.sort(dice.integers(0, span, count))
    rows = zip(
        struck, dice.integers(0, 20, count), dice.choice([1, 2, 4, 8], count), dice.integers(0, 60, count), strict=True
    )
    return steps, [tuple(int(x) for x in row) for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "easy"), POLICIES)
@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([0, 5]), st.integers(0, 2), st.sampled_from([90, 10**9])
)
def test_policy_is_its_twin_in_trouble(
    policy: str, easy: bool, seed: int, jobs: int, restart: int, write: int, until: int
) -> None:
    steps, strikes = troubles(seed, 400)
    compare(workload(seed, jobs), policy, easy, steps, strikes, restart=restart, write=write, until=until)
