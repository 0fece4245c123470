"""Weather from a bundled site or a file: EPW, PVGIS typical year, or CSV or Parquet in the bundled files' columns."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gigacampus.catalog import weather as catalog
from gigacampus.conditions.faults import fault, hours_filled, in_range, not_of_one_unit
from gigacampus.conditions.plain import lines
from gigacampus.conditions.weather_year import HOURS, WeatherYear, height_pressure_pa
from gigacampus.kernels.psychrometrics import dew_point_degc
from gigacampus.shared import shared

Array = NDArray[np.float64]
CUMULATIVE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
"""Days before each month, in a year without leap day."""
CSV_COLUMNS = ("time", "db_c", "dp_c", "p_pa", "ghi_wm2", "dni_wm2", "dhi_wm2", "wind_ms")
EPW_COLUMNS = {"dry bulb": 6, "dew point": 7, "pressure": 9, "global irradiance": 13, "direct irradiance": 14,
               "diffuse irradiance": 15, "wind": 21}  # fmt: skip
"""Fields of an EPW data line (EnergyPlus Auxiliary Programs, weather data dictionary)."""
PVGIS_HOUR = re.compile(r"\d{8}:\d{4},")
EPW_MISSING = {"dry bulb": 99.9, "dew point": 99.9, "pressure": 999_999.0, "global irradiance": 9_999.0,
               "direct irradiance": 9_999.0, "diffuse irradiance": 9_999.0, "wind": 999.0}  # fmt: skip

MAY_BE_OTHER = frozenset({"dry bulb", "dew point"})
"""Columns in which a value above the missing mark is one in another unit (99.9 degF is no rare hour)."""
WHERE_NEVER_GIVEN = {"global irradiance": 0.0, "direct irradiance": 0.0, "diffuse irradiance": 0.0, "wind": 3.0}
"""What stands for a column that an EPW leaves out in every hour, as in the CSV: no sun, 3 m/s."""


def read_weather(name: str) -> WeatherYear:
    """The weather of a bundled site's name or of a file; InputError with what is wrong and what to do."""
    path = Path(name)
    if path.suffix.lower() in {".epw", ".csv", ".gz", ".parquet", ".pq"} or path.is_file():
        if not path.is_file():
            raise fault(
                "W002", f"no file {name}", name, path="site.weather", fix="check the path, or name a bundled site"
            )
        return _read_once(path.resolve(), path.stat().st_mtime_ns, name)
    station = catalog.look_up(name)
    return shared(f"weather {station.name}", lambda: read_bundled(station))


@lru_cache(maxsize=16)
def _read_once(path: Path, changed_ns: int, name: str) -> WeatherYear:
    """A file, read once for each state of it; its faults bear the name that it was asked by."""
    return shared(f"weather {path} {changed_ns}", lambda: read_file(Path(name)))


def read_file(path: Path) -> WeatherYear:
    """A weather file, by its name and first line."""
    text = lines(path)
    first = text[0] if text else ""
    if path.suffix.lower() == ".epw" or first.startswith("LOCATION,"):
        return read_epw(text, str(path))
    if any(line.startswith("time(UTC)") for line in text[:40]):
        return read_pvgis(text, str(path))
    if first.split(",")[0].strip(' "') == "time":
        return read_csv(text, str(path))
    raise fault(
        "W003", f"neither EPW, nor PVGIS-TMY, nor CSV; the first line is {first[:60]!r}", str(path), 1,
        f"a CSV starts with {','.join(CSV_COLUMNS)}",
    )  # fmt: skip


@cache
def read_bundled(station: catalog.Station) -> WeatherYear:
    """A packaged site, read once.

    Sites of the 2023 archive have dry bulb and humidity only: pressure follows from their height, wind is taken as
    3 m/s, irradiance as none.
    """
    import io

    import pyarrow.csv as arrow_csv

    from gigacampus.tables.arrow import numbers

    raw = gzip.decompress(catalog.bundled(station).read_bytes())
    wanted = ["time", f"{station.column}:db_c", f"{station.column}:rh_pct"] if station.column else list(CSV_COLUMNS)
    table = arrow_csv.read_csv(io.BytesIO(raw), convert_options=arrow_csv.ConvertOptions(include_columns=wanted[1:]))
    columns = [numbers(table.column(name)).astype(np.float64) for name in wanted[1:]]
    zero = np.zeros(HOURS)
    given: tuple[Array, Array, Array, Array, Array, Array, Array]
    if station.column:
        dry, humid = columns
        given = (dry, dew_point_degc(dry, humid / 100.0), np.full(HOURS, height_pressure_pa(station.height_m)), zero,
                 zero, zero, np.full(HOURS, 3.0))  # fmt: skip
    else:
        dry, dew, pressure, ghi, dni, dhi, wind = columns
        given = (dry, np.minimum(dew, dry), pressure, ghi, dni, dhi, wind)
    return WeatherYear(
        station.place, station.source, station.latitude_deg, station.longitude_deg, station.height_m,
        station.utc_offset_h, *given, notes=(f"{station.place}: {station.kind}",),
    )  # fmt: skip


def read_epw(text: Sequence[str], file: str) -> WeatherYear:
    """An EnergyPlus weather file: hour 1 is 00:00 to 01:00 local standard time; a 29 February is left out."""
    head = text[0].split(",") if text else []
    try:
        latitude, longitude, offset, height = (float(head[i]) for i in (6, 7, 8, 9))
    except (IndexError, ValueError):
        raise fault(
            "W005",
            "the LOCATION line has no latitude, longitude, time zone and height",
            file,
            1,
            "take the file anew from its source",
        ) from None
    values = {name: np.full(HOURS, np.nan) for name in EPW_COLUMNS}
    given, years = np.zeros(HOURS, dtype=bool), set[str]()
    for number, line in enumerate(text[8:], start=9):
        fields = line.split(",")
        if len(fields) < 22:
            if line.strip():
                raise fault(
                    "W006",
                    f"expected at least 22 fields, found {len(fields)}",
                    file,
                    number,
                    "repair or delete the line",
                )
            continue
        try:
            month, day, hour = int(fields[1]), int(fields[2]), int(fields[3])
            row = {name: float(fields[i].strip() or "nan") for name, i in EPW_COLUMNS.items()}
            at = _hour_of_year(month, day, hour - 1)
        except ValueError as error:
            raise fault("W007", f"no number: {error}", file, number, "repair or delete the line") from None
        if at < 0:
            continue
        if given[at]:
            raise fault(
                "W009", f"the hour {month}-{day} {hour} stands twice", file, number,
                "give each hour of one year once; several years are several files, site.weather a list",
            )  # fmt: skip
        given[at] = True
        years.add(fields[0].strip())
        for name, value in row.items():
            values[name][at] = value
    for name, missing in EPW_MISSING.items():
        values[name][values[name] == missing if name in MAY_BE_OTHER else values[name] >= missing] = np.nan
    values["pressure"] = np.where(np.isfinite(values["pressure"]), values["pressure"], height_pressure_pa(height))
    said = []
    for name, usual in WHERE_NEVER_GIVEN.items():
        if given.any() and not np.isfinite(values[name]).any():
            values[name][given] = usual
            said.append(f"{name}: not given in any hour, taken as {usual:g}")
    return _year(
        (f"{head[1]} {head[3]}".strip(), f"EPW {Path(file).name} ({head[4]})", latitude, longitude, height, offset),
        [values[name] for name in EPW_COLUMNS], given, file, _kind(years, " ".join(head)), said,
    )  # fmt: skip


def read_pvgis(text: Sequence[str], file: str) -> WeatherYear:
    """A PVGIS typical year in CSV (times are UTC): the hours are turned to local mean standard time by longitude."""
    facts = dict(line.split(":", 1) for line in text[:20] if ":" in line and not line.startswith("time("))
    try:
        latitude = float(facts["Latitude (decimal degrees)"])
        longitude = float(facts["Longitude (decimal degrees)"])
        height = float(facts.get("Elevation (m)", "0"))
    except (KeyError, ValueError):
        raise fault(
            "W005", "the head has no latitude and longitude", file, 1, "export the TMY as CSV from PVGIS"
        ) from None
    start = next(i for i, line in enumerate(text) if line.startswith("time(UTC)"))
    names = text[start].strip().split(",")
    need = ("T2m", "RH", "G(h)", "Gb(n)", "Gd(h)", "WS10m", "SP")
    missing = [name for name in need if name not in names]
    if missing:
        raise fault("W008", f"no column {', '.join(missing)}", file, start + 1, f"expected {', '.join(need)}")
    offset = float(round(longitude / 15.0))
    values, given = np.full((len(need), HOURS), np.nan), np.zeros(HOURS, dtype=bool)
    for number, line in enumerate(text[start + 1 :], start=start + 2):
        fields = line.strip().split(",")
        if len(fields) != len(names) or ":" not in fields[0]:
            if any(PVGIS_HOUR.match(later) for later in text[number:]):
                raise fault("W007", f"no hour of the year: {line[:60]!r}", file, number, "repair or delete the line")
            break  # the legend
        try:
            row = [float(fields[names.index(name)]) for name in need]
            month, day, hour = int(fields[0][4:6]), int(fields[0][6:8]), int(fields[0][9:11])
            at = _hour_of_year(month, day, hour)
        except ValueError as error:
            raise fault("W007", f"no number: {error}", file, number, "repair or delete the line") from None
        if at >= 0:
            local = int(at + offset) % HOURS
            values[:, local], given[local] = row, True
    in_range(values[1], "relative humidity", file)
    humid, dry = np.clip(values[1] / 100.0, 0.01, 1.0), values[0]
    dew = np.where(np.isfinite(dry * humid), dew_point_degc(np.nan_to_num(dry), np.nan_to_num(humid, nan=0.5)), np.nan)
    return _year(
        (Path(file).stem, f"PVGIS typical year {Path(file).name}", latitude, longitude, height, offset),
        [dry, dew, values[6], values[2], values[3], values[4], values[5]],
        given, file, "typical year",
    )  # fmt: skip


def read_csv(text: Sequence[str], file: str) -> WeatherYear:
    """A CSV with `time` (start of the hour, local standard time) and `db_c`, and `dp_c` or `rh_pct`; the rest may lack.

    `lat`, `lon`, `elev_m` and `utc_offset_h` may stand as columns; the first row's values hold.
    """
    rows = list(csv.DictReader(text))
    names = set(rows[0]) if rows else set()
    if "db_c" not in names or not names & {"dp_c", "rh_pct"}:
        raise fault("W008", "no column db_c, or neither dp_c nor rh_pct", file, 1, f"expected {', '.join(CSV_COLUMNS)}")
    read = [name for name in ("db_c", "dp_c", "rh_pct", *CSV_COLUMNS[3:]) if name in names]
    columns = {name: np.full(HOURS, np.nan) for name in read}
    given = np.zeros(HOURS, dtype=bool)
    for number, row in enumerate(rows, start=2):
        stamp = str(row["time"])
        try:
            at = _hour_of_year(int(stamp[5:7]), int(stamp[8:10]), int(stamp[11:13]))
            parsed = {name: float(row[name]) if row[name] else np.nan for name in read}
        except ValueError:
            raise fault(
                "W007", f"no number, or no time such as 2023-01-01T00:00: {dict(row)}", file, number, "repair the line"
            ) from None
        if at < 0:
            continue
        if given[at]:
            raise fault("W009", f"the hour {stamp} stands twice", file, number, "give each hour of one year once")
        given[at] = True
        for name, value in parsed.items():
            columns[name][at] = value
    height = _first(rows, "elev_m")
    dry, gap = columns["db_c"], np.zeros(HOURS)
    if "dp_c" in columns:
        dew = columns["dp_c"]
    else:
        in_range(columns["rh_pct"], "relative humidity", file)
        humid = np.clip(np.nan_to_num(columns["rh_pct"], nan=50.0) / 100.0, 0.01, 1.0)
        dew = np.where(np.isfinite(columns["rh_pct"] * dry), dew_point_degc(np.nan_to_num(dry), humid), np.nan)
    rest = [columns.get("p_pa", np.full(HOURS, height_pressure_pa(height)))]
    rest += [columns.get(name, gap) for name in ("ghi_wm2", "dni_wm2", "dhi_wm2")]
    rest.append(columns.get("wind_ms", np.full(HOURS, 3.0)))
    place = (_first(rows, "lat"), _first(rows, "lon"), height, _first(rows, "utc_offset_h"))
    years = {str(row["time"])[:4] for row in rows}
    return _year((Path(file).stem, f"CSV {Path(file).name}", *place), [dry, dew, *rest], given, file, _kind(years))


TYPICAL = ("TMY", "IWEC", "typical")
"""Words by which a weather file says that its months are of several years."""


def _kind(years: set[str], head: str = "") -> str:
    """Whether hours are of one year or put together from several, by their stamps and the head of the file."""
    if len(years) > 1 or any(word in head for word in TYPICAL):
        return f"typical year, of {min(years, default='')} to {max(years, default='')}"
    return f"year {min(years, default='')}"


def _first(rows: list[dict[str, str]], name: str) -> float:
    try:
        return float(rows[0].get(name) or 0.0)
    except ValueError:
        return 0.0


def _hour_of_year(month: int, day: int, hour: int) -> int:
    """Position in a year without leap day; -1 for the 29th of February."""
    if month == 2 and day == 29:
        return -1
    if not (1 <= month <= 12 and 1 <= day <= 31 and 0 <= hour <= 23):
        raise ValueError(f"no hour of the calendar: month {month}, day {day}, hour {hour}")
    return (CUMULATIVE[month - 1] + day - 1) * 24 + hour


def _year(
    head: tuple[str, str, float, float, float, float], columns: list[Array], given: NDArray[np.bool_], file: str,
    kind: str, said: Sequence[str] = (),
) -> WeatherYear:  # fmt: skip
    """Close gaps, check ranges, and put the year together; columns are in the order of `EPW_COLUMNS`.

    `kind` says whether it is a typical year or one that was.
    """
    sound: list[Array] = []
    closed_in: dict[str, list[str]] = {}
    not_of_one_unit(columns[0], columns[1], file)
    for name, values in zip(EPW_COLUMNS, columns, strict=True):
        closed, note = hours_filled(values, given, name, file)
        in_range(closed, name, file)
        sound.append(closed)
        if note:
            closed_in.setdefault(note, []).append(name)
    whole = len(EPW_COLUMNS)
    repairs = [
        *said,
        *(f"{', '.join(of) if len(of) < whole else 'every column'}: {note}" for note, of in closed_in.items()),
    ]
    above = int((sound[1] > sound[0]).sum())
    if above:
        repairs.append(f"dew point above dry bulb in {above} hours: set to the dry bulb")
        sound[1] = np.minimum(sound[0], sound[1])
    dry, dew, pressure, ghi, dni, dhi, wind = sound
    told = tuple(f"{Path(file).name}: {one}" for one in repairs)
    notes = (f"{Path(file).name}: {kind}", *told)
    return WeatherYear(*head, dry, dew, pressure, ghi, dni, dhi, wind, notes=notes, repairs=told)
