"""Owners behind owners: known shares multiply, unknown ones stay ranges, circles end, both sides are visible."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import deal
from gigacampus.clock import NEVER
from gigacampus.deal.owners import UNKNOWN, Link, look_through, stakes
from gigacampus.scenario import load


def link(owner: str, owned: str, low: float, high: float) -> Link:
    return Link(owner, owned, "equity", low, high, NEVER, "assumption", "", "")


def held(found: list[Link], party: str) -> dict[str, tuple[float, float]]:
    return {one.owner: (one.low, one.high) for one in stakes(found, party)}


def test_known_shares_multiply_and_ways_add_up() -> None:
    found = [link("a", "b", 0.5, 0.5), link("b", "c", 0.4, 0.4), link("a", "c", 0.1, 0.1)]
    shares = held(found, "c")
    assert shares["a"] == pytest.approx((0.3, 0.3))
    assert shares["b"] == (0.4, 0.4)
    assert shares[UNKNOWN] == pytest.approx((0.5, 0.5))


def test_unknown_shares_stay_ranges_and_the_rest_is_a_row() -> None:
    found = [link("a", "b", 0.0, 0.51), link("c", "b", 0.49, 0.49)]
    shares = held(found, "b")
    assert shares["a"] == (0.0, 0.51)
    assert shares[UNKNOWN] == pytest.approx((0.0, 0.51))
    assert held([], "nobody") == {UNKNOWN: (1.0, 1.0)}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.floats(0, 1), st.floats(0, 1)), max_size=8
    )
)
def test_shares_are_shares_even_in_circles(drawn: list[tuple[str, str, float, float]]) -> None:
    found = [link(a, b, min(x, y), max(x, y)) for a, b, x, y in drawn if a != b]
    for party in "abcde":
        for one in stakes(found, party):
            assert one.owner != party
            assert 0.0 <= one.low <= one.high + 1e-9
            assert one.high <= 1.0


def test_mgx_stands_on_both_sides_in_one_table_and_one_list_of_edges() -> None:
    supply = deal.clear(load("stargate-uae", ["xai-share"]))
    table = supply.look_through
    of_mgx = {row["party"]: row for row in table.rows() if row["owner"] == "mgx"}
    assert {"openai", "xai"} <= set(of_mgx)
    assert of_mgx["openai"]["low_fraction"] == 0.0
    assert not of_mgx["openai"]["is_known"]
    edges = {(row["owner"], row["owned"]) for row in supply.party_links.rows()}
    assert {("mgx", "openai"), ("mgx", "xai"), ("g42", "mgx")} <= edges
    through = {row["owner"]: row["way"] for row in table.rows() if row["party"] == "xai"}
    assert through["g42"] == "g42 → mgx → xai"


def test_chairs_and_later_links_are_no_owners() -> None:
    scenario = load("stargate-uae")
    table = look_through(scenario)
    chaired = [row for row in table.rows() if row["owner"] == "tahnoon"]
    assert {row["party"] for row in chaired} == {"aryam", "world_liberty"}
    assert next(row for row in chaired if row["party"] == "world_liberty")["high_fraction"] == pytest.approx(0.49)
    early = scenario.model_copy(update={"known_as_of": scenario.start})
    assert not any(row["owner"] == "mgx" and row["party"] == "anthropic" for row in look_through(early).rows())


def test_roles_sum_to_what_was_cleared() -> None:
    supply = deal.clear(load("stargate-uae"))
    last = supply.role_months["month_s"].max()
    here = supply.deliveries["chips"][supply.deliveries["site"] == "campus"].sum()
    for role in ("quota_holder", "licensee", "owner", "operator", "end_user"):
        rows = [row for row in supply.role_months.rows() if row["role"] == role and row["month_s"] == last]
        assert sum(row["low_chips"] for row in rows) == pytest.approx(here)
        assert all(row["low_chips"] == row["high_chips"] for row in rows)
    behind = [row for row in supply.role_months.rows() if row["role"] == "look_through" and row["month_s"] == last]
    assert UNKNOWN in {row["party"] for row in behind}
    assert all(row["low_chips"] <= row["high_chips"] + 1e-6 and math.isfinite(row["high_chips"]) for row in behind)
    assert len(supply.outside_flows) == 2
