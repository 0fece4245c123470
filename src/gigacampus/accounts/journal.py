"""The journal: every entry is a pair of a debit and a credit in one party's books; a payment is two such pairs.

So the postings of a transaction sum to zero, in whole and in each party's books, by construction; `check` proves it
again from the finished table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.accounts.cents import to_cents
from gigacampus.accounts.exchange import GAIN, LOSS, Exchange
from gigacampus.accounts.periods import Periods
from gigacampus.clock import NEVER
from gigacampus.errors import InvariantError
from gigacampus.tables.books import PARTY_MONTHS, POSTINGS
from gigacampus.tables.table import Table

OUTSIDE = "outside"
"""The outside world: whoever the scenario does not name."""

CASH = "Assets:Cash"
Ints = NDArray[np.int64]
_FIELDS = ("at_s", "party", "debit", "credit", "cents", "units", "other", "kind", "cause", "entry", "is_cash")


@lru_cache(maxsize=65536)
def leaf(text: str) -> str:
    """A name as a component of an account: letters, digits and dashes, the first one a capital letter."""
    clean = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "Other"
    return clean[0].upper() + clean[1:] if clean[0].isalpha() else f"N{clean}"


def leaves(names: Iterable[Any], taken: Iterable[str] = ()) -> dict[str, str]:
    """The component of each name; a number sets apart those that would read alike, or like one that is taken."""
    found: dict[str, str] = {}
    used = set(taken)
    for name in dict.fromkeys(map(str, names)):
        plain = found[name] = leaf(name)
        count = 1
        while found[name] in used:
            count += 1
            found[name] = f"{plain}-{count}"
        used.add(found[name])
    return found


class Names:
    """Texts as small whole numbers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """The number of a text, a new one where it has none."""
        if text not in self.codes:
            self.codes[text] = len(self.texts)
            self.texts.append(text)
        return self.codes[text]

    def encode(self, given: Any, size: int) -> Ints:
        """One text, or one a row, as numbers; shape (size,)."""
        if isinstance(given, str):
            return np.full(size, self.code(given), dtype=np.int64)
        codes = self.codes
        found = [codes[text] if text in codes else self.code(str(text)) for text in given]
        return np.array(found, dtype=np.int64).reshape(size)

    def decode(self, codes: Ints) -> NDArray[Any]:
        """The texts of numbers; object array."""
        texts = np.empty(len(self.texts), dtype=object)
        texts[:] = self.texts
        return texts[codes]


@dataclass
class Journal:
    """Entries as they were made. Those after the horizon are left out; earlier ones fall on its first day."""

    periods: Periods
    names: Names = field(default_factory=Names)
    exchange: Exchange = field(default_factory=Exchange)
    _batches: list[dict[str, Ints]] = field(default_factory=list)
    _entries: int = 0

    def pay(
        self, *, at_s: Any, payer: Any, payee: Any, usd: Any, kind: str, cause: Any, debit: Any, credit: Any
    ) -> None:
        """Cash from payer to payee: to the payer's account `debit`, out of the payee's account `credit`.

        Every argument is one value or one a row. A negative sum flows back.
        """
        self.pay_cents(at_s, payer, payee, to_cents(usd), kind, cause, debit, credit)

    def pay_cents(
        self, at_s: Any, payer: Any, payee: Any, cents: Any, kind: str, cause: Any, debit: Any, credit: Any
    ) -> None:
        """As `pay`, in whole cents; what the rate of the day makes of a price in another currency is posted beside."""
        rows = self._rows(at_s, cents, kind, cause)
        self._pay(rows, payer, payee, debit, credit)
        more = self.exchange.difference(kind, rows["at_s"], rows["cents"])
        if more.any():
            rows = self._rows(at_s, more, kind, cause)
            self._pay(rows | {"units": np.zeros_like(more)}, payer, payee, LOSS, GAIN)

    def _pay(self, rows: dict[str, Ints], payer: Any, payee: Any, debit: Any, credit: Any) -> None:
        size, code = len(rows["cents"]), self.names.encode
        givers, takers = code(payer, size), code(payee, size)
        cash = code(CASH, size)
        self._add(rows | {"party": givers, "other": takers, "debit": code(debit, size), "credit": cash}, is_cash=True)
        self._add(rows | {"party": takers, "other": givers, "debit": cash, "credit": code(credit, size)}, is_cash=True)

    def book(self, *, at_s: Any, party: Any, cents: Any, kind: str, cause: Any, debit: Any, credit: Any) -> None:
        """A debit and a credit in one party's books, without cash."""
        rows = self._rows(at_s, cents, kind, cause)
        size, code = len(rows["cents"]), self.names.encode
        mine = code(party, size)
        sides = {"debit": code(debit, size), "credit": code(credit, size)}
        self._add(rows | {"party": mine, "other": mine} | sides, is_cash=False)

    def _rows(self, at_s: Any, cents: Any, kind: str, cause: Any) -> dict[str, Ints]:
        amounts = np.atleast_1d(np.asarray(cents, dtype=np.int64))
        size = len(amounts)
        times = np.asarray(at_s, dtype=np.int64)
        times = times if times.shape == (size,) else np.full(size, times)
        entry = np.arange(self._entries, self._entries + size)
        self._entries += size
        return {
            "at_s": np.maximum(times, 0), "cents": amounts, "entry": entry, "units": self.exchange.units(kind, amounts),
            "kind": self.names.encode(kind, size), "cause": self.names.encode(cause, size),
        }  # fmt: skip

    def _add(self, rows: dict[str, Ints], *, is_cash: bool) -> None:
        rows["is_cash"] = np.full(len(rows["cents"]), int(is_cash))
        keep = (rows["at_s"] < self.periods.clock.end_s) & (rows["at_s"] != NEVER) & (rows["cents"] != 0)
        self._batches.append({name: rows[name][keep] for name in _FIELDS})

    def pairs(self) -> dict[str, Ints]:
        """All pairs, in order of time, then of entry."""
        if not self._batches:
            return {name: np.empty(0, dtype=np.int64) for name in _FIELDS}
        whole = {name: np.concatenate([batch[name] for batch in self._batches]) for name in _FIELDS}
        order = np.lexsort((whole["entry"], whole["at_s"]))
        return {name: values[order] for name, values in whole.items()}

    def postings(self) -> Table:
        """The ledger: two rows a pair, so two for a book entry and four for a payment."""
        pairs = self.pairs()
        fresh = np.diff(pairs["entry"], prepend=-1) != 0
        twice = {name: np.repeat(values, 2) for name, values in pairs.items()}
        is_debit = np.arange(len(twice["cents"])) % 2 == 0
        sign = np.where(is_debit, 1, -1)
        kinds = self.names.decode(twice["kind"])
        code = {kind: self.exchange.currency(kind) for kind in set(kinds.tolist())}
        return Table(
            POSTINGS,
            {
                "transaction_id": np.repeat(np.cumsum(fresh) - 1, 2),
                "at_s": twice["at_s"],
                "party": self.names.decode(twice["party"]),
                "account": self.names.decode(np.where(is_debit, twice["debit"], twice["credit"])),
                "amount_cents": sign * twice["cents"],
                "counterparty": self.names.decode(twice["other"]),
                "kind": kinds,
                "cause": self.names.decode(twice["cause"]),
                "is_record": twice["at_s"] < self.periods.clock.known_s,
                "currency": [code[kind] for kind in kinds.tolist()],
                "currency_cents": sign * twice["units"],
            },
        )

    def cash(self) -> dict[str, Ints]:
        """Cash in (positive) and out (negative) by pair: `at_s, party, kind, cause, cents` (codes for texts)."""
        pairs = self.pairs()
        mine = self.names.code(CASH)
        moves = pairs["is_cash"] == 1
        sign = np.where(pairs["debit"][moves] == mine, 1, -1)
        found = {name: pairs[name][moves] for name in ("at_s", "party", "kind", "cause")}
        return found | {"cents": sign * pairs["cents"][moves]}

    def cash_months(self, party: str, kinds: frozenset[str]) -> Ints:
        """Cash in less cash out of a party in each month over some kinds, cents; shape (months,)."""
        moves = self.cash()
        wanted = [self.names.code(kind) for kind in sorted(kinds)]
        mine = (moves["party"] == self.names.code(party)) & np.isin(moves["kind"], wanted)
        return self._by_month(moves["at_s"][mine], moves["cents"][mine])

    def profit_months(self, party: str) -> Ints:
        """Income less expenses of a party in each month, cents; shape (months,)."""
        pairs = self.pairs()
        mine = pairs["party"] == self.names.code(party)
        is_result = np.array([text.startswith(("Income", "Expenses")) for text in self.names.texts], dtype=np.int64)
        cents = (is_result[pairs["credit"]] - is_result[pairs["debit"]]) * pairs["cents"]
        return self._by_month(pairs["at_s"][mine], cents[mine])

    def balances(self, prefix: str) -> dict[str, int]:
        """Closing balance of every account that starts so, debit positive, cents summed by party."""
        pairs = self.pairs()
        counts = np.array([text.startswith(prefix) for text in self.names.texts], dtype=np.int64)
        sums = np.zeros(len(self.names.texts), dtype=np.int64)
        np.add.at(sums, pairs["party"], (counts[pairs["debit"]] - counts[pairs["credit"]]) * pairs["cents"])
        return {self.names.texts[code]: int(sums[code]) for code in np.flatnonzero(sums)}

    def _by_month(self, at_s: Ints, cents: Ints) -> Ints:
        sums = np.zeros(len(self.periods), dtype=np.int64)
        np.add.at(sums, self.periods.index(at_s), cents)
        return sums

    def party_months(self) -> Table:
        """Cash out less cash in, by month, party and kind; rows that are zero are left out."""
        moves = self.cash()
        keys = np.stack([self.periods.index(moves["at_s"]), moves["party"], moves["kind"]], axis=1)
        unique, where = np.unique(keys, axis=0, return_inverse=True)
        sums = np.zeros(len(unique), dtype=np.int64)
        np.add.at(sums, where.reshape(-1), -moves["cents"])
        unique, sums = unique[sums != 0], sums[sums != 0]
        return Table(
            PARTY_MONTHS,
            {
                "month_s": self.periods.starts_s[unique[:, 0]],
                "party": self.names.decode(unique[:, 1]),
                "kind": self.names.decode(unique[:, 2]),
                "paid_cents": sums,
            },
        )


def check(postings: Table) -> None:
    """Prove that the books balance: each transaction, each party's part of it, and so every date and sub-ledger.

    Raises InvariantError that names the first transaction that does not.
    """
    if not len(postings):
        return
    _, party = np.unique(postings["party"].astype(str), return_inverse=True)
    keys = postings["transaction_id"] * (int(party.max()) + 1) + party
    _, group = np.unique(keys, return_inverse=True)
    sums = np.zeros(int(group.max()) + 1, dtype=np.int64)
    np.add.at(sums, group, postings["amount_cents"])
    if sums.any():
        row = int(np.flatnonzero(sums[group] != 0)[0])
        raise InvariantError(
            f"the books of {postings['party'][row]} do not balance in transaction {postings['transaction_id'][row]} "
            f"({postings['kind'][row]}, {postings['cause'][row]}): off by {sums[group][row]} cents"
        )
