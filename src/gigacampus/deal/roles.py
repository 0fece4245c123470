"""Who has the chips: by role and month, down to the owners behind the owners."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.deal.owners import UNKNOWN, links, stakes
from gigacampus.deal.terms import CAMPUS, Array
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import ROLE_MONTHS

Ranges = dict[tuple[str, str], Array]
"""Role and party to low and high chips and H100e by month; shape (4, months)."""


def role_months(scenario: Scenario, deliveries: Table) -> Table:
    """Chips of the campus by month and role, from the first month in which the party has any."""
    here = deliveries.where(deliveries["site"] == CAMPUS)
    starts = scenario.clock.month_starts_s()
    found: Ranges = {}
    for role, names in _roles(scenario, here).items():
        for name in dict.fromkeys(names):
            mine = here.where(np.array([one == name for one in names], dtype=bool))
            chips, h100e = (_by_month(mine, column, starts) for column in ("chips", "h100e"))
            found[role, name] = np.array([chips, chips, h100e, h100e])
    known = links(scenario)
    for (role, owner), counts in list(found.items()):
        if role == "owner":
            for one in stakes(known, owner):
                share = np.array([one.low, one.high, one.low, one.high])[:, None]
                key = ("look_through", one.owner)
                found[key] = found.get(key, np.zeros_like(counts)) + share * counts
    rows = [row for (role, name), counts in found.items() for row in _rows(role, name, counts, starts)]
    return Table.from_rows(ROLE_MONTHS, rows)


def _roles(scenario: Scenario, here: Table) -> dict[str, list[str]]:
    """For each role the party of every lot."""
    deal = scenario.deal
    licences = [deal.licences[name] for name in here["licence"]]
    return {
        "quota_holder": [deal.quotas[one.quota].holder if one.quota else UNKNOWN for one in licences],
        "licensee": here["party"].tolist(),
        "owner": here["owner"].tolist(),
        "operator": here["operator"].tolist(),
        "end_user": [one.end_user or UNKNOWN for one in licences],
    }


def _by_month(lots: Table, column: str, starts: Array) -> Array:
    """The running sum of a column at each month's end; shape (months,)."""
    order = np.argsort(lots["cleared_s"], kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(lots[column][order].astype(float))])
    return np.asarray(sums[np.searchsorted(lots["cleared_s"][order], starts[1:], side="left")])


def _rows(role: str, party: str, counts: Array, starts: Array) -> list[dict[str, Any]]:
    names = ("low_chips", "high_chips", "low_h100e", "high_h100e")
    return [
        {"month_s": int(starts[month]), "role": role, "party": party}
        | {name: float(counts[i, month]) for i, name in enumerate(names)}
        for month in range(len(starts) - 1)
        if counts[1, month] > 0.0
    ]
