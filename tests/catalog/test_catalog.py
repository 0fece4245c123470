"""The catalog: every figure sourced, both values where sources differ, formulas that hold, conversions by basis."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gigacampus import catalog
from gigacampus.catalog import formula
from gigacampus.cli.convert_ import command as convert_command
from gigacampus.errors import UsageError
from gigacampus.validate import score


def test_every_fact_carries_a_url_a_formula_or_the_article() -> None:
    assert len(catalog.facts()) == 175
    for fact in catalog.facts().values():
        assert fact.url or formula.is_derived(fact) or fact.source.startswith("article"), fact.id
        assert fact.status in {"official", "reported", "estimate", "opinion"}, fact.id


def test_formulas_name_what_there_is_and_give_what_is_stated() -> None:
    derived = [fact for fact in catalog.facts().values() if formula.is_derived(fact)]
    assert len(derived) == 21
    for fact in derived:
        assert formula.names_in(fact)
    assert {case.verdict for case in score("units")} == {"pass"}


def test_where_the_two_chip_tables_differ_both_values_stay_with_their_sources() -> None:
    rubin = catalog.look_up("chip", "Rubin")
    figures = rubin.all_of("fp8_dense_tflops")
    assert [figure.value for figure in figures] == [11667.0, 16700.0]
    assert len({figure.source for figure in figures}) == 2
    assert "tpp_max" in rubin.disagreements()
    for chip in catalog.chips().values():
        for figure in chip.figures:
            assert figure.source, (chip.id, figure.key)


def test_blackwell_ultra_is_never_counted_by_int8() -> None:
    gb300 = catalog.look_up("chip", "GB300")
    assert gb300.int8_dense_tops == 165.0
    assert gb300.dense_8bit_tops == 5000.0
    assert gb300.h100e_8bit == 2.5265
    with pytest.raises(UsageError, match="thirtieth"):
        catalog.convert(100_000, "GB300", "H100e", "int8")


def test_the_licence_that_the_press_misread() -> None:
    found = catalog.convert(60_400, "A100e", "GB300e")
    assert (round(found.low), round(found.high)) == (5025, 7538)
    assert set(found.by_basis) == set(catalog.BASES)


@pytest.mark.parametrize("unit", ["A100e", "H100e", "GB300e", "GB300", "TPP"])
@pytest.mark.parametrize("basis", ["tpp-8bit", "tpp-max"])
def test_conversion_there_and_back(unit: str, basis: str) -> None:
    there = 1234.5 * catalog.ratio(unit, "B200", basis)
    assert there * catalog.ratio("B200", unit, basis) == pytest.approx(1234.5, rel=1e-12)


def test_sums_across_units_need_a_basis() -> None:
    a100s, gb300s = catalog.ChipAmount(60_400, "A100e"), catalog.ChipAmount(100, "GB300e")
    assert (gb300s + catalog.ChipAmount(5, "GB300")).value == 105
    for wrong in (lambda: a100s + gb300s, lambda: a100s - gb300s, lambda: a100s < gb300s):
        with pytest.raises(UsageError) as caught:
            wrong()
        assert all(basis in caught.value.faults[0].fix for basis in catalog.BASES)
    assert round((gb300s + a100s.to("GB300e", "tpp-max")).value) == 5125


def test_wrong_names_are_suggested_right() -> None:
    for kind, key, hint in (
        ("chip", "GB30O", "GB300"),
        ("fact", "quota.total_per_yea", "quota.total_per_year"),
        ("rack", "GB300 NVL7", "NVL72"),
    ):
        with pytest.raises(UsageError) as caught:
            catalog.look_up(kind, key)
        assert hint in caught.value.faults[0].fix
    with pytest.raises(UsageError):
        catalog.look_up("planet", "x")


def test_campuses_racks_rules_and_slips() -> None:
    assert sum(len(one) for one in catalog.campuses().values()) == 81
    assert sum(len(steps) for steps in catalog.timelines().values()) == 44
    assert len(catalog.slips()) == 10
    assert catalog.look_up("rack", "GB300 NVL72").chips == 72
    assert not catalog.look_up("rule", "ear.3a090a.alt_tpp").is_verified
    assert catalog.look_up("rule", "gulf.match").is_verified


def test_the_catalog_is_light() -> None:
    code = (
        "import sys, gigacampus.catalog.lookup; print([m for m in ('numpy','pyarrow','pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_convert_prints_range_and_basis(capsys: pytest.CaptureFixture[str]) -> None:
    convert_command.main(["60400", "A100e", "GB300e"], standalone_mode=False)
    text = capsys.readouterr().out
    assert "5,025 to 7,538 GB300e" in text
    assert "tpp-max" in text
    convert_command.main(["60.4k", "A100e", "GB300e", "--basis", "dense-8bit", "--json"], standalone_mode=False)
    record = json.loads(capsys.readouterr().out)
    assert round(record["low"]) == round(record["high"]) == 7538
    for bad in (["x", "A100e", "GB300e"], ["1", "chips", "H100e"], ["1", "FOO", "H100e"], ["1e30", "H100e", "TPP"]):
        with pytest.raises(UsageError):
            convert_command.main(bad, standalone_mode=False)
