"""Weather files: what is read, what is repaired and said, what is refused."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gigacampus.catalog import weather as catalog
from gigacampus.conditions import WeatherYear, read_bundled, read_weather
from gigacampus.errors import InputError


@pytest.fixture(scope="module")
def dubai() -> WeatherYear:
    return read_weather("Dubai")


def stamp(hour: int) -> np.datetime64:
    return np.datetime64("2023-01-01T00", "h") + np.timedelta64(hour, "h")


def epw(path: Path, year: WeatherYear, leap: bool = False) -> Path:
    lines = ["LOCATION,Somewhere,XX,ARE,TEST,411940,25.255,55.364,4.0,10.4"] + ["COMMENT"] * 7
    for hour in range(8760):
        at = str(stamp(hour))
        month, day = at[5:7].lstrip("0"), at[8:10].lstrip("0")
        fields = ["2005", month, day, str(hour % 24 + 1), "0", "?", f"{year.dry_bulb_degc[hour]:.2f}",
                  f"{year.dew_point_degc[hour]:.2f}", "50", f"{year.pressure_pa[hour]:.0f}", "0", "0", "0",
                  f"{year.ghi_wm2[hour]:.0f}", f"{year.dni_wm2[hour]:.0f}", f"{year.dhi_wm2[hour]:.0f}", "0", "0", "0",
                  "0", "0", f"{year.wind_ms[hour]:.1f}"]  # fmt: skip
        lines.append(",".join(fields))
        if leap and hour == 59 * 24 - 1:
            lines += [",".join([*fields[:1], "2", "29", str(h + 1), *fields[4:]]) for h in range(24)]
    path.write_text("\n".join(lines) + "\n")
    return path


def plain(path: Path, rows: list[str], head: str = "time,db_c,dp_c") -> Path:
    path.write_text(head + "\n" + "\n".join(rows) + "\n")
    return path


def rows_of(year: WeatherYear) -> list[str]:
    return [
        f"{stamp(h)}:00,{dry:.2f},{dew:.2f}"
        for h, (dry, dew) in enumerate(zip(year.dry_bulb_degc, year.dew_point_degc, strict=True))
    ]


@pytest.mark.parametrize("name", list(catalog.STATIONS))
def test_every_bundled_site_is_a_sound_year(name: str) -> None:
    year = read_bundled(catalog.STATIONS[name])
    assert len(year.dry_bulb_degc) == 8760
    assert np.all(year.wet_bulb_degc <= year.dry_bulb_degc + 1e-9)
    assert np.all(np.isfinite(year.wet_bulb_degc))
    assert abs(year.utc_offset_h - year.longitude_deg / 15.0) < 1.6


def test_the_default_site_meets_the_station_statistics() -> None:
    year = read_weather("abu-dhabi")
    assert year.dry_bulb_degc.mean() == pytest.approx(28.1, abs=0.05)
    assert np.quantile(year.dry_bulb_degc, 0.996) == pytest.approx(44.9, abs=0.2)
    assert np.quantile(year.wet_bulb_degc, 0.996) == pytest.approx(30.6, abs=0.2)
    assert year.ghi_wm2.sum() / 1e3 == pytest.approx(2205, abs=2)


@pytest.mark.parametrize("leap", [False, True])
def test_epw_is_read_hour_by_hour(tmp_path: Path, dubai: WeatherYear, leap: bool) -> None:
    year = read_weather(str(epw(tmp_path / "x.epw", dubai, leap)))
    assert np.abs(year.dry_bulb_degc - dubai.dry_bulb_degc).max() <= 0.005 + 1e-9
    assert (year.latitude_deg, year.longitude_deg, year.utc_offset_h, year.height_m) == (25.255, 55.364, 4.0, 10.4)


def test_pvgis_is_turned_to_local_time(tmp_path: Path, dubai: WeatherYear) -> None:
    head = ["Latitude (decimal degrees): 25.255", "Longitude (decimal degrees): 55.364", "Elevation (m): 10.0",
            "month,year", "1,2010", "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP"]  # fmt: skip
    body = []
    for utc in range(8760):
        local = (utc + 4) % 8760
        at = str(stamp(utc))
        body.append(
            f"2010{at[5:7]}{at[8:10]}:{at[11:13]}00,{dubai.dry_bulb_degc[local]:.2f},50,{dubai.ghi_wm2[local]:.1f},"
            f"{dubai.dni_wm2[local]:.1f},{dubai.dhi_wm2[local]:.1f},300,2.0,90,{dubai.pressure_pa[local]:.0f}"
        )
    path = tmp_path / "tmy.csv"
    path.write_text("\n".join([*head, *body, "", "T2m: 2-m air temperature"]) + "\n")
    year = read_weather(str(path))
    assert year.utc_offset_h == 4.0
    assert np.abs(year.dry_bulb_degc - dubai.dry_bulb_degc).max() <= 0.005 + 1e-9
    assert np.abs(year.ghi_wm2 - dubai.ghi_wm2).max() <= 0.05 + 1e-9


def test_a_short_gap_is_closed_and_said(tmp_path: Path, dubai: WeatherYear) -> None:
    rows = rows_of(dubai)
    del rows[100:103]
    rows[500] = rows[500].split(",")[0] + ",nan,10"
    year = read_weather(str(plain(tmp_path / "x.csv", rows)))
    assert any("dry bulb: 4 missing hours closed by a straight line, first 01-05 04:00" in note for note in year.notes)
    assert np.all(np.isfinite(year.dry_bulb_degc))


def test_a_gzip_is_read(tmp_path: Path, dubai: WeatherYear) -> None:
    text = "time,db_c,dp_c\n" + "\n".join(rows_of(dubai)) + "\n"
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert read_weather(str(tmp_path / "x.csv.gz")).dry_bulb_degc[0] == pytest.approx(dubai.dry_bulb_degc[0], abs=0.01)


def test_warming_keeps_relative_humidity(dubai: WeatherYear) -> None:
    warm = dubai.warmed(2.0)
    assert np.allclose(warm.dry_bulb_degc, dubai.dry_bulb_degc + 2.0)
    rise = warm.wet_bulb_degc - dubai.wet_bulb_degc
    assert 1.2 < rise.mean() < 2.0


REFUSED = {
    "W002": lambda path, rows: path.parent / "missing.csv",
    "W003": lambda path, rows: plain(path, rows, "hour;temperature"),
    "W004": lambda path, rows: (path.with_suffix(".gz"), path.with_suffix(".gz").write_bytes(b"\x1f\x8bbroken"))[0],
    "W007": lambda path, rows: plain(path, [*rows[:5], rows[5].replace(",", ",warm", 1), *rows[6:]]),
    "W008": lambda path, rows: plain(path, rows, "time,temperature,dp_c"),
    "W009": lambda path, rows: plain(path, [*rows, rows[-1]]),
    "W011": lambda path, rows: plain(path, rows[:4000] + rows[4010:]),
    "W011 no numbers": lambda path, rows: plain(
        path, [*rows[:100], *[_without(row) for row in rows[100:120]], *rows[120:]]
    ),
    "W012": lambda path, rows: plain(path, [_fahrenheit(row) for row in rows]),
    "W012 kelvin": lambda path, rows: plain(path, [_moved(row, 273.15, 273.15) for row in rows]),
    "W012 one of two": lambda path, rows: plain(path, [_moved(row, 0.0, 14.0) for row in rows]),
    "W013 shares": lambda path, rows: plain(path, [f"{row.rsplit(',', 1)[0]},0.5" for row in rows], "time,db_c,rh_pct"),
    "W004 parquet": lambda path, rows: (
        path.with_suffix(".parquet"),
        path.with_suffix(".parquet").write_bytes(b"PAR1"),
    )[0],
    "W013": lambda path, rows: plain(path, [*rows[:7], rows[7].split(",")[0] + ",-273,-274", *rows[8:]]),
}


def _without(row: str) -> str:
    return f"{row.split(',')[0]},nan,nan"


def _moved(row: str, dry_k: float, dew_k: float) -> str:
    at, dry, dew = row.split(",")
    return f"{at},{float(dry) + dry_k:.2f},{float(dew) + dew_k:.2f}"


def _fahrenheit(row: str) -> str:
    at, dry, dew = row.split(",")
    return f"{at},{float(dry) * 1.8 + 32:.1f},{float(dew) * 1.8 + 32:.1f}"


@pytest.mark.parametrize("code", list(REFUSED))
def test_what_cannot_be_used_is_one_clear_fault(code: str, tmp_path: Path, dubai: WeatherYear) -> None:
    path = REFUSED[code](tmp_path / "x.csv", rows_of(dubai))
    with pytest.raises(InputError) as caught:
        read_weather(str(path))
    assert [fault.code for fault in caught.value.faults] == [code.split()[0]]
    assert caught.value.faults[0].fix
    if code == "W007":
        assert caught.value.faults[0].line == 7


def test_a_missing_hour_and_a_nan_are_closed_and_said(tmp_path: Path, dubai: WeatherYear) -> None:
    rows = rows_of(dubai)
    for name, changed in (("gap", rows[:200] + rows[201:]), ("nan", [*rows[:200], _without(rows[200]), *rows[201:]])):
        year = read_weather(str(plain(tmp_path / f"{name}.csv", changed)))
        middle = (dubai.dry_bulb_degc[199] + dubai.dry_bulb_degc[201]) / 2.0
        assert year.dry_bulb_degc[200] == pytest.approx(middle, abs=0.06)
        assert any("1 missing hour closed" in note for note in year.notes)


def test_an_unknown_site_is_answered_with_a_suggestion() -> None:
    with pytest.raises(InputError, match='did you mean "abu_dhabi"'):
        read_weather("abu dabi")


def test_a_broken_epw_names_its_line(tmp_path: Path, dubai: WeatherYear) -> None:
    path = epw(tmp_path / "x.epw", dubai)
    lines = path.read_text().splitlines()
    lines[20] = lines[20].replace("2005,1,1,13", "2005,13,1,13")
    path.write_text("\n".join(lines))
    with pytest.raises(InputError) as caught:
        read_weather(str(path))
    assert (caught.value.faults[0].code, caught.value.faults[0].line) == ("W007", 21)


def test_the_nearest_site_and_its_distance() -> None:
    station, away = catalog.nearest(24.0, 54.0)
    assert station.name == "abu_dhabi"
    assert 50e3 < away < 120e3


def test_an_epw_in_fahrenheit_is_called_so(tmp_path: Path, dubai: WeatherYear) -> None:
    hot = replace(dubai, dry_bulb_degc=dubai.dry_bulb_degc * 1.8 + 32.0, dew_point_degc=dubai.dew_point_degc * 1.8 + 32)
    with pytest.raises(InputError, match="Fahrenheit"):
        read_weather(str(epw(tmp_path / "x.epw", hot)))


def test_an_epw_with_an_hour_twice_is_refused_and_an_empty_cell_is_a_gap(tmp_path: Path, dubai: WeatherYear) -> None:
    path = epw(tmp_path / "x.epw", dubai)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]))
    with pytest.raises(InputError, match="stands twice"):
        read_weather(str(path))
    cells = lines[30].split(",")
    cells[6] = ""
    path.write_text("\n".join([*lines[:30], ",".join(cells), *lines[31:]]))
    assert any("dry bulb: 1 missing hour closed" in note for note in read_weather(str(path)).notes)


def test_an_epw_without_wind_takes_the_usual_one_and_says_so(tmp_path: Path, dubai: WeatherYear) -> None:
    year = read_weather(str(epw(tmp_path / "x.epw", replace(dubai, wind_ms=np.full(8760, 999.0)))))
    assert np.all(year.wind_ms == 3.0)
    assert "x.epw: wind: not given in any hour, taken as 3" in year.repairs


def test_parquet_is_read_as_the_csv_is(tmp_path: Path, dubai: WeatherYear) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    path = plain(tmp_path / "x.csv", rows_of(dubai))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), tmp_path / "x.parquet")
    one, two = read_weather(str(path)), read_weather(str(tmp_path / "x.parquet"))
    assert np.array_equal(one.dry_bulb_degc, two.dry_bulb_degc)
    assert np.array_equal(one.dew_point_degc, two.dew_point_degc)
