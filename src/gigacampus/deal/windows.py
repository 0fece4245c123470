"""Quota windows: one a calendar year, between the quota's first and last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gigacampus.scenario.deal import Deal, Quota


@dataclass(frozen=True, slots=True)
class Window:
    """A window of a quota: its name (the year), its first and last day, its ceiling in the quota's unit."""

    name: str
    start: date
    end: date
    cap: float


def windows_of(quota: Quota) -> list[Window]:
    """The windows of a quota in order, its extension included where the scenario takes it up.

    Each holds the whole yearly ceiling, a first or last year that is only in part within the quota included: the
    press names years, not days. A change of the ceiling counts from the first window that starts on its day or later.
    """
    first, last = _plain(quota.start), _plain(quota.end)
    if quota.extension and quota.extension.exercised:
        last = max(last, _plain(quota.extension.until))
    found = []
    for year in range(first.year, last.year + 1):
        start, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        cap = float(quota.cap)
        for change in quota.changes.values():
            if start >= change.start:
                cap *= float(change.factor)
        found.append(Window(str(year), start, end, cap))
    return found


def classes(deal: Deal) -> tuple[tuple[str, str], ...]:
    """Every quota with every class of parties that shares it; `all` where it is not shared out."""
    return tuple((name, one) for name, quota in deal.quotas.items() for one in [*quota.allocation] or ["all"])


def share_of(quota: Quota, party_class: str) -> float:
    """The share of a quota that a class of parties has; all of it where it is not shared out."""
    return float(quota.allocation[party_class]) if quota.allocation else 1.0


def _plain(day: date) -> date:
    return date(day.year, day.month, day.day)
