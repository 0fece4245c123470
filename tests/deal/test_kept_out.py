"""What a quota keeps out is told with its reason: windows that have ended, caps that are used up, or both."""

from __future__ import annotations

import re

import pytest

from gigacampus import deal
from gigacampus.deal.kept_out import said
from gigacampus.scenario import load
from gigacampus.tables.supply import Supply

CAP, END = "deal.quotas.national.cap=1k chips/year", "deal.quotas.national.end=2026-02-01"
WANTED = 2_880


def told(name: str, *overrides: str) -> tuple[str, Supply]:
    scenario = load(name, overrides=overrides)
    supply = deal.clear(scenario)
    return said(scenario, supply), supply


def out(text: str) -> int:
    """All chips that a text says stay out: the sums before the brackets."""
    found = re.findall(r"([\d,]+) chips \([^)]*\)[^.]*?stay out", text)
    return sum(int(one.replace(",", "")) for one in found)


def drawn(supply: Supply) -> int:
    return int(supply.deliveries["chips"][supply.deliveries["site"] == "campus"].sum())


def test_nothing_is_said_where_a_quota_keeps_nothing_out() -> None:
    assert told("one-hall")[0] == ""
    assert told("stargate-uae", "deal.quotas.uae.end=2030-12-31")[0] == ""


def test_the_last_window_that_has_ended_is_told() -> None:
    text, supply = told("one-hall", END)
    left = WANTED - drawn(supply)
    assert text == (
        "The last window of the quota national ends on 2026-02-01, with 17,500 of 20,000 chips unused: "
        f"{left:,} chips (Host company {left:,}) could come only after it and stay out."
    )


def test_a_cap_that_is_used_up_is_told() -> None:
    text, supply = told("one-hall", CAP)
    assert drawn(supply) == 1_000
    assert text == (
        "The cap of the quota national is used up (2026 for Host company: 1,000 chips): 1,880 chips "
        "(Host company 1,880) stay out."
    )


def test_both_are_told_beside_each_other() -> None:
    text, _ = told("one-hall", CAP, END)
    assert text == (
        "The cap of the quota national is used up (2026 for Host company: 1,000 chips): 1,500 chips "
        "(Host company 1,500) stay out. The last window of the quota national ends on 2026-02-01, with 0 of 1,000 "
        "chips unused: 380 chips (Host company 380) could come only after it and stay out."
    )


def test_what_a_cap_lets_in_late_is_told_and_not_counted_as_kept_out() -> None:
    text, supply = told("stargate-uae", "deal.quotas.uae.cap=150k chips/year")
    assert "5,000 chips (G42 5,000) come late" in text
    late = supply.deliveries.where(supply.deliveries["cleared_s"] > supply.deliveries["wanted_s"])
    assert late["chips"].sum() == 5_000


@pytest.mark.parametrize("rule", ["defer", "scale", "block"])
@pytest.mark.parametrize("cap", ["100k", "150k", "200k", "500k"])
def test_what_stays_out_and_what_comes_is_all_that_was_wanted(cap: str, rule: str) -> None:
    text, supply = told("stargate-uae", f"deal.quotas.uae.cap={cap} chips/year", f"deal.quotas.uae.on_excess={rule}")
    here = supply.compliance["site"] == "campus"
    assert set(supply.compliance["bound_by"][here]) <= {"nothing", "quota"}
    assert drawn(supply) + out(text) == 400_000


def test_what_a_licence_keeps_out_is_not_the_quotas() -> None:
    text, supply = told("one-hall", "deal.licences.first.quantity=1k chips")
    assert drawn(supply) == 1_000
    assert text == ""
