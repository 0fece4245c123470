"""What goes wrong in weather files: each ends in one clear fault, or in a repair that is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.weather_year import HOURS
from gigacampus.errors import Fault, InputError

Array = NDArray[np.float64]

LONGEST_GAP = 6
"""Gaps of up to this many hours are closed by a straight line; longer ones are refused."""
RANGES = {
    "dry bulb": (-60.0, 60.0, "degC"),
    "dew point": (-70.0, 40.0, "degC"),
    "pressure": (45_000.0, 110_000.0, "Pa"),
    "global irradiance": (0.0, 1_500.0, "W/m2"),
    "direct irradiance": (0.0, 1_400.0, "W/m2"),
    "diffuse irradiance": (0.0, 1_000.0, "W/m2"),
    "wind": (0.0, 75.0, "m/s"),
    "relative humidity": (0.0, 110.0, "%"),
}
"""What a value may be, by column: outside, the file is in other units or broken."""


def fault(code: str, message: str, file: str, line: int = 0, fix: str = "", path: str = "") -> InputError:
    """An input error with one fault."""
    return InputError(Fault(code, message, file=file, line=line, path=path, fix=fix))


def hours_filled(values: Array, is_given: NDArray[np.bool_], name: str, file: str) -> tuple[Array, str]:
    """Close short gaps by a straight line over the year's ring; return the note that says so (empty if none).

    `values` has shape (8760,); NaN and hours not `is_given` are gaps.
    """
    if len(values) != HOURS:
        raise fault(
            "W010", f"expected {HOURS} hours, found {len(values)}", file, fix="give one whole year, hour by hour"
        )
    missing = ~is_given | ~np.isfinite(values)
    count = int(missing.sum())
    if count == 0:
        return values, ""
    first = int(np.argmax(missing))
    if count == HOURS or _longest(missing) > LONGEST_GAP:
        raise fault(
            "W011", f"{name}: {count} of {HOURS} hours are missing or no number, first hour {first} of the year "
            f"({_calendar(first)}); gaps of up to {LONGEST_GAP} h would be closed", file,
            fix="fill the gap from a neighbouring station, or take a bundled site",
        )  # fmt: skip
    position = np.arange(HOURS)
    closed = values.copy()
    closed[missing] = np.interp(position[missing], position[~missing], values[~missing], period=HOURS)
    hours = "1 missing hour" if count == 1 else f"{count} missing hours"
    return closed, f"{hours} closed by a straight line, first {_calendar(first)}"


def in_range(values: Array, name: str, file: str) -> None:
    """Refuse values outside of `RANGES` (NaN aside), and humidities that are shares instead of per cent."""
    low, high, unit = RANGES[name]
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((values < low) | (values > high))
    if len(bad):
        where = int(bad[0])
        raise fault(
            "W013", f"{name} of {values[where]:g} {unit} in hour {where} of the year ({_calendar(where)}), expected "
            f"{low:g} to {high:g} {unit}; {len(bad)} hours are outside", file, fix="check the column's unit",
        )  # fmt: skip
    if name == "relative humidity" and np.nanmax(values, initial=0.0) <= 1.0 and np.isfinite(values).any():
        raise fault("W013", "relative humidity never passes 1 %: shares of one?", file, fix="give it in per cent")


WET_BEYOND_K, WET_SHARE = 1.0, 0.01
"""Dew points this far above the dry bulb, in more than this share of the hours, are no rounding."""


def not_of_one_unit(dry: Array, dew: Array, file: str) -> None:
    """Refuse temperatures in Fahrenheit or kelvin, and a dew point that is not of the dry bulb's unit."""
    for name, values in (("dry bulb", dry), ("dew point", dew)):
        some = values[np.isfinite(values)]
        if len(some) and np.median(some) > KELVIN_ABOVE:
            raise fault("W012", f"{name} looks like kelvin: median {np.median(some):.1f}", file, fix="subtract 273.15")
        if len(some) and looks_fahrenheit(some):
            raise fault(
                "W012", f"{name} looks like degrees Fahrenheit: median {np.median(some):.1f}, highest {some.max():.1f}",
                file, fix="convert to degrees Celsius: (F - 32) / 1.8",
            )  # fmt: skip
    both = np.isfinite(dry) & np.isfinite(dew)
    above = int((dew[both] > dry[both] + WET_BEYOND_K).sum())
    if above > WET_SHARE * int(both.sum()):
        raise fault(
            "W012", f"the dew point lies more than {WET_BEYOND_K:g} K above the dry bulb in {above} hours: not of one "
            "unit, or interchanged", file, fix="give both in degrees Celsius, each in its column",
        )  # fmt: skip


KELVIN_ABOVE = 150.0
"""No place has this median in Celsius or Fahrenheit."""


def looks_fahrenheit(values: Array) -> bool:
    """Whether a year of temperatures can hardly be Celsius: no place on Earth has a median of 37 or an hour of 60."""
    return bool(np.median(values) > 37.0 or (values.max() > 60.0 and np.median(values) > 25.0))


def _longest(missing: NDArray[np.bool_]) -> int:
    longest = run = 0
    for is_missing in np.concatenate((missing, missing)):
        run = run + 1 if is_missing else 0
        longest = max(longest, run)
    return longest


def _calendar(hour: int) -> str:
    stamp = np.datetime64("2023-01-01T00", "h") + np.timedelta64(hour, "h")
    return str(stamp)[5:].replace("T", " ") + ":00"
