"""What the cash is worth: present value, internal rate of return, payback, the deepest point.

Present value of cash `c` at time `t` (years of 365.25 days from the first day): `c / (1 + k)^t`. The nominal rate is
`k = (1 + r)(1 + f) − 1` for a real rate `r` and an inflation `f` (Fisher). The internal rate is the `k` at which the
sum is zero, found on monthly sums. What is owned at the horizon's end counts as cash on its last day, at straight-line
book value, less the loans then owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy_financial as finance

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


def nominal(real: float, inflation: float) -> float:
    """Nominal yearly rate of a real one: Fisher's equation."""
    return (1.0 + real) * (1.0 + inflation) - 1.0


def present_value_usd(periods: Periods, at_s: Any, usd: Any, rate: float) -> float:
    """Worth of dated cash on the scenario's first day, at a nominal yearly rate."""
    return float(np.sum(np.asarray(usd, dtype=np.float64) * (1.0 + rate) ** -periods.years(at_s)))


def internal_rate(monthly: Any) -> float:
    """Yearly rate at which equally spaced monthly sums are worth nothing; NaN where their sum changes sign not once.

    Cash whose running total changes sign more than once may have several rates: it has none here (Norstrom's test).
    """
    cash = np.asarray(monthly, dtype=np.float64)
    total = np.cumsum(cash)
    signs = np.sign(total[np.abs(total) > 0.005])
    if len(signs) == 0 or np.count_nonzero(np.diff(signs)) != 1 or signs[-1] == signs[0]:
        return float("nan")
    first, last = np.flatnonzero(cash)[[0, -1]]
    rate = float(finance.irr(cash[first : last + 1]))
    return (1.0 + rate) ** 12 - 1.0 if rate > -1.0 else float("nan")


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
    return _row(ground, PROJECT, moves, mine & (moves["kind"] != kinds["financing"]), kinds, assets, [])


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
            rows.append(_row(ground, party, moves, mine, kinds, assets, loans))
    return Table.from_rows(PARTY_MEASURES, rows)


def _parties(ground: Ground) -> Iterable[str]:
    present = {ground.journal.names.texts[code] for code in np.unique(ground.journal.pairs()["party"])}
    return [*sorted(present - {OUTSIDE}), *sorted(present & {OUTSIDE})]


def _row(
    ground: Ground, party: str, moves: dict[str, Ints], mine: Any, kinds: dict[str, int], assets: Assets,
    loans: list[Loan],
) -> dict[str, Any]:  # fmt: skip
    periods, costs = ground.periods, ground.costs
    matching = mine & (moves["kind"] == kinds["matching"])
    plain = mine & ~matching
    at_s, usd = moves["at_s"][plain], moves["cents"][plain] / 100.0
    end_s = periods.clock.end_s
    owned = np.isin(assets.owner, ground.perimeter) if party == PROJECT else assets.owner == party
    worth = float(worth_usd(ground, assets, end_s)[owned].sum())
    worth -= sum(int(loan.balance[-1]) / 100.0 for loan in loans if loan.borrower == party)
    rate = nominal(float(costs.discount_rate), float(costs.inflation))
    monthly = np.zeros(len(periods))
    np.add.at(monthly, periods.index(at_s), usd)
    monthly[-1] += worth
    # a day's receipts count with its payments: the low point is that of the day's end
    total = np.cumsum(usd)
    closing = np.flatnonzero(np.diff(at_s, append=NEVER) > 0)
    low = closing[int(np.argmin(total[closing]))] if len(closing) else 0
    return {
        "party": party, "cash_usd": float(usd.sum()), "matching_usd": float(moves["cents"][matching].sum() / 100.0),
        "cash_real_usd": float((usd / ground.risen(at_s)).sum()), "worth_usd": worth,
        "npv_usd": present_value_usd(periods, at_s, usd, rate) + present_value_usd(periods, end_s, worth, rate),
        "irr_fraction": internal_rate(monthly),
        "cash_low_usd": min(float(total[low]), 0.0) if len(closing) else 0.0,
        "cash_low_s": int(at_s[low]) if len(closing) else 0,
        "payback_s": payback_s(at_s[closing], np.diff(total[closing], prepend=0.0)),
    }  # fmt: skip
