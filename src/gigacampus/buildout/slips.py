"""How far announced dates of large campuses slip, given only the day on which they were announced."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class SlipLaw(NamedTuple):
    """A slip in days, as a fixed part and a share of the time that was still to run when the date was stated."""

    fixed_d: float
    lead_fraction: float

    def days(self, lead_d: float) -> float:
        """The slip for a lead; dates already past when stated have no lead but can still be corrected."""
        return self.fixed_d + self.lead_fraction * max(lead_d, 0.0)


EARLY = SlipLaw(-30.0, -0.05)
"""P10: a month early. Corrections towards an earlier date are rare; none is among the rows below."""
MEDIAN = SlipLaw(75.0, 0.10)
"""P50: Epoch AI's dated milestones moved by 30 to 132 days, median 80, between 2025-12 and 2026-09 (CC BY 4.0)."""
LATE = SlipLaw(270.0, 0.20)
"""P90: three quarters late and more for distant dates (largest slip among those rows 291 days). An estimate."""


class Forecast(NamedTuple):
    """A date as it should be read: one in ten comes before `p10`, one in ten after `p90`."""

    p10: date
    p50: date
    p90: date

    @property
    def width_d(self) -> int:
        """Days from P10 to P90."""
        return (self.p90 - self.p10).days


def slipped(announced: date, stated_on: date, scale: float = 1.0) -> Forecast:
    """The range in which an announced date is to be expected, from what was known on the day of the statement.

    `scale` times every slip: for a law of other data.
    """
    lead_d = float((announced - stated_on).days)
    return Forecast(*(_moved(announced, round(scale * law.days(lead_d))) for law in (EARLY, MEDIAN, LATE)))


def _moved(day: date, days: int) -> date:
    """The day so much later, or the calendar's last or first where it ends before."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))
