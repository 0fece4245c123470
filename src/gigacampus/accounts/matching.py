"""Matching money and other obligations: posted when due and when paid, the gap as an account of its own.

The debtor's `Liabilities:Obligations:NAME` is what is due and not yet paid (negative: paid ahead). Money that is
matched is invested, not spent: it goes to the outside world (sites elsewhere) against `Assets:Investments`. Purchases
and revenue shares go to the creditor as an expense.
"""

from __future__ import annotations

import numpy as np

from gigacampus.accounts.cents import to_cents
from gigacampus.accounts.ground import Ground, Texts
from gigacampus.accounts.journal import OUTSIDE, leaves
from gigacampus.accounts.periods import Ints

SPENT = {"purchase", "revenue_share"}
"""Kinds of obligation that are an expense; all others are an investment elsewhere."""


def obligations(ground: Ground) -> None:
    """Post every obligation: the claim on its due date, the payment on its own."""
    rows, kinds = ground.supply.obligations, ground.scenario.deal.obligations
    parts = leaves([*kinds, *rows["obligation"]])
    gap = np.array([f"Liabilities:Obligations:{parts[str(name)]}" for name in rows["obligation"]], dtype=object)
    claim = np.array([f"Assets:Claims:{parts[str(name)]}" for name in rows["obligation"]], dtype=object)
    cause = np.array(
        [
            f"obligation:{name}:{lot}" if lot else f"obligation:{name}"
            for name, lot in zip(rows["obligation"], rows["delivery_id"], strict=True)
        ],
        dtype=object,
    )
    due, paid = to_cents(rows["due_usd"]), to_cents(np.nan_to_num(rows["paid_usd"]))
    _claim(ground, rows["due_s"], rows["debtor"], rows["creditor"], due, cause, gap, claim)
    _claim(ground, rows["paid_s"], rows["debtor"], rows["creditor"], -paid, cause, gap, claim)
    spent = np.array([name in kinds and kinds[name].kind in SPENT for name in rows["obligation"]], dtype=bool)
    for mask, payee, debit, credit in (
        (spent, rows["creditor"], "Expenses:Obligations", "Income:Obligations"),
        (~spent, np.full(len(rows), OUTSIDE, dtype=object), "Assets:Investments", "Equity:Investments"),
    ):
        ground.journal.pay_cents(
            rows["paid_s"][mask], rows["debtor"][mask], payee[mask], paid[mask], "matching", cause[mask], debit, credit
        )


def _claim(
    ground: Ground, at_s: Ints, debtor: Texts, creditor: Texts, cents: Ints, cause: Texts, gap: Texts, claim: Texts
) -> None:
    journal = ground.journal
    journal.book(
        at_s=at_s, party=debtor, cents=cents, kind="matching", cause=cause, debit="Equity:Obligations", credit=gap
    )
    journal.book(
        at_s=at_s, party=creditor, cents=cents, kind="matching", cause=cause, debit=claim, credit="Equity:Claims"
    )
