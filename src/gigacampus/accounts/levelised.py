"""What a delivered GPU-hour costs: capital as an annuity over its life, plus the bills of the month.

Formula: an asset of cost `C`, life `L` years and residual `R` bears, at the real rate `r`, the yearly charge

    a = (C − R / (1 + r)^L) · r / (1 − (1 + r)^−L)        (C − R) / L for r = 0

from its first day in service to the end of its life (the capital recovery factor of engineering economics, as in
NREL's simple LCOE, nrel.gov/analysis/tech-lcoe-documentation.html). Levelised cost is the sum of these charges and of
energy, water, operation and insurance over the horizon, divided by the useful GPU-hours delivered in it. It is in money
of the price date: `C` is the price over the price level at which it was set, a bill that over its month's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy_financial as finance

from gigacampus.accounts import bills
from gigacampus.accounts.capex import Assets
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.periods import Floats
from gigacampus.tables.books import COST_PARTS, SERVICE_COST, TENANT_COST, TENANT_MONTHS
from gigacampus.tables.table import Table
from gigacampus.units import S_PER_HOUR, S_PER_YEAR

IDLE = "idle"
"""Stands for chips that are owned and nobody's to use: stored, being commissioned, or not let."""


def yearly_charge_usd(cost_usd: Any, life_s: Any, residual_fraction: Any, rate: float) -> Floats:
    """Level yearly payment that returns the cost less the discounted residual over the life, at a yearly rate."""
    cost = np.asarray(cost_usd, dtype=np.float64)
    years = np.asarray(life_s, dtype=np.float64) / S_PER_YEAR
    residual = cost * np.asarray(residual_fraction, dtype=np.float64)
    charge: Floats = -np.asarray(finance.pmt(rate, years, cost, -residual), dtype=np.float64)
    return charge


def charges_usd(ground: Ground, assets: Assets, cost_usd: Floats, rate: float) -> Floats:
    """Charge of assets of these costs in each month, in service and within their lives; shape (rows, months)."""
    yearly = yearly_charge_usd(cost_usd, assets.life_s, assets.residual_fraction, rate)
    served_s = ground.periods.overlap_s(assets.in_service_s, assets.in_service_s + assets.life_s)
    whole: Floats = yearly[:, None] * served_s / S_PER_YEAR
    return whole


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was delivered and what it cost, by part."""

    parts_usd: dict[str, Floats]
    """Cost of each part, by tenant and, in the last row, idle; shape (tenants + 1, months) each."""
    entitled_gpu_h: Floats
    """Shape (tenants, months)."""
    useful_gpu_h: Floats
    useful_h100e_h: Floats
    idle_gpu_h: Floats
    """Owned less entitled chip-hours; shape (months,)."""

    @property
    def total_usd(self) -> float:
        """Everything, idle chips included."""
        return float(sum(part.sum() for part in self.parts_usd.values()))


def deliver(ground: Ground, assets: Assets) -> Delivered:
    """Spread every month's cost, in money of the price date, over tenants and idle chips.

    Capital, operation and insurance by entitled chip-hours, idle ones beside them; energy and water by the facility
    energy behind each tenant's chips.
    """
    entitled = ground.usage("entitled_gpu_h")
    idle = np.maximum(_owned_gpu_h(ground) - entitled.sum(axis=0), 0.0)
    by_chips, by_energy = _shares(np.vstack([entitled, idle])), _shares(_facility_j(ground))
    charges = charges_usd(ground, assets, assets.cents / 100.0 / assets.level, float(ground.costs.discount_rate))
    level = ground.risen(ground.periods.starts_s)
    parts = {}
    for group in dict.fromkeys(assets.group):
        parts[str(group)] = charges[assets.group == group].sum(axis=0) * by_chips
    parts["Energy"] = bills.energy_usd(ground) / level * by_energy
    parts["Water"] = bills.water_usd(ground) / level * by_energy
    parts["Operation"] = bills.operation_usd(ground) / level * by_chips
    if ground.costs.insurance:
        parts["Insurance"] = bills.insurance_usd(ground, assets) / level * by_chips
    return Delivered(parts, entitled, ground.usage("useful_gpu_h"), ground.usage("useful_h100e_h"), idle)


def _owned_gpu_h(ground: Ground) -> Floats:
    """Chip-hours of what has arrived and is within its life; shape (months,)."""
    arrive_s = ground.lots["arrive_s"]
    served_s = ground.periods.overlap_s(arrive_s, arrive_s + float(ground.costs.chip_life))
    owned: Floats = ground.lots["chips"].astype(np.float64) @ served_s / S_PER_HOUR
    return owned


def _facility_j(ground: Ground) -> Floats:
    rows = ground.flows.tenants
    whole = np.zeros((len(ground.timeline.tenants) + 1, len(ground.periods)))
    np.add.at(whole, (rows["tenant_index"], ground.periods.index(rows["month_s"])), rows["facility_j"])
    return whole


def _shares(weights: Floats) -> Floats:
    """Columns scaled to sum to one; a month without any weight goes to the last row, idle."""
    total = weights.sum(axis=0)
    shares = weights / np.where(total > 0.0, total, 1.0)
    shares[-1, total <= 0.0] = 1.0
    return shares


def ratio(cost_usd: float, units: float) -> float:
    """Cost per unit; NaN where there is none."""
    return float(cost_usd / units) if units > 0.0 else float("nan")


def tenant_cost(ground: Ground, got: Delivered) -> Table:
    """The table of cost by tenant over the horizon, idle chips left out."""
    tenants = ground.timeline.tenants["tenant"]
    cost = sum(part[:-1].sum(axis=1) for part in got.parts_usd.values())
    gpu_h, h100e_h = got.useful_gpu_h.sum(axis=1), got.useful_h100e_h.sum(axis=1)
    return Table.from_rows(
        TENANT_COST,
        (
            {
                "tenant": tenant, "gpu_h": gpu_h[row], "h100e_h": h100e_h[row], "cost_usd": cost[row],
                "usd_per_gpu_h": ratio(cost[row], gpu_h[row]), "usd_per_h100e_h": ratio(cost[row], h100e_h[row]),
            }
            for row, tenant in enumerate(tenants)
        ),
    )  # fmt: skip


def tenant_months(ground: Ground, got: Delivered) -> Table:
    """The table of cost and revenue by tenant and month; rows without either are left out."""
    cost = sum((part[:-1] for part in got.parts_usd.values()), np.zeros_like(got.useful_gpu_h))
    paid = np.zeros_like(cost)
    names = list(map(str, ground.timeline.tenants["tenant"]))
    for tenant, _, _, cents in ground.revenues:
        if tenant in names:
            paid[names.index(tenant)] += cents / 100.0
    rows, months = np.nonzero((cost != 0.0) | (paid != 0.0))
    usd, gpu_h, h100e_h = cost[rows, months], got.useful_gpu_h[rows, months], got.useful_h100e_h[rows, months]

    def each(units: Floats) -> Floats:
        found: Floats = np.divide(usd, units, out=np.full_like(usd, np.nan), where=units > 0.0)
        return found

    return Table(
        TENANT_MONTHS,
        {
            "month_s": ground.periods.starts_s[months], "tenant": [names[row] for row in rows], "gpu_h": gpu_h,
            "h100e_h": h100e_h, "cost_usd": usd, "usd_per_gpu_h": each(gpu_h), "usd_per_h100e_h": each(h100e_h),
            "revenue_usd": paid[rows, months],
        },
    )  # fmt: skip


def service_cost(ground: Ground, got: Delivered) -> Table:
    """The table of what tokens cost, for tenants whose services held chips; empty where no rate of tokens is stated."""
    if ground.costs.tokens_per_gpu_h is None:
        return SERVICE_COST.empty()
    cost = sum((part[:-1].sum(axis=1) for part in got.parts_usd.values()), np.zeros(len(got.useful_gpu_h)))
    served = ground.usage("serve_gpu_h").sum(axis=1)
    held = served + ground.usage("batch_gpu_h").sum(axis=1)
    rows = []
    for tenant, usd, hours, whole in zip(ground.timeline.tenants["tenant"], cost, served, held, strict=True):
        if hours > 0.0:
            tokens, part = hours * float(ground.costs.tokens_per_gpu_h), usd * hours / whole
            rows.append(
                {
                    "tenant": tenant, "gpu_h": hours, "cost_usd": part, "tokens": tokens,
                    "usd_per_million_tokens": ratio(part, tokens / 1e6),
                }
            )  # fmt: skip
    return Table.from_rows(SERVICE_COST, rows)


def cost_parts(ground: Ground, got: Delivered) -> Table:
    """The table of cost by month, tenant and part; zero rows are left out."""
    names = [*map(str, ground.timeline.tenants["tenant"]), IDLE]
    columns: dict[str, list[Any]] = {"month_s": [], "tenant": [], "part": [], "cost_usd": []}
    for part, usd in got.parts_usd.items():
        rows, months = np.nonzero(usd)
        columns["month_s"] += ground.periods.starts_s[months].tolist()
        columns["tenant"] += [names[row] for row in rows]
        columns["part"] += [part] * len(rows)
        columns["cost_usd"] += usd[rows, months].tolist()
    return Table(COST_PARTS, columns)
