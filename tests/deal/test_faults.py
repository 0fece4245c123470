"""Mistakes in a deal: each is one clear error with its file and line, or a warning that explains it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gigacampus import deal
from gigacampus.cli import gigacampus
from gigacampus.errors import ScenarioError
from gigacampus.scenario import load

FAULTS = {
    "a cycle of ownership": (
        "deal:\n  ownership:\n    - {owner: host, owned: lab}\n    - {owner: lab, owned: host}\n", "S326", 5, "circle"),
    "a parent above its own owner": (
        "deal:\n  ownership:\n    - {owner: host, owned: lab}\n  parties:\n    host: {parent: lab}\n",
        "S326", 6, "circle"),
    "parents in a circle": (
        "deal:\n  parties:\n    host: {parent: lab}\n    lab: {parent: host}\n", "S307", 4, "host → lab → host"),
    "a licence without a quota": (
        "deal:\n  licences:\n    more: {licensee: host, site: campus, quantity: 1k chips, issued: 2026-01-01}\n",
        "S323", 4, "draws on no quota"),
    "overlapping windows": (
        "deal:\n  quotas:\n    again: {holder: home, cap: 1k chips/year, start: 2026-06-01, end: 2027-06-01}\n",
        "S324", 4, "overlap"),
    "an owner with 120 %": (
        "deal:\n  ownership:\n    - {owner: host, owned: lab, share: 120 %}\n", "S106", 4, "120 %"),
    "owners with 120 % together": (
        "deal:\n  ownership:\n    - {owner: host, owned: lab, share: 70 %}\n"
        "    - {owner: home, owned: lab, share: 50 %}\n",
        "S303", 5, "120 %"),
    "a tenancy of 120 %": ("tenants:\n  lab:\n    tenancies: [{share: 120 %}]\n", "S106", 4, "120 %"),
    "an allocation of 120 %": (
        "deal:\n  quotas:\n    national:\n      allocation: {host: 100 %, guest: 20 %}\n", "S303", 5, "120 %"),
    "a delivery before its licence": (
        "deal:\n  deliveries:\n    racks:\n      start: 2025-12-01\n", "S325", 5, "licence first was issued"),
    "a unit without basis": (
        "deal:\n  licences:\n    first:\n      quantity: 4k GB300e\n      unit: GB300e\n", "S321", 6, "basis"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_each_is_one_error_with_file_and_line(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, code, line, words = FAULTS[what]
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(f"extends: one-hall\n{text}")
    with pytest.raises(ScenarioError) as caught:
        load("mine.yaml")
    (fault,) = caught.value.faults
    assert (fault.code, fault.file, fault.line) == (code, "mine.yaml", line)
    assert words in fault.message
    assert fault.fix


def test_a_delivery_before_its_gate_is_one_error_where_the_delivery_stands(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: one-hall\ndeal:\n  gates:\n    framework: {kind: approval, opens: 2026-01-10}\n"
        "  licences:\n    first: {gates: [framework]}\n  deliveries:\n    racks: {start: 2026-01-05}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.line) == ("S325", 8)
    assert "gate framework opened on 2026-01-10" in fault.message


def test_a_million_gpus_claimed_for_200_mw_are_explained() -> None:
    scenario = load("stargate-uae", overrides=["campus.halls.phase-1.claimed_chips=500k chips"])
    found = [one for one in deal.clear(scenario).warnings if "claimed_chips" in one]
    assert len(found) == 1
    assert "500,000 chips in 100 MW of IT would be 0.20 kW a chip" in found[0]


def test_600_000_chips_in_500_mw_are_explained() -> None:
    found = deal.clear(load("humain", ["as-the-press-says"])).warnings
    assert any("600,000 chips in 500 MW of IT would be 0.83 kW a chip" in one for one in found)


def test_a_plan_prints_what_looks_like_a_mistake() -> None:
    told = CliRunner().invoke(gigacampus, ["plan", "humain", "--variant", "as-the-press-says"])
    assert told.exit_code == 0
    assert "warning: deal.deliveries: 600,000 chips in 500 MW" in told.stderr


def test_a_tenant_with_more_than_the_campus_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: one-hall\ntenants:\n  lab:\n    tenancies: [{share: 70 %}, {share: 100 %, start: 2026-02-01}]\n"
    )
    (warning, *_) = deal.clear(load(path)).warnings
    assert "tenants.lab.tenancies: on 2026-02-01 they sum to 170 % of the campus" in warning
    assert not any("tenancies" in one for one in deal.clear(load("one-hall")).warnings)
