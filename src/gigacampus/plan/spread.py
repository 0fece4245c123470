"""The tables of a sampled plan: P10, P50 and P90 by month and of the milestones' dates."""

from __future__ import annotations

from gigacampus.clock import NEVER
from gigacampus.plan.samples import PERCENTILES, Samples
from gigacampus.tables import Table
from gigacampus.tables.samples import SAMPLE_MILESTONES, SAMPLE_MONTHS


def month_table(found: Samples) -> Table:
    """What is live at each month's end in one, five and nine of ten samples."""
    columns = {"month_s": found.clock.month_starts_s()[:-1]}
    for name in ("chips", "h100e", "it_w"):
        levels = found.monthly(name)
        columns |= {f"p{p}_{name}": levels[k] for k, p in enumerate(PERCENTILES)}
    return Table(SAMPLE_MONTHS, columns)


def milestone_table(found: Samples) -> Table:
    """When each milestone is met in the samples."""
    rows = []
    for k, mark in enumerate(found.milestones):
        days = {f"p{p}_s": found.date_of(k, p) for p in PERCENTILES}
        rows.append(
            {
                "milestone": mark.id, "title": mark.title, "never_fraction": found.never_fraction(k),
                **{name: NEVER if day is None else found.clock.seconds(day) for name, day in days.items()},
            }
        )  # fmt: skip
    return Table.from_rows(SAMPLE_MILESTONES, rows)
