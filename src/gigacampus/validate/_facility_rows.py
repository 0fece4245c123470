"""Rows of published facility figures: reading them, and finding the weather that each stands for."""

from __future__ import annotations

import csv
import gzip
import math
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gigacampus.catalog import weather as catalog
from gigacampus.conditions import WeatherYear, read_bundled, read_file
from gigacampus.conditions.plain import lines
from gigacampus.conditions.weather_year import STANDARD_PA
from gigacampus.errors import Fault, InputError

Array = NDArray[np.float64]

COLUMNS = (
    "id", "operator", "site", "lat", "lon", "period", "it_mw", "cooling", "metric", "value", "unit",
    "uncertainty", "weather", "wet_bulb_c", "chiller_share_fraction", "source", "verified", "note",
)  # fmt: skip
NEEDED = ("id", "cooling", "metric", "value")
NUMBERS = ("lat", "lon", "value", "wet_bulb_c", "chiller_share_fraction")
METRICS = {"pue": "PUE", "wue": "WUE"}
"""Metrics as they are told, by how they may be written."""
BOUNDS = {
    "lat": (-90.0, 90.0, "degrees north, -90 to 90"),
    "lon": (-180.0, 180.0, "degrees east, -180 to 180"),
    "wet_bulb_c": (-40.0, 36.0, "degrees Celsius; what looks warmer is mostly Fahrenheit"),
    "chiller_share_fraction": (0.0, 1.0, "a share, 0 to 1"),
}
"""What a number of a row may be, and how it is meant."""
KW_PER_TON = 3.517
"""Heat of a ton of refrigeration."""
_HEAT = re.compile(
    r"(?:chillers?'? share\s+[\d.]+\s*%?\s+of|(?:loop|plant)(?:'s)? heat(?: load)?(?:\s+of|\s*[:=])?)"
    r"\s*(?:~|about |ca\. ?|approx\. ?)?\s*(\d[\d,]*(?:\.\d+)?)\s*(tons?|MW|kW)\b",
    re.IGNORECASE,
)
_MW = {"ton": KW_PER_TON / 1_000.0, "tons": KW_PER_TON / 1_000.0, "mw": 1.0, "kw": 0.001}
DRY_OVER_WET_K = 5.0
"""Dry bulb over wet bulb where a row gives the wet bulb alone (towers do not see it)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One published figure. NaN stands for what a row leaves out."""

    id: str
    operator: str
    site: str
    latitude_deg: float
    longitude_deg: float
    cooling: str
    metric: str
    value: float
    unit: str
    weather: str
    wet_bulb_degc: float
    chiller_fraction: float
    source: str
    verified: str
    note: str
    it_mw: float = math.nan
    """Power of the hall's meter; also not a number where it is written otherwise than as one above zero."""

    @property
    def heat_over_it(self) -> float:
        """Heat of the plant's loop over the power of the hall's meter, where the row tells both; else not a number."""
        return heat_mw(self.note) / self.it_mw


@dataclass(frozen=True, slots=True)
class Air:
    """Weather of a row, shape (hours,) each, and in words where it is from."""

    dry: Array
    wet: Array
    pressure: Array
    said: str
    station: str = ""
    """Bundled site that it is of, where it is of one: its scores are worked out once."""


def heat_mw(note: str) -> float:
    """Heat of the loop that a note tells (`chiller share 0.1 of ~2100 tons`, `loop heat 7.4 MW`); else not a number."""
    match = _HEAT.search(note)
    return float(match[1].replace(",", "")) * _MW[match[2].lower()] if match else math.nan


def _power_mw(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return math.nan
    return found if 0.0 < found < math.inf else math.nan


def read_rows(data: Path | None) -> list[Row]:
    """The bundled table, or a user's file in its columns; InputError with every bad line at once."""
    if data is None:
        packed = resources.files("gigacampus.catalog") / "data" / "validation" / "facility_pue.csv.gz"
        text, name = gzip.decompress(packed.read_bytes()).decode().splitlines(), "facility_pue.csv"
    else:
        text, name = lines(data), str(data)
    reader = csv.DictReader(text)
    missing = [column for column in NEEDED if column not in (reader.fieldnames or [])]
    if missing:
        raise InputError(
            Fault("V010", f"no column {', '.join(missing)}", name, 1, fix=f"columns: {', '.join(COLUMNS)}")
        )
    rows, faults = [], []
    for given in reader:
        plain = {key: (given.get(key) or "").strip() for key in COLUMNS}
        plain["metric"] = METRICS.get(plain["metric"].lower(), plain["metric"])
        numbers = {}
        for key in NUMBERS:
            try:
                numbers[key] = float(plain[key]) if plain[key] else np.nan
                if key == "value" and plain[key] and not np.isfinite(numbers[key]):
                    raise ValueError
            except ValueError:
                faults.append(
                    Fault("V011", f"expected a number, found {plain[key]!r}", name, reader.line_num, path=key)
                )
        for key, (low, high, said) in BOUNDS.items():
            if key in numbers and (numbers[key] < low or numbers[key] > high):
                faults.append(Fault("V013", f"{key} of {numbers[key]:g}", name, reader.line_num, path=key, fix=said))
        if plain["metric"] == "PUE" and numbers.get("value", 1.0) < 1.0:
            faults.append(
                Fault("V013", f"a PUE of {numbers['value']:g}", name, reader.line_num, path="value",
                      fix="a PUE is the meter over IT, at least 1")
            )  # fmt: skip
        if not plain["value"]:
            faults.append(
                Fault("V011", "no value", name, reader.line_num, path="value", fix="give the published figure")
            )
        if not faults:
            rows.append(
                Row(
                    plain["id"], plain["operator"], plain["site"], numbers["lat"], numbers["lon"], plain["cooling"],
                    plain["metric"], numbers["value"], plain["unit"], plain["weather"], numbers["wet_bulb_c"],
                    numbers["chiller_share_fraction"], plain["source"], plain["verified"], plain["note"],
                    _power_mw(plain["it_mw"]),
                )
            )  # fmt: skip
    if faults:
        raise InputError(faults)
    return rows


EVERYWHERE = "everywhere"


@cache
def station_air(name: str) -> Air:
    """A bundled site's weather, or that of all of them one after another (`EVERYWHERE`)."""
    if name != EVERYWHERE:
        return _air(_station(name), name, name)
    years = [_station(one) for one in catalog.STATIONS]
    return Air(
        np.concatenate([year.dry_bulb_degc for year in years]), np.concatenate([year.wet_bulb_degc for year in years]),
        np.concatenate([year.pressure_pa for year in years]), "no place given: mean over all bundled sites", EVERYWHERE,
    )  # fmt: skip


@cache
def _station(name: str) -> WeatherYear:
    return read_bundled(catalog.STATIONS[name])


def _air(year: WeatherYear, said: str, station: str = "") -> Air:
    return Air(year.dry_bulb_degc, year.wet_bulb_degc, year.pressure_pa, said, station)


def weather_of(row: Row, base: Path) -> Air:
    """The weather that a row stands for: its own wet bulb, a bundled site, a file, the nearest site, or all."""
    if np.isfinite(row.wet_bulb_degc):
        wet = np.array([row.wet_bulb_degc])
        return Air(wet + DRY_OVER_WET_K, wet, np.full(1, STANDARD_PA), f"metered wet bulb {row.wet_bulb_degc:g} C")
    found = year_of(row.weather, row.latitude_deg, row.longitude_deg, base)
    if found is not None:
        return _air(*found)
    everywhere = station_air(EVERYWHERE)
    if not row.weather:
        return everywhere
    return replace(everywhere, said=f'"{row.weather}" is neither bundled nor a file; {everywhere.said}')


def year_of(weather: str, latitude_deg: float, longitude_deg: float, base: Path) -> tuple[WeatherYear, str, str] | None:
    """The year that a key, a file or a place stands for, where it is from in words, and the bundled site's name.

    A remark in brackets after a key (`dubai(Bahrain proxy)`) is not part of it. None where nothing is given.
    """
    key = weather.split("(")[0].strip()
    known = catalog.known(key)
    if known is not None:
        return _station(known.name), f"weather {weather}", known.name
    for path in (base / weather, Path(weather)):
        if weather and path.is_file():
            return read_file(path), f"weather file {weather}", ""
    if np.isfinite(latitude_deg) and np.isfinite(longitude_deg):
        station, away = catalog.nearest(latitude_deg, longitude_deg)
        missing = f'"{weather}" is not bundled; ' if weather else ""
        return _station(station.name), f"{missing}weather of {station.name}, {away / 1e3:,.0f} km away", station.name
    return None
