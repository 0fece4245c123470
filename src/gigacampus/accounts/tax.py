"""Tax on profit, where the scenario states one."""

from __future__ import annotations

import numpy as np

from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE


def levy(ground: Ground) -> None:
    """Each taxed party pays its rate on a calendar year's profit, losses carried forward, at the year's end."""
    years = np.array([ground.periods.clock.day(int(start)).year for start in ground.periods.starts_s])
    for party, rate in ground.costs.tax.items():
        profit = ground.journal.profit_months(party)
        carried = 0
        for year in np.unique(years):
            whole = int(profit[years == year].sum()) + carried
            carried = min(whole, 0)
            ground.journal.pay_cents(
                int(ground.periods.dues_s[years == year][-1]), party, OUTSIDE,
                [round(max(whole, 0) * float(rate))], "tax", [f"year:{year}"], "Expenses:Tax", "Income:Tax",
            )  # fmt: skip
