"""A small made-up campus: tables as the other rooms would hand them over."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np

from gigacampus.clock import Clock
from gigacampus.tables import conditions, timeline, work
from gigacampus.tables.table import Table


def scenario(policy: str = "easy", **operations: Any) -> Any:
    failures = SimpleNamespace(
        per_1000_node_days=20.0, repair=3600.0, restart=operations.pop("restart", 300.0), components={}
    )
    settings = {"checkpoint": None, "checkpoint_write": None, "failures": failures, "floor": None} | operations
    settings = {"own_policy": None, "deadline_slack": None} | settings
    return SimpleNamespace(
        clock=Clock(date(2026, 1, 1), date(2026, 3, 1), date(2026, 1, 1)),
        operations=SimpleNamespace(policy=policy, **settings),
        campus=SimpleNamespace(racks={"A": SimpleNamespace(chips_per_node=8), "B": SimpleNamespace(chips_per_node=4)}),
    )


def supply(seed: int, end_s: int, tenants: int = 2) -> timeline.Timeline:
    """Chips arrive in five lots; tenants' shares move; a little stays with nobody."""
    dice = np.random.default_rng(seed)
    at = np.sort(dice.integers(0, end_s // 2, 5))
    at[0] = 0
    lot = {"hall_index": 0, "delivery_id": "d", "party": "p", "chips": 64, "it_w": 1.0, "h100e": 64.0}
    lots = [{**lot, "at_s": int(t), "chip": "AB"[k % 2]} for k, t in enumerate(at)]
    levels = []
    for k, t in enumerate(at):
        live = 64 * (k + 1)
        share = dice.dirichlet(np.ones(tenants + 1))
        levels += [
            {"at_s": int(t), "tenant_index": i, "chips": int(live * share[i]), "h100e": 2.5 * int(live * share[i])}
            for i in range(tenants)
        ]
    names = [{"tenant": f"t{i}", "party": "p", "kind": "lab"} for i in range(tenants)]
    return timeline.Timeline(
        halls=timeline.HALLS.empty(), installs=Table.from_rows(timeline.INSTALLS, lots), months=timeline.MONTHS.empty(),
        capacity=Table.from_rows(timeline.CAPACITY, levels), tenants=Table.from_rows(timeline.TENANTS, names),
        chip_it_w={"A": 1.0, "B": 1.0},
    )  # fmt: skip


def asked(seed: int, end_s: int, jobs: int = 300, tenants: int = 2) -> work.Work:
    dice = np.random.default_rng(seed)
    rows = {
        "job_id": np.arange(jobs), "tenant_index": dice.integers(0, tenants, jobs), "user_index": np.full(jobs, -1),
        "kind_index": dice.integers(0, 4, jobs), "submit_s": np.sort(dice.integers(0, end_s * 3 // 4, jobs)),
        "run_s": dice.integers(0, 200_000, jobs), "estimate_s": dice.integers(-1, 300_000, jobs),
        "gpus": np.minimum(dice.geometric(0.1, jobs), 60), "priority": dice.integers(0, 3, jobs),
        "checkpoint_s": dice.choice([0, 3600], jobs),
    }  # fmt: skip
    times = np.arange(0, end_s, 7200)
    steps = len(times) * tenants
    demand = {
        "at_s": np.repeat(times, tenants), "tenant_index": np.tile(np.arange(tenants), len(times)),
        "reserved_chips": dice.integers(0, 30, steps), "load_fraction": dice.random(steps),
    }  # fmt: skip
    return work.Work(Table(work.JOBS, rows), Table(work.DEMAND, demand))


def outside(seed: int, end_s: int, failures: int = 200) -> conditions.Conditions:
    dice = np.random.default_rng(seed)
    table = {
        "at_s": np.sort(dice.integers(0, end_s, failures)), "place_fraction": dice.random(failures),
        "repair_s": dice.integers(1, 100_000, failures), "cause": ["GPU"] * failures,
        "chips": np.zeros(failures, dtype=np.int64),
    }  # fmt: skip
    return conditions.Conditions(conditions.HOURS.empty(), Table(conditions.FAILURES, table), "direct")
