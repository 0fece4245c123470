"""A site's own profile against the model: IT power and weather go in, the meter is scored, nothing is refitted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.weather_year import STANDARD_PA
from gigacampus.errors import Fault, InputError
from gigacampus.facility.archetypes import CLOUD, HALLS, Hall, meter_over_it, named
from gigacampus.kernels.psychrometrics import dew_point_degc, wet_bulb_degc
from gigacampus.validate._facility_rows import year_of
from gigacampus.validate._profile_rows import COLUMNS, Profile, read_profile
from gigacampus.validate.frame import Case

Array = NDArray[np.float64]

BIAS, SPREAD = 0.10, 0.30
"""Calibration bounds for hourly data of ASHRAE Guideline 14: normalised mean bias 10 %, CV(RMSE) 30 %."""
PUE_ERROR = 0.06
"""Bar for a named archetype, as for published figures. IT power is given, so the bounds above alone ask for little."""
TAIL = 0.1
"""Warmest and coldest share of the profile, told apart: how the plant answers the weather."""


def cases(path: Path) -> list[Case]:
    """The profile's PUE, highest power, largest step, bias and spread, against the model's."""
    profile = read_profile(path)
    dry, wet, pressure, said = _air(profile, path)
    it, meter = profile.it_mw, profile.facility_mw
    rated = np.where(np.isfinite(profile.rated_mw), profile.rated_mw, it.max())
    load = np.minimum(it / rated, 1.0)
    ours, is_named, what = _modelled(profile, dry, wet, pressure, load)
    note = "; ".join([what, f"{len(it):,} rows, step {profile.step_s / 60:g} min", said, *profile.said])
    source, pue = str(path), PUE_ERROR if is_named else math.nan
    warm, cold = dry >= np.quantile(dry, 1.0 - TAIL), dry <= np.quantile(dry, TAIL)

    def ratio(power: Array, where: NDArray[np.bool_] | slice = slice(None)) -> float:
        return float(power[where].sum() / it[where].sum())

    def case(name: str, theirs: float, mine: float, tolerance: float, unit: str, words: str = note) -> Case:
        return Case(name, theirs, mine, tolerance, "measured", source, unit, unit == "-", note=words)

    error = ours - meter
    rows = [
        case("mean PUE", ratio(meter), ratio(ours), pue, "-"),
        case(
            "PUE of the warmest tenth",
            ratio(meter, warm),
            ratio(ours, warm),
            math.nan,
            "-",
            f"from {dry[warm].min():.1f} degC",
        ),
        case(
            "PUE of the coldest tenth",
            ratio(meter, cold),
            ratio(ours, cold),
            math.nan,
            "-",
            f"to {dry[cold].max():.1f} degC",
        ),
        case("highest power at the meter", float(meter.max()), float(ours.max()), BIAS, "MW", ""),
    ]
    if len(it) > 1:
        step = float(np.abs(np.diff(meter)).max()), float(np.abs(np.diff(ours)).max())
        rows.append(case("largest change in one step", *step, math.nan, "MW", "IT power is given, so mostly its own"))
    guide = "ASHRAE Guideline 14, bound for hourly data"
    return [
        *rows,
        case("normalised mean bias", 0.0, float(error.mean() / meter.mean()), BIAS, "-", guide),
        case("CV(RMSE)", 0.0, float(np.sqrt(np.mean(error**2)) / meter.mean()), SPREAD, "-", guide),
        case("CV(RMSE) of the overhead", 0.0, _spread(error, meter - it), math.nan, "-", "meter less IT alone"),
    ]


def _spread(error: Array, overhead: Array) -> float:
    """Root mean square error over the mean overhead; not a number where there is none."""
    mean = float(overhead.mean())
    return float(np.sqrt(np.mean(error**2)) / mean) if mean > 0.0 else math.nan


def _modelled(profile: Profile, dry: Array, wet: Array, pressure: Array, load: Array) -> tuple[Array, bool, str]:
    """Power at the meter in MW, row by row with the plant that the row names; whether all name one; what was taken.

    Rows that name none get the mean over the archetypes that an air-cooled hall may be.
    """
    ratio, is_named, told = np.empty_like(dry), True, []
    texts = np.array(profile.cooling, dtype=object)
    for text in dict.fromkeys(profile.cooling):
        mine, hall = texts == text, named(text)
        each: list[Hall] = [hall] if hall is not None else [HALLS[name] for name in CLOUD]
        values = [meter_over_it(one, dry[mine], wet[mine], pressure[mine], load[mine]) for one in each]
        ratio[mine] = np.mean(values, axis=0)
        is_named = is_named and hall is not None
        told.append(hall.name if hall is not None else "no plant named: mean over the archetypes")
    return profile.it_mw * ratio, is_named, ", ".join(told)


def _air(profile: Profile, path: Path) -> tuple[Array, Array, Array, str]:
    """Dry bulb, wet bulb and pressure at the profile's times, and where they are from."""
    sea = np.full(len(profile.it_mw), STANDARD_PA)
    if profile.air:
        dry = profile.air["dry_bulb_c"]
        if "wet_bulb_c" in profile.air:
            return dry, np.minimum(profile.air["wet_bulb_c"], dry), sea, "weather as metered"
        if "dew_point_c" in profile.air:
            dew = np.minimum(profile.air["dew_point_c"], dry)
        else:
            dew = dew_point_degc(dry, np.clip(profile.air["rh_pct"] / 100.0, 0.01, 1.0))
        return dry, wet_bulb_degc(dry, dew, sea), sea, "weather as metered"
    found = year_of(profile.weather, profile.latitude_deg, profile.longitude_deg, path.parent)
    if found is None:
        fix = f"columns: {', '.join(COLUMNS)}"
        raise InputError(Fault("V011", f"no weather {profile.weather!r}", str(path), 2, path="weather", fix=fix))
    year, said, _ = found
    hour = profile.at.astype("datetime64[h]")
    first = profile.at.astype("datetime64[Y]").astype("datetime64[h]")
    position = (hour - first).astype(np.int64) % 8_760
    return (
        year.dry_bulb_degc[position], year.wet_bulb_degc[position], year.pressure_pa[position],
        f"{said}, not of the profile's own days",
    )  # fmt: skip
