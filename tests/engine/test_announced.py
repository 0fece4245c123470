"""A planned run of a scenario: its chips are kept free for its start, whatever the policy."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gigacampus.engine import simulate
from gigacampus.engine.rules import RULES
from gigacampus.tables import work
from gigacampus.tables.table import Table
from tests.engine import campus, owned


@pytest.mark.parametrize("policy", [name for name in RULES if not name.startswith("quota")])
def test_an_announced_run_starts_on_its_day(policy: str) -> None:
    """The tenant's chips are asked for twice over by long jobs; only what ends before the run may still start."""
    scenario = campus.scenario(policy, deadline_slack=3.0)
    run = SimpleNamespace(announced="2026-01-01")
    scenario.tenants = {"t0": SimpleNamespace(runs={"big": run}), "t1": SimpleNamespace(runs={})}
    scenario.clock = SimpleNamespace(
        end_s=scenario.clock.end_s, seconds=lambda _: 0, month_starts_s=scenario.clock.month_starts_s
    )
    end_s = scenario.clock.end_s
    timeline, asked = campus.supply(1, end_s), campus.asked(2, end_s)
    levels = timeline.capacity.where(timeline.capacity["tenant_index"] == 0)
    jobs = {name: np.array(values) for name, values in asked.jobs.columns.items()}
    own = np.flatnonzero((jobs["tenant_index"] == 0) & (jobs["submit_s"] > 400_000))
    first = int(own[0])
    size = int(levels["chips"][levels["at_s"] <= jobs["submit_s"][first]][-1])
    jobs["gpus"][first], jobs["run_s"][first], jobs["estimate_s"][first] = size, 100_000, 100_000
    before = own[0] > np.arange(len(jobs["gpus"]))
    crowd = before & (jobs["tenant_index"] == 0)
    jobs["gpus"][crowd], jobs["run_s"][crowd], jobs["estimate_s"][crowd] = max(size // 2, 1), 300_000, 300_000
    stage = {
        "tenant_index": 0, "run": "big", "stage": "main", "job_id": first, "after_id": -1, "gpus": size,
        "run_s": 100_000, "done_fraction": 1.0, "evaluate_every_s": 0, "evaluate_s": 0,
    }  # fmt: skip
    planned = work.Work(Table(work.JOBS, jobs), work.DEMAND.empty(), stages=Table.from_rows(work.STAGES, [stage]))
    log = simulate(scenario, timeline, planned, campus.outside(3, end_s, 0))
    assert log.jobs["start_s"][first] == jobs["submit_s"][first]
    assert log.jobs["submit_s"][first] == jobs["submit_s"][first]
    assert log.jobs["reason"][first] == "none"
    run.announced = None
    taken = simulate(scenario, timeline, planned, campus.outside(3, end_s, 0)).jobs["start_s"][first]
    assert taken >= jobs["submit_s"][first]
    if policy in ("fcfs", "easy"):
        assert taken > jobs["submit_s"][first], "without the announcement it waits"


def test_a_scenario_takes_a_policy_of_ones_own(tmp_path: Path) -> None:
    """An order by length is sjf, through deliveries and failures."""
    path = tmp_path / "campus_own.py"
    path.write_text(owned.FILE)
    end_s = campus.scenario().clock.end_s
    parts = campus.supply(1, end_s), campus.asked(2, end_s), campus.outside(3, end_s, 0)
    own = simulate(campus.scenario(own_policy=f"{path}:shortest-easy"), *parts)
    built_in = simulate(campus.scenario("sjf-easy"), *parts)
    assert own.jobs["start_s"].tolist() == built_in.jobs["start_s"].tolist()
    assert own.jobs["end_s"].tolist() == built_in.jobs["end_s"].tolist()
