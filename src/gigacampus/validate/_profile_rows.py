"""A site's own metered profile: read, put in order, and refused where it cannot be what it says.

Lines without a value are left out and said; faults of one kind are told once, with their first line and their number.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.plain import lines
from gigacampus.errors import Fault, InputError

Array = NDArray[np.float64]

NEEDED = ("time", "it_mw", "facility_mw")
"""Columns that every profile has."""
AIR = ("dry_bulb_c", "wet_bulb_c", "dew_point_c", "rh_pct")
"""Its weather: the dry bulb and one measure of moisture."""
PLACE = ("weather", "lat", "lon")
"""Or where it stands: a bundled site, a file, or a place whose nearest bundled site serves."""
MORE = ("cooling", "rated_it_mw")
COLUMNS = (*NEEDED, "dry_bulb_c", "wet_bulb_c (or dew_point_c, rh_pct)", "or weather (or lat, lon)", *MORE)
NUMBERS = ("it_mw", "facility_mw", *AIR, "lat", "lon", "rated_it_mw")
ABSENT = {"", "-", "na", "n/a", "nan", "null", "none"}
LONGEST_STEP_S = 3_600.0
MOST_LEFT_OUT = 0.5
"""A file with more lines than this without a value is no profile."""
LIKELY = 0.01
"""Share of lines that may break a bound that meters keep, by rounding and by time constants."""
HIGHEST_MW = 20_000.0
"""No site draws this much: the column is in kW or W."""
FAHRENHEIT_ABOVE, FAHRENHEIT_MEDIAN = 60.0, 45.0
"""Dry bulbs that no place on Earth has: an hour, and the median of a profile."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was metered, by time; shape (rows,) each, NaN where a column is not given."""

    at: NDArray[np.datetime64]
    it_mw: Array
    facility_mw: Array
    air: dict[str, Array]
    """Columns of `AIR` that are given."""
    cooling: list[str]
    rated_mw: Array
    weather: str
    latitude_deg: float
    longitude_deg: float
    step_s: float
    said: tuple[str, ...]
    """Repairs, in words."""


def read_profile(path: Path) -> Profile:
    """A profile from CSV or Parquet; InputError with all its faults at once."""
    reader = csv.DictReader(lines(path))
    names = set(reader.fieldnames or [])
    missing = [name for name in NEEDED if name not in names]
    has_air = "dry_bulb_c" in names and bool(names & set(AIR[1:]))
    if missing or not (has_air or "weather" in names or {"lat", "lon"} <= names):
        lacks = missing or ["dry_bulb_c and wet_bulb_c (or dew_point_c, rh_pct), nor weather, nor lat and lon"]
        raise InputError(
            Fault("V010", f"no column {', '.join(lacks)}", str(path), 1, fix=f"columns: {', '.join(COLUMNS)}")
        )
    rows, numbers = list(reader), [name for name in NUMBERS if name in names]
    faults = _Faults(str(path))
    columns = {name: np.array([faults.number(i, name, row[name]) for i, row in enumerate(rows)]) for name in numbers}
    at = np.array([faults.instant(i, row["time"]) for i, row in enumerate(rows)], dtype="datetime64[us]")
    faults.told()
    must = ["it_mw", "facility_mw", *([name for name in AIR if name in names] if has_air else [])]
    whole = np.all([np.isfinite(columns[name]) for name in must], axis=0) & ~np.isnat(at) if rows else np.zeros(0, bool)
    if whole.sum() < max(MOST_LEFT_OUT * len(rows), 1):
        raise InputError(Fault(
            "V011", f"{len(rows) - whole.sum()} of {len(rows)} lines lack a time or a value of {', '.join(must)}",
            str(path), 2, fix="give at least half of the lines whole",
        ))  # fmt: skip
    order = np.flatnonzero(whole)[np.argsort(at[whole], kind="stable")]
    step_s, said = _clock(at, order, whole, faults)
    kept = {name: values[order] for name, values in columns.items()}
    _plausible(kept, order, faults)
    faults.told()
    first = rows[int(order[0])]
    nothing = np.full(len(order), np.nan)
    return Profile(
        at[order], kept["it_mw"], kept["facility_mw"],
        {name: kept[name] for name in AIR if name in kept} if has_air else {},
        [(rows[int(i)].get("cooling") or "").strip() for i in order],
        kept.get("rated_it_mw", nothing), "" if has_air else (first.get("weather") or "").strip(),
        float(kept.get("lat", nothing)[0]), float(kept.get("lon", nothing)[0]), step_s, tuple(said),
    )  # fmt: skip


class _Faults:
    """Faults by kind: the first of each, and how many lines share it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: dict[tuple[str, str], tuple[Fault, int]] = {}

    def add(self, index: int, column: str, message: str, fix: str, code: str = "V011") -> None:
        """Count a fault of the row at `index` (line 2 is the first row); `fix` names its kind."""
        known = self.found.get((column, fix))
        fault = known[0] if known else Fault(code, message, self.file, index + 2, path=column, fix=fix)
        self.found[column, fix] = (fault, known[1] + 1 if known else 1)

    def number(self, index: int, column: str, text: str | None) -> float:
        """A number, or NaN where the cell says that there is none."""
        plain = (text or "").strip()
        if plain.lower() in ABSENT:
            return float("nan")
        try:
            return float(plain)
        except ValueError:
            self.add(index, column, f"expected a number, found {plain!r}", "leave the cell empty, or repair it")
            return float("nan")

    def instant(self, index: int, text: str | None) -> datetime | None:
        """A time as it is written, its offset dropped: a profile is in one clock."""
        plain = (text or "").strip()
        if not plain:
            return None
        try:
            return datetime.fromisoformat(plain).replace(tzinfo=None)
        except ValueError:
            self.add(index, "time", f"no time: {plain!r}", "write times such as 2025-07-01T14:15")
            return None

    def told(self) -> None:
        """Raise what was found, if anything."""
        if self.found:
            raise InputError([
                Fault(one.code, one.message + (f" (and {count - 1} more lines)" if count > 1 else ""), one.file,
                      one.line, path=one.path, fix=one.fix)
                for one, count in self.found.values()
            ])  # fmt: skip


def _clock(
    at: NDArray[np.datetime64], order: NDArray[np.int64], whole: NDArray[np.bool_], faults: _Faults
) -> tuple[float, list[str]]:
    """The step of the profile, and what of it had to be repaired."""
    said = []
    if len(order) < len(whole):
        said.append(f"{len(whole) - len(order)} of {len(whole)} lines without a value left out")
    if np.any(np.diff(order) < 0):
        said.append("lines put in order of time")
    gaps = np.diff(at[order]).astype(np.float64) / 1e6
    for i in np.flatnonzero(gaps == 0.0):
        faults.add(int(order[i + 1]), "time", f"{at[order[i + 1]]} stands twice", "give each time once")
    step_s = float(np.median(gaps)) if len(gaps) else LONGEST_STEP_S
    if step_s > LONGEST_STEP_S:
        faults.add(int(order[0]), "time", f"steps of {step_s / 60:g} minutes", "give hourly values or finer")
    lost = int(np.round(gaps / step_s - 1.0).clip(0).sum()) if step_s > 0.0 and len(gaps) else 0
    if lost and not faults.found:
        said.append(f"{lost} steps missing between the first and the last")
    return step_s, said


def _plausible(kept: dict[str, Array], order: NDArray[np.int64], faults: _Faults) -> None:
    """Units and columns that cannot be: told once each, at their first line."""
    it, meter = kept["it_mw"], kept["facility_mw"]

    def refuse(column: str, broken: NDArray[np.bool_], message: str, fix: str, often: float = 0.0) -> None:
        where = np.flatnonzero(broken)
        if len(where) > often * len(broken):
            for i in where:
                faults.add(int(order[i]), column, message, fix, "V013")

    refuse("it_mw", ~(it > 0.0), "IT power must be above zero", "leave the line out where nothing ran")
    for name, values in (("it_mw", it), ("facility_mw", meter)):
        is_high = np.full(1, np.median(values) > HIGHEST_MW)
        refuse(name, is_high, f"{np.median(values):,.0f} MW in the middle", "give MW: the column looks like kW or W")
    if faults.found:
        return
    refuse(
        "facility_mw", meter < it * (1.0 - 1e-6), "the meter lies below IT", "exchange the columns, or meter all IT",
        LIKELY,
    )  # fmt: skip
    is_far = np.full(1, float(np.median(meter / it)) > 5.0)
    refuse("facility_mw", is_far, "the meter is more than five times IT", "give both in MW")
    if "rated_it_mw" in kept:
        is_over = it > 1.05 * kept["rated_it_mw"]
        refuse("rated_it_mw", is_over, "IT passes what it is rated for", "state the IT power it is built for", LIKELY)
    dry = kept.get("dry_bulb_c")
    if dry is None or not np.isfinite(dry).any():
        return
    is_hot = np.full(1, float(dry.max()) > FAHRENHEIT_ABOVE or float(np.median(dry)) > FAHRENHEIT_MEDIAN)
    refuse("dry_bulb_c", is_hot, f"dry bulbs up to {dry.max():g}", "give degrees Celsius: these look like Fahrenheit")
    for name in ("wet_bulb_c", "dew_point_c"):
        if name in kept and not is_hot.any():
            fix = "give both in degrees Celsius, each in its column"
            refuse(name, kept[name] > dry + 1.0, "lies above the dry bulb", fix, LIKELY)
    if "rh_pct" in kept:
        refuse("rh_pct", (kept["rh_pct"] < 0.0) | (kept["rh_pct"] > 110.0), "no humidity", "give per cent, 0 to 100")
