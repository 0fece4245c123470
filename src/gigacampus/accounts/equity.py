"""Owners' money: what a party's cash falls short of at a month's end is paid in; what is left may be paid out."""

from __future__ import annotations

import numpy as np

from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE, leaf

MATCHING = "matching"
"""Matching money is the debtor's own business: it is not paid in."""


def fund(ground: Ground) -> None:
    """Post calls and distributions of every party that has an investor, in the order of the scenario.

    The running cash of all kinds but matching money, at each month's end, is brought up to zero, and down to it where
    the party distributes.
    """
    journal, periods = ground.journal, ground.periods
    for party, rule in ground.costs.equity.items():
        kinds = frozenset(set(journal.names.texts) - {MATCHING})
        running = np.cumsum(journal.cash_months(party, kinds))
        change = np.diff(running, prepend=0)
        if rule.distributes:
            calls, paid_out = np.maximum(-change, 0), np.maximum(change, 0)
        else:
            deepest = np.maximum.accumulate(np.maximum(-running, 0))
            calls, paid_out = np.diff(deepest, prepend=0), np.zeros_like(change)
        investor = rule.investor or OUTSIDE
        cause = [f"equity:{party}:{name}" for name in periods.names]
        journal.pay_cents(
            periods.dues_s, investor, party, calls, "financing", cause, f"Assets:Shares:{leaf(party)}",
            "Equity:Paid-In",
        )  # fmt: skip
        journal.pay_cents(
            periods.dues_s, party, investor, paid_out, "financing", cause, "Equity:Distributions",
            "Income:Distributions",
        )  # fmt: skip
