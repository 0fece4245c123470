"""Where limits on what arrives still leave room, month by month, as the deal's own books say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.buildout.problem import SITE, Ints
from gigacampus.tables.supply import Supply, lot_of

Bools = NDArray[np.bool_]
LEAST_FRACTION = 1e-3
"""A balance below this share of its ceiling is none: what is left is less than a lot, or a rest of rounding."""


def room(supply: Supply, edges_s: Ints) -> dict[str, Bools]:
    """Which limits hold nothing back at each month's end, although relaxing them may bring more; arrays (months,).

    A quota, or the licences, leave room where no lot for the campus that is wanted by then waits for them or was lost
    to them, and some balance is left. Deliveries leave room where lots asked for are kept back by other limits.
    """
    if not len(supply.compliance):
        return {}
    held = held_back(supply, edges_s)
    return {
        "quota": (held["quota"] == 0) & _quota_left(supply, edges_s),
        "licence": (held["licence"] == 0) & _licence_left(supply, edges_s),
        "delivery": sum(held.values(), np.zeros(len(edges_s), dtype=np.int64)) > 0,
    }


def held_back(supply: Supply, edges_s: Ints) -> dict[str, Ints]:
    """Chips for the campus that were asked for and have not cleared just before each edge, by what holds them."""
    found = {cause: np.zeros(len(edges_s), dtype=np.int64) for cause in ("quota", "licence", "gate", "obligation")}
    waiting: dict[str, tuple[str, int]] = {}
    for row in supply.compliance.rows():
        if row["site"] != SITE:
            continue
        month = int(np.searchsorted(edges_s, row["at_s"], side="right"))
        lot = lot_of(row["delivery_id"])
        cause, chips = waiting.pop(lot, ("", 0))
        if cause in found:
            found[cause][month:] -= chips
        rest = row["requested_chips"] - row["cleared_chips"]
        if row["bound_by"] in found:
            found[row["bound_by"]][month:] += rest
        if row["outcome"] != "blocked":
            waiting[lot] = (row["bound_by"], rest)
    return found


def _licence_left(supply: Supply, edges_s: Ints) -> Bools:
    """Whether any licence for the campus, usable by then, has a balance."""
    found: Bools = np.zeros(len(edges_s), dtype=bool)
    rows = supply.compliance.where(~np.isnan(supply.compliance["licence_after"]))
    for licence in supply.licences.rows():
        if licence["site"] != SITE:
            continue
        mine = rows.where(rows["licence"] == licence["licence"])
        left = _last(mine["at_s"], mine["licence_after"], licence["quantity"], edges_s)
        usable = (edges_s > licence["issued_s"]) & (edges_s <= licence["expires_s"])
        found |= usable & (left > LEAST_FRACTION * licence["quantity"])
    return found


def _quota_left(supply: Supply, edges_s: Ints) -> Bools:
    """Whether any open window, for a class that holds a licence for the campus, has a balance."""
    found: Bools = np.zeros(len(edges_s), dtype=bool)
    classes = {(one["quota"], one["party_class"]) for one in supply.licences.rows() if one["site"] == SITE}
    rows = supply.compliance.where(~np.isnan(supply.compliance["quota_after"]))
    for window in supply.quotas.rows():
        if (window["quota"], window["party_class"]) not in classes:
            continue
        same = (rows["quota"] == window["quota"]) & (rows["party_class"] == window["party_class"])
        mine = rows.where(same & (rows["quota_window"] == window["window"]))
        left = _last(mine["at_s"], mine["quota_after"], window["cap"], edges_s)
        is_open = (edges_s > window["window_start_s"]) & (edges_s <= window["window_end_s"])
        found |= is_open & (left > LEAST_FRACTION * window["cap"])
    return found


def _last(at_s: Any, balance: Any, first: float, edges_s: Ints) -> NDArray[np.float64]:
    """The last balance booked before each edge; `first` before any."""
    values = np.concatenate([[first], balance.astype(float)])
    return np.asarray(values[np.searchsorted(at_s, edges_s, side="left")])
