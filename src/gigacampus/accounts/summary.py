"""The room's headline measures, each made from its tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.accounts.capex import Assets
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.levelised import Delivered, ratio, service_cost
from gigacampus.accounts.revenue import CREDIT
from gigacampus.tables.table import Table
from gigacampus.units import S_PER_HOUR

H100_DENSE_8BIT_FLOPS = 1.979e15
"""Dense 8-bit rate of an H100, operations a second (Nvidia's data sheet): what an H100e stands for."""
EXAFLOP_DAY = 1e18 * 86_400.0


def summarise(
    ground: Ground, assets: Assets, got: Delivered, parties: Table, phases: Table, loans: Table
) -> dict[str, Any]:
    """Flat names to numbers; what does not apply is left out."""
    useful, h100e = float(got.useful_gpu_h.sum()), float(got.useful_h100e_h.sum())
    whole, idle = got.total_usd, float(sum(part[-1].sum() for part in got.parts_usd.values()))
    bought = assets.where(assets.in_service_s < ground.periods.clock.end_s)
    by_group = {
        str(group): int(bought.cents[bought.group == group].sum()) / 100.0 for group in dict.fromkeys(bought.group)
    }
    compute = bought.purpose == "chips"
    found: dict[str, Any] = {
        "capex_usd": int(bought.cents.sum()) / 100.0,
        "capex_compute_usd": int(bought.cents[compute].sum()) / 100.0,
        "capex_by_class_usd": by_group,
        "levelised_cost_usd": whole,
        "levelised_usd_per_gpu_h": ratio(whole, useful),
        "levelised_usd_per_h100e_h": ratio(whole, h100e),
        "levelised_by_part_usd": {name: float(part.sum()) for name, part in got.parts_usd.items()},
        "idle_chips_cost_usd": idle,
        "idle_chips_gpu_h": float(got.idle_gpu_h.sum()),
        "delay_carry_usd_per_day": {row["phase"]: row["carry_usd"] for row in phases.rows()},
        "delay_revenue_usd_per_day": {row["phase"]: row["revenue_usd"] for row in phases.rows()},
        "usd_per_exaflop_day_at_peak": ratio(whole, _exaflop_days(h100e, 1.0)),
    }
    if ground.costs.flop_utilisation is not None:
        found["usd_per_exaflop_day"] = ratio(whole, _exaflop_days(h100e, float(ground.costs.flop_utilisation)))
    if ground.costs.tokens_per_gpu_h is not None:
        tokens, served = float(ground.costs.tokens_per_gpu_h), service_cost(ground, got)
        spent, made = float(served["cost_usd"].sum()), float(served["tokens"].sum())
        found["usd_per_million_tokens"] = ratio(spent, made / 1e6) if made else ratio(whole, useful * tokens / 1e6)
    if ground.revenues:
        found["revenue_usd"] = sum(int(cents.sum()) for *_, cents in ground.revenues) / 100.0
        found["credits_usd"] = -sum(int(cents.sum()) for _, kind, _, cents in ground.revenues if kind == CREDIT) / 100.0
    project = next(parties.rows(), None)
    if project is not None:
        for name in (
            "npv_usd",
            "irr_fraction",
            "cash_usd",
            "cash_real_usd",
            "worth_usd",
            "cash_low_usd",
            "cash_low_s",
            "payback_s",
        ):
            found[f"project_{name}"] = project[name]
    found |= _obligations(ground)
    if len(loans):
        cover = loans["cover_fraction"]
        found["dscr_least"] = float(np.nanmin(cover)) if np.isfinite(cover).any() else float("nan")
        found["covenant_breaches"] = int(loans["is_breached"].sum())
        found["debt_highest_usd"] = _highest_debt(loans)
    return found


def _exaflop_days(h100e_h: float, share: float) -> float:
    return h100e_h * S_PER_HOUR * H100_DENSE_8BIT_FLOPS * share / EXAFLOP_DAY


def _highest_debt(loans: Table) -> float:
    _, month = np.unique(loans["month_s"], return_inverse=True)
    owed = np.zeros(int(month.max()) + 1)
    np.add.at(owed, month, loans["balance_cents"] / 100.0)
    return float(owed.max())


def _obligations(ground: Ground) -> dict[str, dict[str, float]]:
    """By obligation: due and paid within the horizon, the gap between them at its end, and at its widest."""
    rows, end_s = ground.supply.obligations, ground.periods.clock.end_s
    found: dict[str, dict[str, float]] = {f"obligations_{key}_usd": {} for key in ("due", "paid", "gap", "gap_widest")}
    for name in dict.fromkeys(map(str, rows["obligation"])):
        mine = rows.where(rows["obligation"] == name)
        due, paid = mine["due_s"] < end_s, mine["paid_s"] < end_s
        moves = np.concatenate([mine["due_usd"][due], -np.nan_to_num(mine["paid_usd"][paid])])
        # of what falls on one day, payments count first
        order = np.lexsort((moves, np.concatenate([mine["due_s"][due], mine["paid_s"][paid]])))
        gap = np.cumsum(moves[order])
        found["obligations_due_usd"][name] = float(mine["due_usd"][due].sum())
        found["obligations_paid_usd"][name] = float(np.nan_to_num(mine["paid_usd"][paid]).sum())
        found["obligations_gap_usd"][name] = float(gap[-1]) if len(gap) else 0.0
        found["obligations_gap_widest_usd"][name] = float(gap.max()) if len(gap) else 0.0
    return found
