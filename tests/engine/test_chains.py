"""Stages follow each other whatever waits and failures do to them; and when a run evaluates."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import buildout, conditions, deal, engine, workload
from gigacampus.engine.chains import chains_of, moved
from gigacampus.engine.desk import NEVER
from gigacampus.engine.play import Jobs, play_queue
from gigacampus.scenario import load
from gigacampus.tables import Table
from gigacampus.tables.work import STAGES, Kind


def stages(after: list[int]) -> Table:
    """Stages of jobs 0, 1, … with these predecessors."""
    rows = [
        {"tenant_index": 0, "run": "r", "stage": "full", "job_id": k, "after_id": one, "gpus": 1, "run_s": 1,
         "done_fraction": 1.0, "evaluate_every_s": 0, "evaluate_s": 0}
        for k, one in enumerate(after)
    ]  # fmt: skip
    return Table.from_rows(STAGES, rows)


def test_chains_are_found() -> None:
    assert [one.tolist() for one in chains_of(stages([-1, 0, -1, 1, -1, 4]))] == [[0, 1, 3], [4, 5]]


def settled(submit: Any, run: Any, gpus: Any, chain: Any, chips: int) -> tuple[Any, Any, Any, int]:
    """Play until nothing moves: submissions, starts, ends, rounds."""
    submit, rounds = submit.copy(), 0
    while True:
        rounds += 1
        order = np.argsort(submit, kind="stable")
        played = play_queue(
            Jobs(submit[order], run[order], run[order], gpus[order], np.zeros(len(run), np.int64)), chips, is_easy=True
        )
        start, end = np.empty_like(submit), np.empty_like(submit)
        start[order], end[order] = played.start_s, played.end_s
        if not moved([chain], submit, end, 10**9):
            return submit, start, end, rounds


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 8))
def test_each_stage_is_submitted_when_the_one_before_ends(seed: int, length: int) -> None:
    dice = np.random.default_rng(seed)
    n = 40
    submit = np.sort(dice.integers(0, 3_000, n))
    run, gpus = dice.integers(1, 400, n), dice.integers(1, 9, n)
    chain = np.sort(dice.choice(n, length, replace=False))
    found, start, end, rounds = settled(submit, run, gpus, chain, 10)
    for first, second in pairwise(chain):
        assert found[second] == end[first]
        assert start[second] >= end[first]
    others = np.setdiff1d(np.arange(n), chain[1:])
    assert (found[others] == submit[others]).all()
    assert rounds <= 10 * length  # mostly one a stage and one more; a stage that comes too soon may take several


def test_a_stage_without_an_end_holds_the_rest_back() -> None:
    submit = np.array([0, 10, 20])
    assert moved([np.array([0, 1, 2])], submit, np.array([NEVER, 15, 30]), 1_000)
    assert submit.tolist() == [0, 1_000, 1_000]


RUN = (
    "tenants.lab.runs={base: {start: 2026-02-10, chips: 256 chips, length: 8 days, checkpoint: 1 h,"
    " ramp_up: {share: 25 %, length: 2 days}, evaluation: {every: 6 h, length: 30 min}}}"
)


@pytest.fixture(scope="module")
def walked() -> Any:
    scenario = load("one-hall", overrides=(RUN,))
    timeline = buildout.plan(scenario, deal.clear(scenario))
    work, outside = workload.draw(scenario, timeline), conditions.draw(scenario, timeline)
    return work, engine.simulate(scenario, timeline, work, outside)


def test_a_run_of_a_scenario_goes_stage_by_stage(walked: Any) -> None:
    work, log = walked
    ids = work.stages["job_id"]
    assert work.stages["gpus"].tolist() == [64, 128, 256]
    for first, second in pairwise(ids):
        assert log.jobs["submit_s"][second] == log.jobs["end_s"][first]
        assert log.jobs["wait_s"][second] >= 0
    assert (log.jobs["outcome"][ids] == "finished").all()
    last = int(ids[-1])
    took = int(log.jobs["end_s"][last] - log.jobs["start_s"][last])
    assert took >= work.stages["run_s"][-1]  # failures, restarts and checkpoints only add


def test_evaluations_are_told_apart_and_hold_the_same_chips(walked: Any) -> None:
    work, log = walked
    plain = load("one-hall", overrides=("tenants.lab.mix=null", "tenants.cloud.mix=null", RUN))
    timeline = buildout.plan(plain, deal.clear(plain))
    work = workload.draw(plain, timeline)
    log = engine.simulate(plain, timeline, work, conditions.draw(plain, timeline))
    busy = log.busy.where(log.busy["tenant_index"] == 0)
    held = {kind: busy.where(busy["kind_index"] == kind) for kind in (Kind.PRETRAIN, Kind.EVALUATE)}
    chip_s = {}
    for kind, rows in held.items():
        level = np.cumsum(rows["chips"])
        assert (level >= 0).all()
        assert level[-1] == 0
        chip_s[kind] = float((level[:-1] * np.diff(rows["at_s"])).sum())
    usage = log.usage.where(log.usage["tenant_index"] == 0)
    assert sum(chip_s.values()) / 3600 == pytest.approx(float(usage["batch_gpu_h"].sum()))
    share = chip_s[Kind.EVALUATE] / sum(chip_s.values())
    assert 0.8 * 0.5 / 6.5 < share < 1.1 * 0.5 / 6.5


def test_another_seed_moves_failures_and_the_chain_still_holds() -> None:
    scenario = load("one-hall", overrides=(RUN, "operations.failures.per_1000_node_days=60"), seed=5)
    timeline = buildout.plan(scenario, deal.clear(scenario))
    work, outside = workload.draw(scenario, timeline), conditions.draw(scenario, timeline)
    log = engine.simulate(scenario, timeline, work, outside)
    ids = work.stages["job_id"]
    ended = log.jobs["end_s"][ids] < NEVER
    for k in range(len(ids) - 1):
        expected = log.jobs["end_s"][ids[k]] if ended[k] else scenario.clock.end_s
        assert log.jobs["submit_s"][ids[k + 1]] == expected
    assert log.jobs["restarts"][ids].sum() > 0
