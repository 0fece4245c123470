"""Bundled weather: which sites there are, where each stands, what it is and under which licence."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from gigacampus.errors import Fault, InputError

TMYX = "Climate.OneBuilding.Org TMYx (NOAA ISD, public domain; ERA5 irradiance, Copernicus licence)"
OPEN_METEO = "Open-Meteo archive, year 2023 (CC-BY 4.0; ERA5, Copernicus licence)"


@dataclass(frozen=True, slots=True)
class Station:
    """A bundled site. `column` names it within a file that holds several; heights are above the sea."""

    name: str
    place: str
    file: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_h: float
    kind: str
    source: str
    column: str = ""


def _tmy(name: str, place: str, latitude: float, longitude: float, height: float, offset: float) -> Station:
    return Station(name, place, f"{name}.csv.gz", latitude, longitude, height, offset, "typical year", TMYX)


def _year(name: str, place: str, latitude: float, longitude: float, height: float, offset: float) -> Station:
    return Station(
        name, place, "openmeteo_2023.csv.gz", latitude, longitude, height, offset, "year 2023, no sun", OPEN_METEO, name
    )


_STATIONS = (
    Station(
        "abu_dhabi", "Abu Dhabi, United Arab Emirates", "abu_dhabi.csv.gz", 24.43, 54.65, 27.0, 4.0,
        "typical year, derived",
        "derived: month and hour statistics of the Abu Dhabi airport station (IWEC .stat) on the hours of the Dubai "
        f"TMYx; {TMYX}",
    ),
    _tmy("dubai", "Dubai, United Arab Emirates", 25.255, 55.364, 10.4, 4.0),
    _tmy("phoenix", "Phoenix, Arizona", 33.428, -112.004, 337.4, -7.0),
    _tmy("leesburg_va", "Leesburg (Ashburn), Virginia", 39.078, -77.558, 119.0, -5.0),
    _tmy("dallas", "Dallas, Texas", 32.90, -97.04, 182.0, -6.0),
    _year("SG", "Singapore", 1.30, 103.86, 19.0, 8.0),
    _year("IN-WE", "Mumbai, India", 19.09, 72.85, 9.0, 5.5),
    _year("DE-LU", "Frankfurt, Germany", 50.09, 8.65, 111.0, 1.0),
    _year("JP-TK", "Tokyo, Japan", 35.68, 139.81, 14.0, 9.0),
    _year("AU-NSW", "Sydney, Australia", -33.85, 151.20, 69.0, 10.0),
    _year("AU-VIC", "Melbourne, Australia", -37.79, 144.94, 21.0, 10.0),
    _year("BR-SP", "Sao Paulo, Brazil", -23.51, -46.61, 737.0, -3.0),
    _year("ZA", "Johannesburg, South Africa", -26.19, 28.03, 1734.0, 2.0),
    _year("GB", "London, United Kingdom", 51.49, -0.16, 29.0, 0.0),
    _year("CA-ON", "Toronto, Canada", 43.69, -79.41, 180.0, -5.0),
    _year("US-CAL-CISO", "Santa Clara, California", 37.43, -121.95, 7.0, -8.0),
    _year("US-NY-NYIS", "New York", 40.74, -74.04, 27.0, -5.0),
    _year("US-TEX-ERCO", "Dallas, Texas (2023)", 32.79, -96.82, 142.0, -6.0),
    _year("US-MIDA-PJM", "Philadelphia, Pennsylvania", 39.96, -75.17, 23.0, -5.0),
    _year("CL-SIC", "Santiago, Chile", -33.43, -70.64, 554.0, -4.0),
    _year("KR", "Seoul, South Korea", 37.57, 126.96, 33.0, 9.0),
)  # fmt: skip

STATIONS: dict[str, Station] = {station.name: station for station in _STATIONS}
"""The bundled sites by name."""


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def known(name: str) -> Station | None:
    """The bundled site of that name (case, dashes and blanks do not matter), or None."""
    plain = _plain(name)
    return next((one for one in _STATIONS if plain in (_plain(one.name), *_ALSO.get(one.name, ()))), None)


_ALSO = {"leesburg_va": ("leesburg",)}


def look_up(name: str) -> Station:
    """The bundled site of that name; InputError with a suggestion if none."""
    found = known(name)
    if found is not None:
        return found
    plain = {_plain(one.name): one for one in _STATIONS}
    near = difflib.get_close_matches(_plain(name), list(plain), 1, 0.5)
    hint = f'did you mean "{plain[near[0]].name}"? ' if near else ""
    fix = f"{hint}bundled: {', '.join(STATIONS)}; or give the path of an EPW, PVGIS-TMY or CSV file"
    raise InputError(
        Fault("W001", f'no bundled weather "{name}", and no file of that name', path="site.weather", fix=fix)
    )


def bundled(station: Station) -> Traversable:
    """The packaged file of a site."""
    return resources.files("gigacampus.catalog") / "data" / "weather" / station.file


def distance_m(station: Station, latitude_deg: float, longitude_deg: float) -> float:
    """Great-circle distance from a site (haversine formula, sphere of 6,371 km)."""
    one, two = math.radians(station.latitude_deg), math.radians(latitude_deg)
    turn = math.radians(longitude_deg - station.longitude_deg)
    half = math.sin((two - one) / 2.0) ** 2 + math.cos(one) * math.cos(two) * math.sin(turn / 2.0) ** 2
    return 2.0 * 6_371_000.0 * math.asin(min(1.0, math.sqrt(half)))


def nearest(latitude_deg: float, longitude_deg: float) -> tuple[Station, float]:
    """The bundled site that is nearest to a place, and how far off it lies in metres."""
    found = min(_STATIONS, key=lambda station: distance_m(station, latitude_deg, longitude_deg))
    return found, distance_m(found, latitude_deg, longitude_deg)
