"""The loop on a floor equals its twin, job by job, through everything at once; and its books always balance."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.floor.worlds import Case, case

PARTS = (
    {}, {"outages": True}, {"limits": True}, {"needs": True}, {"speeds": True}, {"slows": True, "limits": True},
    {"outages": True, "limits": True, "needs": True}, {"outages": True, "speeds": True, "needs": True},
    {"outages": True, "limits": True, "needs": True, "speeds": True, "slows": True}, {"whole": True},
    {"whole": True, "outages": True, "needs": True}, {"whole": True, "outages": True, "limits": True, "needs": True},
    {"limits": True, "sole": True}, {"outages": True, "limits": True, "sole": True, "whole": True},
)  # fmt: skip


def equal(made: Case, told: object) -> None:
    found, twin = made.played(), made.twin()
    assert found.played.start_s.tolist() == [job.start for job in twin.jobs], told
    assert found.played.end_s.tolist() == [job.end for job in twin.jobs], told
    assert found.played.tries.tolist() == [job.tries for job in twin.jobs], told
    assert found.played.lost_s.tolist() == [job.lost for job in twin.jobs], told
    if len(made):
        assert (found.books[:, 1:4].sum(axis=1) == 1000 * sum(made.sizes)).all(), told


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "+".join(parts) or "calm")
@pytest.mark.parametrize("policy", ["fcfs", "easy", "sjf-easy"])
def test_the_schedule_equals_its_twin(policy: str, parts: dict[str, bool]) -> None:
    for seed in range(12):
        placement = ["packed", "near", "bestfit", "spread"][seed % 4]
        equal(case(seed, policy, placement, **parts), (seed, policy, placement, parts))


def test_a_head_whose_tenant_is_full_keeps_no_other_tenant_from_jumping_ahead() -> None:
    parts = dict.fromkeys(("whole", "outages", "limits", "needs"), True)
    equal(case(3982297, "easy", "packed", **parts), parts)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy"])
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32 - 1),
    placement=st.sampled_from(["packed", "near", "bestfit", "spread"]),
    parts=st.fixed_dictionaries({}, optional=dict.fromkeys(
        ("whole", "outages", "limits", "sole", "needs", "speeds", "slows"), st.just(True)
    )),
)  # fmt: skip
def test_many_schedules_equal_their_twins(policy: str, seed: int, placement: str, parts: dict[str, bool]) -> None:
    equal(case(seed, policy, placement, **parts), (seed, policy, placement, parts))
