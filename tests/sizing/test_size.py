"""Sizing: chips to racks and power and back, ranges, plants, and what is refused."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.buildout.sizing import KEYS, PLANTS, fitting, fitting_range, inputs_of, parse_fleet, parse_power, size
from gigacampus.buildout.sizing.inputs import spread_of
from gigacampus.buildout.sizing.plant import cooling_fraction
from gigacampus.catalog import racks
from gigacampus.cli.size_ import command
from gigacampus.errors import UsageError
from gigacampus.scenario.plants import plant as asked
from gigacampus.scenario.site import Cooling


@pytest.mark.parametrize(
    ("text", "chips"),
    [
        ("50400 GB200 + 18000 GB300", {"GB200": 50_400, "GB300": 18_000}),
        ("100k H100", {"H100": 100_000}),
        ("1.5M Trainium2", {"Trainium2": 1_500_000}),
        ("100,000 GB300 NVL72", {"GB300": 100_000}),
        ("72 GB200+72 GB200", {"GB200": 144}),
        ("300000 Rubin", {"R200": 300_000}),
        ("150,000 H100, 50,000 H200 and 30k GB200", {"H100": 150_000, "H200": 50_000, "GB200": 30_000}),
    ],
)
def test_fleets_are_read(text: str, chips: dict[str, int]) -> None:
    assert parse_fleet(text).chips == chips


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GB200", "no number of chips"),
        ("12 XB3", "XB3"),
        ("60400 A100e", "counts compute, not chips"),
        ("0 GB200", "no whole number"),
        ("1.5 GB200", "no whole number"),
        ("100 TPP", "names no chip"),
        ("", "no number of chips"),
    ],
)
def test_what_is_no_fleet_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_fleet(text)


def test_all_faults_of_a_fleet_come_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_fleet("12 XB3 + foo + 3 GB300")
    assert len(caught.value.faults) == 2


def test_a_hundred_thousand_gb300_give_about_200_mw() -> None:
    """A consistency check of stated inputs, no validation: rack 132 to 142 kW, network and storage shares."""
    sized = size(parse_fleet("100000 GB300"))
    assert sized.fleet.racks == {"GB300": 1389}
    assert sized.it_mw.value == pytest.approx(200.0, rel=0.10)
    assert sized.it_mw.low < sized.it_mw.value < sized.it_mw.high


def test_it_power_is_the_racks_with_their_network() -> None:
    inputs = inputs_of(["H100"])
    outside = 1.0 + inputs["network"].spread.value + inputs["storage"].spread.value
    assert size(parse_fleet("800 H100")).it_mw.value == pytest.approx(100 * 10.2e-3 * outside)


def test_a_mix_is_the_sum_of_its_parts() -> None:
    one, two, both = (size(parse_fleet(t)) for t in ("50400 GB200", "18000 GB300", "50400 GB200 + 18000 GB300"))
    for name in ("it_mw", "facility_mw", "h100e_8bit", "h100e_16bit", "tpp", "chip_cost_usd"):
        assert getattr(both, name).value == pytest.approx(getattr(one, name).value + getattr(two, name).value)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted({rack.chip for rack in racks().values()})), st.integers(20, 5000))
def test_a_power_is_filled_and_no_more(chip: str, mw: int) -> None:
    for basis in ("it", "facility"):
        low, fleet, high = fitting_range(mw * 1e6, basis, chip)
        sized = size(fleet)
        used = sized.it_mw if basis == "it" else sized.facility_mw
        rack_mw = used.value / fleet.racks[chip]
        assert mw - rack_mw * (1 + 1e-6) <= used.value <= mw * (1 + 1e-9)
        assert low <= fleet.chips[chip] <= high


def test_every_rack_can_be_sized_and_every_plant_costs_power() -> None:
    for rack in racks().values():
        sized = size(parse_fleet(f"{rack.chips * 100} {rack.chip}"))
        assert rack.plant in sized.facility_mw_by_cooling
        assert 1.05 < sized.facility_mw.value / sized.it_mw.value < 1.6
        assert all(one.value > sized.it_mw.value for one in sized.facility_mw_by_cooling.values())
        assert sized.facility_mw.low < sized.facility_mw.value < sized.facility_mw.high


def test_towers_need_less_than_chillers_and_heat_more_than_mild_days() -> None:
    by = size(parse_fleet("7200 GB300")).facility_mw_by_cooling
    assert by["tower"].value < by["dry"].value < by["chiller"].value
    for plant in PLANTS.values():
        assert cooling_fraction(plant.air, 30.0, 20.0) <= cooling_fraction(plant.air, 42.0, 26.0)


@pytest.mark.parametrize(("name", "water"), [("dry", "W40"), ("adiabatic", "W40"), ("tower", "W32"), ("air", "W40")])
def test_plants_are_those_of_a_scenario(name: str, water: str) -> None:
    cooling = {"archetype": name, "water_class": water, "liquid_share": "87 %"}
    made, here = asked(Cooling.model_validate(cooling)), PLANTS[name]
    assert made.liquid == (here.liquid or here.air)
    if name != "adiabatic":  # a campus with pads cools its halls' air by dry coolers
        assert made.air == here.air


def test_air_cannot_cool_racks_with_water() -> None:
    with pytest.raises(UsageError, match="needs water"):
        size(parse_fleet("72 GB300"), "air")
    assert "air" not in size(parse_fleet("72 GB300 + 8 H100")).facility_mw_by_cooling


def test_every_input_has_a_source_and_moves_something() -> None:
    fleet = parse_fleet("100000 GB300 + 8000 H100")
    inputs = inputs_of(list(fleet.chips))
    base = size(fleet)
    for key, one in inputs.items():
        assert one.source or one.status == "assumption", key
        assert one.spread.low <= one.spread.value <= one.spread.high, key
    assert base.facility_mw.high - base.facility_mw.low > base.it_mw.high - base.it_mw.low


def test_ranges_add_in_quadrature() -> None:
    inputs = {k: v for k, v in inputs_of(["GB300"]).items() if k in {"network", "storage"}}
    spread = spread_of(lambda values: values["network"] + values["storage"], inputs)
    assert (spread.value, spread.low, spread.high) == pytest.approx((0.11, 0.11 - 0.0013**0.5, 0.11 + 0.0005**0.5))


def test_a_power_at_the_meter_holds_less() -> None:
    assert parse_power("200 MW") == (2e8, "it")
    assert parse_power("200 MW facility") == (2e8, "facility")
    assert parse_power("200 GB300") is None
    assert fitting(2e8, "facility", "GB300").chips["GB300"] < fitting(2e8, "it", "GB300").chips["GB300"]


def test_command_prints_the_keys_that_it_promises() -> None:
    result = CliRunner().invoke(command, ["50400 GB200 + 18000 GB300", "--json"], standalone_mode=False)
    record = json.loads(result.output)
    assert set(KEYS) <= set(record)
    assert record["racks"] == 950
    assert all(one["status"] for one in record["inputs"])


def test_command_answers_the_other_way_round() -> None:
    result = CliRunner().invoke(command, ["200 MW", "--chip", "GB300"], standalone_mode=False)
    assert "200 MW is read as provisioned IT: 94,680 GB300 fit" in result.output


@pytest.mark.parametrize("args", [["200 MW"], ["5 GB300", "--chip", "GB300"], ["1 W", "--chip", "GB300"], ["9 chip"]])
def test_command_refuses_what_does_not_go_together(args: list[str]) -> None:
    result = CliRunner().invoke(command, args, standalone_mode=False)
    assert isinstance(result.exception, UsageError)


def test_what_is_not_published_is_said_not_guessed() -> None:
    record = size(parse_fleet("640 Trainium2")).record()
    assert record["chip_cost_usd"] is None
    assert any("no price is published" in note for note in record["notes"])
