"""The ledger policy: fields that cleared rows must hold, and checks of where the chips are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gigacampus.deal.terms import CAMPUS
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import LOCATION_CHECKS, Supply


def location_checks(scenario: Scenario, deliveries: Table, actuals: Table) -> Table:
    """Checks due and done by month: each chip at the campus once in every period, counted from its arrival."""
    policy = scenario.deal.ledger_policy
    if policy is None or policy.location_check is None:
        return LOCATION_CHECKS.empty()
    clock, period_s = scenario.clock, max(round(float(policy.location_check)), 1)
    starts = clock.month_starts_s()
    due, done = np.zeros(len(starts) - 1, dtype=np.int64), np.zeros(len(starts) - 1, dtype=np.int64)
    here = deliveries.where(deliveries["site"] == CAMPUS)
    for arrive_s, chips in zip(here["arrive_s"].tolist(), here["chips"].tolist(), strict=True):
        days = np.arange(arrive_s + period_s, clock.end_s, period_s)
        np.add.at(due, np.searchsorted(starts, days, side="right") - 1, chips)
    checks = actuals.where(actuals["kind"] == "check")
    np.add.at(done, np.searchsorted(starts, checks["at_s"], side="right") - 1, checks["chips"])
    is_record = starts[1:] <= clock.known_s
    missing = np.where(is_record, np.maximum(np.cumsum(due) - np.cumsum(done), 0), 0)
    columns: dict[str, Any] = {"month_s": starts[:-1], "due_chips": due, "done_chips": done}
    table = Table(LOCATION_CHECKS, {**columns, "missing_chips": missing, "is_record": is_record})
    return table.where((due > 0) | (done > 0) | (missing > 0))


def breaches(scenario: Scenario, supply: Supply) -> Iterator[str]:
    """Where the ledger falls short of its policy, in words."""
    policy = scenario.deal.ledger_policy
    if policy is None:
        return
    cleared = supply.compliance.where(supply.compliance["cleared_chips"] > 0)
    for name in policy.required:
        empty = np.array([one == "" or one != one for one in cleared[name].tolist()], dtype=bool)
        for licence in dict.fromkeys(cleared["licence"][empty].tolist()):
            rows = int((cleared["licence"][empty] == licence).sum())
            yield f"deal.ledger_policy.required: {rows} cleared rows of licence {licence} name no {name}"
    checks = supply.location_checks.where(supply.location_checks["is_record"])
    due, missing = int(checks["due_chips"].sum()), int(checks["missing_chips"][-1]) if len(checks) else 0
    if missing > float(policy.tolerance) * due:
        yield (
            f"deal.ledger_policy.location_check: of {due:,} checks due by {scenario.known_as_of} {missing:,} are "
            f"missing, more than the tolerance of {float(policy.tolerance):.0%}"
        )
