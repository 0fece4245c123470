"""A campus on nodes and racks: balanced books, components with their blast, maintenance, power, the same failures."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gigacampus import buildout, conditions, deal, engine, workload
from gigacampus.clock import NEVER
from gigacampus.errors import ScenarioError
from gigacampus.scenario import load
from gigacampus.tables.log import Log

COMPONENTS = (
    "operations.failures.components.gpu={unit: gpu, per_year: 0.5, repair: 4 h, spares: 1, swap: 20 min}",
    "operations.failures.components.rack={unit: rack, per_year: 2, repair: 8 h}",
    "operations.failures.components.hall={unit: hall, per_year: 3, repair: 5 h}",
)
ON_NODES = "operations.floor={placement: packed, requeue: backoff, backoff: 5 min}"
FLOOR = "operations.floor={placement: packed, requeue: tail}"
ANNOUNCED = "tenants.lab.runs.small.announced=2026-01-20"
SPRING = "operations.maintenance.spring={share: 50 %, start: 2026-02-10, end: 2026-02-14, notice: 5 days}"


@cache
def played(*overrides: str) -> tuple[Any, Any, Any, Any, Log]:
    scenario = load("one-hall", overrides=overrides, seed=3)
    timeline = buildout.plan(scenario, deal.clear(scenario))
    work, outside = workload.draw(scenario, timeline), conditions.draw(scenario, timeline)
    return scenario, timeline, work, outside, engine.simulate(scenario, timeline, work, outside)


@cache
def drawn(*overrides: str) -> Any:
    scenario = load("one-hall", overrides=overrides, seed=3)
    return conditions.draw(scenario, buildout.plan(scenario, deal.clear(scenario)))


@pytest.mark.parametrize(
    "more",
    [
        (), COMPONENTS, pytest.param((FLOOR,), marks=pytest.mark.slow),
        pytest.param((FLOOR, SPRING, *COMPONENTS), marks=pytest.mark.slow),
        pytest.param((FLOOR, *COMPONENTS), marks=pytest.mark.slow),
        *(
            pytest.param((ON_NODES, f"operations.{policy}", SPRING, *COMPONENTS), marks=pytest.mark.slow)
            for policy in ("policy=srtf", "policy=conservative", "policy=fair-easy")
        ),
    ],
)  # fmt: skip
def test_books_balance(more: tuple[str, ...]) -> None:
    _, _, _, _, log = played(*more)
    usage = log.usage
    idle = usage["entitled_gpu_h"] - usage["batch_gpu_h"] - usage["serve_gpu_h"] - usage["down_gpu_h"]
    assert (idle > -1e-6).all()
    assert (usage["down_gpu_h"] > -1e-6).all()
    assert usage["down_gpu_h"].sum() > 0
    assert (usage["batch_gpu_h"] > 0).any()


def test_two_policies_and_a_count_of_chips_meet_the_same_failures() -> None:
    one, other = drawn(*COMPONENTS), drawn(FLOOR, "operations.policy=fcfs", *COMPONENTS)
    for name in one.failures.spec.names:
        assert one.failures[name].tolist() == other.failures[name].tolist()


def test_another_component_moves_no_failure() -> None:
    one, other = drawn(COMPONENTS[0]), drawn(*COMPONENTS)
    before = one.failures["at_s"][one.failures["cause"] == "gpu"]
    assert len(before) > 20
    assert before.tolist() == other.failures["at_s"][other.failures["cause"] == "gpu"].tolist()


def test_a_component_takes_its_rack_or_hall_with_it() -> None:
    scenario, timeline, _, outside, log = played(*COMPONENTS)
    per_rack = {rack.chips_per_rack for rack in scenario.campus.racks.values()}
    racks = outside.failures["chips"][outside.failures["cause"] == "rack"]
    assert set(racks.tolist()) <= per_rack | set(range(max(per_rack)))
    assert max(racks) in per_rack
    halls = outside.failures["chips"][outside.failures["cause"] == "hall"]
    live = int(timeline.installs["chips"].sum())
    assert len(halls) > 0
    assert max(halls) > live // 2
    told = log.outages
    assert told["chips_down"][told["cause"] == "hall"].max() > live // 2


def test_nodes_drain_before_maintenance_and_come_back() -> None:
    scenario, timeline, _, _, log = played(FLOOR, SPRING, *COMPONENTS)
    start, end = (
        scenario.clock.seconds(getattr(scenario.operations.maintenance["spring"], k)) for k in ("start", "end")
    )
    busy = log.busy
    level = np.cumsum(busy["chips"])
    inside = (busy["at_s"] >= start) & (busy["at_s"] < end)
    chips = int(timeline.installs["chips"].sum())
    assert level[inside].max() <= chips - 0.45 * chips * 0.9
    assert level[busy["at_s"] >= end + 86_400].max() > level[inside].max()
    assert sum(one["maintenance_gpu_h"] for one in log.summary["floor"].values()) > 0


@pytest.mark.parametrize("policy", ["fcfs", "conservative", "srtf"])
def test_jobs_start_within_their_tenants_limit_of_power(policy: str) -> None:
    limit_w = 600_000
    scenario, _, work, _, log = played(
        FLOOR, f"operations.policy={policy}", f"tenants.lab.it_power_limit={limit_w} W"
    )  # fmt: skip
    rack = next(iter(scenario.campus.racks.values()))
    share = scenario.site.draw.by_kind()
    chip_w = [round(float(rack.it_power) / rack.chips_per_rack * one) for one in share]
    mine = log.busy["tenant_index"] == 0
    watts = np.cumsum(log.busy["chips"][mine] * np.array(chip_w)[log.busy["kind_index"][mine]])
    last = np.append(np.diff(log.busy["at_s"][mine]) != 0, True)
    assert watts[last].max() <= limit_w
    assert watts[last].max() > 0.7 * limit_w
    assert log.summary["floor"]["lab"]["held_back_for_power_gpu_h"] > 0
    assert len(work.jobs) > 0


def test_a_limit_of_power_needs_a_floor() -> None:
    with pytest.raises(ScenarioError, match="S340"):
        load("one-hall", overrides=("tenants.lab.it_power_limit=1 MW",))
    with pytest.raises(ScenarioError, match="maintenance"):
        load("one-hall", overrides=(SPRING,))


@pytest.mark.slow
def test_jobs_slow_down_where_they_cross_racks() -> None:
    slow = "operations.floor={placement: spread, speeds: [{speed: 100 %}, {racks: 2, speed: 50 %}]}"
    _, _, _, _, even = played("operations.floor={placement: spread}")
    _, _, _, _, log = played(slow)
    assert log.jobs["lost_s"].sum() > even.jobs["lost_s"].sum()


def test_a_policy_of_ones_own_plays_on_nodes(tmp_path: Path) -> None:
    """An order by submission is the line."""
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from gigacampus.engine import order_key\n\n\n"
        "@order_key\ndef first(view, j):\n    return 1.0 * view.jobs[j]['submit_s']\n"
    )
    own = played(ON_NODES, f"operations.own_policy={mine}:first", *COMPONENTS)[-1]
    line = played(ON_NODES, "operations.policy=fcfs", *COMPONENTS)[-1]
    assert own.jobs["start_s"].tolist() == line.jobs["start_s"].tolist()
    assert own.jobs["end_s"].tolist() == line.jobs["end_s"].tolist()


def waits_s(log: Log) -> float:
    """Mean wait of the jobs that started."""
    started = log.jobs["start_s"] < NEVER
    return float((log.jobs["start_s"] - log.jobs["submit_s"])[started].mean())


@pytest.mark.parametrize("policy", ["easy", "priority-easy", "fair-easy"])
def test_a_job_that_waits_for_its_tenants_chips_is_a_head_with_a_reservation(policy: str) -> None:
    """With chips that are all in use others fill in: so much that they wait a tenth as long as in line."""
    line = played("operations.floor={}", "operations.policy=fcfs")[-1]
    filled = played("operations.floor={}", f"operations.policy={policy}")[-1]
    assert waits_s(filled) < 0.1 * waits_s(line)
    assert (filled.jobs["reason"] == "reservation").any()
    assert (filled.jobs["reason"] != "quota").all()


SPEEDS = "operations.floor={speeds: [{speed: 100 %}, {racks: 2, speed: 98 %}]}"


@pytest.mark.parametrize(
    ("policy", "floor"),
    [(one, "operations.floor={}") for one in ("fcfs", "easy", "sjf-easy", "conservative", "srtf")] + [("srtf", SPEEDS)],
)
def test_chips_are_kept_free_on_a_floor_for_an_announced_run(policy: str, floor: str) -> None:
    """On its date, through failures; without the announcement it waits."""
    more = (floor, "tenants.lab.mix.load=90 %", f"operations.policy={policy}")
    late = []
    for announced in ((), (ANNOUNCED,)):
        scenario, _, work, _, log = played(*more, *announced)
        run = int(work.stages["job_id"][work.stages["run"] == "small"][0])
        late.append(int(log.jobs["start_s"][run]) - scenario.clock.seconds(scenario.tenants["lab"].runs["small"].start))
    assert late[0] > 86_400
    assert late[1] == 0
    assert log.jobs["submit_s"][run] == log.jobs["start_s"][run]
    assert log.jobs["reason"][run] == "none"


SINGLE = ("operations.failures.per_1000_node_days=0", "campus.racks.GB300.chips_per_node=1")


@pytest.mark.parametrize(
    ("policy", "rack", "more"),
    [
        ("fcfs", 36, ()), ("easy", 36, ()), ("priority-easy", 36, ()), ("easy", 72, ()), ("sjf-easy", 72, ()),
        ("conservative", 36, ()), ("easy", 36, (ANNOUNCED,)), ("sjf-easy", 36, (ANNOUNCED,)),
    ],
)  # fmt: skip
def test_a_floor_without_fragments_is_a_count_of_chips(policy: str, rack: int, more: tuple[str, ...]) -> None:
    """Nodes of one chip, and no failures; racks of more than 64 nodes are not for the fast loop."""
    more = (*SINGLE, *more, f"operations.policy={policy}", f"campus.racks.GB300.chips_per_rack={rack}")
    count, floor = played(*more)[-1], played("operations.floor={}", *more)[-1]
    for name in ("start_s", "end_s", "outcome"):
        assert count.jobs[name].tolist() == floor.jobs[name].tolist(), name
    assert len(count.attempts) == len(floor.attempts)
