"""Depreciation: what is in service loses its price less the residual over its life."""

from __future__ import annotations

from typing import Literal

import numpy as np

from gigacampus.accounts.bills import months
from gigacampus.accounts.capex import Assets
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.periods import Floats, Periods

Method = Literal["straight_line", "declining"]


def written_off_usd(periods: Periods, assets: Assets, method: Method) -> Floats:
    """Depreciation of each asset in each month; shape (rows, months).

    Straight line: `(C − R) · t / L`. Declining: twice the straight-line rate on the book value, `2 B t / L`, or what
    is left in equal amounts over what is left of the life, `(B − R) t / (L − age)`, once that is more.
    """
    cost = assets.cents / 100.0
    residual, life_s = cost * assets.residual_fraction, assets.life_s
    served_s = periods.overlap_s(assets.in_service_s, assets.in_service_s + life_s)
    if method == "straight_line":
        whole: Floats = (cost - residual)[:, None] * served_s / life_s[:, None]
        return whole
    made = np.zeros_like(served_s)
    book, age_s = cost.copy(), np.zeros(len(cost))
    for month in range(served_s.shape[1]):
        span_s = served_s[:, month]
        level = (book - residual) * span_s / np.maximum(life_s - age_s, span_s + (span_s == 0.0))
        made[:, month] = np.minimum(np.maximum(2.0 * book * span_s / life_s, level), book - residual)
        book, age_s = book - made[:, month], age_s + span_s
    return made


def depreciate(ground: Ground, assets: Assets) -> None:
    """Post depreciation by owner, class and month; rounded so that the sum over months is right to the cent."""
    usd = written_off_usd(ground.periods, assets, ground.costs.depreciation)
    for owner, group in sorted(set(zip(assets.owner, assets.group, strict=True))):
        mine = (assets.owner == owner) & (assets.group == group)
        total = np.rint(np.cumsum(usd[mine].sum(axis=0)) * 100.0).astype(np.int64)
        ground.journal.book(
            at_s=ground.periods.dues_s, party=owner, cents=np.diff(total, prepend=0), kind="depreciation",
            cause=months(ground), debit=f"Expenses:Depreciation:{group}", credit=f"Assets:{group}:Depreciation",
        )  # fmt: skip


def worth_usd(ground: Ground, assets: Assets, at_s: int) -> Floats:
    """Straight-line book value at an instant, zero for what is not in service by then; shape (rows,)."""
    cost = assets.cents / 100.0
    worn = np.clip((at_s - assets.in_service_s.astype(np.float64)) / assets.life_s, 0.0, 1.0)
    value: Floats = np.where(assets.in_service_s < at_s, cost - (cost * (1.0 - assets.residual_fraction)) * worn, 0.0)
    return value
