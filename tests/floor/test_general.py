"""The general loop on a floor: what the floor's own loop plays it plays to the row, and all else equals its twin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigacampus.engine.floor import play as floor_play
from gigacampus.engine.floor.general import play_generally
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.play import Jobs
from gigacampus.engine.quotas import NO_QUOTAS, Quotas
from gigacampus.engine.rules import LAS_THRESHOLD, RULES
from tests.engine.test_general import quota_rows
from tests.floor.worlds import Case, case
from tests.naive import floor_rules as naive

NEVER = naive.NEVER
BOTH = ("fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy")
PARTS = ({}, {"outages": True}, {"limits": True}, {"needs": True, "outages": True}, {"whole": True, "outages": True},
         {"whole": True, "outages": True, "limits": True, "needs": True}, {"limits": True, "sole": True},
         {"whole": True, "outages": True, "limits": True, "sole": True}, {"speeds": True, "outages": True},
         {"limits": True, "slows": True}, {"needs": True, "outages": True, "limits": True, "speeds": True},
         {"speeds": True, "outages": True, "limits": True, "slows": True})  # fmt: skip
SURPRISES = ({"extend": True}, {"extend": True, "outages": True},
             {"extend": True, "outages": True, "limits": True, "needs": True},
             {"extend": True, "outages": True, "limits": True, "sole": True},
             {"extend": True, "speeds": True, "outages": True},
             {"extend": True, "speeds": True, "outages": True, "limits": True, "slows": True})  # fmt: skip
"""The same with jobs that run beyond their estimates."""
ALL = (*PARTS, *SURPRISES)


def made(seed: int, policy: str, placement: str, parts: dict[str, bool]) -> Case:
    """A floor, with what policies look at besides."""
    found = case(seed, policy, placement, **parts)
    dice = np.random.default_rng(seed)
    n, submit = len(found), found.column("submit")
    found.jobs["deadline"] = (submit + dice.integers(0, 200, n)).tolist()
    found.jobs["user"] = dice.integers(-1, 2, n).tolist()
    found.jobs["planned"] = [NEVER] * n
    return found


def generally(one: Case, quotas: Quotas = NO_QUOTAS) -> Floored:
    outages, limits = one.troubles()
    jobs = Jobs(*(one.column(name) for name in ("submit", "run", "estimate", "gpus", "checkpoint")))
    who = replace(one.who(), deadline_s=one.column("deadline"), planned_s=one.column("planned"))
    return play_generally(
        one.rules, jobs, who, one.site(), one.layout, one.needs(), outages, limits, quotas, one.speeds()
    )


def same(one: Case) -> None:
    general = generally(one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor_play, "suits", lambda *given: False)
        floor = one.played()
    for name in ("start_s", "since_s", "end_s", "tries", "kept_s", "lost_s", "attempts", "events"):
        assert np.array_equal(getattr(general.played, name), getattr(floor.played, name)), name
    for name in (
        "places",
        "attempts",
        "outages",
        "gpus_milli",
        "down_gpu_s",
        "end_s",
        "causes",
        "held_back_gpu_s",
        "slowed_ms",
    ):
        assert np.array_equal(getattr(general, name), getattr(floor, name)), name


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "+".join(parts) or "calm")
@pytest.mark.parametrize("policy", BOTH)
def test_it_tells_what_the_loop_on_a_floor_tells(policy: str, parts: dict[str, bool]) -> None:
    for seed in range(4):
        one = made(seed, policy, ["packed", "near", "bestfit", "spread"][seed % 4], parts)
        if len(one):
            same(one)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 2**32 - 1), st.sampled_from(BOTH),
    st.sampled_from(["packed", "near", "bestfit", "spread", "random"]), st.sampled_from(PARTS),
)  # fmt: skip
def test_it_tells_so_of_many(seed: int, policy: str, placement: str, parts: dict[str, bool]) -> None:
    one = made(seed, policy, placement, parts)
    if len(one):
        same(one)


def twin(one: Case, quotas: tuple[tuple[int, ...], ...] = (), place: Any = None) -> naive.World:
    """What the twin makes of it; `place` is a placement of one's own as the twin takes it."""
    ground = one.ground()
    names = ("submit", "run", "estimate", "priority", "tenant", "user", "deadline", "planned", "checkpoint")
    rows = [{name: int(one.column(name)[i]) for name in names} for i in range(len(one))]
    return naive.play(
        rows, ground.jobs, ground.nodes, place or one.rules.placement, one.rules.policy, one.outages, one.limits,
        one.rules.is_sole, quotas, one.rules.restart_s, one.rules.write_s,
        one.rules.backoff_s if one.rules.requeue == "backoff" else 0, LAS_THRESHOLD, one.rules.requeue,
        {name: getattr(ground, name) for name in ("speeds", "slowing", "curve")},
    )  # fmt: skip


def equal(one: Case, quotas: tuple[tuple[int, ...], ...] = (), place: Any = None) -> None:
    none = np.zeros(0, dtype=np.int64)
    limits = Quotas(*np.array(quotas, dtype=np.int64).T.copy(), none, none, none) if quotas else NO_QUOTAS
    found, world = generally(one, limits), twin(one, quotas, place)
    assert found.played.start_s.tolist() == world.start
    assert found.played.end_s.tolist() == world.end
    assert found.played.tries.tolist() == world.tries
    assert found.played.lost_s.tolist() == world.lost
    assert found.held_back_gpu_s == world.idle_before_end / 1000
    last = found.played.since_s
    stays = [sorted(int(node) for job, node, since, *_ in found.places if job == i and since == last[i])
             for i in range(len(one))]  # fmt: skip
    assert stays == [nodes if end < NEVER else [] for nodes, end in zip(world.nodes, world.end, strict=True)]


def alone(seed: int, policy: str, placement: str, parts: dict[str, bool]) -> None:
    """A case with planned runs and sole tenants in some."""
    one = made(seed, policy, placement, parts)
    dice = np.random.default_rng(seed + 1)
    if seed % 4 == 1:
        one.jobs["tenant"] = [0] * len(one)
        one.limits = [step for step in one.limits if step[1] > 1 or step[2] == 0]
        one.rules = replace(one.rules, is_sole=True)
    quotas: tuple[tuple[int, ...], ...] = ()
    if policy.startswith("quota"):
        share = sum(one.sizes) / 16
        one.jobs["tenant"] = [max(tenant, 0) for tenant in one.jobs["tenant"]]
        quotas = tuple((int(own * share), *rest) for own, *rest in quota_rows(seed, 1000))
        most = Quotas(*np.array(quotas, dtype=np.int64).T.copy(), *[np.zeros(0, dtype=np.int64)] * 3).most()
        kept = [i for i in range(len(one))
                if one.jobs["gpus"][i] * one.jobs["milli"][i] <= most[one.jobs["tenant"][i]]]  # fmt: skip
        one.jobs = {name: [values[i] for i in kept] for name, values in one.jobs.items()}
        one.kinds = [one.kinds[i] for i in kept] if one.kinds else []
    elif seed % 3 == 0:
        late = one.column("submit") + dice.integers(0, 60, len(one))
        one.jobs["planned"] = np.where(dice.random(len(one)) < 0.2, late, NEVER).tolist()
    if len(one):
        equal(one, quotas)


@pytest.mark.parametrize("parts", ALL, ids=lambda parts: "+".join(parts) or "calm")
@pytest.mark.parametrize("policy", RULES)
def test_the_schedule_equals_its_twin(policy: str, parts: dict[str, bool]) -> None:
    for seed in range(2):
        alone(seed, policy, ["packed", "near", "bestfit", "spread"][seed % 4], parts)


@pytest.mark.parametrize("policy", RULES)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 2**32 - 1), st.sampled_from(["packed", "near", "bestfit", "spread"]), st.sampled_from(ALL)
)  # fmt: skip
def test_many_schedules_equal_their_twins(
    policy: str, seed: int, placement: str, parts: dict[str, bool]
) -> None:  # fmt: skip
    alone(seed, policy, placement, parts)
