"""Cooling: the published table of archetypes, and what must hold in any weather."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.conditions import read_weather
from gigacampus.kernels import tower
from gigacampus.kernels.cooling import chiller_cop
from gigacampus.kernels.plant import Loop, Plant, Reject, cooling_hours, loop_hours
from gigacampus.kernels.psychrometrics import saturated_j_per_kg
from gigacampus.scenario.plants import air_hall, hall_loop, water_loop
from gigacampus.scenario.site import Cooling

LUMPED = 0.0442
"""Conversion losses of the table: the lumped curve at three quarters of its load."""

TABLE = [
    ("abu_dhabi", "dry", 45.0, 1.102, 1.223, 0.0, 1218), ("abu_dhabi", "dry", 40.0, 1.115, 1.252, 0.0, 2690),
    ("abu_dhabi", "adiabatic", 40.0, 1.099, 1.132, 0.39, 3), ("abu_dhabi", "dry", 32.0, 1.154, 1.300, 0.0, 6019),
    ("abu_dhabi", "adiabatic", 32.0, 1.117, 1.198, 0.64, 3647), ("abu_dhabi", "dry", 25.0, 1.202, 1.344, 0.0, 8216),
    ("phoenix", "dry", 45.0, 1.097, 1.201, 0.0, 1056), ("phoenix", "adiabatic", 40.0, 1.093, None, 0.50, 4),
    ("phoenix", "adiabatic", 32.0, 1.099, None, 0.85, 952), ("dallas", "dry", 45.0, 1.087, None, 0.0, 100),
    ("dallas", "adiabatic", 32.0, 1.095, None, 0.31, 1577), ("leesburg_va", "dry", 32.0, 1.091, None, 0.0, 1475),
    ("leesburg_va", "dry", 25.0, 1.113, None, 0.0, 3499),
]  # fmt: skip


@pytest.mark.parametrize(("place", "reject", "supply", "mean", "peak", "water", "hours"), TABLE)
def test_archetypes_over_a_year_at_full_load(
    place: str, reject: Reject, supply: float, mean: float, peak: float | None, water: float, hours: int
) -> None:
    year = read_weather(place)
    one = np.ones(8760)
    plant = Plant(
        replace(water_loop(reject, supply), module_fraction=0.0, cycles=5.0),
        replace(hall_loop("dry"), module_fraction=0.0),
        0.85,
    )
    found = cooling_hours(plant, year.dry_bulb_degc, year.wet_bulb_degc, year.pressure_pa, one, one)
    pue = 1.0 + found.power_w + plant.misc_fraction + LUMPED
    assert pue.mean() == pytest.approx(mean, abs=0.0012)
    if peak is not None:
        assert pue.max() == pytest.approx(peak, abs=0.0012)
    assert 1000.0 * found.water_l.mean() == pytest.approx(water, abs=0.006)
    assert found.is_trimmed.sum() == pytest.approx(hours, abs=3)


def run(loop: Loop, dry: np.ndarray, wet: np.ndarray, load: float) -> tuple[np.ndarray, np.ndarray]:
    found = loop_hours(loop, dry, wet, np.full_like(dry, 101_325.0), np.full_like(dry, load))
    return found.power, found.water_kg_per_j


LOADS = st.floats(0.05, 1.0)
SUPPLIES = st.sampled_from([18.0, 23.0, 32.0, 40.0, 45.0])


@settings(max_examples=60, deadline=None)
@given(load=LOADS, supply=SUPPLIES, wet=st.floats(-5.0, 20.0))
@pytest.mark.parametrize("reject", ["dry", "chiller"])
def test_power_never_falls_with_dry_bulb(reject: Reject, load: float, supply: float, wet: float) -> None:
    dry = np.linspace(wet, 52.0, 200)
    power, _ = run(water_loop(reject, supply), dry, np.full_like(dry, wet), load)
    assert np.all(np.diff(power) >= -1e-12)


@settings(max_examples=60, deadline=None)
@given(load=LOADS)
def test_an_air_hall_never_draws_less_in_warmer_air(load: float) -> None:
    dry = np.linspace(-20.0, 52.0, 300)
    power, water = run(air_hall(), dry, dry - 5.0, load)
    assert np.all(np.diff(power) >= -1e-12)
    assert not water.any()


@settings(max_examples=60, deadline=None)
@given(load=LOADS, supply=SUPPLIES)
def test_a_tower_neither_draws_nor_drinks_less_in_moister_air(load: float, supply: float) -> None:
    wet = np.linspace(-10.0, 35.0, 200)
    power, water = run(water_loop("tower", supply), np.full_like(wet, 40.0), wet, load)
    assert np.all(np.diff(power) >= -1e-12)
    assert np.all(np.diff(water) >= -1e-15)


@settings(max_examples=60, deadline=None)
@given(load=LOADS, supply=SUPPLIES, wet=st.floats(-5.0, 28.0))
def test_pads_within_one_state(load: float, supply: float, wet: float) -> None:
    loop = water_loop("adiabatic", supply)
    dry = np.linspace(wet, 52.0, 400)
    is_on = dry + loop.approach_k * load > supply
    power, water = run(loop, dry, np.full_like(dry, wet), load)
    for state in (is_on, ~is_on):
        assert np.all(np.diff(power[state]) >= -1e-12)
    assert np.all(np.diff(water[is_on]) >= -1e-15)
    assert not water[~is_on].any()


@settings(deadline=None)
@given(supply=st.floats(10.0, 45.0), carnot=st.floats(0.3, 0.6))
def test_cop_never_rises_with_lift(supply: float, carnot: float) -> None:
    cop = chiller_cop(supply, np.linspace(0.0, 70.0, 200), carnot)
    assert np.all(np.diff(cop) <= 1e-12)


@settings(deadline=None)
@given(load=st.floats(0.05, 0.95), dry=st.floats(-10.0, 50.0), supply=SUPPLIES)
def test_more_heat_never_needs_less_power(load: float, dry: float, supply: float) -> None:
    air, wet = np.array([dry]), np.array([dry - 4.0])
    low, _ = run(water_loop("dry", supply), air, wet, load)
    high, _ = run(water_loop("dry", supply), air, wet, load + 0.05)
    assert high[0] >= low[0] - 1e-12


def test_a_tower_is_that_of_its_twin() -> None:
    """Water that leaves at full fans, and the speed that just meets a supply, by bisection on the exact enthalpies."""

    def enthalpy(t: float) -> float:
        return float(saturated_j_per_kg(t, 101_325.0))

    for approach, rise, wet, load in ((4.0, 10.0, 20.0, 1.0), (6.0, 6.0, 14.0, 0.5), (4.0, 8.0, -10.0, 0.7)):
        rated = enthalpy(25.6 + approach + rise / 2) - enthalpy(25.6)
        low, high = -40.0, 80.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if enthalpy(middle) - enthalpy(wet) < load * rated else (low, middle)
        out = float(tower.leaving_degc(np.array([wet]), np.array([load]), approach, rise)[0])
        assert out == pytest.approx(max(low - rise / 2, wet), abs=0.01)
        speed = tower.fan_speed_wanted(np.array([wet]), np.array([load]), approach, 32.0, rise)[0]
        assert speed == pytest.approx(load * rated / (enthalpy(32.0 + rise / 2) - enthalpy(wet)), rel=2e-3)
    at_rating = tower.leaving_degc(np.array([25.6]), np.ones(1), 4.0, 10.0)[0]
    assert at_rating == pytest.approx(29.6, abs=0.01)
    assert tower.leaving_degc(np.array([5.0]), np.ones(1), 4.0, 10.0)[0] > 5.0 + 2 * 4.0


@settings(deadline=None)
@given(share=st.just(0.0) | st.floats(0.001, 0.6), wet=st.floats(5.0, 34.0), load=st.floats(0.1, 1.0))
def test_a_towers_allowed_load_just_keeps_the_class(share: float, wet: float, load: float) -> None:
    loop = replace(water_loop("tower", 28.0), chiller_fraction=share)
    air, pressure = np.array([wet]), np.array([101_325.0])
    allowed = loop_hours(loop, air + 3.0, air, pressure, np.full(1, load)).allowed
    assert loop_hours(loop, air + 3.0, air, pressure, allowed).supply_degc[0] <= 28.0 + 1e-6
    if allowed[0] < 0.999:
        assert loop_hours(loop, air + 3.0, air, pressure, allowed + 1e-3).supply_degc[0] > 28.0


@settings(deadline=None)
@given(share=st.just(0.0) | st.floats(0.001, 0.6), dry=st.floats(20.0, 50.0))
def test_the_allowed_load_just_keeps_the_class(share: float, dry: float) -> None:
    loop = replace(water_loop("dry", 45.0), chiller_fraction=share)
    air, wet, pressure = np.array([dry]), np.array([dry - 10.0]), np.array([101_325.0])
    allowed = loop_hours(loop, air, wet, pressure, np.ones(1)).allowed
    at = loop_hours(loop, air, wet, pressure, allowed)
    assert at.supply_degc[0] <= 45.0 + 1e-6
    if allowed[0] < 0.999:
        over = loop_hours(loop, air, wet, pressure, allowed + 1e-3)
        assert over.supply_degc[0] > 45.0


def test_too_few_chillers_warm_the_supply() -> None:
    loop = replace(water_loop("dry", 45.0), chiller_fraction=0.0)
    found = loop_hours(loop, np.array([30.0, 47.0]), np.array([20.0, 25.0]), np.full(2, 101_325.0), np.ones(2))
    assert found.supply_degc.tolist() == [45.0, 55.0]
    assert not found.chiller.any()


@pytest.mark.parametrize("archetype", ["dry", "adiabatic", "tower", "chiller", "air"])
def test_every_archetype_cools_a_gulf_summer(archetype: str) -> None:
    from gigacampus.scenario.plants import plant

    made = plant(Cooling.model_validate({"archetype": archetype, "water_class": "W40", "liquid_share": "87 %"}))
    year, one = read_weather("abu_dhabi"), np.ones(8760)
    found = cooling_hours(made, year.dry_bulb_degc, year.wet_bulb_degc, year.pressure_pa, one, one)
    assert 0.01 < found.power_w.min() <= found.power_w.max() < 0.5
    assert not found.is_over_limit.any()
    assert (found.water_l.sum() > 0) == (archetype in {"adiabatic", "tower"})


@pytest.mark.parametrize(
    ("key", "value"),
    [("approach", "5 K"), ("fan_power", "4 %"), ("pad_effectiveness", "60 %"), ("cycles", 3.0), ("chillers", "0 %"),
     ("cdu_approach", "3 K"), ("pump_power", "2 %"),
     ("liquid_share", "50 %"), ("water_class", "W32")],
)  # fmt: skip
def test_every_key_of_the_plant_moves_a_result(key: str, value: object) -> None:
    from gigacampus.scenario.plants import plant

    base = {"archetype": "adiabatic", "water_class": "W32", "liquid_share": "87 %"}
    if key == "water_class":
        base["water_class"] = "W40"
    year, one = read_weather("abu_dhabi"), np.ones(8760)

    def total(keys: dict[str, object]) -> tuple[float, float]:
        found = cooling_hours(
            plant(Cooling.model_validate(keys)), year.dry_bulb_degc, year.wet_bulb_degc, year.pressure_pa, one, one
        )
        return float(found.power_w.sum()), float(found.water_l.sum())

    assert total(base) != total(base | {key: value})


@pytest.mark.parametrize("archetype", ["dry", "adiabatic", "tower", "chiller"])
def test_coolant_distribution_units_ask_for_colder_water_and_pump(archetype: str) -> None:
    from gigacampus.scenario.plants import plant

    base = {"archetype": archetype, "water_class": "W40", "liquid_share": "87 %"}
    plain = plant(Cooling.model_validate(base))
    assert plant(Cooling.model_validate(base | {"cdu_approach": "0 K", "pump_power": "1.2 %"})) == plain
    made = plant(Cooling.model_validate(base | {"cdu_approach": "4 K", "pump_power": "2 %"}))
    assert made.air == plain.air
    assert made.liquid == replace(plain.liquid, supply_degc=plain.liquid.supply_degc - 4.0, pump_fraction=0.02)
