"""Variants say who clears fewer chips and who gains the room."""

from __future__ import annotations

from gigacampus import deal
from gigacampus.plan import plan
from gigacampus.plan.others import by_licensee, said
from gigacampus.scenario import load


def test_differences_by_licensee_add_up_and_are_told() -> None:
    base, other = load("stargate-uae"), load("stargate-uae", ["quota-half"])
    before, after = deal.clear(base), deal.clear(other)
    found = by_licensee(before, after)
    assert (
        sum(one["difference"] for one in found.values())
        == after.deliveries["chips"].sum() - before.deliveries["chips"].sum()
    )
    summary = plan(other, base=base).summary
    assert summary["against_base"]["by_licensee"] == found
    assert any("Fewer chips clear by the end for Oracle" in one for one in summary["statements"])


def test_others_that_gain_room_are_named() -> None:
    found = {"a": {"base": 9, "other": 4, "difference": -5}, "b": {"base": 1, "other": 3, "difference": 2}}
    (sentence,) = said(found, {"a": "Alpha", "b": "Beta"})
    assert sentence == (
        "Fewer chips clear by the end for Alpha 5; others gain room: more chips clear for Beta 2 "
        "(all sites on the quota)."
    )
    assert said({}, {}) == []
