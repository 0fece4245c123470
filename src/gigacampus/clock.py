"""UTC and calendars live here and nowhere else: inside, time is int64 seconds since the scenario's start."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

NEVER = int(np.iinfo(np.int64).max)
"""The time of what does not happen."""

HOUR_S = 3_600
DAY_S = 86_400
YEAR_DAYS = 365.25


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or the month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since midnight UTC of `start`; the horizon `[0, end_s)` ends with the day `end`, included.

    `known_as_of` parts the record from the projection: what lies after it is projected.
    """

    start: date
    end: date
    known_as_of: date

    @property
    def end_s(self) -> int:
        """The first second after the horizon."""
        return self.seconds(self.end) + DAY_S

    @property
    def known_s(self) -> int:
        """The first second after the record: the end of the day `known_as_of`."""
        return self.seconds(self.known_as_of) + DAY_S

    def seconds(self, when: date) -> int:
        """Seconds from the start to midnight UTC of a date (or to an instant, UTC where no zone is given)."""
        if isinstance(when, datetime):
            instant = when if when.tzinfo else when.replace(tzinfo=UTC)
            origin = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
            return int((instant - origin).total_seconds())
        return (when - self.start).days * DAY_S

    def utc(self, at_s: int) -> datetime:
        """The UTC instant of a second."""
        origin = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        return origin + timedelta(seconds=int(at_s))

    def day(self, at_s: int) -> date:
        """The UTC date of a second."""
        return self.start + timedelta(days=int(at_s) // DAY_S)

    def iso(self, at_s: int) -> str:
        """The UTC date of a second as ISO text; `never` for what does not happen."""
        return "never" if at_s == NEVER else self.day(at_s).isoformat()

    def month_starts_s(self) -> NDArray[np.int64]:
        """Starts of the calendar months that the horizon touches, and the horizon's end; shape (months + 1,).

        The first entry is 0 even where the scenario starts within a month.
        """
        return np.array(_month_starts(self), dtype=np.int64)

    def hour_starts_s(self) -> NDArray[np.int64]:
        """Starts of the hours of the horizon; shape (hours,)."""
        return np.arange(0, self.end_s, HOUR_S, dtype=np.int64)


@lru_cache(maxsize=64)
def _month_starts(clock: Clock) -> tuple[int, ...]:
    """The seconds of `Clock.month_starts_s`, counted once for each clock."""
    starts, end_s = [0], clock.end_s
    first = add_months(clock.start.replace(day=1), 1)
    while clock.seconds(first) < end_s:
        starts.append(clock.seconds(first))
        first = add_months(first, 1)
    return (*starts, end_s)
