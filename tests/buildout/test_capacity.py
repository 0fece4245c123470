"""Tenants' chips: whole, never more than are live, by the shares in force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigacampus.buildout import plan
from gigacampus.buildout.capacity import Claim, shares, split
from gigacampus.clock import DAY_S, NEVER
from gigacampus.errors import ScenarioError
from gigacampus.scenario.tenants import Tenant
from tests.buildout.samples import campus, scenario, supply, tenants

LOTS = [{"day": 70 + i, "chips": 72} for i in range(10)]


def levels(timeline, at_s: int) -> list[int]:
    found = [0] * len(timeline.tenants)
    for row in timeline.capacity.rows():
        if row["at_s"] <= at_s:
            found[row["tenant_index"]] = row["chips"]
    return found


def tenant(*tenancies: dict) -> Tenant:
    return Tenant.model_validate({"party": "p", "tenancies": list(tenancies)})


@given(st.integers(0, 10**7), st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_split_gives_whole_chips_that_sum_to_the_stock(chips: int, weights: list[int]) -> None:
    weight = np.array(weights) / max(sum(weights), 1)
    (each,) = split(np.array([chips]), weight)
    assert each.sum() == (chips if sum(weights) else 0)
    assert (np.abs(each - chips * weight) < 1.0 + 1e-6).all()


def test_tenants_get_their_shares_of_what_is_live_at_every_change() -> None:
    timeline = plan(scenario(campus(), tenants(a=0.5, b=0.3, c=0.2)), supply(*LOTS))
    live = np.cumsum(timeline.installs["chips"])
    for at_s, chips in zip(timeline.installs["at_s"].tolist(), live.tolist(), strict=True):
        if (timeline.installs["at_s"] == at_s).sum() == 1:
            assert sum(levels(timeline, at_s)) == chips
    assert levels(timeline, NEVER - 1) == [360, 216, 144]


def test_a_newcomer_takes_from_all_in_proportion() -> None:
    found = [Claim(-NEVER, NEVER, "a", 0.5, "pro_rata"), Claim(-NEVER, NEVER, "b", 0.5, "pro_rata"),
             Claim(10, 20, "x", 0.2, "pro_rata")]  # fmt: skip
    assert shares(found, ["a", "b", "x"], 5).tolist() == [0.5, 0.5, 0.0]
    assert shares(found, ["a", "b", "x"], 10) == pytest.approx([0.4, 0.4, 0.2])
    assert shares(found, ["a", "b", "x"], 20).tolist() == [0.5, 0.5, 0.0]


def test_a_newcomer_takes_what_is_not_let_first() -> None:
    found = [Claim(0, NEVER, "a", 0.7, "pro_rata"), Claim(5, NEVER, "x", 0.4, "pro_rata")]
    assert shares(found, ["a", "x"], 5) == pytest.approx([0.6, 0.4])


def test_a_newcomer_takes_from_the_one_it_names() -> None:
    found = [
        Claim(0, NEVER, "a", 0.5, "pro_rata"),
        Claim(0, NEVER, "b", 0.5, "pro_rata"),
        Claim(5, NEVER, "x", 0.2, "b"),
    ]
    assert shares(found, ["a", "b", "x"], 5) == pytest.approx([0.5, 0.3, 0.2])


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 9), st.sampled_from("abcd"), st.floats(0.0, 1.0),
                  st.sampled_from(["pro_rata", "a", "b"])),
        max_size=6,
    ),
    st.integers(0, 12),
)  # fmt: skip
def test_shares_are_never_negative_and_sum_to_one_at_most(rows, at_s: int) -> None:
    found = sorted((Claim(s, s + n, who, share, giver) for s, n, who, share, giver in rows), key=lambda c: c.start_s)
    held = shares(found, list("abcd"), at_s)
    assert (held >= -1e-12).all()
    assert held.sum() <= 1.0 + 1e-9


def test_a_tenant_leaves_and_another_comes_after_a_while() -> None:
    who = {
        "a": tenant({"share": 0.6, "end": "2026-06-30"}),
        "b": tenant({"share": 0.4}, {"share": 0.6, "start": "2026-10-01"}),
    }
    timeline = plan(scenario(campus(), who), supply(*LOTS))
    clock = scenario(campus()).clock
    first, gap, last = (
        clock.seconds(day) for day in (clock.day(150 * DAY_S), clock.day(200 * DAY_S), clock.day(300 * DAY_S))
    )
    assert levels(timeline, first) == [432, 288]
    assert levels(timeline, gap) == [0, 288]
    assert levels(timeline, last) == [0, 720]


def test_shares_above_the_whole_are_refused() -> None:
    with pytest.raises(ScenarioError, match="sum to 120 %"):
        plan(scenario(campus(), tenants(a=0.7, b=0.5)), supply(*LOTS))


def test_taking_from_nobody_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no other tenant"):
        plan(scenario(campus(), {"a": tenant({"share": 0.2, "takes_from": "b"})}), supply(*LOTS))
