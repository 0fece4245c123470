"""The ledger for others: CSV, and a beancount file that any beancount (beancount.github.io) can check."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np

from gigacampus.accounts.journal import leaves
from gigacampus.clock import Clock
from gigacampus.tables.table import Table

ROOTS = ("Assets", "Liabilities", "Equity", "Income", "Expenses")


def to_csv(postings: Table, clock: Clock) -> str:
    """The postings as CSV, a line each, dates in ISO form and amounts in dollars with two decimals.

    `amount` is that in the currency in which its price is fixed.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "transaction_id",
            "date",
            "party",
            "account",
            "amount_usd",
            "counterparty",
            "kind",
            "cause",
            "is_record",
            "currency",
            "amount",
        ]
    )
    for row in postings.rows():
        writer.writerow(
            [
                row["transaction_id"], clock.iso(row["at_s"]), row["party"], row["account"], _usd(row["amount_cents"]),
                row["counterparty"], row["kind"], row["cause"], int(row["is_record"]), row["currency"],
                _usd(row["currency_cents"]),
            ]
        )  # fmt: skip
    return out.getvalue()


def to_beancount(postings: Table, clock: Clock, title: str = "gigacampus") -> str:
    """The postings as a beancount file: accounts opened, transactions, and a balance assertion for every account.

    `Assets:Cash` of `g42` becomes `Assets:G42:Cash`. The assertions state our own closing balances, so a checker that
    adds up for itself finds any slip in either.
    """
    return "\n".join(_lines(postings, clock, title)) + "\n"


def _lines(postings: Table, clock: Clock, title: str) -> Iterator[str]:
    parties = leaves(postings["party"])
    accounts = np.array(
        [_account(parties[str(p)], str(a)) for p, a in zip(postings["party"], postings["account"], strict=True)],
        dtype=object,
    )
    yield f'option "title" "{_text(title)}"'
    yield 'option "operating_currency" "USD"'
    first = clock.iso(0)
    closing: dict[str, int] = {}
    for account, cents in zip(accounts, postings["amount_cents"].tolist(), strict=True):
        closing[account] = closing.get(account, 0) + cents
    for account in sorted(closing):
        yield f"{first} open {account} USD"
    current = -1
    for row, account in zip(postings.rows(), accounts, strict=True):
        if row["transaction_id"] != current:
            current = row["transaction_id"]
            yield ""
            yield f'{clock.iso(row["at_s"])} * "{_text(row["kind"])}" "{_text(row["cause"])}"'
        yield f"  {account}  {_usd(row['amount_cents'])} USD"
        if row["currency"] != "USD" and row["currency_cents"]:
            yield f'    contract: "{_usd(row["currency_cents"])} {_text(row["currency"])}"'
    yield ""
    last = clock.iso(clock.end_s)
    for account, cents in sorted(_with_parts(closing).items()):
        yield f"{last} balance {account}  {_usd(cents)} ~ 0.001 USD"


def _with_parts(closing: dict[str, int]) -> dict[str, int]:
    """Closing balances with those of the accounts below: what a balance assertion is about."""
    whole = dict.fromkeys(closing, 0)
    for account, cents in closing.items():
        path = account.split(":")
        for depth in range(2, len(path) + 1):
            above = ":".join(path[:depth])
            if above in whole:
                whole[above] += cents
    return whole


def _account(party: str, account: str) -> str:
    root, _, rest = account.partition(":")
    if root not in ROOTS:
        raise ValueError(f"{account} does not start with one of {', '.join(ROOTS)}")
    return f"{root}:{party}:{rest}"


def _usd(cents: int) -> str:
    sign, whole = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def _text(words: str) -> str:
    return words.replace("\\", "/").replace('"', "'").replace("\n", " ")
