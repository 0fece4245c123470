"""Debt: drawn as its borrower pays for assets, repaid drawing by drawing, with the cover that lenders look at.

A drawing `D` bears interest at `rate / 12` a month. After the grace it is repaid over `n` months: as an annuity
(`D · i / (1 − (1 + i)^−n)` a month, interest included), in equal parts `D / n`, or all at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy_financial as finance

from gigacampus.accounts.bills import months
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE, leaves
from gigacampus.accounts.periods import Floats, Ints
from gigacampus.scenario.costs import Tranche
from gigacampus.tables.books import LOANS
from gigacampus.tables.table import Table
from gigacampus.units import S_PER_YEAR

OPERATING = frozenset({"energy", "water", "opex", "revenue", "rent", "lease", "tax"})
"""Kinds of cash that make up the cash flow available for debt service."""


@dataclass(frozen=True, slots=True)
class Loan:
    """One tranche of one borrower, month by month; shape (months,) each, cents."""

    tranche: str
    lender: str
    borrower: str
    drawn: Ints
    interest: Ints
    repaid: Ints
    covenant: float
    """Least cover that is agreed; NaN where none is."""
    begun: int
    """First month after the grace of the first drawing."""

    @property
    def balance(self) -> Ints:
        """What is owed at each month's end."""
        owed: Ints = np.cumsum(self.drawn - self.repaid)
        return owed


def borrow(ground: Ground) -> list[Loan]:
    """Draw, pay interest and repay every tranche of every borrower, and post it."""
    loans, spent = [], _spent(ground)
    for name, tranche in ground.costs.tranches.items():
        room = float(tranche.limit) * 100.0 if tranche.limit is not None else np.inf
        for borrower in [tranche.borrower] if tranche.borrower else dict.fromkeys(payer for _, payer in spent):
            wanted = _outlays(ground, spent, tranche, borrower) * float(tranche.gearing)
            drawn = _steps(np.minimum(np.cumsum(wanted), room))
            room -= float(drawn.sum())
            if drawn.any():
                loans.append(_loan(name, tranche, borrower, drawn))
                _post(ground, loans[-1], tranche)
    return loans


def _spent(ground: Ground) -> dict[tuple[str, str], Ints]:
    """Cents paid for assets by purpose and payer, in order of their first payment; shape (months,) each."""
    found: dict[tuple[str, str], Ints] = {}
    for purpose, payers, at_s, cents in ground.outlays:
        within = at_s < ground.periods.clock.end_s
        month = ground.periods.index(np.maximum(at_s, 0))
        for payer in dict.fromkeys(payers.tolist()):
            sums = found.setdefault((purpose, str(payer)), np.zeros(len(ground.periods), dtype=np.int64))
            mine = within & (payers == payer)
            np.add.at(sums, month[mine], cents[mine])
    return found


def _outlays(ground: Ground, spent: dict[tuple[str, str], Ints], tranche: Tranche, borrower: str) -> Floats:
    """What the borrower pays for assets of the tranche's purpose, by month; cents, shape (months,)."""
    sums = np.zeros(len(ground.periods))
    for (purpose, payer), cents in spent.items():
        if payer == borrower and tranche.purpose in {"all", purpose}:
            sums += cents
    return sums


def schedule(tranche: Tranche, drawn: Any) -> tuple[Floats, Floats]:
    """Interest and repayment in each month of drawings made in each month; shapes (months,)."""
    amounts = np.asarray(drawn, dtype=np.float64)
    count, rate = len(amounts), float(tranche.rate) / 12.0
    grace, term = _months(float(tranche.grace)), max(_months(float(tranche.term)), 1)
    level = -np.asarray(finance.pmt(rate, term, amounts), dtype=np.float64)
    owed, straight = np.zeros(count), amounts / term
    interest, repaid = np.zeros((count, count)), np.zeros((count, count))
    for month in range(count):
        bears, part = interest[month], repaid[month]
        np.multiply(owed, rate, out=bears)
        # those of the drawings from `last` on whose grace is over
        last = month - grace - term
        due = slice(max(last, 0), max(month - grace, 0))
        if tranche.amortisation == "annuity":
            part[due] = level[due] - bears[due]
        elif tranche.amortisation == "straight_line":
            part[due] = straight[due]
        np.minimum(part, owed, out=part)
        if last >= 0:
            part[last] = owed[last]
        owed -= part
        owed[month] += amounts[month]
    return interest.sum(axis=1), repaid.sum(axis=1)


def _loan(name: str, tranche: Tranche, borrower: str, drawn: Ints) -> Loan:
    interest, repaid = schedule(tranche, drawn)
    principal = _steps(np.cumsum(repaid))
    covenant = float(tranche.dscr_covenant) if tranche.dscr_covenant is not None else float("nan")
    begun = int(np.flatnonzero(drawn)[0]) + _months(float(tranche.grace)) + 1
    whole = np.rint(interest).astype(np.int64)
    return Loan(name, tranche.lender or OUTSIDE, borrower, drawn, whole, principal, covenant, begun)


def _post(ground: Ground, loan: Loan, tranche: Tranche) -> None:
    lender, account, fee = loan.lender, leaves(ground.costs.tranches)[loan.tranche], loan.drawn * float(tranche.fee)
    cause = [f"loan:{loan.tranche}:{month.removeprefix('month:')}" for month in months(ground)]
    rows = (
        (lender, loan.borrower, loan.drawn, f"Assets:Loans:{account}", f"Liabilities:Loans:{account}"),
        (loan.borrower, lender, np.rint(fee).astype(np.int64), "Expenses:Fees", "Income:Fees"),
        (loan.borrower, lender, loan.interest, "Expenses:Interest", "Income:Interest"),
        (loan.borrower, lender, loan.repaid, f"Liabilities:Loans:{account}", f"Assets:Loans:{account}"),
    )
    for payer, payee, cents, debit, credit in rows:
        ground.journal.pay_cents(ground.periods.dues_s, payer, payee, cents, "financing", cause, debit, credit)


def cover(ground: Ground, loans: list[Loan], borrower: str) -> Floats:
    """Debt service cover of a borrower at each month's end: operating cash of the twelve months to it over interest
    and repayments in them; NaN until the first grace has been over for a year, and after the last payment; shape
    (months,).
    """
    mine = [loan for loan in loans if loan.borrower == borrower]
    service = sum((loan.interest + loan.repaid for loan in mine), np.zeros(len(ground.periods), dtype=np.int64))
    year, owed = (_last_twelve(one) for one in (ground.journal.cash_months(borrower, OPERATING), service))
    judged = (owed > 0.0) & (np.arange(len(owed)) >= min(loan.begun for loan in mine) + 11)
    found: Floats = np.where(judged, year / np.where(owed > 0.0, owed, 1.0), np.nan)
    return found


def _last_twelve(values: Any) -> Floats:
    sums = np.cumsum(np.asarray(values, dtype=np.float64))
    rolled = sums.copy()
    rolled[12:] = sums[12:] - sums[:-12]
    rolled[:11] = 0.0
    return rolled


def table(ground: Ground, loans: list[Loan]) -> Table:
    """The table of loans by month."""
    covers = {borrower: cover(ground, loans, borrower) for borrower in {loan.borrower for loan in loans}}
    count = len(ground.periods)
    columns: dict[str, Any] = {
        "month_s": np.tile(ground.periods.starts_s, len(loans)),
        "tranche": [loan.tranche for loan in loans for _ in range(count)],
        "borrower": [loan.borrower for loan in loans for _ in range(count)],
    }
    for name in ("drawn", "interest", "repaid", "balance"):
        columns[f"{name}_cents"] = np.concatenate([getattr(loan, name) for loan in loans] or [np.zeros(0, np.int64)])
    columns["cover_fraction"] = np.concatenate([covers[loan.borrower] for loan in loans] or [np.zeros(0)])
    columns["is_breached"] = np.concatenate(
        [covers[loan.borrower] < loan.covenant for loan in loans] or [np.zeros(0, bool)]
    )
    return Table(LOANS, columns)


def _steps(total: Floats) -> Ints:
    """Steps of a running total in whole cents, which sum to its last value rounded."""
    whole: Ints = np.rint(total).astype(np.int64)
    whole[1:] -= whole[:-1].copy()
    return whole


def _months(span_s: float) -> int:
    return round(span_s / (S_PER_YEAR / 12.0))
