"""Hourly carbon intensity of a grid from Electricity Maps, or from ENTSO-E's generation by type; CSV or Parquet."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.faults import fault, hours_filled
from gigacampus.conditions.plain import lines
from gigacampus.conditions.reading import CUMULATIVE
from gigacampus.conditions.weather_year import HOURS

Array = NDArray[np.float64]

LIFE_CYCLE_KG_PER_KWH = {
    "lignite": 1.05, "coal": 0.82, "oil": 0.65, "gas": 0.49, "waste": 0.58, "peat": 1.05, "biomass": 0.23,
    "solar": 0.045, "geothermal": 0.038, "hydro": 0.024, "nuclear": 0.012, "wind": 0.011, "other": 0.49,
}  # fmt: skip
"""By fuel: medians of IPCC AR5 WG3 annex III; lignite, oil, peat, waste by practice of grid-carbon services."""
DIRECT_KG_PER_KWH = {
    "lignite": 1.0, "coal": 0.76, "oil": 0.60, "gas": 0.37, "waste": 0.45, "peat": 1.0, "other": 0.37,
}  # fmt: skip
"""The same at the stack (IPCC AR5: median direct emissions of coal 0.76 and combined-cycle gas 0.37); the rest zero."""


def read_carbon(path: Path, boundary: str) -> tuple[Array, str]:
    """Carbon intensity in kg/kWh by UTC hour of a year without leap day, shape (8760,), and what was mended.

    `boundary` chooses direct or life-cycle figures by the words "life cycle" in it. Several years in one file are
    averaged hour by hour; short gaps are closed, long ones refused.
    """
    if not path.is_file():
        raise fault("W030", f"no file {path}", str(path), path="site.sources", fix="check the path")
    reader = csv.DictReader(lines(path))
    names = list(reader.fieldnames or [])
    is_life = "life cycle" in boundary.lower() and "not counted" not in boundary.lower()
    stamp = next((name for name in names if name.startswith(("Datetime", "MTU", "datetime"))), None)
    maps = [name for name in names if name.lower().startswith("carbon intensity")]
    fuels = {name: _fuel(name) for name in names if "Actual Aggregated" in name}
    if stamp is None or not (maps or fuels):
        raise fault(
            "W031", "neither Electricity Maps (Datetime, Carbon intensity) nor ENTSO-E (MTU, Actual Aggregated)",
            str(path), 1, "export hourly values as CSV",
        )  # fmt: skip
    word = "life" if is_life else "direct"
    column = next((name for name in maps if word in name.lower()), maps[0] if maps else "")
    factors = LIFE_CYCLE_KG_PER_KWH if is_life else DIRECT_KG_PER_KWH
    total, count = np.zeros(HOURS), np.zeros(HOURS)
    for row in reader:
        at = _hour(str(row[stamp]), str(path), reader.line_num, "CET" in stamp)
        value = (
            _number(row[column]) / 1e3 if column else _mix({fuels[name]: 0.0 for name in fuels}, row, fuels, factors)
        )
        if at >= 0 and np.isfinite(value):
            total[at] += value
            count[at] += 1
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    closed, note = hours_filled(mean, count > 0, "carbon intensity", str(path))
    if closed.max() > 2.0 or closed.min() < 0.0:
        raise fault(
            "W032", f"carbon intensity of {1e3 * closed.max():,.0f} g/kWh", str(path), fix="expected g/kWh or MW"
        )
    return closed, f"{path.name}: {note}" if note else ""


def _fuel(name: str) -> str:
    words = name.lower()
    known = (
        "lignite",
        "coal",
        "oil",
        "gas",
        "waste",
        "peat",
        "biomass",
        "solar",
        "geothermal",
        "hydro",
        "nuclear",
        "wind",
    )
    return next((fuel for fuel in known if fuel in words), "other")


def _mix(mw: dict[str, float], row: dict[str, str], fuels: dict[str, str], factors: dict[str, float]) -> float:
    for name, fuel in fuels.items():
        value = _number(row[name])
        mw[fuel] += max(value, 0.0) if np.isfinite(value) else 0.0
    whole = sum(mw.values())
    return sum(amount * factors.get(fuel, 0.0) for fuel, amount in mw.items()) / whole if whole > 0.0 else np.nan


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def _hour(text: str, file: str, line: int, is_central: bool) -> int:
    """Hour of a year without leap day, from ISO text or from ENTSO-E's `01.05.2024 13:00 - 01.05.2024 14:00 (UTC)`.

    `is_central` where the column is in Central European time (`MTU (CET/CEST)`).
    """
    first = text.split(" - ")[0].split("(")[0].strip()
    for shape in ("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"):
        try:
            moment = datetime.strptime(first, shape).replace(tzinfo=UTC)
            break
        except ValueError:
            continue
    else:
        try:
            moment = datetime.fromisoformat(first)
        except ValueError:
            raise fault("W007", f"no time: {text!r}", file, line, "repair or delete the line") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if is_central:
        is_summer = "(CEST)" in text or ("(CET)" not in text and _is_summer(moment))
        moment -= timedelta(hours=2 if is_summer else 1)
    if (moment.month, moment.day) == (2, 29):
        return -1
    return (CUMULATIVE[moment.month - 1] + moment.day - 1) * 24 + moment.hour


def _is_summer(local: datetime) -> bool:
    """Whether a Central European clock shows summer time: last Sunday of March, 02:00, to that of October, 03:00."""

    def last_sunday(month: int, hour: int) -> datetime:
        last = datetime(local.year, month, 31, hour, tzinfo=UTC)
        return last - timedelta(days=(last.weekday() + 1) % 7)

    return last_sunday(3, 2) <= local < last_sunday(10, 3)
