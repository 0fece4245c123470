"""What is due, paid and late in each month, by obligation and debtor, and which chips wait for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import OBLIGATION_MONTHS, lot_of

Floats = NDArray[np.float64]
MARK = "obligation:"


def obligation_months(scenario: Scenario, owed: Table, ledger: Table) -> Table:
    """One row for each obligation and month in which anything is due, paid, late or waited for.

    A sum is late at a month's end where it was due before it and no evidence of payment is in. Chips wait for the
    obligation that their last decision in the compliance ledger names.
    """
    starts = scenario.clock.month_starts_s()
    waiting = _waiting(ledger, starts[1:])
    rows: list[dict[str, Any]] = []
    for name, one in scenario.deal.obligations.items():
        mine = owed.where(owed["obligation"] == name)
        due, paid = (_by_month(mine[f"{key}_s"], mine["due_usd"], starts) for key in ("due", "paid"))
        late = [_late(mine, int(end)) for end in starts[1:]]
        chips = waiting.get(name, np.zeros(len(starts) - 1))
        rows += [
            {
                "month_s": int(starts[month]), "obligation": name, "debtor": one.debtor, "creditor": one.creditor,
                "due_usd": float(due[month]), "paid_usd": float(paid[month]), "late_usd": late[month],
                "waiting_chips": int(chips[month]),
            }
            for month in range(len(starts) - 1)
            if due[month] or paid[month] or late[month] or chips[month]
        ]  # fmt: skip
    return Table.from_rows(OBLIGATION_MONTHS, rows)


def _by_month(at_s: Any, amount: Any, starts: Any) -> Floats:
    inside = (at_s >= starts[0]) & (at_s < starts[-1]) & (at_s != NEVER)
    month = np.searchsorted(starts, at_s[inside], side="right") - 1
    return np.bincount(month, amount[inside], len(starts) - 1).astype(np.float64)


def _late(owed: Table, end_s: int) -> float:
    late = (owed["due_s"] < end_s) & (owed["paid_s"] >= end_s)
    return float(owed["due_usd"][late].sum())


def _waiting(ledger: Table, ends: Any) -> dict[str, Floats]:
    """Chips that wait for each obligation just before each month's end; lots of other sites count as well."""
    found: dict[str, Floats] = {}
    last: dict[str, tuple[str, int]] = {}
    for row in ledger.rows():
        month = int(np.searchsorted(ends, row["at_s"], side="right"))
        lot = lot_of(row["delivery_id"])
        name, chips = last.pop(lot, ("", 0))
        if name:
            found[name][month:] -= chips
        rest = row["requested_chips"] - row["cleared_chips"]
        if row["bound_by"] == "obligation" and rest and MARK in row["evidence"]:
            name = row["evidence"].split(MARK)[-1]
            found.setdefault(name, np.zeros(len(ends)))[month:] += rest
            last[lot] = (name, rest)
    return found
