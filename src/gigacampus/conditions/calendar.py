"""Laying typical years over the horizon: by local calendar hour, leap days repeating the 28th of February."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import Clock
from gigacampus.conditions.reading import CUMULATIVE
from gigacampus.conditions.weather_year import HOURS

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LocalHours:
    """The hours of the horizon in local standard time, shape (hours,) each.

    `position` is the hour of a year without leap day, `year` counts calendar years from the first, `month` is 1 to 12.
    `later_fraction` is the share of the UTC hour that falls into the next local hour (half-hour time zones).
    """

    position: Whole
    year: Whole
    month: Whole
    hour: Whole
    later_fraction: float

    def laid(self, years: Array) -> Array:
        """Values of the horizon's hours from yearly ones, shape (years, 8760); several years are taken in turn."""
        flat = years.reshape(-1)
        now = (self.year % len(years)) * HOURS + self.position
        if self.later_fraction == 0.0:
            found: Array = flat[now]
            return found
        blended: Array = (1.0 - self.later_fraction) * flat[now] + self.later_fraction * flat[(now + 1) % len(flat)]
        return blended


@lru_cache(maxsize=2)
def local_hours(clock: Clock, utc_offset_h: float) -> LocalHours:
    """The horizon's hours in a place's standard time, counted once for each clock: not to be written to."""
    utc_s = clock.hour_starts_s()
    shift_s = round(utc_offset_h * 3600.0)
    whole, rest = divmod(shift_s, 3600)
    stamps = np.datetime64(clock.start, "s") + (utc_s + whole * 3600).astype("timedelta64[s]")
    months = stamps.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day = (stamps.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    hour = (stamps - stamps.astype("datetime64[D]")).astype(np.int64) // 3600
    day = np.where((month == 1) & (day == 28), 27, day)
    years = stamps.astype("datetime64[Y]").astype(np.int64)
    position = (np.array(CUMULATIVE)[month] + day) * 24 + hour
    return LocalHours(position, years - years[0], month + 1, hour, rest / 3600.0)
