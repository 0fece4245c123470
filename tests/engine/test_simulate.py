"""A campus's log keeps its books: chips, hours and lost work are conserved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gigacampus import buildout, conditions, deal, workload
from gigacampus.engine import simulate
from gigacampus.engine.rules import RULES
from gigacampus.engine.spans import between
from gigacampus.scenario import load
from gigacampus.tables.log import Log
from gigacampus.tables.work import Kind
from tests.engine import campus
from tests.engine.loops import IN_TROUBLE, cases

IN_SCENARIOS = [name for name in RULES if not name.startswith("quota")]


def played(seed: int, policy: str = "easy", jobs: int = 300, **operations: Any) -> tuple[Any, Any, Any, Any, Log]:
    scenario = campus.scenario(policy, **operations)
    end_s = scenario.clock.end_s
    parts = campus.supply(seed, end_s), campus.asked(seed + 1, end_s, jobs), campus.outside(seed + 2, end_s)
    return scenario, *parts, simulate(scenario, *parts)


@pytest.mark.parametrize("policy", cases(IN_SCENARIOS, IN_TROUBLE))
@pytest.mark.parametrize("seed", range(3))
def test_books_balance(seed: int, policy: str) -> None:
    scenario, timeline, *_, log = played(seed, policy, checkpoint_write=60.0, deadline_slack=3.0)
    usage, busy = log.usage, log.busy
    idle = usage["entitled_gpu_h"] - usage["batch_gpu_h"] - usage["serve_gpu_h"] - usage["down_gpu_h"]
    assert idle.min() >= -1e-9
    assert usage["down_gpu_h"].sum() > 0
    assert usage["lost_gpu_h"].min() >= 0
    assert np.allclose(usage["useful_gpu_h"] + usage["lost_gpu_h"], usage["batch_gpu_h"] + usage["serve_gpu_h"])
    causes = {name: log.losses["gpu_h"][log.losses["cause"] == name] for name in set(log.losses["cause"])}
    assert np.allclose(causes["redone"] + causes["restart"] + causes["checkpoint"], usage["lost_gpu_h"])
    assert np.allclose(causes["down"], usage["down_gpu_h"])
    assert np.allclose(causes["idle"], idle)
    told = log.summary["losses_gpu_h"]
    assert told["redone"] == pytest.approx(causes["redone"].sum())
    edges = scenario.clock.month_starts_s()
    for tenant in range(len(timeline.tenants)):
        own = usage.where(usage["tenant_index"] == tenant)
        rows = busy.where(busy["tenant_index"] == tenant)
        is_batch = rows["kind_index"] < Kind.SERVE
        held = between(rows["at_s"][is_batch], rows["chips"][is_batch], edges)
        assert (held / 3600 == own["batch_gpu_h"]).all()
        serving = between(rows["at_s"][~is_batch], rows["chips"][~is_batch], edges)
        assert (serving / 3600 == own["serve_gpu_h"]).all()


@pytest.mark.parametrize("seed", range(5))
def test_busy_never_exceeds_capacity(seed: int) -> None:
    _, timeline, _, _, log = played(seed)
    for tenant in range(len(timeline.tenants)):
        rows = log.busy.where(log.busy["tenant_index"] == tenant)
        cap = timeline.capacity.where(timeline.capacity["tenant_index"] == tenant)
        changes = np.concatenate((rows["chips"], -np.diff(cap["chips"], prepend=0)))
        at_s = np.concatenate((rows["at_s"], cap["at_s"]))
        order = np.argsort(at_s, kind="stable")
        over = np.cumsum(changes[order])
        is_last = np.append(np.diff(at_s[order]) > 0, True)
        assert over[is_last].max() <= 0


@pytest.mark.parametrize("write", [None, 60.0])
def test_useful_hours_are_the_jobs_own(write: float | None) -> None:
    *_, work, _, log = played(3, jobs=40, checkpoint_write=write)
    jobs = log.jobs
    placed = jobs.where(jobs["outcome"] != "unplaced")
    assert set(placed["outcome"]) == {"finished"}
    assert placed["lost_s"].sum() > 0
    assert (placed["end_s"] - placed["submit_s"] - placed["run_s"] == placed["wait_s"]).all()
    useful = float((placed["gpus"] * placed["run_s"]).sum()) / 3600
    usage = log.usage
    assert usage["useful_gpu_h"].sum() - usage["serve_gpu_h"].sum() == pytest.approx(useful, rel=1e-12)
    lost = float((placed["gpus"] * placed["lost_s"]).sum()) / 3600
    assert usage["lost_gpu_h"].sum() == pytest.approx(lost, rel=1e-12)
    assert len(jobs) == len(work.jobs)


def test_every_attempt_that_was_broken_off_is_told() -> None:
    *_, log = played(3, jobs=40, checkpoint_write=60.0)
    jobs, attempts = log.jobs, log.attempts
    assert len(attempts) == jobs["restarts"].sum() + (jobs["outcome"] == "waiting").sum()
    assert set(attempts["cause"]) <= {"failure", "capacity"}
    assert (np.diff(attempts["until_s"]) >= 0).all()
    assert (attempts["lost_s"] + attempts["overhead_s"] <= attempts["until_s"] - attempts["from_s"]).all()
    failed = attempts.where(attempts["cause"] == "failure")
    assert set(failed["until_s"]) <= set(log.outages["at_s"])


def test_policies_meet_the_same_failures() -> None:
    one, other = played(7, "easy")[-1], played(7, "fcfs")[-1]
    assert (one.outages["at_s"] == other.outages["at_s"]).all()
    assert (one.outages["repair_s"] == other.outages["repair_s"]).all()


def test_same_input_same_log() -> None:
    one, other = played(11)[-1], played(11)[-1]
    for name in ("jobs", "busy", "outages", "usage"):
        for column in getattr(one, name).spec.names:
            assert (getattr(one, name)[column] == getattr(other, name)[column]).all()
    assert one.summary == other.summary


def test_empty_campus() -> None:
    scenario = campus.scenario()
    timeline = campus.supply(0, scenario.clock.end_s)
    bare = type(timeline)(
        timeline.halls, timeline.installs.where(np.zeros(5, bool)), timeline.months,
        timeline.capacity.where(np.zeros(10, bool)), timeline.tenants, {},
    )  # fmt: skip
    log = simulate(scenario, bare, campus.asked(1, 10**6, 20), campus.outside(1, 10**6))
    assert set(log.jobs["outcome"]) == {"unplaced"}
    assert log.summary["wait_mean_s"] is None
    assert len(log.busy) == 0


@pytest.mark.parametrize("chips", [5, 72, 143])
def test_a_campus_of_few_chips_plays(chips: int) -> None:
    """Fewer jobs at once than jobs: the running slots are counted by the pool."""
    scenario = load("one-hall", overrides=(f"deal.quotas.national.cap={chips} chips/year",))
    timeline = buildout.plan(scenario, deal.clear(scenario))
    outside = conditions.draw(scenario, timeline)
    log = simulate(scenario, timeline, workload.draw(scenario, timeline), outside)
    assert log.usage["batch_gpu_h"].max() <= chips * 24 * 31
