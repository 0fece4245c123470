"""Single rules of a campus's queues, each on the smallest campus that shows it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gigacampus.engine import simulate
from gigacampus.tables import conditions, timeline, work
from gigacampus.tables.log import Log
from gigacampus.tables.table import Table
from gigacampus.tables.work import Kind
from tests.engine import campus

DAY_S = 86_400
HOUR_S = 3_600


def stands(chips: list[tuple[int, int]]) -> timeline.Timeline:
    """One tenant with so many chips from then on, of one model in nodes of four."""
    lot = {"hall_index": 0, "delivery_id": "d", "party": "p", "chip": "B", "it_w": 1.0, "h100e": 1.0}
    steps = np.diff([0, *(number for _, number in chips)])
    rows = [{**lot, "at_s": at_s, "chips": int(step)} for (at_s, _), step in zip(chips, steps, strict=True)]
    cap = [{"at_s": at_s, "tenant_index": 0, "chips": number, "h100e": float(number)} for at_s, number in chips]
    return timeline.Timeline(
        halls=timeline.HALLS.empty(), installs=Table.from_rows(timeline.INSTALLS, rows), months=timeline.MONTHS.empty(),
        capacity=Table.from_rows(timeline.CAPACITY, cap),
        tenants=Table.from_rows(timeline.TENANTS, [{"tenant": "t", "party": "p", "kind": "lab"}]), chip_it_w={"B": 1.0},
    )  # fmt: skip


def asks(jobs: list[tuple[int, ...]], serving: int = 0, checkpoint_s: int = 0) -> work.Work:
    """Jobs of (submitted, run time, chips, what they say they need), and a service that holds chips all the time."""
    rows = [
        {
            "job_id": i, "tenant_index": 0, "user_index": -1, "kind_index": int(Kind.PRETRAIN), "submit_s": at_s,
            "run_s": run_s, "estimate_s": said[0] if said else run_s, "gpus": gpus, "priority": 0,
            "checkpoint_s": checkpoint_s,
        }
        for i, (at_s, run_s, gpus, *said) in enumerate(jobs)
    ]  # fmt: skip
    held = [{"at_s": 0, "tenant_index": 0, "reserved_chips": serving, "load_fraction": 1.0}] if serving else []
    return work.Work(Table.from_rows(work.JOBS, rows), Table.from_rows(work.DEMAND, held))


def world(failures: list[tuple[int, float]] = (), envelope: Table | None = None) -> conditions.Conditions:  # type: ignore[assignment]
    rows = [
        {"at_s": at_s, "place_fraction": at, "repair_s": HOUR_S, "cause": "GPU", "chips": 0} for at_s, at in failures
    ]
    table = Table.from_rows(conditions.FAILURES, rows)
    made = conditions.Conditions(conditions.HOURS.empty(), table, "direct")
    return made if envelope is None else type(made)(conditions.HOURS.empty(), table, "direct", envelope=envelope)


def play(chips: list[tuple[int, int]], jobs: work.Work, outside: conditions.Conditions, **operations: Any) -> Log:
    return simulate(campus.scenario(**operations), stands(chips), jobs, outside)


def test_a_job_larger_than_its_tenant_ever_gets_is_unplaced_and_a_later_lot_is_waited_for() -> None:
    log = play([(0, 8), (DAY_S, 16)], asks([(0, 100, 16), (10, 100, 17)]), world())
    assert log.jobs["outcome"].tolist() == ["finished", "unplaced"]
    assert log.jobs["start_s"][0] == DAY_S


@pytest.mark.parametrize(("checkpoint_s", "kept_s"), [(0, 0), (HOUR_S, 2 * HOUR_S)])
def test_a_failure_costs_the_work_since_the_last_checkpoint_and_the_restart(checkpoint_s: int, kept_s: int) -> None:
    run_s, struck_s, restart_s = 10 * HOUR_S, 2 * HOUR_S + 600, 300
    jobs = asks([(0, run_s, 4)], checkpoint_s=checkpoint_s)
    log = play([(0, 8)], jobs, world([(struck_s, 0.0)]), restart=float(restart_s))
    assert log.jobs["restarts"][0] == 1
    assert log.jobs["end_s"][0] == struck_s + restart_s + run_s - kept_s
    assert log.jobs["lost_s"][0] == struck_s - kept_s + restart_s


def test_checkpoints_come_as_often_as_young_says_where_writing_takes_time() -> None:
    """sqrt(2 x write x mean time between failures): the job is struck just after its first checkpoint by that rule."""
    write_s, per_1000_node_days = 60.0, 20.0
    young_s = math.sqrt(2.0 * write_s * DAY_S * 1000.0 / (per_1000_node_days))
    struck_s = int(young_s + write_s) + 30
    jobs = asks([(0, 40 * HOUR_S, 8)], checkpoint_s=30 * HOUR_S)  # 8 chips: one node of the made-up campus
    log = play([(0, 16)], jobs, world([(struck_s, 0.0)]), checkpoint_write=write_s)
    done_again_s = log.jobs["lost_s"][0] - 300 - int(40 * HOUR_S / young_s) * write_s
    assert done_again_s < 0.05 * young_s


def test_when_chips_go_the_job_that_started_last_stops_and_keeps_its_place() -> None:
    log = play([(0, 8), (HOUR_S, 4), (2 * HOUR_S, 8)], asks([(0, 3 * HOUR_S, 4), (60, 3 * HOUR_S, 4)]), world())
    assert log.jobs["restarts"].tolist() == [0, 1]
    assert log.jobs["end_s"][0] == 3 * HOUR_S
    assert log.jobs["outcome"].tolist() == ["finished", "finished"]


def test_services_come_before_jobs() -> None:
    log = play([(0, 8)], asks([(0, HOUR_S, 8), (0, HOUR_S, 4)], serving=4), world())
    assert log.jobs["outcome"].tolist() == ["unplaced", "finished"]
    assert log.usage["serve_gpu_h"].sum() == pytest.approx(4 * 24 * (31 + 28 + 1))


def test_who_may_jump_ahead_is_judged_by_what_jobs_say_they_need() -> None:
    jobs = asks([(0, 10 * HOUR_S, 4), (1, HOUR_S, 8), (2, HOUR_S, 4, 20 * HOUR_S), (3, HOUR_S, 4)])
    starts = play([(0, 8)], jobs, world()).jobs["start_s"].tolist()
    assert starts == [0, 10 * HOUR_S, 11 * HOUR_S, 3]


def test_jobs_on_one_node_fail_together() -> None:
    jobs = asks([(0, 5 * HOUR_S, 2), (0, 5 * HOUR_S, 2), (0, 5 * HOUR_S, 4)])
    log = play([(0, 16)], jobs, world([(HOUR_S, 0.0)]))
    assert log.jobs["restarts"].tolist() == [1, 1, 0]
    assert log.outages["chips_down"].tolist() == [4]


def test_a_service_that_fails_takes_the_chips_of_the_last_job() -> None:
    struck = play([(0, 8)], asks([(0, 5 * HOUR_S, 4)], serving=4), world([(HOUR_S, 0.9)]))
    calm = play([(0, 8)], asks([(0, 5 * HOUR_S, 4)], serving=4), world())
    assert struck.jobs["restarts"].tolist() == [1]
    assert struck.jobs["end_s"][0] == 2 * HOUR_S + 300 + 5 * HOUR_S
    assert struck.usage["serve_gpu_h"].sum() == calm.usage["serve_gpu_h"].sum()
