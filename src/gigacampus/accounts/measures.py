"""What the cash is worth: present value, internal rate of return, payback, the deepest point.

Present value of cash `c` at time `t` (years of 365.25 days from the first day): `c / (1 + k)^t`. The nominal rate is
`k = (1 + r)(1 + f) − 1` for a real rate `r` and an inflation `f` (Fisher). The internal rate is the `k` at which the
sum is zero, found on monthly sums. What is owned at the horizon's end counts as cash on its last day: assets in service
at straight-line book value, those paid ahead at what was paid, those still to be paid less what is, loans lent less
loans owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gigacampus.accounts.capex import Assets
from gigacampus.accounts.depreciation import worth_usd
from gigacampus.accounts.financing import Loan
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import OUTSIDE
from gigacampus.accounts.periods import Floats, Ints, Periods
from gigacampus.clock import NEVER
from gigacampus.tables.books import PARTY_MEASURES
from gigacampus.tables.table import Table

PROJECT = "project"
"""All owners and operators of the campus and its chips, as one."""


RATES = (-0.99, 100.0)
"""Yearly rates between which an internal one is looked for."""
POINTS = 400
"""So many rates are tried in them, evenly by the logarithm of growth."""


def nominal(real: float, inflation: float) -> float:
    """Nominal yearly rate of a real one: Fisher's equation."""
    return (1.0 + real) * (1.0 + inflation) - 1.0


def present_value_usd(periods: Periods, at_s: Any, usd: Any, rate: float) -> float:
    """Worth of dated cash on the scenario's first day, at a nominal yearly rate."""
    return float(np.sum(np.asarray(usd, dtype=np.float64) * (1.0 + rate) ** -periods.years(at_s)))


def internal_rate(monthly: Any) -> float:
    """Yearly rate at which equally spaced monthly sums are worth nothing; NaN where there is none, or several.

    Their worth must cross zero once within `RATES`, or once at rates from zero on; that crossing is then narrowed down.
    (It is a root of the polynomial as in `numpy_financial.irr`, which takes seconds for twenty years of months.)
    """
    cash = np.asarray(monthly, dtype=np.float64)
    years = np.arange(len(cash)) / 12.0

    def crossings(low: float, high: float, points: int) -> list[tuple[float, float]]:
        growth = np.linspace(low, high, points)
        positive = np.exp(-np.outer(growth, years)) @ cash > 0.0
        return [(growth[one], growth[one + 1]) for one in np.flatnonzero(positive[1:] != positive[:-1])]

    found = crossings(float(np.log1p(RATES[0])), float(np.log1p(RATES[1])), POINTS)
    found = found if len(found) == 1 else [one for one in found if one[1] > 0.0]
    if len(found) != 1:
        return float("nan")
    for _ in range(14):
        found = crossings(*found[0], 10) or found
    return float(np.expm1(sum(found[0]) / 2.0))


def payback_s(at_s: Ints, usd: Floats) -> int:
    """When the running total of dated cash, in order of time, comes back to zero for good after its deepest point."""
    total = np.cumsum(usd)
    below = np.flatnonzero(total < -0.005)
    if len(below) == 0 or below[-1] == len(total) - 1:
        return NEVER
    return int(at_s[below[-1] + 1])


def project_measures(ground: Ground, assets: Assets) -> Table:
    """The project's row of `party_measures` alone."""
    return Table.from_rows(PARTY_MEASURES, [_project(ground, assets, ground.journal.cash())])


def _project(ground: Ground, assets: Assets, moves: dict[str, Ints]) -> dict[str, Any]:
    names = ground.journal.names
    kinds = {kind: names.code(kind) for kind in ("matching", "financing")}
    mine = np.isin(moves["party"], [names.code(party) for party in ground.perimeter])
    worth = _worth_usd(ground, assets, ground.perimeter, [])
    return _row(ground, PROJECT, moves, mine & (moves["kind"] != kinds["financing"]), kinds, worth)


def party_measures(ground: Ground, assets: Assets, loans: list[Loan]) -> Table:
    """The table of measures: the project first, without its financing; then every party with cash of its own."""
    moves = ground.journal.cash()
    names = ground.journal.names
    codes = {party: names.code(party) for party in _parties(ground)}
    kinds = {kind: names.code(kind) for kind in ("matching", "financing")}
    rows = [_project(ground, assets, moves)]
    for party, code in codes.items():
        mine = moves["party"] == code
        if mine.any():
            rows.append(_row(ground, party, moves, mine, kinds, _worth_usd(ground, assets, [party], loans)))
    return Table.from_rows(PARTY_MEASURES, rows)


def _parties(ground: Ground) -> Iterable[str]:
    present = {ground.journal.names.texts[code] for code in np.unique(ground.journal.column("party"))}
    return [*sorted(present - {OUTSIDE}), *sorted(present & {OUTSIDE})]


def _worth_usd(ground: Ground, assets: Assets, parties: Iterable[str], loans: list[Loan]) -> float:
    """What parties own at the horizon's end: see the head of this file."""
    ahead = ground.journal.balances("Assets:InProgress")
    cents = sum(ahead.get(party, 0) for party in parties)
    for loan in loans:
        owed = int(loan.balance[-1])
        cents += owed * (loan.lender in parties) - owed * (loan.borrower in parties)
    in_service = worth_usd(ground, assets, ground.periods.clock.end_s)[np.isin(assets.owner, list(parties))]
    return float(in_service.sum()) + cents / 100.0


def _row(
    ground: Ground, party: str, moves: dict[str, Ints], mine: Any, kinds: dict[str, int], worth: float
) -> dict[str, Any]:
    periods, costs = ground.periods, ground.costs
    matching = mine & (moves["kind"] == kinds["matching"])
    plain = mine & ~matching
    at_s, cents = moves["at_s"][plain], moves["cents"][plain]
    end_s = periods.clock.end_s
    rate = nominal(float(costs.discount_rate), float(costs.inflation))
    whole = np.zeros(len(periods), dtype=np.int64)
    np.add.at(whole, periods.index(at_s), cents)
    monthly = whole / 100.0
    monthly[-1] += worth
    # a day's receipts count with its payments: the low point is that of the day's end
    running = np.cumsum(cents)
    total = running / 100.0
    closing = np.flatnonzero(np.diff(at_s, append=NEVER) > 0)
    # what comes and goes at one instant is netted in cents before it is discounted, so that what is passed on leaves 0
    days_s, usd = at_s[closing], np.diff(running[closing], prepend=0) / 100.0
    low = closing[int(np.argmin(total[closing]))] if len(closing) else 0
    return {
        "party": party, "cash_usd": int(cents.sum()) / 100.0,
        "matching_usd": int(moves["cents"][matching].sum()) / 100.0,
        "cash_real_usd": float((usd / ground.risen(days_s)).sum()), "worth_usd": worth,
        "npv_usd": present_value_usd(periods, days_s, usd, rate) + present_value_usd(periods, end_s, worth, rate),
        "irr_fraction": internal_rate(monthly),
        "cash_low_usd": min(float(total[low]), 0.0) if len(closing) else 0.0,
        "cash_low_s": int(at_s[low]) if len(closing) else 0,
        "payback_s": payback_s(at_s[closing], np.diff(total[closing], prepend=0.0)),
    }  # fmt: skip
