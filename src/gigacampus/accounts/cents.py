"""Whole cents: rounding, and splits that add up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, ScenarioError

Ints = NDArray[np.int64]
MOST_CENTS = 1e17
"""Largest payment; some ninety of it add up without overflow of 64 bits."""


def to_cents(usd: Any) -> Ints:
    """Dollars as whole cents, halves to even; same shape. ScenarioError for sums that no ledger holds."""
    cents = np.rint(np.asarray(usd, dtype=np.float64) * 100.0)
    if np.abs(cents).max(initial=0.0) > MOST_CENTS:
        raise ScenarioError(
            Fault(
                "A102", f"a payment of {np.abs(cents).max() / 100.0:.3g} USD; the ledger holds up to "
                f"{MOST_CENTS / 100.0:.0e} USD", path="costs", fix="check the prices' units",
            )
        )  # fmt: skip
    return cents.astype(np.int64)


def split(total_cents: Any, weights: Any) -> Ints:
    """Split each total by weights into whole cents that sum to it exactly: the method of largest remainders (Hamilton).

    `total_cents` (rows,), `weights` (parts,) or (rows, parts), none negative; returns (rows, parts). What rounding
    leaves over goes, a cent each, to the largest remainders, ties to the first. Rows whose weights are all zero
    go to the first part in whole.
    """
    totals = np.asarray(total_cents, dtype=np.int64).reshape(-1)
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape[-1] == 1:
        return totals[:, None].copy()
    shares = np.broadcast_to(shares, (len(totals), shares.shape[-1])).copy()
    none = shares.sum(axis=1) <= 0.0
    shares[none, 0] = 1.0
    shares /= shares.sum(axis=1, keepdims=True)
    exact = np.abs(totals)[:, None] * shares
    parts = np.floor(exact).astype(np.int64)
    left = np.abs(totals) - parts.sum(axis=1)
    # floating point may leave a floor one too high: such a row is brought down at its largest part
    over = left < 0
    if over.any():
        rows = np.flatnonzero(over)
        parts[rows, parts[rows].argmax(axis=1)] += left[rows]
        left[rows] = 0
    order = np.argsort(-(exact - parts), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(shares.shape[1]), order.shape), axis=1)
    count = shares.shape[1]
    parts += left[:, None] // count + (rank < (left % count)[:, None])
    return parts * np.where(totals < 0, -1, 1)[:, None]
