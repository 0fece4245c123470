"""Carbon intensity from files of Electricity Maps and ENTSO-E."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigacampus import conditions
from gigacampus.conditions.carbon_file import read_carbon
from gigacampus.errors import InputError
from tests.facility.campus import GRID, scenario, timeline

START = np.datetime64("2024-01-01T00", "h")


def hours(count: int) -> np.timedelta64:
    return np.timedelta64(count, "h")


def maps(path: Path, drop: slice | None = None) -> Path:
    rows = [f"{str(START + hours(h)).replace('T', ' ')}:00:00,AE,{200 + h % 24},{300 + h % 24}" for h in range(8784)]
    if drop is not None:
        del rows[drop]
    head = "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle)"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def entsoe(path: Path) -> Path:
    head = '"MTU",' + ",".join(f'"{fuel}  - Actual Aggregated [MW]"' for fuel in ("Fossil Gas", "Nuclear", "Solar"))
    rows = []
    for h in range(8784):
        at = (START + hours(h)).astype(object)
        rows.append(f'"{at:%d.%m.%Y %H:%M} - {at:%d.%m.%Y} 00:00 (UTC)",600,300,{"n/e" if h % 24 < 6 else 100}')
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_electricity_maps_by_boundary(tmp_path: Path) -> None:
    path = maps(tmp_path / "em.csv")
    direct, life = read_carbon(path, "direct, location based")[0], read_carbon(path, "life cycle")[0]
    assert direct[:24] == pytest.approx(np.arange(200, 224) / 1e3)
    assert (life - direct) == pytest.approx(np.full(8760, 0.1))


def test_entsoe_by_fuel(tmp_path: Path) -> None:
    found, _ = read_carbon(entsoe(tmp_path / "entsoe.csv"), "direct")
    assert found[0] == pytest.approx(0.37 * 600 / 900)
    assert found[12] == pytest.approx(0.37 * 600 / 1000)


def test_entsoe_in_central_european_time_is_turned_to_utc(tmp_path: Path) -> None:
    head = '"MTU (CET/CEST)","Fossil Gas  - Actual Aggregated [MW]","Nuclear  - Actual Aggregated [MW]"'
    rows = []
    for h in range(-2, 8784):
        summer = np.datetime64("2024-03-31T01", "h") <= START + hours(h) < np.datetime64("2024-10-27T01", "h")
        at = (START + hours(h + (2 if summer else 1))).astype(object)
        rows.append(f'"{at:%d/%m/%Y %H:%M:%S} ({"CEST" if summer else "CET"}) - x",{100 + h % 24},100')
    text = "\n".join([head, *rows])
    for name, told in (("told", text), ("plain", text.replace(" (CEST)", "").replace(" (CET)", ""))):
        path = tmp_path / f"{name}.csv"
        path.write_text(told)
        found, _ = read_carbon(path, "direct")
        gas = 100 + np.arange(8760) % 24
        away = np.abs(found - 0.37 * gas / (gas + 100))
        # without the mark, the hour that the clock shows twice in October is told once
        assert (away > 1e-9).sum() <= (0 if name == "told" else 2)


def test_the_file_sets_the_grids_hours(tmp_path: Path) -> None:
    path = maps(tmp_path / "em.csv", slice(100, 103))
    made = scenario(sources={"grid": GRID | {"carbon_file": str(path)}})
    hours = conditions.draw(made, timeline([])).hours
    assert hours["grid_kg_per_kwh"][:24] == pytest.approx(np.arange(200, 224) / 1e3)
    assert np.isfinite(hours["grid_kg_per_kwh"]).all()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path, "W030"),
        (lambda path: (path.write_text("a,b\n1,2\n"), path)[1], "W031"),
        (lambda path: maps(path, slice(100, 200)), "W011"),
        (lambda path: (path.write_text("Datetime (UTC),Carbon intensity (direct)\nnow,3\n"), path)[1], "W007"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, make, code: str) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path / "x.csv")
    with pytest.raises(InputError) as caught:
        read_carbon(path, "direct")
    assert caught.value.faults[0].code == code
