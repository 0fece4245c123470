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
from gigacampus.accounts.exchange import GAIN, LOSS, USD, Exchange
from gigacampus.accounts.periods import Periods
from gigacampus.errors import InvariantError
from gigacampus.tables.books import PARTY_MONTHS, POSTINGS
from gigacampus.tables.table import Table

OUTSIDE = "outside"
"""The outside world: whoever the scenario does not name."""

CASH = "Assets:Cash"
Ints = NDArray[np.int64]
_FIELDS = ("at_s", "party", "debit", "credit", "cents", "units", "other", "kind", "cause", "entry", "is_cash")
_LATE = ("debit", "credit", "cause")
"""Texts that are numbered only when they are asked for: measures need no causes, and few accounts."""


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

    def numbered(self, given: Any, size: int) -> Any:
        """One text as its number, or one a row as numbers, shape (size,)."""
        if isinstance(given, str):
            return self.code(given)
        codes = self.codes
        found = [codes[text] if text in codes else self.code(str(text)) for text in given]
        return np.array(found, dtype=np.int64).reshape(size)

    def decode(self, codes: Ints) -> NDArray[Any]:
        """The texts of numbers; object array."""
        texts = np.empty(len(self.texts), dtype=object)
        texts[:] = self.texts
        return texts[codes]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Pairs as they were made: what is one for all rows is one value."""

    size: int
    given: dict[str, Any]

    def codes(self, name: str, names: Names) -> Any:
        """One number, or one a row."""
        value = self.given[name]
        return names.numbered(value, self.size) if name in _LATE else value


@dataclass(frozen=True, slots=True)
class Entries:
    """A part of a journal."""

    first: int
    count: int
    batches: list[_Batch]


@dataclass
class Journal:
    """Entries as they were made. Those after the horizon are left out; earlier ones fall on its first day."""

    periods: Periods
    names: Names = field(default_factory=Names)
    exchange: Exchange = field(default_factory=Exchange)
    _batches: list[_Batch] = field(default_factory=list)
    _entries: int = 0
    _columns: dict[str, Ints] = field(default_factory=dict)
    """Columns of the batches that were asked for since the last entry."""

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
        times, amounts = _rows(at_s, cents)
        size, code = len(amounts), self.names.numbered
        parties = {"kind": code(kind, size), "party": code(payer, size), "other": code(payee, size), "cause": cause}
        units = self.exchange.units(kind, amounts)
        self._pay(times, amounts, units, parties, debit, credit)
        if self.exchange.currency(kind) != USD:
            more = self.exchange.difference(kind, times, amounts)
            if more.any():
                self._pay(times, more, np.zeros_like(more), parties, LOSS, GAIN)

    def _pay(self, times: Ints, cents: Ints, units: Ints, parties: dict[str, Any], debit: Any, credit: Any) -> None:
        given = self._kept(times, cents, units, parties | {"debit": debit, "credit": credit, "is_cash": 1})
        if given is not None:
            taken = given | {"party": given["other"], "other": given["party"], "debit": CASH}
            self._add(given | {"credit": CASH})
            self._add(taken)

    def book(self, *, at_s: Any, party: Any, cents: Any, kind: str, cause: Any, debit: Any, credit: Any) -> None:
        """A debit and a credit in one party's books, without cash."""
        times, amounts = _rows(at_s, cents)
        code = self.names.numbered
        mine = code(party, len(amounts))
        rows = {"kind": code(kind, len(amounts)), "party": mine, "other": mine, "cause": cause, "is_cash": 0}
        units = self.exchange.units(kind, amounts)
        given = self._kept(times, amounts, units, rows | {"debit": debit, "credit": credit})
        if given is not None:
            self._add(given)

    def _kept(self, times: Ints, cents: Ints, units: Ints, given: dict[str, Any]) -> dict[str, Any] | None:
        """The rows within the horizon whose sums are not zero, each an entry of its own; None without any."""
        first = self._entries
        self._entries += len(cents)
        keep = np.flatnonzero((times < self.periods.clock.end_s) & (cents != 0))
        if not len(keep):
            return None
        if len(keep) == len(cents):
            return given | {"at_s": times, "cents": cents, "units": units, "entry": np.arange(first, self._entries)}
        rows = {"at_s": times[keep], "cents": cents[keep], "units": units[keep], "entry": first + keep}
        return {name: _some(value, keep) for name, value in given.items()} | rows

    def _add(self, given: dict[str, Any]) -> None:
        self._batches.append(_Batch(len(given["cents"]), given))
        self._columns.clear()

    def mark(self) -> tuple[int, int]:
        """Where the journal stands, for `since`."""
        return self._entries, len(self._batches)

    def since(self, mark: tuple[int, int]) -> Entries:
        """What was entered after a mark."""
        first, batches = mark
        return Entries(first, self._entries - first, self._batches[batches:])

    def again(self, given: Entries) -> None:
        """Enter a part of a journal with the same names once more, as the next entries."""
        ahead = self._entries - given.first
        self._entries += given.count
        for one in given.batches:
            self._add(one.given | {"entry": one.given["entry"] + ahead})

    def column(self, name: str) -> Ints:
        """One column of all pairs, in the order in which they were made."""
        if name not in self._columns:
            whole = np.empty(sum(batch.size for batch in self._batches), dtype=np.int64)
            start = 0
            for batch in self._batches:
                whole[start : start + batch.size] = batch.codes(name, self.names)
                start += batch.size
            self._columns[name] = whole
        return self._columns[name]

    def pairs(self, *wanted: str) -> dict[str, Ints]:
        """Columns of all pairs (all of them where none are named), in order of time, then of entry."""
        order = np.lexsort((self.column("entry"), self.column("at_s")))
        return {name: self.column(name)[order] for name in wanted or _FIELDS}

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
        """Cash in (positive) and out (negative) by pair, in order: `at_s, party, kind, cents` (codes for texts)."""
        pairs = self.pairs("at_s", "party", "kind", "debit", "cents", "is_cash")
        moves = pairs["is_cash"] == 1
        found = {name: pairs[name][moves] for name in ("at_s", "party", "kind")}
        return found | {"cents": self._signed(pairs["debit"][moves], pairs["cents"][moves])}

    def _signed(self, debit: Ints, cents: Ints) -> Ints:
        """What cash pairs bring in; what they take out is negative."""
        return np.where(debit == self.names.code(CASH), cents, -cents)

    def cash_months(self, party: str, kinds: frozenset[str]) -> Ints:
        """Cash in less cash out of a party in each month over some kinds, cents; shape (months,)."""
        wanted = [self.names.code(kind) for kind in sorted(kinds)]
        mine = (self.column("party") == self.names.code(party)) & (self.column("is_cash") == 1)
        mine = np.flatnonzero(mine & np.isin(self.column("kind"), wanted))
        cents = self._signed(self.column("debit")[mine], self.column("cents")[mine])
        return self._by_month(self.column("at_s")[mine], cents)

    def profit_months(self, party: str) -> Ints:
        """Income less expenses of a party in each month, cents; shape (months,)."""
        mine = np.flatnonzero(self.column("party") == self.names.code(party))
        debit, credit = (self.column(name)[mine] for name in ("debit", "credit"))
        is_result = np.array([text.startswith(("Income", "Expenses")) for text in self.names.texts], dtype=np.int64)
        cents = (is_result[credit] - is_result[debit]) * self.column("cents")[mine]
        return self._by_month(self.column("at_s")[mine], cents)

    def balances(self, prefix: str) -> dict[str, int]:
        """Closing balance of every account that starts so, debit positive, cents summed by party."""
        party, debit, credit = (self.column(name) for name in ("party", "debit", "credit"))
        counts = np.array([text.startswith(prefix) for text in self.names.texts], dtype=np.int64)
        sums = np.zeros(len(self.names.texts), dtype=np.int64)
        np.add.at(sums, party, (counts[debit] - counts[credit]) * self.column("cents"))
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


def _rows(at_s: Any, cents: Any) -> tuple[Ints, Ints]:
    """Times, none before the horizon, and sums; shape (rows,) each."""
    amounts = np.atleast_1d(np.asarray(cents, dtype=np.int64))
    times = np.asarray(at_s, dtype=np.int64)
    times = times if times.shape == amounts.shape else np.full(len(amounts), times)
    return np.maximum(times, 0), amounts


def _some(value: Any, rows: Ints) -> Any:
    """Some rows of what is one value for all, or one a row."""
    if isinstance(value, (str, int)):
        return value
    return value[rows] if isinstance(value, np.ndarray) else [value[row] for row in rows.tolist()]


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
