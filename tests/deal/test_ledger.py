"""The ledger command, what-if shipments, and what regimes say."""

from __future__ import annotations

import json
import math
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from gigacampus import catalog, deal
from gigacampus.catalog.regimes import REGIMES
from gigacampus.cli.ledger_ import command
from gigacampus.deal.regimes import judge
from gigacampus.deal.spots import tightest, waits
from gigacampus.deal.whatif import Answer, ask, parse
from gigacampus.errors import UsageError
from gigacampus.scenario import Scenario, load
from gigacampus.tables.supply import Supply

NAME = "stargate-uae"


@cache
def scenario() -> Scenario:
    return load(NAME)


@cache
def supply() -> Supply:
    return deal.clear(scenario())


def answers(text: str) -> dict[str, Answer]:
    return {one.licence: one for one in ask(scenario(), parse(text), supply())}


def test_a_shipment_is_held_against_each_licence_of_its_party() -> None:
    found = answers("50000 GB300 to g42 on 2027-03-01")
    assert set(found) == {"g42-2025-11", "g42-2027"}
    granted, planned = found["g42-2025-11"], found["g42-2027"]
    assert granted.breaches
    assert (granted.bound_by, granted.cleared_chips, granted.licence_before) == ("licence", 0, 0.0)
    assert not planned.breaches
    assert (planned.licence_before, planned.licence_after) == (60_000, 10_000)
    assert (planned.quota_window, planned.quota_before, planned.quota_after) == ("2027", 100_000, 50_000)
    assert planned.displaced["g42-2027"] > 0


def test_what_a_shipment_breaches_is_named() -> None:
    assert answers("5000 GB300 to g42 on 2027-01-15 under g42-2027")["g42-2027"].bound_by == "licence"
    late = answers("5000 R200 to oracle on 2028-02-01 under oracle-2027")["oracle-2027"]
    assert (late.bound_by, late.cleared_chips) == ("quota", 0)
    early = answers("5000 GB300 to oracle on 2025-09-01 under oracle-2025-10")["oracle-2025-10"]
    assert early.outcome == "deferred"
    assert early.later_chips == 5000


def test_a_party_may_be_written_as_it_is_called() -> None:
    for name in ("G42", "g42"):
        assert set(answers(f"5 GB300 to {name} on 2027-03-01")) == {"g42-2025-11", "g42-2027"}


def test_room_that_is_held_for_other_sites_is_named(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "extends: one-hall\ndeal:\n  gates: {late: {kind: approval, opens: 2026-03-01}}\n"
        "  quotas: {national: {cap: 3k chips/year}}\n"
        "  licences:\n    other: {quota: national, licensee: host, site: far, quantity: 2k chips, issued: 2026-01-01,"
        " gates: [late]}\n"
        "  deliveries:\n    other: {licence: other, vendor: maker, chip: GB300, start: 2026-01-01, end: 2026-01-10,"
        " rate: 24k chips/year, total: 2k chips, transit: 1 days}\n"
    )
    (answer,) = ask(load(mine), parse("100 GB300 to host on 2026-02-25 under first"))
    assert (answer.bound_by, answer.cleared_chips, answer.quota_before, answer.quota_held) == ("quota", 0, 2000, 2000)


def test_licences_in_equivalents_are_drawn_by_their_basis() -> None:
    found = answers("1000 GB300 to microsoft on 2025-12-01 under microsoft-2025-09")["microsoft-2025-09"]
    per_chip = catalog.ratio("GB300", "A100e", "dense-8bit")
    assert found.licence_before - found.licence_after == pytest.approx(1000 * per_chip)


@pytest.mark.parametrize(
    "text",
    [
        "", "many GB300 to g42 on 2027-03-01", "5 GB300 to g42", "5 GB300 to g42 on 2027-02-30",
        "5 GB3OO to g42 on 2027-03-01", "60400 A100e to microsoft on 2026-10-01",
        "5 GB300 to nobody on 2027-03-01", "5 GB300 to nvidia on 2027-03-01", "5 GB300 to g42 on 2040-01-01",
        "5 GB300 to g42 on 2027-03-01 under oracle-2027", "0 GB300 to g42 on 2027-03-01",
    ],
)  # fmt: skip
def test_wrong_shipments_are_told_what_is_wrong(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        answers(text)
    assert caught.value.faults[0].fix


def test_ledger_prints_balances_and_that_it_is_no_advice(capsys: pytest.CaptureFixture[str]) -> None:
    code = command.main([NAME, "--what-if", "50000 GB300 to g42 on 2027-03-01"], standalone_mode=False)
    text = capsys.readouterr().out
    assert code == 0
    for words in (
        "g42-2025-11",
        "Quota windows",
        "Tightest spots",
        "displaces",
        "really granted 0 of 50,000",
        "Not legal advice",
    ):
        assert words in text
    code = command.main([NAME, "--what-if", "90000 GB300 to g42 on 2027-03-01", "--json"], standalone_mode=False)
    record = json.loads(capsys.readouterr().out)
    assert code == 1
    assert record["note"].startswith("Not legal advice")
    assert {one["licence"] for one in record["what_if"]} == {"g42-2025-11", "g42-2027"}
    assert len(record["quota_windows"]) == 6


def test_tightest_spots_and_waits() -> None:
    spots = tightest(supply(), 50)
    assert [one["left_fraction"] for one in spots] == sorted(one["left_fraction"] for one in spots)
    (quota,) = waits(supply())
    assert quota["bound_by"] == "quota"
    assert quota["blocked_chips"] == 100_500
    (licence, *_) = [
        one for one in waits(deal.clear(load(NAME, ["approval-delay-6m"]))) if one["bound_by"] == "licence"
    ]
    assert licence["late_chips"] > 0
    assert licence["longest_wait_d"] > 100


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_shows_every_rule_with_its_source(name: str) -> None:
    findings = judge(scenario(), supply(), name, date(2027, 6, 30))
    assert {finding.rule for finding in findings} == set(REGIMES[name].rules())
    for finding in findings:
        assert finding.source
        assert finding.is_verified == catalog.look_up("rule", finding.rule).is_verified
    with pytest.raises(UsageError):
        judge(scenario(), supply(), name, date(2020, 1, 1))


def test_regimes_compute_what_they_can() -> None:
    by_rule = {one.rule: one for one in judge(scenario(), supply(), "ai-diffusion-2025", date(2027, 12, 31))}
    cap = by_rule["diffusion.country_cap_tpp"]
    assert (cap.verdict, cap.status) == ("beyond", "rescinded")
    assert cap.amount > 20 * cap.limit
    draft = {
        one.subject: one for one in judge(scenario(), supply(), "draft-2026-03", date(2027, 12, 31)) if one.subject
    }
    assert draft["oracle"].verdict == "tier 3"
    assert draft["g42"].verdict == "tier 2"
    gulf = {one.rule: one for one in judge(scenario(), supply(), "gulf-terms-2025", date(2027, 12, 31))}
    assert gulf["gulf.match"].verdict == "within"
    assert not math.isnan(gulf["gulf.operator"].amount)
    ear = judge(scenario(), supply(), "ear-2023", date(2027, 1, 1))
    assert {one.verdict for one in ear if one.rule == "ear.3a090a.tpp"} == {"3A090.a; system 4A090.a"}
    with pytest.raises(UsageError):
        judge(scenario(), supply(), "no-such-rule", date(2027, 1, 1))


def test_totals_by_role_and_owners_on_several_sides_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([NAME], standalone_mode=False) == 0
    told = capsys.readouterr().out
    assert {"openai", "xai"} <= {line.split()[1] for line in told.splitlines() if line.startswith("mgx ")}
    for role, party in (("owner", "oracle"), ("operator", "g42"), ("tenant", "openai"), ("end_user_country", "US")):
        assert any(line.split()[:2] == [role, party] for line in told.splitlines())
    assert command.main([NAME, "--json"], standalone_mode=False) == 0
    who = json.loads(capsys.readouterr().out.splitlines()[-1])["who"]
    owners = [row for row in who["totals"] if row["role"] == "owner"]
    tenants = [row for row in who["totals"] if row["role"] == "tenant"]
    assert sum(row["low_chips"] for row in owners) == pytest.approx(sum(row["low_chips"] for row in tenants))


def test_what_is_due_paid_late_and_waited_for_adds_up_month_by_month() -> None:
    found = deal.clear(load(NAME, ["match-lag"]))
    months, owed = found.obligation_months, found.obligations
    mine = months.where(months["obligation"] == "us-match")
    lots = owed.where(owed["obligation"] == "us-match")
    assert mine["due_usd"].sum() == pytest.approx(lots["due_usd"].sum())
    assert mine["paid_usd"].sum() == pytest.approx(lots["due_usd"].sum())
    running = (mine["due_usd"] - mine["paid_usd"]).cumsum()
    assert mine["late_usd"] == pytest.approx(running, abs=1.0), "evidence comes after the due day here"
    assert mine["waiting_chips"].max() > 0
    assert mine["waiting_chips"][-1] == 0
