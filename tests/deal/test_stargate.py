"""The deal of Stargate UAE: what it allows, what binds, what its variants change, and that all of it is sourced."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gigacampus import catalog, deal
from gigacampus.deal.sampling import Sampler
from gigacampus.errors import ScenarioError
from gigacampus.scenario import Scenario, inputs, load
from gigacampus.scenario.draws import ranges
from gigacampus.tables.supply import Supply

NAME = "stargate-uae"


@cache
def scenario(*variants: str) -> Scenario:
    return load(NAME, variants)


@cache
def supply(*variants: str) -> Supply:
    return deal.clear(scenario(*variants))


def campus(one: Supply) -> int:
    return int(one.deliveries["chips"][one.deliveries["site"] == "campus"].sum())


def by_month(one: Supply) -> dict[int, int]:
    found: dict[int, int] = {}
    here = one.deliveries.where(one.deliveries["site"] == "campus")
    for at_s, chips in zip(here["cleared_s"].tolist(), here["chips"].tolist(), strict=True):
        found[at_s] = found.get(at_s, 0) + chips
    return found


def until(one: Supply, at_s: int) -> int:
    return sum(chips for when, chips in by_month(one).items() if when <= at_s)


def test_nothing_came_to_the_campus_within_the_record() -> None:
    here = supply().deliveries.where(supply().deliveries["site"] == "campus")
    assert not here["is_record"].any()
    assert here["cleared_s"].min() >= scenario().clock.known_s
    elsewhere = supply().deliveries.where(supply().deliveries["site"] != "campus")
    assert elsewhere["is_record"].any()


def test_other_sites_draw_on_the_same_quota() -> None:
    quotas = supply().quotas
    microsoft = supply().deliveries.where(supply().deliveries["licence"] == "microsoft-2025-09")
    assert int(microsoft["chips"].sum()) == 7537
    assert quotas["drawn_elsewhere"].sum() > 50_000
    assert np.allclose(quotas["cap"] - quotas["drawn_here"] - quotas["drawn_elsewhere"], quotas["left"])
    assert set(quotas["window"].tolist()) == {"2025", "2026", "2027"}


def test_g42s_own_licence_covers_about_a_third_of_phase_1() -> None:
    licences = {row["licence"]: row for row in supply().licences.rows()}
    assert licences["g42-2025-11"]["quantity"] / 100_000 == pytest.approx(0.35)
    first = [licences[name]["drawn"] for name in ("g42-2025-11", "oracle-2025-10", "oracle-phase-1-rest")]
    assert sum(first) == pytest.approx(100_000)


def test_the_base_case_ends_with_the_quota() -> None:
    assert campus(supply()) < 400_000
    compliance = supply().compliance
    kept_out = compliance.where(compliance["outcome"] == "blocked")
    assert set(kept_out["bound_by"].tolist()) == {"quota"}
    assert campus(supply("extension-2030")) == 400_000


def test_approval_delay_moves_only_what_is_not_yet_issued() -> None:
    base, late = supply(), supply("approval-delay-6m")
    issued = {name for name, one in scenario().deal.licences.items() if one.state == "issued"}
    for licence in issued:
        a, b = (
            one.deliveries.where(one.deliveries["licence"] == licence)["cleared_s"].tolist() for one in (base, late)
        )
        assert a == b
    assert all(until(late, at_s) <= until(base, at_s) for at_s in {*by_month(base), *by_month(late)})
    assert any(until(late, at_s) < until(base, at_s) for at_s in by_month(base))


@pytest.mark.parametrize("variant", ["quota-half", "match-lag", "approval-needs-xai", "approval-needs-xai-stalled"])
def test_variants_that_hold_back_never_bring_more(variant: str) -> None:
    base, other = supply(), supply(variant)
    assert all(until(other, at_s) <= until(base, at_s) for at_s in {*by_month(base), *by_month(other)})
    assert by_month(other) != by_month(base)


def test_match_lag_makes_chips_wait_for_money() -> None:
    waiting = supply("match-lag").compliance
    assert "obligation" in waiting["bound_by"].tolist()
    assert any(text.endswith("obligation:us-match") for text in waiting["evidence"])
    passed = {row["evidence"] for row in supply().compliance.rows() if row["licence"] == "oracle-2025-10"}
    assert passed == {"gate:government-framework 2025-05-15; gate:investment-plan 2025-10-09"}


def test_the_xai_gate_is_refused_met_at_two_sizes_or_stalled() -> None:
    opens = {
        name: next(row for row in supply(name).gates.rows() if row["gate"] == "xai-tenancy")
        for name in (
            "approval-needs-xai", "approval-needs-xai-met-10", "approval-needs-xai-met-20",
            "approval-needs-xai-stalled",
        )
    }  # fmt: skip
    assert not opens["approval-needs-xai"]["is_met"]
    clock = scenario().clock
    for name in ("approval-needs-xai-met-10", "approval-needs-xai-met-20"):
        assert clock.iso(opens[name]["opens_s"]) == "2027-01-01"
    assert clock.iso(opens["approval-needs-xai-stalled"]["opens_s"]) == "2027-09-24"
    shares = [
        float(scenario(name).tenants["xai"].tenancies[0].share)
        for name in ("approval-needs-xai-met-10", "approval-needs-xai-met-20")
    ]
    assert shares == [0.10, 0.20]
    for name in opens:
        assert scenario().variants[name].status == "alleged"


def test_the_article_gives_the_campus_all_of_it() -> None:
    said = supply("as-the-article-says")
    assert set(said.deliveries["site"].tolist()) == {"campus"}
    first = min(said.deliveries["cleared_s"].tolist())
    assert scenario().clock.iso(first) == "2025-05-22"
    assert set(said.compliance["bound_by"].tolist()) == {"nothing"}
    assert not said.deliveries["is_record"].any()
    assert any("counterfactual" in warning for warning in said.warnings)
    assert any("kW a chip" in warning or "kW" in warning for warning in said.warnings)


def test_flows_and_owners_drive_nothing() -> None:
    base = scenario()
    assert base.deal.flows
    for flows in (
        {},
        {name: one.model_copy(update={"amount": one.amount.at(1e13)}) for name, one in base.deal.flows.items()},
    ):
        changed = base.model_copy(update={"deal": base.deal.model_copy(update={"flows": flows, "ownership": []})})
        other = deal.clear(changed)
        for name in ("deliveries", "quotas", "licences", "obligations", "gates"):
            assert getattr(other, name).to_json() == getattr(supply(), name).to_json(), name


def test_what_an_entry_says_of_its_source_holds_for_its_values() -> None:
    found = {row["path"]: row for row in inputs(scenario()).rows()}
    share = found["deal.ownership.9.share"]
    assert (share["status"], share["source"]) == ("reported", scenario().deal.ownership[9].source)
    assert found["deal.gates.investment-plan.passes"]["source"] == "", "of what is left out nobody said anything"
    own = found["deal.licences.oracle-2025-10.quantity"]
    assert own["source"] == scenario().deal.licences["oracle-2025-10"].quantity.origin.source


def test_every_figure_that_is_no_assumption_is_sourced() -> None:
    rows = [row for row in inputs(scenario()).rows() if row["path"].startswith("deal.")]
    stated = [row for row in rows if row["status"] != "assumption"]
    assert len(stated) > 25
    for row in stated:
        assert row["source"].startswith(("https://", "http://", "derived:")), row["path"]
    for name, party in scenario().deal.parties.items():
        if party.status != "assumption":
            assert party.source.startswith("http"), name


def test_the_built_in_deal_is_suspected_of_nothing_but_an_unverified_rule() -> None:
    (warning,) = supply().warnings
    assert "ear.3a090a.tpp" in warning
    assert "not re-checked" in warning


HALL = "{{a: {{phase: one, power: {} MW IT, building_ready: 2026-09-01, power_ready: 2026-12-01}}}}"
MS, ORACLE, G42 = "deal.licences.microsoft-2025-09", "deal.deliveries.oracle-gb300", "deal.licences.g42-2025-11"
PRESS = {
    "60,400 A100e as 60,000 GB300": ([f"{MS}.quantity=60000 chips", f"{MS}.unit=chips"], "unit misread"),
    "60,400 A100e as GB300e": ([f"{MS}.quantity=60400 GB300e", f"{MS}.unit=GB300e"], "5,025 to 7,538"),
    "1 M GPUs in 200 MW": ([f"campus.halls={HALL.format(200)}", f"{ORACLE}.total=1M chips"], "kW a chip"),
    "600,000 chips in 500 MW": ([f"campus.halls={HALL.format(500)}", f"{ORACLE}.total=600k chips"], "kW a chip"),
    "INT8 for Blackwell Ultra": (
        [f"{G42}.quantity=8338 H100e", f"{G42}.unit=H100e", "deal.deliveries.g42-gb300.total=100k chips"], "INT8",
    ),
    "a licence beyond its quota": ([f"{G42}.quantity=900k GB300e"], "larger than what quota"),
}  # fmt: skip


@pytest.mark.parametrize("what", PRESS)
def test_press_mistakes_are_explained(what: str) -> None:
    overrides, words = PRESS[what]
    found = deal.clear(load(NAME, overrides=overrides)).warnings
    assert any(words in warning for warning in found), found


CIRCLE = "[{owner: g42, owned: mgx}, {owner: mgx, owned: g42}]"
TOO_MUCH = "[{owner: g42, owned: mgx, share: 60 %}, {owner: mubadala, owned: mgx, share: 60 %}]"
LATE = "deal.deliveries.g42-gb300.start"
FAULTS = {
    "licence without a quota": (f"{G42}.quota=''", "S323", G42),
    "unit without basis": (f"{G42}.basis=''", "S321", f"{G42}.unit"),
    "unit written otherwise": (f"{G42}.quantity=35000 A100e", "S322", f"{G42}.quantity"),
    "delivery before its gate": (f"{LATE}=2025-11-01", "S325", LATE),
    "share of 120 %": ("deal.quotas.uae.allocation.g42=120 %", "S106", "deal.quotas.uae.allocation.g42"),
    "shares of 110 %": ("deal.quotas.uae.allocation.g42=30 %", "S303", "deal.quotas.uae.allocation"),
    "ownership cycle": (f"deal.ownership={CIRCLE}", "S326", "deal.ownership.1.owned"),
    "owners of 120 %": (f"deal.ownership={TOO_MUCH}", "S303", "deal.ownership.1.share"),
    "licensee without a share": ("deal.parties.oracle.group=others", "S323", "deal.licences.oracle-2025-10.licensee"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_faults_of_the_deal_have_one_clear_place(what: str, tmp_path: Path) -> None:
    override, code, path = FAULTS[what]
    keys, value = override.split("=", 1)
    lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(keys.split("."))]
    file = tmp_path / "faulty.yaml"
    file.write_text("\n".join([f"extends: {NAME}", *lines]) + f" {value}\n")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    found = {(fault.code, fault.path): fault for fault in caught.value.faults}
    assert (code, path) in found
    assert found[code, path].line > 0
    assert found[code, path].file
    assert all(fault.fix for fault in caught.value.faults)


OWED = """extends: {}
deal:
  obligations:
    second: {{debtor: g42, creditor: us_gov, kind: match_ratio, ratio: 1{}}}
  gates:
    paid: {{kind: investment, requires: "obligation:second"}}
"""


def test_obligations_need_a_base_and_a_day(tmp_path: Path) -> None:
    file = tmp_path / "owed.yaml"
    gate = "deal.gates.paid.requires"
    for more, paths in (("", ["deal.obligations.second", gate]), (", per_chip: 1 USD", [gate])):
        file.write_text(OWED.format(NAME, more))
        with pytest.raises(ScenarioError) as caught:
            load(file)
        assert [(fault.code, fault.path) for fault in caught.value.faults] == [("S327", path) for path in paths]


def test_overlapping_quotas_are_refused_with_their_line(tmp_path: Path) -> None:
    text = f"""extends: {NAME}
deal:
  quotas:
    second:
      holder: uae_gov
      cap: 100k chips/year
      start: 2026-01-01
      end: 2026-12-31
"""
    file = tmp_path / "overlap.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load(file)
    (fault,) = caught.value.faults
    assert (fault.code, fault.line, fault.file) == ("S324", 7, str(file))


def test_a_record_after_known_as_of_is_not_used() -> None:
    early = scenario().model_copy(update={"known_as_of": scenario().deal.licences["oracle-2025-10"].issued})
    found = deal.clear(early)
    assert "g42-2025-11" not in found.licences["licence"].tolist()
    assert any("g42-2025-11" in warning and "not used" in warning for warning in found.warnings)


def test_samples_equal_whole_clearings() -> None:
    base, sampler, compiled = scenario(), Sampler(scenario()), ranges(scenario())
    assert sampler.paths
    for values in compiled.values(np.random.default_rng(5).random((12, len(compiled.paths)))):
        fast = sampler.clear(dict(zip(compiled.paths, values.tolist(), strict=True)))
        slow = deal.clear(compiled.at(values)).deliveries
        slow = slow.where(slow["site"] == "campus")
        assert sorted(fast.chips.tolist()) == sorted(slow["chips"].tolist())
        assert sorted((fast.arrive_day * 86_400).tolist()) == slow["arrive_s"].tolist()
    assert base.deal.deliveries


def test_ledger_books_classes_parents_and_values() -> None:
    rows = list(supply().compliance.rows())
    assert {row["eccn"] for row in rows} == {"3A090.a; system 4A090.a"}
    assert {row["regime"] for row in rows} == {"gulf-terms-2025"}
    gb300 = catalog.look_up("chip", "GB300")
    for row in rows:
        assert row["total_tpp"] == row["cleared_chips"] * catalog.look_up("chip", row["chip"]).tpp_max
    assert gb300.tpp_max == 60_000
    due = supply().obligations.where(supply().obligations["obligation"] == "us-match")
    assert due["due_usd"].sum() == pytest.approx(100_000 * 75_764 + (campus(supply()) - 100_000) * 101_019, rel=1e-9)
