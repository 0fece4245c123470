"""The slow, obvious twins of the accounts: rounding by hand, loans period by period, balances by dictionary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any


def split(total: int, weights: list[float]) -> list[int]:
    """Largest remainders, one cent at a time."""
    sign, left = (-1 if total < 0 else 1), abs(total)
    whole = sum(weights)
    if whole <= 0:
        return [total] + [0] * (len(weights) - 1)
    exact = [left * (w / whole) for w in weights]
    parts = [int(e) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] - parts[i]), i))
    n = 0
    while sum(parts) < left:
        parts[order[n % len(order)]] += 1
        n += 1
    return [sign * p for p in parts]


def balances(rows: Iterable[dict[str, Any]], *keys: str) -> dict[tuple[Any, ...], int]:
    """Sum of amounts by key."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        sums[tuple(row[key] for key in keys)] += row["amount_cents"]
    return sums


def loan(
    amount: float, monthly_rate: float, grace: int, term: int, months: int, kind: str
) -> list[tuple[float, float]]:
    """Interest and repayment of one drawing in the months after it."""
    owed, found = amount, []
    payment = amount / term if monthly_rate == 0 else amount * monthly_rate / (1 - (1 + monthly_rate) ** -term)
    for age in range(1, months):
        interest = owed * monthly_rate
        repaid = 0.0
        if grace < age <= grace + term:
            repaid = {"annuity": payment - interest, "straight_line": amount / term, "bullet": 0.0}[kind]
            if age == grace + term:
                repaid = owed
        owed -= repaid
        found.append((interest, repaid))
    return found
