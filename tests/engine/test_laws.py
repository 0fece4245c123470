"""What must hold whatever the workload: chips are conserved, lines kept, reservations honoured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.engine.play import Jobs, play_queue
from gigacampus.engine.schedule import POLICIES, schedule
from tests.engine.loops import cases
from tests.engine.test_policies import table
from tests.engine.test_queue import troubles, workload
from tests.naive import queue as naive

SEEDS = st.integers(0, 2**32)


def most_held(spans: list[tuple[int, int, int]]) -> int:
    """Most chips held at once; what ends at an instant is given back before what starts then."""
    changes = sorted([(b, 1, g) for b, e, g in spans if e > b] + [(e, 0, -g) for b, e, g in spans if e > b])
    return max(np.cumsum([g for *_, g in changes]), default=0)


@pytest.mark.parametrize("policy", cases(POLICIES, lean=("fcfs", "easy", "srtf")))
@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 60))
def test_never_more_than_there_is(policy: str, seed: int, count: int) -> None:
    jobs, who = table(workload(seed, count))
    played = schedule(policy, jobs, who, 16)
    spans = [(int(b), int(e), int(jobs.gpus[j])) for j, b, e, *_ in played.attempts.tolist()]
    spans += list(zip(played.since_s.tolist(), played.end_s.tolist(), jobs.gpus.tolist(), strict=True))
    assert most_held(spans) <= 16
    assert (played.start_s >= jobs.submit_s).all()
    assert (played.end_s - played.since_s >= 0).all()


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 60))
def test_nobody_overtakes_in_line(seed: int, count: int) -> None:
    jobs, who = table(workload(seed, count))
    assert (np.diff(schedule("fcfs", jobs, who, 16).start_s) >= 0).all()


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 60))
def test_head_starts_by_its_reservation(seed: int, count: int) -> None:
    """With exact estimates the head never starts later than any reservation it was given."""
    rows = [(s, r, r, g, p, c) for s, r, _, g, p, c in workload(seed, count)]
    promised: dict[int, int] = {}

    def watch(machine: Any) -> None:
        if not machine.waiting:
            return
        head = machine.waiting[0]
        for end in sorted({j.expected for j in machine.running}):
            if machine.free + sum(j.gpus for j in machine.running if j.expected <= end) >= head.gpus:
                promised[head.index] = min(end, promised.get(head.index, naive.NEVER))
                break

    twin = naive.play(rows, 16, "fcfs", True, watch=watch)
    played = schedule("easy", *table(rows), 16)
    assert all(played.start_s[j] <= limit for j, limit in promised.items())
    assert played.start_s.tolist() == [j.first for j in twin]


@pytest.mark.parametrize("is_easy", [False, True])
@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 40))
def test_chips_are_conserved_in_trouble(is_easy: bool, seed: int, count: int) -> None:
    """Free + used + down = level at every event of the twin, whose schedule is ours."""
    steps, strikes = troubles(seed, 300)

    def watch(machine: Any) -> None:
        assert machine.free >= 0
        assert 0 <= machine.down <= machine.level
        assert machine.free + machine.used + machine.down == machine.level

    naive.play(workload(seed, count), 16, "fcfs", is_easy, steps, strikes, watch=watch)


def test_times_beyond_2_31_and_long_estimates() -> None:
    far = 2**40
    rows = [(far + k, 3 * 10**9 if k == 0 else 5, 4 * 10**9, 9, 0, 0) for k in range(4)]
    jobs, who = table(rows)
    for policy in ("fcfs", "easy", "conservative", "srtf"):
        played = schedule(policy, jobs, who, 16)
        assert played.start_s[0] == far
        assert played.end_s.max() >= far + 3 * 10**9


@settings(max_examples=50, deadline=None)
@given(SEEDS)
def test_order_of_rows_changes_nothing(seed: int) -> None:
    """Jobs with times of their own may stand in any order: each fares the same."""
    dice = np.random.default_rng(seed)
    rows = workload(seed, 40)
    submit = dice.permutation(500)[: len(rows)]
    rows = sorted((int(s), *row[1:]) for s, row in zip(submit, rows, strict=True))
    jobs, _ = table(rows)
    shuffled = dice.permutation(len(rows))
    again = np.argsort(jobs.submit_s[shuffled], kind="stable")
    picked = Jobs(
        *(
            column[shuffled][again]
            for column in (jobs.submit_s, jobs.run_s, jobs.estimate_s, jobs.gpus, jobs.checkpoint_s)
        )
    )
    assert (play_queue(jobs, 16, is_easy=True).start_s == play_queue(picked, 16, is_easy=True).start_s).all()
