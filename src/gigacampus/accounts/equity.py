"""Owners' money: what a party's cash falls short of at a month's end is paid in; what is left may be paid out."""

from __future__ import annotations

import numpy as np

from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE, leaves
from gigacampus.scenario.costs import Equity

MATCHING = "matching"
"""Matching money is the debtor's own business: it is not paid in."""


def fund(ground: Ground) -> None:
    """Post calls and distributions of every party that has an investor, before those of that investor.

    The running cash of all kinds but matching money, at each month's end, is brought up to zero, and down to it where
    the party distributes.
    """
    journal, periods = ground.journal, ground.periods
    parts = leaves(ground.costs.equity)
    for party in _bottom_up(ground.costs.equity):
        rule = ground.costs.equity[party]
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
            periods.dues_s, investor, party, calls, "financing", cause, f"Assets:Shares:{parts[party]}",
            "Equity:Paid-In",
        )  # fmt: skip
        journal.pay_cents(
            periods.dues_s, party, investor, paid_out, "financing", cause, "Equity:Distributions",
            "Income:Distributions",
        )  # fmt: skip


def _bottom_up(rules: dict[str, Equity]) -> list[str]:
    """Parties, each before the one that stands behind it; otherwise in the order of the scenario."""

    def steps(party: str, seen: tuple[str, ...] = ()) -> int:
        investor = rules[party].investor
        return 1 + steps(investor, (*seen, party)) if investor in rules and investor not in seen else 0

    return sorted(rules, key=lambda party: -steps(party))
