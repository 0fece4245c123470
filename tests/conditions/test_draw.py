"""Conditions of the whole horizon: weather, grid, failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pvlib
import pytest

from gigacampus import conditions
from gigacampus.conditions.failures import CAUSES, strike_times_s
from gigacampus.conditions.grid import ewec_2026_kg_per_kwh
from gigacampus.errors import InputError
from gigacampus.kernels.dice import stream
from tests.facility.campus import GRID, scenario, timeline

DAY = 86_400


def test_tracker_irradiance_agrees_with_pvlib() -> None:
    year = conditions.read_weather("abu_dhabi")
    times = np.datetime64("2023-01-01T00:30") + np.arange(8760).astype("timedelta64[h]")
    stamps = __import__("pandas").DatetimeIndex(times).tz_localize("Etc/GMT-4")
    sun = pvlib.solarposition.get_solarposition(stamps, year.latitude_deg, year.longitude_deg, method="nrel_numpy")
    turn = pvlib.tracking.singleaxis(sun["zenith"], sun["azimuth"], max_angle=60, backtrack=False)
    plane = pvlib.irradiance.get_total_irradiance(
        turn["surface_tilt"].fillna(0), turn["surface_azimuth"].fillna(90), sun["zenith"], sun["azimuth"],
        year.dni_wm2, year.ghi_wm2, year.dhi_wm2, albedo=0.2, model="isotropic",
    )["poa_global"].fillna(0).to_numpy()  # fmt: skip
    ours = year.tracker_wm2
    assert ours.sum() == pytest.approx(plane.sum(), rel=0.01)
    assert np.sqrt(np.mean((ours - plane) ** 2)) < 10.0


def test_yield_is_that_of_the_region() -> None:
    made = conditions.solar_fraction(conditions.read_weather("abu_dhabi"), 1.3, 0.14)
    assert made.sum() == pytest.approx(1_999, rel=0.01)


def test_grid_shape_is_that_of_the_system() -> None:
    year = conditions.read_weather("abu_dhabi")
    grams = 1e3 * ewec_2026_kg_per_kwh(year)
    hour, month = np.arange(8760) % 24, np.arange(8760) // 730
    assert grams.mean() == pytest.approx(207, abs=2)
    assert grams[hour == 0].mean() == pytest.approx(243, abs=3)
    assert grams[(hour == 0) & np.isin(month, [6, 7])].mean() == pytest.approx(294, abs=3)
    assert grams[hour == 12].mean() < 150


def test_hours_carry_carbon_and_price_of_the_grid() -> None:
    bands = [{"months": [6, 7, 8, 9], "from_hour": 10, "to_hour": 22, "price": "9 USc/kWh"}]
    made = scenario(sources={"grid": GRID | {"shape": "ewec_2026", "bands": bands}})
    hours = conditions.draw(made, timeline([])).hours
    assert len(hours) == 8760
    assert hours["grid_kg_per_kwh"].mean() == pytest.approx(0.21, rel=1e-3)
    assert hours["grid_kg_per_kwh"].std() > 0.03
    assert (hours["grid_usd_per_kwh"] == 0.09).sum() == 122 * 12
    noon = np.flatnonzero(hours["grid_usd_per_kwh"] == 0.09)[0]
    assert noon % 24 == 6  # 10:00 in Abu Dhabi


def test_no_grid_no_grid_figures() -> None:
    flat = {"supplier": "n", "kind": "flat", "limit": "1 GW poi", "price": "6 USc/kWh", "carbon": "0 g/kWh"}
    hours = conditions.draw(scenario(sources={"nuclear": flat}), timeline([])).hours
    assert np.isnan(hours["grid_kg_per_kwh"]).all()
    assert np.isnan(hours["grid_usd_per_kwh"]).all()


def test_warming_and_station_move_the_weather() -> None:
    base = conditions.draw(scenario(), timeline([])).hours["dry_bulb_degc"].mean()
    assert conditions.draw(scenario(warming="2 K"), timeline([])).hours["dry_bulb_degc"].mean() == pytest.approx(
        base + 2
    )
    assert (
        conditions.draw(scenario(weather="leesburg", utc_offset_h=-5), timeline([])).hours["dry_bulb_degc"].mean() < 15
    )


def test_failures_come_at_the_stated_rate() -> None:
    stock = [(0, "GB300", 40_000), (100 * DAY, "GB300", 40_000), (100 * DAY, "H100", 8_000)]
    failures = conditions.draw(scenario(), timeline(stock)).failures
    nodes_days = 10_000 * 100 + (20_000 + 1_000) * 265
    expected = 6.5e-3 * nodes_days
    assert abs(len(failures) - expected) < 5 * np.sqrt(expected)
    early = (failures["at_s"] < 100 * DAY).sum()
    assert abs(early - 6.5e-3 * 1e6) < 5 * np.sqrt(6.5e3)
    assert np.all(np.diff(failures["at_s"]) >= 0)
    assert failures["repair_s"].mean() == pytest.approx(DAY, rel=0.05)
    assert failures["repair_s"].min() >= 1
    share = (failures["cause"] == "faulty GPU").mean()
    assert share == pytest.approx(148 / 419, abs=0.02)
    assert sum(CAUSES.values()) == 419
    assert 0.0 <= failures["place_fraction"].min() < failures["place_fraction"].max() < 1.0


def test_the_same_seed_draws_the_same_failures_and_a_later_hall_moves_none_before_it() -> None:
    few, more = [(0, "H100", 8_000)], [(0, "H100", 8_000), (200 * DAY, "H100", 8_000)]
    one = conditions.draw(scenario(), timeline(few)).failures["at_s"]
    two = conditions.draw(scenario(), timeline(more)).failures["at_s"]
    assert one[one < 200 * DAY].tolist() == two[two < 200 * DAY].tolist()
    assert len(two) > len(one)
    other = conditions.draw(scenario(seed=2), timeline(few)).failures["at_s"]
    assert one.tolist() != other.tolist()


def test_no_nodes_no_failures() -> None:
    assert len(conditions.draw(scenario(), timeline([])).failures) == 0
    gone = [(0, "H100", 8_000), (10 * DAY, "H100", -8_000)]
    assert conditions.draw(scenario(), timeline(gone)).failures["at_s"].max() < 10 * DAY


def test_gaps_between_failures_are_exponential() -> None:
    times = strike_times_s(np.array([0]), np.array([1000.0]), 400 * DAY, 6.5e-3 / DAY, stream(3, "x"))
    gaps = np.diff(times)
    assert gaps.mean() == pytest.approx(DAY / 6.5, rel=0.1)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.1)


def test_a_weather_file_may_stand_beside_the_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gigacampus.scenario import load

    dubai = conditions.read_weather("dubai")
    stamps = np.datetime64("2023-01-01T00", "h") + np.arange(8760).astype("timedelta64[h]")
    pairs = zip(stamps, dubai.dry_bulb_degc + 1, dubai.dew_point_degc, strict=True)
    rows = [f"{at}:00,{dry:.2f},{dew:.2f}" for at, dry, dew in pairs]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "here.csv").write_text("time,db_c,dp_c\n" + "\n".join(rows) + "\n")
    (tmp_path / "mine" / "s.yaml").write_text("extends: one-hall\nsite:\n  weather: here.csv\n")
    monkeypatch.chdir(tmp_path)
    made = load("mine/s.yaml")
    hours = conditions.draw(made, timeline([])).hours
    plain = conditions.draw(load("one-hall", overrides=["site.weather=dubai"]), timeline([])).hours
    assert (hours["dry_bulb_degc"] - plain["dry_bulb_degc"]) == pytest.approx(np.ones(len(hours)), abs=0.01)


def test_a_plant_without_sun_is_refused() -> None:
    plant = {"supplier": "s", "kind": "solar", "limit": "9 MW poi", "price": "2 USc/kWh", "carbon": "0 g/kWh",
             "solar": {"peak": "10 MW"}}  # fmt: skip
    with pytest.raises(InputError, match="W014"):
        conditions.draw(scenario(weather="SG", utc_offset_h=8, sources={"sun": plant, "grid": GRID}), timeline([]))


def test_what_a_look_finds_is_told_before_anything_runs(tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text("start,end,limit_mw,notice_s,kind\nsoon,later,1,0,trip\n")
    weather = tmp_path / "tower.csv"
    weather.write_text("a,b\n")
    with pytest.raises(InputError) as caught:
        conditions.look(scenario(weather=str(weather), events=str(events)))
    assert [fault.code for fault in caught.value.faults] == ["W003", "W022"]
    assert conditions.look(scenario()) == ()


def test_a_clock_that_is_not_the_weathers_is_told() -> None:
    notes = conditions.draw(scenario(weather="phoenix"), timeline([])).notes
    assert any("UTC-7 h, the site's clock is UTC+4 h" in note for note in notes)
