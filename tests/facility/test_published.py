"""The validation suites of the facility: bars hold, rows of others are scored, and what is named is understood."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gigacampus import validate
from gigacampus.conditions import read_weather
from gigacampus.errors import InputError
from gigacampus.facility.archetypes import CLOUD, HALLS, OPEN_TOWER, meter_over_it, named, score
from gigacampus.facility.node import A100, H100, Phase, node_w
from gigacampus.kernels import tower
from gigacampus.kernels.plant import loop_hours
from gigacampus.scenario.plants import TOWER_FANS
from gigacampus.scenario.site import Draw
from gigacampus.validate._facility_rows import KW_PER_TON, heat_mw
from gigacampus.validate._power_cdf import in_phases, mean_w, measured, servers_w

ROOT = Path(__file__).parents[2]


def _script(name: str) -> Any:
    """A script of docs/fits."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "fits" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


HEAD = "id,operator,site,lat,lon,period,it_mw,cooling,metric,value,unit,uncertainty,weather,wet_bulb_c,chiller_share_fraction,source,verified,note\n"  # noqa: E501


@pytest.fixture(scope="module")
def published() -> dict[str, validate.Case]:
    return {case.id: case for case in validate.score("facility")}


def test_every_bar_holds(published: dict[str, validate.Case]) -> None:
    assert len(published) > 170
    assert [case.id for case in published.values() if case.verdict == "fail"] == []
    assert published["metered: root mean square error"].ours <= 0.03
    assert published["named: mean absolute error"].ours <= 0.06
    assert published["undisclosed: share of rows outside the archetypes' range"].ours <= 0.20
    assert published["raps-frontier-idle"].verdict == published["raps-frontier-peak"].verdict == "pass"


def test_the_page_of_residuals_is_what_the_script_writes(published: dict[str, validate.Case]) -> None:
    script = _script("facility_residuals")
    assert script.PAGE.read_text("utf-8") == script.page(list(published.values()))
    assert script.CHART.read_text("utf-8") == script.chart(list(published.values()))


def test_weather_is_said(published: dict[str, validate.Case]) -> None:
    assert "weather US-CAL-CISO" in published["aws-us-west-1-2024-pue"].note
    assert "km away" in published["aws-eu-west-1-2024-pue"].note
    assert "not bundled" in published["google-europe-north1-2024-pue"].note
    assert "metered wet bulb" in published["summit-2020-w24-pue"].note


def test_metered_weeks_hold_whatever_they_leave_out() -> None:
    script = _script("facility_residuals")
    for what in script.LEFT_OUT:
        assert float(script.left_out(2, 26, *what).split()[0]) < 0.025


def test_the_plant_draws_what_two_printed_instants_say() -> None:
    script = _script("facility_residuals")
    for _, metered, wet, lift, _ in script.INSTANTS:
        assert script.plant_fraction(wet, lift) == pytest.approx(metered / KW_PER_TON, rel=0.06)


WEEK = "w,{},{},,,2020-W24,5.41,21 C medium-temp water: towers + trim chillers,PUE,1.159,-,,,20.7,0.27,,yes,{}\n"


def test_no_site_or_operator_has_a_constant(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    told, other = "chiller share 0.27 of ~2100 tons", "loop heat 7.3857 MW"
    given = [("ORNL", "Summit", told), ("me", "hall", told), ("", "", other), ("ORNL", "Summit", ""), ("", "", "")]
    path.write_text(HEAD + "".join(WEEK.format(*one) for one in given))
    ours = [case.ours for case in validate.score("facility", path)]
    assert ours[0] == ours[1] == pytest.approx(ours[2], abs=1e-9)
    assert ours[3] == ours[4] < ours[0] - 0.02


def test_a_plant_metered_apart_is_charged_to_the_halls_meter() -> None:
    hall, air = HALLS["medium water, towers and trim chillers"], [np.full(1, one) for one in (15.0, 9.0, 101_325.0)]
    whole, apart = score(hall, *air), score(hall, *air, None, 1.5)
    house = hall.misc_fraction / hall.load_fraction
    assert apart.pue_fraction == pytest.approx(1.0 + house + 1.5 * whole.plant_fraction, abs=1e-12)
    assert apart.wue_l_per_kwh == pytest.approx(1.5 * whole.wue_l_per_kwh, rel=1e-12)


@pytest.mark.parametrize(
    ("note", "megawatts"),
    [
        ("chiller share 0.03 of ~2100 tons", 7.3857), ("Chillers' share 10 % of about 2,100 tons", 7.3857),
        ("towers 2250 tons; loop heat 2110 tons = 7.42 MW = 1.46 x metered hall power 5.08 MW", 7.42087),
        ("loop's heat of 7.4 MW", 7.4), ("plant heat load: 7400 kW", 7.4), ("of ~2100 tons", math.nan),
        ("hall power 5.08 MW", math.nan), ("", math.nan), ("towers 2250 tons", math.nan), ("loop heat high", math.nan),
    ],
)  # fmt: skip
def test_heat_is_read_from_a_note(note: str, megawatts: float) -> None:
    assert heat_mw(note) == pytest.approx(megawatts, nan_ok=True)


@pytest.mark.parametrize("it_mw", ["", "about 5", "0", "-5", "nan", "inf"])
def test_heat_needs_the_halls_power(tmp_path: Path, it_mw: str) -> None:
    path = tmp_path / "mine.csv"
    week = WEEK.format("", "", "loop heat 7.4 MW").replace("5.41", it_mw)
    path.write_text(HEAD + week + WEEK.format("", "", ""))
    cases = validate.score("facility", path)
    assert cases[0].ours == cases[1].ours
    assert "metered apart" not in cases[0].note


def test_towers_with_a_spare_cell_are_those_of_practice() -> None:
    four = tower.leaving_degc(np.full(1, 25.6), np.full(1, 0.8), 6.0, 6.0) - 25.6
    assert pytest.approx(float(four[0]), abs=0.05) == OPEN_TOWER.approach_k
    assert pytest.approx(1.25 * TOWER_FANS) == OPEN_TOWER.fan_fraction
    gpm_per_kw = 1.0 / (4.186 * OPEN_TOWER.rise_k) / 0.0630902
    assert pytest.approx((22.0 + 19.0) * gpm_per_kw / 1_000.0, abs=2e-4) == OPEN_TOWER.pump_fraction


def test_condensers_are_held_up_in_the_cold() -> None:
    wet, one = np.linspace(-20.0, 30.0, 101), np.ones(101)
    power = loop_hours(OPEN_TOWER, wet + 5.0, wet, 101_325.0 * one, 0.5 * one, one).chiller
    assert np.all(np.diff(power) >= 0.0)
    cold = wet + OPEN_TOWER.approach_k <= OPEN_TOWER.condenser_least_degc
    assert np.ptp(power[cold]) == 0.0 < power[-1] - power[0]


@pytest.mark.parametrize(
    ("text", "hall"),
    [
        ("21 C medium-temp water: towers + trim chillers", "medium water, towers and trim chillers"),
        ("warm water, towers + dry thermosyphon, no chiller", "warm water, towers behind dry coolers"),
        ("warm water 30-38 C + towers", "warm water, towers"), ("direct evaporative", "direct evaporative"),
        ("adiabatic air", "adiabatic air"), ("indirect evaporative", "adiabatic air"),
        ("air-cooled chillers", "chillers"),
        ("DX units, no economiser", "chillers"), ("free cooling with chillers", "free-cooling chillers"),
        ("dry coolers, W45", "warm water, dry coolers"), ("outside air economiser", "direct evaporative"),
        ("lake water", "surface water"), ("sea water, no chillers", "surface water"),
        ("warm water, adiabatic dry coolers", "warm water, adiabatic coolers"),
        ("water-cooled chillers with cooling towers", "tower economiser"),
    ],
)  # fmt: skip
def test_what_is_named_is_understood(text: str, hall: str) -> None:
    found = named(text)
    assert found is not None
    assert found.name == hall


@pytest.mark.parametrize("text", ["", "cloud hall, air-cooled, archetype undisclosed", "fleet", "all", "air", "mixed"])
def test_what_is_not_named_is_left_open(text: str) -> None:
    assert named(text) is None


def test_a_stated_water_temperature_counts() -> None:
    found = named("warm water 30-38 C + towers")
    assert found is not None
    assert found.loop.supply_degc == 34.0
    found = named("dry coolers, W45")
    assert found is not None
    assert found.loop.supply_degc == 45.0


def test_archetypes_stand_in_order_in_the_heat() -> None:
    year = read_weather("dubai")
    pue = {
        name: score(HALLS[name], year.dry_bulb_degc, year.wet_bulb_degc, year.pressure_pa).pue_fraction
        for name in CLOUD
    }
    assert (
        pue["direct evaporative"]
        < pue["adiabatic air"]
        < pue["indirect air"]
        < pue["free-cooling chillers"]
        < pue["chillers"]
    )


def test_part_load_costs_efficiency() -> None:
    dry, wet, pressure = np.full(2, 35.0), np.full(2, 20.0), np.full(2, 101_325.0)
    for name in ("chillers", "free-cooling chillers", "tower economiser"):
        low, high = meter_over_it(HALLS[name], dry, wet, pressure, np.array([0.1, 0.8]))
        assert low > high


def test_rows_of_others_are_scored(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        HEAD
        + "a,me,hall,50.1,8.7,2025,1,indirect air,PUE,1.10,-,,,,,metered,yes,\n"
        + "b,me,hall,,,2025-W3,1,21 C water: towers + trim chillers,PUE,1.06,-,,,9.0,0.0,metered,yes,\n"
        + "c,me,hall,24.4,54.5,2025,1,undisclosed,PUE,1.30,-,,abu_dhabi,,,stated,yes,\n"
        + "d,me,hall,24.4,54.5,2025,1,indirect air,carbon,1.30,-,,abu_dhabi,,,stated,yes,\n"
    )
    cases = {case.id: case for case in validate.score("facility", path)}
    assert abs(cases["a"].error) < 0.06
    assert "DE-LU" in cases["a"].note
    assert cases["d"].verdict == "listed"
    assert {case.verdict for case in cases.values()} == {"pass", "listed"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("id,metric\n", "V010"),
        (HEAD + "a,,,,,,,fleet,PUE,high,,,,,,,,\n", "V011"),
        (HEAD + "a,,,,,,,x,PUE,,,,,,,,,\n", "V011"),
        (HEAD + "a,,,,,,,x,PUE,nan,,,,,,,,\n", "V011"),
        (HEAD + "a,,,,,,,x,pue,0.9,,,,,,,,\n", "V013"),
        (HEAD + "a,,,,,,,x,PUE,0.9,,,,,,,,\n", "V013"),
        (HEAD + "a,,,,,,,x,PUE,1.1,,,,70,,,,\n", "V013"),
        (HEAD + "a,,,,,,,x,PUE,1.1,,,,20,27,,,\n", "V013"),
    ],
)
def test_rows_that_cannot_be_read_are_told(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        validate.score("facility", path)
    assert caught.value.faults[0].code == code
    assert caught.value.faults[0].line > 0


def test_servers_draw_what_was_metered() -> None:
    cases = validate.score("power")
    assert len(cases) == 26
    assert [case.id for case in cases if case.verdict != "pass"] == ["splitwise-a100-request"]


def test_servers_follow_the_whole_measured_distribution() -> None:
    at, gpu = measured()["acme-seren-gpu"]
    _, metered = measured()["acme-seren-server"]
    ours, works = servers_w(A100, gpu), (at >= 40.0) & (at <= 97.5)
    assert mean_w(at, ours) == pytest.approx(mean_w(at, metered), rel=0.05)
    assert np.abs(ours / np.maximum(metered, 1.0) - 1.0)[works].mean() < 0.10
    for name in ("acme-kalos-gpu", "acme-seren-gpu"):
        shares, off_w = in_phases(A100, measured()[name][1])
        assert sum(shares.values()) == pytest.approx(1.0)
        assert off_w < 20.0


def test_the_page_of_measured_power_is_what_the_script_writes() -> None:
    script = _script("power_cdf")
    assert script.PAGE.read_text("utf-8") == script.page()
    assert script.CHART.read_text("utf-8") == script.chart()


def test_the_shares_of_a_scenario_lie_near_the_model_of_a_server() -> None:
    draw = Draw()
    for share, phase in ((draw.pretrain, Phase.TRAIN), (draw.idle, Phase.IDLE)):
        assert float(share) == pytest.approx(node_w(H100, phase) / H100.rated_w, rel=0.12)
    assert node_w(H100, Phase.DECODE) < node_w(H100, Phase.PREFILL) < node_w(H100, Phase.COMPUTE)


def test_a_profile_is_scored_without_refitting(tmp_path: Path) -> None:
    hall, year = HALLS["indirect air"], read_weather("leesburg")
    dry, wet = year.dry_bulb_degc[4000:4300], year.wet_bulb_degc[4000:4300]
    it = 5.0 + np.sin(np.arange(300) / 10.0)
    meter = it * meter_over_it(hall, dry, wet, np.full(300, 101_325.0), it / 8.0) * 1.02
    path = tmp_path / "site.csv"
    rows = [
        f"{np.datetime64('2025-06-16T00:00') + 15 * i},{a},{b},{c},{d},indirect air,8"
        for i, (a, b, c, d) in enumerate(zip(it, meter, dry, wet, strict=True))
    ]
    path.write_text("time,it_mw,facility_mw,dry_bulb_c,wet_bulb_c,cooling,rated_it_mw\n" + "\n".join(rows) + "\n")
    cases = {case.id: case for case in validate.score("power", path)}
    assert cases["normalised mean bias"].ours == pytest.approx(1 / 1.02 - 1, abs=1e-6)
    assert cases["CV(RMSE)"].verdict == "pass"


PROFILE = "time,it_mw,facility_mw,dry_bulb_c,wet_bulb_c,cooling"


def profile(rows: list[str], head: str = PROFILE) -> str:
    """Quarter hours from 1 July; a row says what stands after its time."""
    start = np.datetime64("2025-07-01T00:00")
    return "\n".join([head, *(f"{start + 15 * i},{row}" for i, row in enumerate(rows))]) + "\n"


SOUND = ["10,11,30,20,dry coolers", "11,12,31,20,dry coolers", "12,13.1,32,21,dry coolers", "12,13,30,21,dry coolers"]


def scored(path: Path, text: str) -> dict[str, validate.Case]:
    path.write_text(text)
    return {case.id: case for case in validate.score("power", path)}


def test_lines_without_a_value_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "site.csv"
    whole, gaps = scored(path, profile(SOUND)), scored(path, profile([*SOUND, "nan,13,30,21,x", "12,,30,21,x"]))
    assert gaps["mean PUE"].ours == whole["mean PUE"].ours
    assert "2 of 6 lines without a value left out" in gaps["mean PUE"].note
    lines = profile(SOUND).splitlines()
    turned = scored(path, "\n".join([lines[0], *reversed(lines[1:])]))
    assert "put in order" in turned["mean PUE"].note
    assert turned["largest change in one step"].published == pytest.approx(1.1)


def test_a_profiles_weather_may_come_otherwise(tmp_path: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    path = tmp_path / "site.csv"
    by_key = scored(path, profile(["10,11,Abu Dhabi,dry W45"] * 4, "time,it_mw,facility_mw,weather,cooling"))
    near = scored(path, profile(["10,11,24.4,54.6,dry W45"] * 4, "time,it_mw,facility_mw,lat,lon,cooling"))
    assert by_key["mean PUE"].ours == near["mean PUE"].ours
    assert "abu_dhabi, 6 km away" in near["mean PUE"].note
    moist = scored(path, profile(["10,11,30,50,dry W45"] * 4, "time,it_mw,facility_mw,dry_bulb_c,rh_pct,cooling"))
    assert moist["mean PUE"].verdict == "pass"
    none = scored(path, profile(["10,11,30,50"] * 4, "time,it_mw,facility_mw,dry_bulb_c,rh_pct"))
    assert "mean over the archetypes" in none["mean PUE"].note
    assert none["mean PUE"].verdict == "listed"
    path.write_text(profile(SOUND))
    packed = tmp_path / "site.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), packed)
    assert {case.id: case.ours for case in validate.score("power", packed)} == {
        case.id: case.ours for case in validate.score("power", path)
    }


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("time,it_mw\n", "V010", "facility_mw"), (PROFILE + "\n", "V011", "0 of 0"), ("", "V010", "time"),
        (profile(["0,1,2,1,x"]), "V013", "above zero"), (profile(["10,11,90,80,x"]), "V013", "90"),
        (profile(["10,9,30,20,x"] * 9), "V013", "and 8 more lines"), (profile(["10,11,20,30,x"]), "V013", "wet|above"),
        (profile(["30000,31000,30,20,x"]), "V013", "30,000 MW"), (profile(["10,11,warm,20,x"]), "V011", "warm"),
        (profile(["10,100,30,20,x"]), "V013", "five times"),
        (PROFILE + "\nyesterday,1,2,30,20,x\n", "V011", "yesterday"),
        (PROFILE + "\n" + "2025-07-01T00:00,1,2,30,20,x\n" * 2, "V011", "twice"),
        (PROFILE + "\n2025-07-01,1,2,30,20,x\n2025-07-02,1,2,30,20,x\n", "V011", "1440 minutes"),
        (profile(["1,2,atlantis,x"], "time,it_mw,facility_mw,weather,cooling"), "V011", "atlantis"),
    ],
)  # fmt: skip
def test_a_profile_that_cannot_be_used_is_told(tmp_path: Path, text: str, code: str, said: str) -> None:
    path = tmp_path / "site.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        validate.score("power", path)
    assert {fault.code for fault in caught.value.faults} == {code}


def test_every_archetype_answers_to_its_name() -> None:
    for name, hall in HALLS.items():
        assert named(name) == hall


def test_a_rows_weather_may_be_written_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    rows = ["abu_dhabi", "Abu Dhabi", "abu-dhabi (proxy)", "atlantis"]
    path.write_text(HEAD + "".join(f"r{i},me,x,,,,,indirect air,PUE,1.1,-,,{w},,,,yes,\n" for i, w in enumerate(rows)))
    cases = validate.score("facility", path)
    assert cases[0].ours == cases[1].ours == cases[2].ours != cases[3].ours
    assert "atlantis" in cases[3].note
