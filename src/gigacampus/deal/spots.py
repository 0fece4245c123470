"""The ledger's tightest spots: where a licence or a quota window is nearest to its end, and how long lots waited."""

from __future__ import annotations

from typing import Any

from gigacampus.clock import DAY_S
from gigacampus.tables.supply import Supply, by_lot


def tightest(supply: Supply, count: int = 5) -> list[dict[str, Any]]:
    """The quota windows and licences that were drawn, by the share that is left, least first."""
    rows = [
        {
            "what": f"quota {row['quota']} {row['window']} for {row['party_class']}", "unit": row["unit"],
            "left": row["left"], "of": row["cap"], "left_fraction": row["left"] / row["cap"],
        }
        for row in supply.quotas.rows()
        if row["cap"] > 0.0 and row["left"] < row["cap"]
    ] + [
        {
            "what": f"licence {row['licence']} of {row['licensee']}", "unit": row["unit"], "left": row["left"],
            "of": row["quantity"], "left_fraction": row["left"] / row["quantity"],
        }
        for row in supply.licences.rows()
        if row["quantity"] > 0.0 and row["drawn"] > 0.0
    ]  # fmt: skip
    return sorted(rows, key=lambda row: float(row["left_fraction"]))[:count]


def waits(supply: Supply) -> list[dict[str, Any]]:
    """For each cause: chips that cleared late for it, the longest wait in days, and chips that it keeps out."""
    found: dict[str, dict[str, Any]] = {}

    def entry(cause: str) -> dict[str, Any]:
        return found.setdefault(cause, {"bound_by": cause, "late_chips": 0, "longest_wait_d": 0, "blocked_chips": 0})

    for row in supply.deliveries.rows():
        if row["cleared_s"] > row["wanted_s"]:
            one = entry(row["bound_by"])
            one["late_chips"] += row["chips"]
            one["longest_wait_d"] = max(one["longest_wait_d"], (row["cleared_s"] - row["wanted_s"]) // DAY_S)
    for rows in by_lot(supply.compliance.rows()):
        for row in rows:
            out = row["requested_chips"] - row["cleared_chips"]
            if out and (row is rows[-1] or row["outcome"] == "blocked"):
                entry(row["bound_by"])["blocked_chips"] += out
    return sorted(found.values(), key=lambda one: -one["blocked_chips"] - one["late_chips"])
