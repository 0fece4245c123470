"""The general loop equals its plain twin, job by job: policies on nodes, planned runs, quotas, deadlines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.engine.general.play import Setting, play
from gigacampus.engine.on_nodes import site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.play import Jobs
from gigacampus.engine.quotas import NO_QUOTAS, Quotas
from gigacampus.engine.rules import LAS_THRESHOLD, RULES
from tests.naive import general as naive
from tests.naive import placed

NEVER = naive.NEVER
Rows = list[dict[str, int]]


def workload(seed: int, n: int, chips: int, plans: bool = False) -> Rows:
    """Random jobs: bursts, ties, zero lengths, estimates too short or missing, shares of a GPU, deadlines."""
    dice = np.random.default_rng(seed)
    scale = int(dice.choice([1, 40]))
    submit = np.sort(dice.integers(0, 1 + n * int(dice.choice([0, 2, 10])), n)) * scale
    run = np.minimum(dice.geometric(1 / 30, n) - dice.integers(0, 2), 300) * scale
    estimate = np.round(run * dice.choice([0.3, 1.0, 2.0, 5.0], n)).astype(int)
    estimate[dice.random(n) < 0.2] = -1
    gpus = np.minimum(dice.geometric(1 / dice.choice([1.5, 4, 9]), n), chips)
    share = np.where(dice.random(n) < 0.3, dice.choice([100, 250, 500], n), 1000)
    due = np.where(dice.random(n) < 0.6, submit + dice.integers(0, 400, n), NEVER)
    planned = np.full(n, NEVER)
    if plans:
        planned = np.where(dice.random(n) < 0.2, submit + dice.integers(-20, 120, n) * scale, NEVER)
        planned = np.where(planned < 0, 0, planned)
    columns = {
        "submit": submit, "run": run, "estimate": estimate, "gpus": gpus, "share": share,
        "priority": dice.integers(0, 3, n), "tenant": dice.integers(0, 3, n), "user": dice.integers(-1, 2, n),
        "deadline": due, "planned": planned,
    }  # fmt: skip
    return [{name: int(values[i]) for name, values in columns.items()} for i in range(n)]


def fitting(rows: Rows, sizes: list[int]) -> Rows:
    """Those that the empty nodes hold."""
    kept = []
    for row in rows:
        empty = [naive.Node(0, 0, [1000] * size, 0) for size in sizes]
        if placed.settle(empty, sizes, "bestfit", (0, 0, 0, row["gpus"], row["share"], 0)) is not None:
            kept.append(row)
    return kept


def played(
    rows: Rows, policy: str, chips: int = 0, sizes: list[int] | None = None, rule: str = "bestfit",
    quotas: Any = (), restart: int = 0, extends: bool = False,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """First start, end, starts and nodes of each job, by the general loop."""
    n = len(rows)
    column = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in (rows[0] if rows else [])}
    estimate = column["estimate"] if extends else np.maximum(column["estimate"], column["run"])
    estimate = np.where(column["estimate"] > 0, estimate, column["run"])
    zero = np.zeros(n, dtype=np.int64)
    jobs = Jobs(column["submit"], column["run"], estimate, column["gpus"], zero)
    who = Who(column["priority"], column["user"], column["tenant"], column["deadline"], column["planned"])
    here, limits = None, NO_QUOTAS
    if sizes is not None:
        nothing = np.zeros(len(sizes), dtype=np.int64)
        nodes = Nodes(nothing, nothing, np.array(sizes), ("",) * len(sizes))
        here = site(nodes, Requests(zero, zero, column["gpus"], column["share"], ("",) * n))
    if len(quotas):
        none = np.zeros(0, dtype=np.int64)
        limits = Quotas(*np.array(quotas, dtype=np.int64).T.copy(), none, none, none)
    found, places = play(RULES[policy], jobs, who, Setting(chips, here, rule, quotas=limits, restart_s=restart))
    where = [sorted(places[places[:, 0] == i, 1].tolist()) for i in range(n)]
    return list(zip(found.start_s.tolist(), found.end_s.tolist(), found.tries.tolist(), where, strict=True))


def compare(rows: Rows, policy: str, **how: Any) -> None:
    if rows:
        assert played(rows, policy, **how) == naive.play(rows, policy, threshold=LAS_THRESHOLD, **how)


OFTEN = ("deadline", "easy", "conservative", "fair-easy", "srtf", "las")
"""Policies of the fast set: one of each kind."""
ALL = [
    name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow)
    for name in RULES
    if not name.startswith("quota")
]


@pytest.mark.parametrize("policy", ALL)
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([0, 0, 4]), st.booleans())
def test_planned_runs_equal_their_twin(policy: str, seed: int, jobs: int, restart: int, extends: bool) -> None:
    is_preemptive = policy in ("srtf", "srsf", "las", "spot")
    rows = workload(seed, jobs, 16, plans=seed % 3 > 0)
    compare(rows, policy, chips=16, restart=restart if is_preemptive else 0, extends=extends)


@pytest.mark.parametrize("policy", ALL)
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 30), st.sampled_from(["bestfit", "spread"]), st.sampled_from([0, 4]))
def test_on_nodes_equals_its_twin(policy: str, seed: int, jobs: int, rule: str, restart: int) -> None:
    sizes = np.random.default_rng(seed).choice([1, 2, 4, 8], 1 + seed % 5).tolist()
    rows = fitting(workload(seed, jobs, sum(sizes), plans=seed % 3 == 0), sizes)
    is_preemptive = policy in ("srtf", "srsf", "las", "spot")
    compare(rows, policy, sizes=sizes, rule=rule, restart=restart if is_preemptive else 0)


def quota_rows(seed: int, unit: int) -> list[tuple[int, int, int, int]]:
    dice = np.random.default_rng(seed)
    nominal = [(8, 4, 4), (16, 0, 0), (5, 5, 6), (10, 2, 2)][int(dice.integers(4))]
    limits = dice.choice([0, 3, 1 << 40], (3, 2))
    cohorts = (0, 0, int(dice.random() < 0.2))
    return [
        (own * unit, int(borrow) * unit, int(lend) * unit, cohort)
        for own, (borrow, lend), cohort in zip(nominal, limits, cohorts, strict=True)
    ]


def within(rows: Rows, quotas: list[tuple[int, int, int, int]], unit: int) -> Rows:
    none = np.zeros(0, dtype=np.int64)
    most = Quotas(*np.array(quotas, dtype=np.int64).T.copy(), none, none, none).most()
    return [row for row in rows if row["gpus"] * unit <= most[row["tenant"]]]


@pytest.mark.parametrize("policy", ["quota", "quota-easy"])
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([0, 4]), st.booleans())
def test_quotas_equal_their_twin(policy: str, seed: int, jobs: int, restart: int, extends: bool) -> None:
    quotas = quota_rows(seed, 1)
    rows = within(workload(seed, jobs, 8), quotas, 1)
    compare(rows, policy, chips=16, quotas=quotas, restart=restart, extends=extends)


@pytest.mark.parametrize("policy", ["quota", "quota-easy"])
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 25), st.sampled_from(["bestfit", "spread"]))
def test_quotas_on_nodes_equal_their_twin(policy: str, seed: int, jobs: int, rule: str) -> None:
    sizes = [[4, 4, 4, 4], [8, 8], [16], [2, 4, 4, 2, 4]][seed % 4]
    quotas = quota_rows(seed, 1000)
    rows = fitting(within(workload(seed, jobs, 8), quotas, 1000), sizes)
    compare(rows, policy, sizes=sizes, rule=rule, quotas=quotas)
