"""The facility in whole: balances, exact energy, and a result for every key of the site."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gigacampus import conditions, facility
from gigacampus.clock import HOUR_S
from gigacampus.facility.it import it_hours, shares
from gigacampus.facility.water import supplied
from gigacampus.tables.flows import Flows
from gigacampus.tables.work import Kind
from tests.facility.campus import GRID, log, scenario, site, timeline

DAY = 86_400
STOCK = [(0, "GB300", 60_000), (90 * DAY, "GB300", 60_000)]
WORK = [
    (10 * DAY, 0, Kind.PRETRAIN, 25_000), (20 * DAY + 1_234, 0, Kind.PRETRAIN, -25_000), (0, 1, Kind.SERVE, 20_000),
    (15 * DAY, 1, Kind.FINETUNE, 9_000), (95 * DAY, 1, Kind.EVALUATE, 1_000), (95 * DAY, 0, Kind.BATCH, 50_000),
]  # fmt: skip
SOLAR = {"peak": "200 MW"}
BATTERY = {"power": "40 MW", "energy": "300 MWh"}


def run(tenants: int = 2, outages: Any = None, **changes: Any) -> Flows:
    made, stock = scenario(**changes), timeline(STOCK, tenants)
    return facility.derive(made, stock, conditions.draw(made, stock), log(WORK, outages))


def test_power_closes_in_every_hour() -> None:
    hours = run().hours
    parts = hours["it_w"] + hours["loss_w"] + hours["cooling_w"] + hours["misc_w"]
    np.testing.assert_allclose(parts, hours["facility_w"], rtol=1e-12)
    assert np.nanmin(hours["pue_fraction"]) > 1.0
    assert len(hours) == 8760


SOURCES = st.lists(
    st.sampled_from(
        [
            GRID | {"limit": "60 MW poi"},
            {"supplier": "n", "kind": "flat", "limit": "30 MW poi", "price": "4 USc/kWh", "carbon": "0 g/kWh"},
            {"supplier": "s", "kind": "solar", "limit": "90 MW poi", "price": "2 USc/kWh", "carbon": "0 g/kWh",
             "solar": SOLAR},
            {"supplier": "b", "kind": "battery", "limit": "40 MW poi", "price": "0 USc/kWh", "carbon": "0 g/kWh",
             "battery": BATTERY},
            {"supplier": "r", "kind": "solar_storage", "limit": "50 MW poi", "price": "6 USc/kWh", "carbon": "0 g/kWh",
             "solar": SOLAR, "battery": BATTERY},
            {"supplier": "g", "kind": "gas", "limit": "70 MW poi", "price": "7 USc/kWh", "carbon": "540 g/kWh",
             "turbine": {"minimum": "30 %"}},
        ]
    ),
    min_size=1, max_size=6,
)  # fmt: skip


ARCHETYPES = ["dry", "adiabatic", "tower", "chiller", "air"]


def one_grid(found: list[dict[str, Any]]) -> bool:
    return sum(one["kind"] == "grid" for one in found) <= 1


@settings(max_examples=12, deadline=None)
@given(
    sources=SOURCES.filter(one_grid), archetype=st.sampled_from(ARCHETYPES),
    chillers=st.sampled_from(["0 %", "40 %", "100 %"]),
    place=st.sampled_from(["abu_dhabi", "dubai", "phoenix", "leesburg_va", "dallas"]), warming=st.floats(0.0, 6.0),
)  # fmt: skip
def test_meter_is_sources_less_charging_in_every_hour(
    sources: list[dict[str, Any]], archetype: str, chillers: str, place: str, warming: float
) -> None:
    cooling = {"archetype": archetype, "liquid_share": "80 %", "chillers": chillers}
    made = scenario(
        end="2027-02-28", sources={f"s{i}": one for i, one in enumerate(sources)}, cooling=cooling, weather=place,
        warming=f"{warming} K",
    )  # fmt: skip
    stock = timeline(STOCK, 2)
    found = facility.series(made, stock, conditions.draw(made, stock), log(WORK))
    served = found.served
    meter = served.served_w.sum(axis=1) - served.charged_w.sum(axis=1)
    np.testing.assert_allclose(meter, found.facility_w, rtol=1e-9)
    parts = found.it.it_w + found.loss_w + found.cooling.power_w + found.misc_w
    np.testing.assert_allclose(parts, found.facility_w, rtol=1e-9)
    np.testing.assert_allclose(found.facility_w + found.off_w, found.wanted_w, rtol=1e-9)
    flows = facility.derive(made, stock, conditions.draw(made, stock), log(WORK))
    assert flows.sources["energy_j"].sum() == pytest.approx(served.served_w.sum() * HOUR_S, rel=1e-12)
    assert flows.sources["carbon_kg"].sum() == pytest.approx(flows.hours["carbon_kg"].sum(), rel=1e-12)
    assert flows.months["water_l"].sum() == pytest.approx(flows.hours["water_l"].sum(), rel=1e-12)


def test_energy_is_the_integral_between_events_to_the_joule() -> None:
    made, stock = scenario(), timeline(STOCK, 2)
    power = it_hours(made, stock, log(WORK))
    share, rack = shares(made.site.draw), 2_200.0 / 1.1
    end = made.clock.end_s
    chip_s = sum(chips * (end - at) for at, _, chips in STOCK)
    expected = chip_s * (rack * share[Kind.IDLE] + (2_200.0 - rack) * float(made.site.draw.network))
    for at, _, kind, chips in WORK:
        expected += chips * (end - at) * rack * (share[kind] - share[Kind.IDLE])
    assert power.it_w.sum() * HOUR_S == pytest.approx(expected, rel=1e-12)
    assert power.tenant_w.sum() * HOUR_S == pytest.approx(expected, rel=1e-12)


def test_broken_chips_draw_nothing_while_they_wait() -> None:
    base, broken = run(), run(outages=[(5 * DAY, 400, 3 * DAY)])
    share = shares(scenario().site.draw)[Kind.IDLE]
    saved = 400 * 3 * DAY * 2_000.0 * share
    difference = base.months["it_j"].sum() - broken.months["it_j"].sum()
    assert difference == pytest.approx(saved, rel=1e-6)


def test_tenants_sum_to_the_campus_and_chips_of_nobody_are_told_apart() -> None:
    flows = run()
    tenants = flows.tenants
    assert tenants["it_j"].sum() == pytest.approx(flows.months["it_j"].sum(), rel=1e-12)
    assert tenants["facility_j"].sum() == pytest.approx(flows.months["facility_j"].sum(), rel=1e-12)
    assert set(tenants["tenant_index"]) == {-1, 0, 1}
    assert tenants["it_j"][tenants["tenant_index"] == -1].sum() == pytest.approx(0.0, abs=1.0)


def test_an_empty_campus_draws_nothing() -> None:
    made, stock = scenario(), timeline([])
    flows = facility.derive(made, stock, conditions.draw(made, stock), log([]))
    assert not flows.hours["facility_w"].any()
    assert np.isnan(flows.hours["pue_fraction"]).all()
    assert flows.summary["pue_mean"] is None
    assert flows.summary["energy_by_source_kwh"] == {"grid": 0.0}


def test_the_live_mix_of_chips_sets_the_power() -> None:
    made = scenario()
    stock = timeline([(0, "GB300", 1_000), (0, "H100", 3_000)])
    stock.chip_it_w["H100"] = 1_400.0
    found = it_hours(made, stock, log([(0, 0, Kind.PRETRAIN, 4_000)]))
    full = (1_000 * 2_200.0 + 3_000 * 1_400.0) / 1.1
    share = float(made.site.draw.pretrain)
    assert found.it_w[0] == pytest.approx(full * share + full * 0.1 * float(made.site.draw.network))
    assert found.provisioned_w[0] == pytest.approx(full * 1.1)


def test_drawn_is_less_than_provisioned_and_both_are_told() -> None:
    summary = run().summary
    assert 0.2 < summary["drawn_over_provisioned_fraction"] < 0.8
    assert summary["provisioned_it_w"] == pytest.approx(120_000 * 2_200.0)
    assert summary["carbon_boundary"] == "direct, location based"
    assert summary["step_site_w"] == summary["peak_facility_w"]


def test_options_answer_the_question_of_the_gulf() -> None:
    options = {row["option"]: row for row in run().options.rows()}
    assert options["dry W45"]["chiller_h"] < options["dry W40"]["chiller_h"]
    assert options["dry W45"]["water_l"] == 0.0 < options["adiabatic W40"]["water_l"] < options["tower W32"]["water_l"]
    assert options["dry W45"]["throttled_gpu_h"] == 0.0 < options["dry W45, no chillers"]["throttled_gpu_h"]
    assert options["chiller"]["chiller_thermal_w"] == pytest.approx(120_000 * 2_200.0)
    own, same = options["as in the scenario"], options["adiabatic W40"]
    assert own["cooling_j"] == pytest.approx(same["cooling_j"])
    assert own["limited_gpu_h"] > 0.0
    assert own["cost_usd"] == pytest.approx(own["energy_usd"] + own["water_usd"] + 0.102 * own["chiller_usd"])


def test_options_under_a_grid_of_nine_tenths_of_the_peak() -> None:
    flows = run()
    free = {row["option"]: row for row in flows.options.rows()}
    for row in flows.limited_options.rows():
        same = free[row["option"]]
        assert row["limit_w"] == pytest.approx(0.9 * flows.summary["peak_facility_w"])
        assert row["peak_facility_w"] <= row["limit_w"] * (1.0 + 1e-4)
        assert row["limited_gpu_h"] == same["limited_gpu_h"] > 0.0
        assert row["chiller_thermal_w"] <= same["chiller_thermal_w"]
        assert row["throttled_gpu_h"] <= same["throttled_gpu_h"]
        assert row["cost_usd"] < same["cost_usd"]
    thirst = [one["limited_gpu_h"] for one in (free["adiabatic W40"], free["dry W40"], free["chiller"])]
    assert thirst == sorted(thirst)


def test_carbon_is_told_by_source_and_by_the_grids_mix() -> None:
    flat = GRID | {"kind": "flat", "limit": "120 MW poi", "carbon": "12 g/kWh"}
    flows = run(sources={"nuclear": flat, "grid": GRID})
    summary, sources = flows.summary, flows.sources
    assert sum(summary["carbon_by_source_kg"].values()) == pytest.approx(summary["carbon_kg"], rel=1e-12)
    assert summary["carbon_at_grid_mix_kg"] == pytest.approx(0.21 * summary["facility_energy_kwh"], rel=1e-9)
    assert "nuclear: it serves" in summary["statements"][0]
    assert "is an assumption" in summary["statements"][0]
    assert run().summary["statements"] == []
    hours = flows.source_hours
    assert hours["carbon_kg"].sum() == pytest.approx(sources["carbon_kg"].sum(), rel=1e-12)
    assert hours["served_w"].sum() * HOUR_S == pytest.approx(sources["energy_j"].sum(), rel=1e-12)
    assert set(hours["source"]) == {"nuclear", "grid"}


def test_a_battery_that_trades_lowers_the_bill_by_the_spread() -> None:
    trade = part(
        STORE, "battery", charge_below="3 USc/kWh", give_above="10 USc/kWh", fade_per_year="0", fade_per_cycle="0"
    )
    plain, traded = run(sources={"g": TOU}), run(sources={"g": TOU, "b": trade})
    given = traded.source_hours.where(traded.source_hours["source"] == "b")
    out, taken = given["served_w"].sum() / 1e3, given["charged_w"].sum() / 1e3
    left = given["held_j"][-1] / 3.6e6 - 0.05 * 300e3
    assert out == pytest.approx((taken * 0.95 - left) * 0.95, rel=1e-9)
    saved = plain.sources["cost_usd"].sum() - traded.sources["cost_usd"].sum()
    assert saved == pytest.approx(out * 0.15 - taken * 0.03, rel=1e-9)
    assert saved > 0.0
    assert traded.summary["unserved_h"] == 0


def test_a_design_day_sizes_plant_and_connection() -> None:
    hot = {"dry_bulb_degc": 52.0, "wet_bulb_degc": 32.0, "source": "a study"}
    typical, given_day = run(), run(design_day=hot)
    assert given_day.summary["design_dry_bulb_degc"] == 52.0
    assert "design day given: 52 degC dry" in given_day.summary["design_basis"]
    assert "no design year" in typical.summary["design_basis"]
    assert given_day.summary["design_peak_w"] > typical.summary["design_peak_w"] > 0.0
    assert given_day.summary["design_facility_w"] > given_day.summary["design_peak_w"]
    assert given_day.hours["facility_w"].tolist() == typical.hours["facility_w"].tolist()


TREATED = {"supplier": "works", "limit": "300 m3/day", "price": "0.5 USD/m3", "carbon": "100 g/kWh"}


def test_water_comes_from_its_supplies_in_order() -> None:
    flows = run(water_sources={"treated": TREATED})
    water = flows.water
    assert water["water_l"].sum() == pytest.approx(flows.hours["water_l"].sum(), rel=1e-12)
    first, main = (water.where(water["source"] == name) for name in ("treated", "desalinated"))
    assert 0.0 < first["water_l"].sum() <= 300e3 * 365
    assert first["water_l"].max() <= 300e3 * 31 * (1.0 + 1e-12)
    assert main["water_l"].sum() > 0.0
    np.testing.assert_allclose(first["cost_usd"], first["water_l"] / 1e3 * 0.5)
    np.testing.assert_allclose(first["carbon_kg"], first["supply_j"] / 3.6e6 * 0.1)
    np.testing.assert_allclose(main["supply_j"], main["water_l"] / 1e3 * 3.5 * 3.6e6)
    assert flows.summary["water_usd"] == pytest.approx(water["cost_usd"].sum())
    assert flows.summary["water_supply_carbon_kg"] == pytest.approx(water["carbon_kg"].sum())
    assert run().water["cost_usd"].sum() == pytest.approx(flows.summary["water_m3"] * 2.0)


@settings(max_examples=10, deadline=None)
@given(
    limits=st.lists(st.floats(0.0, 3_000.0), max_size=3),
    archetype=st.sampled_from(["adiabatic", "tower"]),
    place=st.sampled_from(["abu_dhabi", "phoenix", "SG"]),
)
def test_water_and_its_carbon_close_over_any_supplies(limits: list[float], archetype: str, place: str) -> None:
    supplies = {f"w{i}": TREATED | {"limit": f"{limit} m3/day"} for i, limit in enumerate(limits)}
    made = scenario(
        end="2027-02-10",
        water_sources=supplies,
        weather=place,
        cooling={"archetype": archetype, "liquid_share": "80 %"},
    )
    stock = timeline(STOCK, 2)
    outside = conditions.draw(made, stock)
    found = facility.series(made, stock, outside, log(WORK))
    parts = supplied(made, outside, found.cooling.water_l)
    np.testing.assert_allclose(sum(one.water_l for one in parts), found.cooling.water_l, rtol=1e-9, atol=1e-6)
    days = np.arange(len(found.cooling.water_l)) // 24
    for one, limit in zip(parts, limits, strict=False):
        assert np.bincount(days, one.water_l).max() <= limit * 1e3 * (1.0 + 1e-9) + 1e-6
    flows = facility.derive(made, stock, outside, log(WORK))
    assert flows.water["carbon_kg"].sum() == pytest.approx(sum(one.carbon_kg.sum() for one in parts), rel=1e-9)


def test_a_limit_that_is_too_low_switches_racks_off() -> None:
    free, flows = run(), run(sources={"grid": GRID | {"limit": "100 MW poi"}})
    assert flows.summary["unserved_h"] > 0 == free.summary["unserved_h"]
    hours, wanted = flows.hours, free.hours["facility_w"]
    np.testing.assert_allclose(hours["facility_w"], np.minimum(wanted, 1e8), rtol=1e-9)
    np.testing.assert_allclose(hours["facility_w"] + hours["unserved_w"], wanted, rtol=1e-9)
    assert flows.summary["pue_mean"] == pytest.approx(
        flows.summary["facility_energy_kwh"] / flows.summary["it_energy_kwh"]
    )
    assert flows.tenants["facility_j"].sum() == pytest.approx(flows.sources["energy_j"].sum(), rel=1e-9)


def test_a_campus_without_power_draws_drinks_and_emits_nothing() -> None:
    flows = run(sources={"grid": GRID | {"limit": "0 MW poi"}})
    assert not flows.hours["facility_w"].any()
    assert not flows.hours["it_w"].any()
    assert not flows.hours["water_l"].any()
    assert not flows.sources["energy_j"].any()
    assert flows.summary["pue_mean"] is None
    assert flows.summary["unserved_h"] == 8760


def test_sources_serve_in_order_from_their_day() -> None:
    flat = {
        "supplier": "n",
        "kind": "flat",
        "limit": "50 MW poi",
        "price": "6 USc/kWh",
        "carbon": "0 g/kWh",
        "available": "2027-07-01",
    }
    flows = run(sources={"nuclear": flat, "grid": GRID})
    rows = {(row["month_s"], row["source"]): row for row in flows.sources.rows()}
    july = 181 * DAY
    assert rows[(151 * DAY, "nuclear")]["energy_j"] == 0.0
    assert rows[(july, "nuclear")]["energy_j"] == pytest.approx(5e7 * 31 * DAY)
    assert rows[(july, "nuclear")]["cost_usd"] == pytest.approx(5e4 * 31 * 24 * 0.06)


STORE = {
    "supplier": "b",
    "kind": "battery",
    "limit": "40 MW poi",
    "price": "0 USc/kWh",
    "carbon": "0 g/kWh",
    "battery": BATTERY,
}
PLANT = {
    "supplier": "s",
    "kind": "solar",
    "limit": "150 MW poi",
    "price": "2 USc/kWh",
    "carbon": "0 g/kWh",
    "solar": SOLAR,
}


ALL_YEAR = list(range(1, 13))
TOU = GRID | {
    "bands": [
        {"months": ALL_YEAR, "from_hour": 16, "to_hour": 20, "price": "15 USc/kWh"},
        {"months": ALL_YEAR, "from_hour": 0, "to_hour": 6, "price": "3 USc/kWh"},
    ]
}


def part(source: dict[str, Any], section: str, **changes: Any) -> dict[str, Any]:
    return source | {section: source.get(section, {}) | changes}


RTC = {"like": "abu_dhabi_rtc", "supplier": "m"}


def test_round_the_clock_solar_is_a_ready_made_block() -> None:
    whole, half = (site(sources={"r": RTC | more}).sources["r"] for more in ({}, {"limit": "500 MW poi"}))
    assert (float(whole.limit), float(half.limit)) == (1e9, 5e8)
    for one, size in ((whole, 1.0), (half, 0.5)):
        assert one.solar is not None
        assert one.battery is not None
        assert float(one.solar.peak) == pytest.approx(5.2e9 * size)
        assert float(one.battery.energy) == pytest.approx(19e9 * 3600 * size)
        assert one.battery.energy.origin.status == "reported"
    own = site(sources={"r": RTC | {"price": "5 USc/kWh"}}).sources["r"]
    assert float(own.price) == pytest.approx(0.05)
    flows = run(sources={"r": RTC | {"limit": "300 MW poi"}, "grid": GRID})
    served = flows.summary["energy_by_source_kwh"]
    assert served["r"] > 5 * served["grid"]


def test_gas_turbines_are_ready_made_blocks_by_their_cycle() -> None:
    gas = {"supplier": "m", "price": "7 USc/kWh", "limit": "500 MW poi"}
    one, two = (site(sources={"g": gas | {"like": like}}).sources["g"] for like in ("open_cycle", "combined_cycle"))
    assert (one.kind, two.kind) == ("gas", "gas")
    assert float(one.carbon) > 1.4 * float(two.carbon)
    assert one.turbine is not None
    assert two.turbine is not None
    assert float(one.turbine.derating) > float(two.turbine.derating)
    assert float(one.turbine.minimum) < float(two.turbine.minimum)
    assert float(one.turbine.start_cost) == pytest.approx(500 * 32.0)
    own = site(sources={"g": gas | {"like": "open_cycle", "carbon": "600 g/kWh"}}).sources["g"]
    assert float(own.carbon) == pytest.approx(0.6)
    with pytest.raises(ValidationError, match="limit"):
        site(sources={"g": {key: gas[key] for key in ("supplier", "price")} | {"like": "open_cycle"}})


def test_replicas_at_part_load_draw_more_than_a_straight_line() -> None:
    stock, half = timeline([(0, "GB300", 1_000)]), [(0, 0, Kind.SERVE, 500), (0, 0, Kind.IDLE, 500)]
    line, bent = (it_hours(scenario(draw={"exponent": g}), stock, log(half)).it_w[0] for g in ("1", "0.8"))
    draw = scenario().site.draw
    more = 1_000 * 2_000.0 * (float(draw.serve) - float(draw.idle)) * (0.5**0.8 - 0.5)
    assert bent - line == pytest.approx(more)
    full = [(0, 0, Kind.SERVE, 1_000)]
    one, two = (it_hours(scenario(draw={"exponent": g}), stock, log(full)).it_w[0] for g in ("1", "0.8"))
    assert one == pytest.approx(two)


def outcome(changes: dict[str, Any]) -> Any:
    flows = run(**changes)
    plain = {key: value for key, value in flows.summary.items() if value == value}
    return plain, flows.sources["cost_usd"].sum(), flows.sources["carbon_kg"].sum()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "changed"),
    [
        ({}, {"weather": "phoenix"}),
        ({"start": "2027-06-01", "end": "2028-06-30"}, {"weather": ["abu_dhabi", "dubai"]}),
    ],
)
def test_other_weather_moves_a_result(base: dict[str, Any], changed: dict[str, Any]) -> None:
    """Numbers and choices of the site are changed one by one in `tests/walk/test_knobs.py`."""
    assert outcome(base) != outcome(base | changed)


REFUSED = {
    "a battery of negative size": {"sources": {"b": part(STORE, "battery", energy="-10 MWh")}},
    "a battery of no size": {"sources": {"b": part(STORE, "battery", energy="0 MWh")}},
    "a source with no price": {"sources": {"g": {key: value for key, value in GRID.items() if key != "price"}}},
    "a ramp limit of zero": {"ramp_limit": "0 MW/min"},
    "a limit without basis": {"sources": {"g": GRID | {"limit": "1 GW"}}},
    "a limit of IT power": {"sources": {"g": GRID | {"limit": "1 GW IT"}}},
    "solar without a plant": {"sources": {"p": {key: value for key, value in PLANT.items() if key != "solar"}}},
    "a window upside down": {"sources": {"b": part(STORE, "battery", floor="90 %", ceiling="10 %")}},
    "a design day wetter than air": {"design_day": {"dry_bulb_degc": 30.0, "wet_bulb_degc": 31.0}},
    "a design day in Fahrenheit": {"design_day": {"dry_bulb_degc": 118.0, "wet_bulb_degc": 86.0}},
    "no source": {"sources": {}},
    "one price of two": {"sources": {"g": GRID, "b": part(STORE, "battery", give_above="9 USc/kWh")}},
    "prices upside down": {
        "sources": {"g": GRID, "b": part(STORE, "battery", charge_below="9 USc/kWh", give_above="3 USc/kWh")}
    },
    "a trader away from the grid": {
        "sources": {"b": part(STORE, "battery", charge_below="3 USc/kWh", give_above="9 USc/kWh"), "g": GRID}
    },
    "two grids": {"sources": {"a": GRID, "b": GRID}},
    "a share above one": {"draw": {"idle": "120 %"}},
    "two supplies of one name": {"water_sources": {"desalinated": TREATED}},
    "a supply with no price": {"water_sources": {"t": {key: TREATED[key] for key in ("supplier", "limit")}}},
    "a turbine on the grid": {"sources": {"g": GRID | {"turbine": {}}}},
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_cannot_be_is_refused(case: str) -> None:
    with pytest.raises(ValidationError):
        site(**REFUSED[case])
