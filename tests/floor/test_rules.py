"""Single rules of a floor, each on the smallest that shows it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from gigacampus.clock import NEVER
from gigacampus.engine.floor.desk import CAMPUS_W, HALL_W, TENANT_GPUS, TENANT_W
from gigacampus.engine.floor.given import Rules, rows_of
from gigacampus.engine.floor.speeds import Measured
from gigacampus.replay.floor.told import hops
from tests.floor.worlds import Case


def made(jobs: list[tuple[int, int, int]], nodes: int = 4, per_node: int = 2, *, policy: str = "fcfs",
         placement: str = "packed", racks: tuple[int, ...] = (2, 1, 1), **more: Any) -> Case:  # fmt: skip
    """Jobs of (submitted, run time, GPUs) on alike nodes."""
    columns: dict[str, list[int]] = {name: [job[k] for job in jobs] for k, name in enumerate(("submit", "run", "gpus"))}
    columns |= {"estimate": columns["run"], "milli": [1000] * len(jobs)}
    columns |= {name: more.pop(name) for name in list(more) if name in ("tenant", "watts", "checkpoint", "domain_gpus")}
    rules = Rules(
        policy,
        placement,
        **{k: more.pop(k) for k in list(more) if k in ("requeue", "backoff_s", "slowing", "restart_s", "is_sole")},
    )
    return Case(columns, [per_node] * nodes, ["A"] * nodes, rows_of(nodes, *racks), rules, **more)


def starts(one: Case) -> list[int]:
    return [int(at) for at in one.played().played.start_s]


def nodes_of(one: Case, job: int) -> list[int]:
    places = one.played().places
    return sorted(int(node) for at, node in places[:, :2] if at == job)


def holds(free: Any, wanted: int, size: int) -> bool:
    """Whether nodes with so much free hold a gang: whole nodes, and the rest on one more."""
    whole, need, rest = int((free == size).sum()), wanted // size, wanted % size
    return whole >= need + (rest > 0) or (whole >= need and bool(rest == 0 or ((free < size) & (free >= rest)).any()))


def test_packed_takes_the_fewest_racks() -> None:
    """Against every choice of racks, on floors that are taken in part at random."""
    for seed in range(40):
        dice = np.random.default_rng(seed)
        nodes, per_rack, size = 12, int(dice.integers(2, 5)), 2
        held = [int(gpus) for gpus in dice.integers(1, 3, int(dice.integers(0, 7)))]
        wanted = int(dice.integers(3, 13))
        jobs = [(0, 100, gpus) for gpus in held] + [(1, 5, wanted)]
        one = made(jobs, nodes, size, placement="packed", racks=(per_rack, 1, 1))
        one.rules = replace(one.rules, placement="packed")
        found = one.played()
        if found.played.start_s[-1] != 1:
            continue
        free = np.full(nodes, size)
        for job, node, _, _, milli in found.places:
            free[node] -= milli // 1000 if job < len(held) else 0
        rack = np.arange(nodes) // per_rack

        least = next(
            k for k in range(1, 13)
            if any(holds(free[np.isin(rack, chosen)], wanted, size) for chosen in combinations(sorted(set(rack)), k))
        )  # fmt: skip
        assert len({int(rack[node]) for node in nodes_of(one, len(held))}) == least, seed


def test_a_domain_is_whole_racks_or_a_stated_part_of_each() -> None:
    """Racks of two nodes of two GPUs. Ten GPUs in domains of four: two whole racks and half of a third."""
    one = made([(0, 10, 10)], nodes=8, domain_gpus=[4])
    assert nodes_of(one, 0) == [0, 1, 2, 3, 4]
    parts = made([(0, 10, 6)], nodes=8, domain_gpus=[2])
    assert [node // 2 for node in nodes_of(parts, 0)] == [0, 1, 2]
    blocked = made([(0, 50, 1), (0, 60, 1), (1, 10, 8)], nodes=4, placement="spread", domain_gpus=[0, 0, 4])
    assert starts(blocked)[2] == 60


def test_near_keeps_a_gang_in_one_pod_and_distance_is_told() -> None:
    """Two pods of two racks; the first pod has one rack taken."""
    jobs = [(0, 100, 4), (1, 10, 8)]
    far = made(jobs, nodes=8, placement="bestfit", racks=(2, 2, 2))
    near = made(jobs, nodes=8, placement="near", racks=(2, 2, 2))
    assert {node // 4 for node in nodes_of(far, 1)} == {0, 1}
    assert {node // 4 for node in nodes_of(near, 1)} == {1}

    def mean(one: Case, fabric: str) -> float:
        node = np.array(nodes_of(one, 1))
        return float(hops(fabric, np.zeros(len(node), dtype=np.int64), node, one.layout, 1)[0])

    assert mean(near, "fat-tree") == pytest.approx((2 * 2 + 4 * 4) / 6)
    assert mean(far, "fat-tree") == pytest.approx((2 * 2 + 4 * 6) / 6)
    assert mean(near, "rail") == 2.0


def test_nodes_drain_before_maintenance() -> None:
    """Maintenance from 100 on, told at 40: what would run into it waits, what ends in time starts."""
    jobs = [(0, 30, 8), (50, 60, 8), (50, 50, 2), (50, 51, 2)]
    one = made(jobs, policy="easy", outages=[(100, 200, 0, 4, 1, 40)])
    assert starts(one) == [0, 200, 50, 260]
    surprise = made(jobs, policy="easy", outages=[(100, 200, 0, 4, 0, NEVER)])
    assert starts(surprise)[1] == 50
    assert surprise.played().played.tries[1] == 2


@pytest.mark.parametrize(
    ("requeue", "ends"),
    [("place", [45, 60, 75]), ("head", [45, 60, 75]), ("tail", [75, 45, 60]), ("backoff", [60, 45, 75])],
)
def test_a_job_that_was_broken_off_queues_where_the_rule_says(requeue: str, ends: list[int]) -> None:
    jobs = [(0, 15, 8), (1, 15, 8), (2, 15, 8)]
    one = made(jobs, requeue=requeue, backoff_s=25, outages=[(10, 30, 0, 1, 0, NEVER)])
    assert one.played().played.end_s.tolist() == ends


def test_a_gang_dies_with_one_of_its_nodes_and_keeps_its_checkpoint() -> None:
    one = made([(0, 100, 8)], checkpoint=[20], restart_s=5, outages=[(50, 60, 3, 4, 0, NEVER)])
    played = one.played()
    assert played.attempts[0, :6].tolist() == [0, 0, 50, 40, 0, 0]
    assert played.played.end_s.tolist() == [60 + 5 + 60]


def test_a_rack_or_a_hall_goes_as_one() -> None:
    jobs = [(0, 50, 4), (0, 50, 4), (0, 50, 4), (0, 50, 4)]
    one = made(jobs, nodes=8, outages=[(10, 20, 0, 2, 0, NEVER), (30, 40, 4, 8, 0, NEVER)])
    assert one.played().outages["killed"].tolist() == [1, 2]
    assert one.played().outages["down"].tolist() == [4_000, 8_000]


def test_tenants_shares_change_on_a_date() -> None:
    jobs = [(0, 100, 4), (0, 100, 4), (1, 10, 2)]
    one = made(jobs, tenant=[0, 0, 1], limits=[(0, TENANT_GPUS, 0, 4_000), (50, TENANT_GPUS, 0, 8_000)])
    assert starts(one) == [0, 50, 1]
    less = made(jobs[:2], tenant=[0, 0], limits=[(20, TENANT_GPUS, 0, 4_000), (60, TENANT_GPUS, 0, 8_000)])
    assert less.played().played.tries.tolist() == [1, 2]
    assert less.played().played.end_s.tolist() == [100, 160]


LOOPS = pytest.mark.parametrize(
    ("policy", "placement"), [("easy", "packed"), ("easy", "near"), ("conservative", "packed")]
)
"""By the fast loop on alike nodes, by the loop on any floor, by the general one."""


@LOOPS
def test_jobs_without_a_tenant_count_against_nobodys_limit(policy: str, placement: str) -> None:
    jobs, limits = [(0, 10, 4), (0, 10, 4), (0, 10, 2)], [(0, TENANT_GPUS, 0, 4_000)]
    one = made(jobs, 8, policy=policy, placement=placement, tenant=[-1, 0, 0], limits=limits)
    assert starts(one) == [0, 0, 10]


@LOOPS
def test_a_sole_tenants_limit_is_what_there_is(policy: str, placement: str) -> None:
    """The second waits for the limit until 20 s; the third fills in, as it ends by then. Else it waits behind it."""
    jobs, limits = [(0, 20, 6), (0, 10, 4), (0, 20, 2), (0, 21, 2)], [(0, TENANT_GPUS, 0, 8_000)]
    one = made(jobs, 8, policy=policy, placement=placement, limits=limits, is_sole=True)
    assert starts(one) == [0, 20, 0, 20]
    one = made(jobs, 8, policy=policy, placement=placement, limits=limits)
    assert starts(one) == [0, 20, 20, 20]


@pytest.mark.parametrize(("kind", "most"), [(TENANT_W, 2_800), (HALL_W, 2_800), (CAMPUS_W, 2_800)])
def test_jobs_start_only_within_the_limits_of_power(kind: int, most: int) -> None:
    """700 W a GPU: four run at a time, and what power alone keeps waiting is told."""
    one = made([(0, 10, 4), (0, 10, 4)], racks=(2, 1, 2), watts=[700, 700], limits=[(0, kind, 0, most)])
    found = one.played()
    assert found.played.start_s.tolist() == [0, 10]
    assert (found.books[:, 5] <= most).all()
    assert found.held_back_gpu_s == 4 * 10


@pytest.mark.parametrize(("rule", "lasts"), [("linear", 20), ("cube-root", 13)])
def test_or_run_slower_by_a_stated_rule(rule: str, lasts: int) -> None:
    one = made([(0, 10, 4), (0, 10, 4)], watts=[700, 700], slowing=rule, limits=[(0, CAMPUS_W, 0, 2_800)])
    found = one.played()
    assert found.played.start_s.tolist() == [0, 0]
    assert found.played.end_s.tolist() == [lasts, lasts]
    share = 0.5 if rule == "linear" else 0.793
    assert found.slowed_ms / 1000 == pytest.approx([lasts * (1 - share)] * 2, abs=0.02)


def test_run_time_is_work_over_speed_where_the_job_stands() -> None:
    """Two racks: 20 s of work take 40 s across both; a neighbour that comes and goes slows what stands beside it."""
    rows = [Measured("*", "*", 1, 1, 0, 1.0), Measured("*", "*", 1, 2, 0, 0.5), Measured("*", "*", 1, 1, 1, 0.8)]
    across = made([(0, 20, 8)], rows=rows)
    assert across.played().played.end_s.tolist() == [40]
    beside = made([(0, 20, 1), (10, 8, 1)], rows=rows)
    # 10 s alone, 10 s at 0.8 beside the other's 8 s of work, 2 s alone again
    assert beside.played().played.end_s.tolist() == [22, 20]
