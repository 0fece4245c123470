"""Variants: each operation does what it says, keeps what it should, and refuses what it cannot do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.clock import add_months
from gigacampus.errors import ScenarioError
from gigacampus.scenario import Scenario, active, load, resolved
from gigacampus.scenario.apply import scaled
from gigacampus.scenario.extend import built_in
from gigacampus.scenario.nodes import Mark, made


def with_variant(folder: Path, *operations: str, extra: str = "") -> Scenario:
    lines = "\n".join(f"      - {one}" for one in operations)
    path = folder / "s.yaml"
    path.write_text(f"extends: one-hall\n{extra}variants:\n  x:\n    title: x\n    operations:\n{lines}\n")
    return load(path, ["x"])


def refused(folder: Path, *operations: str, extra: str = "") -> tuple[str, int, str]:
    with pytest.raises(ScenarioError) as caught:
        with_variant(folder, *operations, extra=extra)
    fault = caught.value.faults[0]
    return fault.code, fault.line, fault.text.strip()


LICENCES = """\
deal:
  licences:
    second: {quota: national, licensee: host, site: campus, quantity: 100 chips, issued: 2026-08-31}
    third: {quota: national, licensee: host, site: campus, quantity: 100 chips, issued: &day
      {p10: 2026-02-01, p90: 2026-04-01, source: "https://x.y"}}
"""


def test_set(tmp_path: Path) -> None:
    found = with_variant(
        tmp_path, "{set: campus.install_rate, to: 20 racks/day}", "{set: campus.early_failures, to: 1 %}"
    )
    assert found.campus.install_rate == 20.0
    assert found.campus.early_failures == pytest.approx(0.01)
    assert active(found) == ("x",)


def test_scale_keeps_range_unit_and_source(tmp_path: Path) -> None:
    extra = 'costs:\n  building: {value: 9 to 12 USD/W, source: "https://x.y", as_of: 2025-12, status: reported}\n'
    found = with_variant(tmp_path, "{scale: costs.building, by: 0.5}", extra=extra).costs.building
    assert (found.low, found.high, float(found)) == (4.5, 6.0, 5.25)
    assert found.origin.source == "https://x.y"
    assert found.origin.status == "reported"
    assert found.raw == "4.5 to 6 USD/W"


def test_shift_moves_only_what_is_planned_by_calendar_months(tmp_path: Path) -> None:
    found = with_variant(
        tmp_path, "{shift: deal.licences.*.issued, by: 6 months, where: {state: planned}}", extra=LICENCES
    ).deal.licences
    assert found["first"].issued == date(2026, 1, 1)
    assert found["second"].issued == date(2027, 2, 28)
    third = found["third"].issued
    assert (third.low, third.high) == (date(2026, 8, 1), date(2026, 10, 1))
    assert third.origin.source == "https://x.y"


def test_shift_by_days_and_with_a_span_of_dates(tmp_path: Path) -> None:
    found = with_variant(
        tmp_path, "{shift: deal.licences.*.issued, by: -30 days, where: {issued: {from: 2026-08-01}}}", extra=LICENCES
    ).deal.licences
    assert found["second"].issued == date(2026, 8, 1)
    assert found["first"].issued == date(2026, 1, 1)


def test_add_to_a_map_a_list_and_a_map_that_is_left_out(tmp_path: Path) -> None:
    found = with_variant(
        tmp_path,
        "{add: deal.parties.xai, value: {name: xAI, kind: lab}}",
        "{add: tenants.cloud.tenancies, value: {share: 10 %, start: 2026-03-01}}",
        "{add: campus.losses.fire, value: {share: 20 %, start: 2026-02-01, end: 2026-03-01}}",
    )
    assert found.deal.parties["xai"].name == "xAI"
    assert [float(one.share) for one in found.tenants["cloud"].tenancies] == [0.3, 0.1]
    assert found.campus.losses["fire"].share == 0.2


def test_a_key_of_a_section_that_is_left_out_can_be_set(tmp_path: Path) -> None:
    found = with_variant(tmp_path, "{set: site.draw.idle, to: 20 %}")
    assert (found.site.draw.idle, found.site.draw.pretrain) == (0.2, 0.76)
    assert load("one-hall", (), ("site.chain.kind=dc_800",)).site.chain.kind == "dc_800"


def test_remove(tmp_path: Path) -> None:
    found = with_variant(tmp_path, "{remove: tenants.lab.runs.*}", "{remove: operations.failures}")
    assert found.tenants["lab"].runs == {}
    assert found.operations.failures is None


def test_split_a_tenancy_and_a_licence(tmp_path: Path) -> None:
    found = with_variant(
        tmp_path,
        "{split: tenants.lab.tenancies.0, share: 20 %, with: {start: 2026-03-01}}",
        "{split: deal.licences.first, share: 25 %, on: [quantity], into: second, with: {end_user: lab}}",
    )
    assert [float(one.share) for one in found.tenants["lab"].tenancies] == pytest.approx([0.56, 0.14])
    first, second = found.deal.licences["first"], found.deal.licences["second"]
    assert (first.quantity, second.quantity) == (3000.0, 1000.0)
    assert (first.end_user, second.end_user) == ("", "lab")
    assert list(found.deal.licences) == ["first", "second"]


def test_variants_compose_in_order(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "extends: one-hall\nvariants:\n"
        "  twice: {title: x, operations: [{scale: campus.install_rate, by: 2}]}\n"
        "  ten: {title: x, operations: [{set: campus.install_rate, to: 10 racks/day}]}\n"
    )
    assert load(path, ["twice", "ten"]).campus.install_rate == 10.0
    assert load(path, ["ten", "twice"]).campus.install_rate == 20.0
    assert load(path, ["ten"], ["campus.install_rate=3 racks/day"]).campus.install_rate == 3.0
    assert active(load(path, ["ten", "late-power"])) == ("ten", "late-power")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("{set: campus.hals.a.power, to: 3 MW IT}", "S203"),
        ("{scale: campus.instal_rate, by: 2}", "S203"),
        ("{scale: campus.early_failures, by: 2}", "S203"),
        ("{scale: campus.name, by: 2}", "S205"),
        ("{scale: campus, by: 2}", "S205"),
        ("{shift: campus.install_rate, by: 2 months}", "S205"),
        ("{shift: campus.halls.a.power_ready, by: 9000 years}", "S205"),
        ("{shift: deal.licences.*.issued, by: 2 months, where: {state: planned}}", "S203"),
        ("{add: deal.parties.lab, value: {name: x, kind: lab}}", "S204"),
        ("{remove: deal.parties.nobody}", "S203"),
        ("{remove: deal.gates.*}", "S203"),
        ("{split: tenants.lab, share: 20 %}", "S203"),
        ("{split: tenants.lab.mix.load, share: 20 %}", "S205"),
        ("{split: deal.licences.first, share: 20 %, on: [quantity]}", "S202"),
        ("{split: deal.licences.first, share: 20 %, on: [quantity], into: first}", "S204"),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_line(tmp_path: Path, operation: str, code: str) -> None:
    assert refused(tmp_path, operation) == (code, 6, f"- {operation}")


def test_a_bad_value_points_to_the_operation_that_brought_it(tmp_path: Path) -> None:
    operation = "{set: campus.install_rate, to: 3 MW}"
    assert refused(tmp_path, operation) == ("S104", 6, f"- {operation}")


def test_alleged_claims_are_off_until_a_variant_brings_them(tmp_path: Path) -> None:
    operation = "{set: campus.install_rate, to: {value: 9 racks/day, status: alleged}}"
    assert with_variant(tmp_path, operation).campus.install_rate.origin.status == "alleged"
    assert load(tmp_path / "s.yaml").campus.install_rate == 4.0


def test_a_variant_lets_in_only_the_claims_that_it_brings_itself(tmp_path: Path) -> None:
    """Another variant that is on does not open the door to an opinion that stands elsewhere."""
    opinion = "campus: {commissioning: {value: 9 days, status: opinion}}\n"
    operation = "{set: campus.install_rate, to: {value: 9 racks/day, status: alleged}}"
    code, line, _ = refused(tmp_path, operation, extra=opinion)
    assert (code, line) == ("S403", 2)
    mine = "{set: campus.commissioning, to: {value: 9 days, status: opinion}}"
    assert with_variant(tmp_path, operation, mine).campus.commissioning == 9 * 86_400


def test_what_an_applied_variant_brought_stays_lawful_when_the_resolved_scenario_is_loaded(tmp_path: Path) -> None:
    found = load("stargate-uae", ["as-the-article-says"])
    (tmp_path / "resolved.yaml").write_text(resolved(found), encoding="utf-8")
    assert load(tmp_path / "resolved.yaml").applied == ["as-the-article-says"]


@pytest.mark.parametrize("name", built_in())
def test_every_built_in_variant_loads(name: str) -> None:
    for variant in load(name).variants:
        assert active(load(name, [variant])) == (variant,)


amounts = st.floats(1e-6, 1e9).map(lambda one: float(f"{one:.6g}"))


@given(amounts, amounts, st.sampled_from(["MW IT", "USc/kWh", "%", ""]), amounts)
def test_scaling_text_scales_the_number(low: float, high: float, unit: str, by: float) -> None:
    mark = Mark()
    text = f"{low} to {high} {unit}"
    found = scaled(made(text, mark), by, mark).value.split()
    assert float(found[0]) == pytest.approx(low * by, rel=1e-12)
    assert float(found[2]) == pytest.approx(high * by, rel=1e-12)
    assert found[3:] == unit.split()


@settings(deadline=None, max_examples=50)
@given(st.dates(date(1995, 1, 1), date(2060, 1, 1)), st.integers(-300, 300))
def test_shift_and_back_loses_at_most_the_end_of_a_month(day: date, months: int) -> None:
    back = add_months(add_months(day, months), -months)
    assert back == day or (day.day > 28 and 0 < (day - back).days <= 3)


def test_an_entry_joins_a_list_that_was_left_out(tmp_path: Path) -> None:
    made = with_variant(
        tmp_path,
        "{add: deal.gates.late, value: {kind: approval, opens: 2026-02-01}}",
        "{add: deal.licences.second.gates, value: late}",
        extra=LICENCES,
    )
    assert made.deal.licences["second"].gates == ["late"]


def test_the_articles_variant_and_a_gate_on_it_compose() -> None:
    made = load("stargate-uae", ["as-the-article-says", "approval-needs-xai"])
    assert made.deal.licences["right"].gates == ["xai-tenancy"]
