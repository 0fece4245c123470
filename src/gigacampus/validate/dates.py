"""Dates: the range given only an earlier statement, against the date of a later one."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gigacampus.buildout.slips import Forecast, slipped
from gigacampus.catalog.read import rows
from gigacampus.errors import Fault, UsageError
from gigacampus.validate._own_rows import DAY, day_of, own_rows
from gigacampus.validate.frame import Case

TITLE = "Dates: P10 to P90 given an earlier statement, against what a later one says"
COLUMNS = (
    "campus_id",
    "milestone",
    "forecast_vintage",
    "forecast_date",
    "later_vintage",
    "later_date",
    "source",
    "note",
)
COVERAGE = 0.80
"""Least share of the rows that happened whose later date lies between P10 and P90."""
WIDEST_D = 365.0
"""Most days that the median range may be wide."""
SOURCE = "the rows above"
OPEN_WORDS = ("projection", "no new imagery", "no update", "same")
"""Words in a row's note that say that its later date is no event."""


class Row(NamedTuple):
    """A row with its range."""

    name: str
    campus: str
    stated: date
    forecast: date
    later: date
    expected: Forecast
    happened: bool
    source: str
    note: str

    @property
    def is_covered(self) -> bool:
        """Whether the later date lies within the range."""
        return self.expected.p10 <= self.later <= self.expected.p90


def cases(data: Path | None) -> list[Case]:
    """One case a row, listed; two that are judged: the share covered and the median width.

    `data` has the columns of the bundled table; UsageError with all that is wrong in it. The bundled rows were in view
    when the law of slips was set: their coverage is in sample. A third case, listed, leaves each campus out.
    """
    found = [_row(row) for row in (rows("forecast_slips") if data is None else read(data))]
    done = [row for row in found if row.happened]
    return [*(_listed(row) for row in found), *(_judged(done) if done else [])]


def read(data: Path) -> list[dict[str, str]]:
    """A user's rows, checked: all columns there, dates that are dates."""
    found = own_rows(data, COLUMNS)
    faults = [
        Fault("V011", f"{name} is {row[name]!r}, expected {DAY}", str(data), line, path=name, fix="write YYYY-MM-DD")
        for line, row in found
        for name in ("forecast_vintage", "forecast_date", "later_vintage", "later_date")
        if day_of(row[name]) is None
    ]
    if faults:
        raise UsageError(faults)
    return [row for _, row in found]


def _row(row: Mapping[str, str]) -> Row:
    stated, forecast, seen, later = (
        date.fromisoformat(row[name].strip())
        for name in ("forecast_vintage", "forecast_date", "later_vintage", "later_date")
    )
    happened = later <= seen and not any(word in row["note"].lower() for word in OPEN_WORDS)
    name = f"{row['campus_id']}: {row['milestone']}"
    expected = slipped(forecast, stated)
    return Row(name, row["campus_id"], stated, forecast, later, expected, happened, row["source"], row["note"])


def _listed(row: Row) -> Case:
    shown = (
        f"{row.expected.p10} to {row.expected.p90}, later {row.later}: {'in' if row.is_covered else 'out of'} the range"
    )
    state = "happened" if row.happened else "not counted, has not happened by its note or date"
    note = "; ".join(part for part in (shown, state, row.note) if part)
    published, ours = ((day - row.forecast).days for day in (row.later, row.expected.p50))
    return Case(
        row.name,
        float(published),
        float(ours),
        math.nan,
        "third-party-estimate",
        row.source,
        "d",
        True,
        row.happened,
        note,
    )


def _judged(done: Sequence[Row]) -> list[Case]:
    covered, n = sum(row.is_covered for row in done), len(done)
    low, high = binomial_interval(covered, n)
    width_d = statistics.median(row.expected.width_d for row in done)
    note = (
        f"{covered} of {n} that happened; 95 % interval {100 * low:.0f} to {100 * high:.0f} %; at least {COVERAGE:.0%}"
    )
    return [
        Case("share covered by P10 to P90", 1.0, covered / n, 1.0 - COVERAGE, "third-party-estimate", SOURCE, "",
             True, note=note),
        Case("median days from P10 to P90", 0.0, width_d, WIDEST_D, "third-party-estimate", SOURCE, "d", True,
             note=f"no wider than {WIDEST_D:.0f} days"),
        *_left_out(done),
    ]  # fmt: skip


def _left_out(done: Sequence[Row]) -> list[Case]:
    """The share covered where a campus's own rows say nothing of its law: scaled to the median slip of the others."""
    hits = n = 0
    for row in done:
        others = [one for one in done if one.campus != row.campus]
        if others:
            median_d, law_d = (
                statistics.median((day - one.forecast).days for one, day in zip(others, days, strict=True))
                for days in ([one.later for one in others], [one.expected.p50 for one in others])
            )
            own = slipped(row.forecast, row.stated, max(median_d / law_d, 0.0))
            hits, n = hits + (own.p10 <= row.later <= own.p90), n + 1
    if not n:
        return []
    low, high = binomial_interval(hits, n)
    note = (
        f"{hits} of {n}, each by the law scaled to the median slip of the other campuses' rows alone; "
        f"95 % interval {100 * low:.0f} to {100 * high:.0f} %"
    )
    return [
        Case("share covered, campus left out", 1.0, hits / n, 1.0 - COVERAGE, "third-party-estimate", SOURCE, "", True,
             False, note)
    ]  # fmt: skip


def binomial_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share, by bisection of the binomial tails."""
    tail = (1.0 - level) / 2.0

    def at_least(share: float, least: int) -> float:
        return sum(math.comb(n, k) * share**k * (1.0 - share) ** (n - k) for k in range(least, n + 1))

    def solve(least: int, wanted: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2.0
            low, high = (middle, high) if at_least(middle, least) < wanted else (low, middle)
        return (low + high) / 2.0

    return (0.0 if hits == 0 else solve(hits, tail), 1.0 if hits == n else solve(hits + 1, 1.0 - tail))
