"""What it costs, who pays, and how that stands beside published figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, month_bars, time_figure
from gigacampus.report.html import tag
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.sections import capital, made_of
from gigacampus.report.view import OTHERS, PROJECTION, RECORD, View

COLORS = {
    "capex": "--c1",
    "energy": "--c2",
    "water": "--c5",
    "opex": "--c6",
    "matching": "--c4",
    "revenue": "--c3",
    "financing": "--c7",
    "rent": "--c8",
    "lease": "--c-cool",
    "tax": "--c-lost",
    "depreciation": "--c-other",
}


HOW = (
    "Capital and energy: `paid_cents` of party_months over those who pay. A GPU-hour: levelised cost (cost_parts) over "
    "the useful GPU-hours (tenant_cost)."
)
MONTHS = "t-cash-by-month"
PAID = "party_months.paid_cents"


def section(view: View) -> Section | None:
    """Cash by kind and party, cost of a GPU-hour and what it is made of, capital beside published figures."""
    if not view.has("tenant_cost") and not view.has("party_months"):
        return None
    parts: list[Any] = []
    if view.has("tenant_cost"):
        if view.has("cost_parts"):
            parts += [made_of.chart(view), behind("Cost by part", made_of.parts_table(view))]
        if view.has("cost_movers"):
            parts += [made_of.movers(view), behind("What each price, life or rate does", made_of.movers_table(view))]
        parts.append(_tenants(view))
        if view.has("cost_parts"):
            parts.append(behind("Cost by part and year", made_of.by_year(view)))
    if view.has("party_months"):
        parts += [_cash(view), _parties(view), behind("Cash month by month", _months(view))]
    makers = (
        ("published", capital.published),
        ("capex_published", capital.priced),
        ("capex_phases", capital.phases),
        ("party_measures", capital.measures),
        ("loans", capital.loans),
        ("revenue", capital.revenue),
        ("service_cost", capital.tokens),
    )
    said = view.results.summary.get("accounts", {}).get("statements") or []
    if said:
        words = tag("ul", [tag("li", one) for one in said], class_="statements")
        parts.append(behind("Our prices beside published figures, in words", words))
    parts += [maker(view) for name, maker in makers if view.has(name)]
    return Section("cost", "Cost", "What does it cost, and who pays?", answer(view), parts, how=HOW, topic="cost")


def spent(view: View, kind: str) -> float:
    """Dollars paid out for one kind over the horizon, by those who pay (receipts are not netted off)."""
    table_ = view.table("party_months")
    mine = table_["paid_cents"][table_["kind"] == kind].astype(np.float64) / 100
    return float(mine[mine > 0].sum())


def answer(view: View) -> str:
    """Capital and the cost of a GPU-hour in words."""
    said = []
    if view.has("party_months"):
        said.append(
            f"{numbers.money(spent(view, 'capex'))} of capital and "
            f"{numbers.money(spent(view, 'energy'))} of energy are paid over the horizon"
        )
    cost = view.number("usd_per_gpu_h")
    if cost is not None:
        said.append(
            f"a useful GPU-hour costs {numbers.money(cost)} to deliver "
            f"({numbers.money(view.number('usd_per_h100e_h'))} per H100e-hour)"
        )
        whole = view.results.summary.get("accounts", {}).get("levelised_usd_per_gpu_h")
        said += [f"{numbers.money(whole)} with the chips that stand idle"] if whole is not None else []
    return f"{'; '.join(said)}." if said else "The run has no accounts."


def _kinds(found: Any) -> list[str]:
    """The kinds of payment that the table holds, those with a colour of their own first."""
    there = set(found["kind"].astype(str))
    return [kind for kind in COLORS if kind in there] + sorted(there - set(COLORS))


def _paid(view: View, kind: str) -> Any:
    """Dollars paid for one kind by month, by those who pay; shape (months,)."""
    found = view.table("party_months")
    mine = (found["kind"] == kind) & (found["paid_cents"] > 0)
    index = view.month_index(found["month_s"][mine])
    return np.bincount(index, weights=found["paid_cents"][mine].astype(np.float64) / 100, minlength=len(view.months))


def _cash(view: View) -> Figure:
    kinds = [kind for kind in _kinds(view.table("party_months")) if spent(view, kind)]
    paid = {kind: _paid(view, kind) for kind in kinds}
    size, word = numbers.prefix(float(sum(paid.values(), np.zeros(len(view.months))).max(initial=0.0)))
    traces = [month_bars(view, usd / size, kind, COLORS.get(kind, OTHERS)) for kind, usd in paid.items()]
    return time_figure(
        view,
        "chart-cash",
        "Cash paid by kind",
        traces,
        f"{word}$ a month",
        table=MONTHS,
        barmode="stack",
        note="What one party pays another counts once, with the payer.",
    )


def _parties(view: View) -> Any:
    found = view.table("party_months")
    kinds = _kinds(found)
    heads = ["party", *(n(kind, "$ million", PAID) for kind in kinds), n("net", "$ million", f"{PAID} All kinds.")]
    rows = []
    for part in (RECORD, PROJECTION):
        keep = np.array([view.month_part(at) == part for at in found["month_s"].tolist()], dtype=bool)
        for party in dict.fromkeys(str(one) for one in found["party"]):
            mine = keep & (found["party"] == party)
            if not mine.any():
                continue
            sums = [float(found["paid_cents"][mine & (found["kind"] == kind)].sum()) / 1e8 for kind in kinds]
            rows.append((part, [view.name(party), *(_signed(one) for one in sums), _signed(sum(sums))]))
    return parted(view, "Cash out less cash in, by party and kind; receipts are negative", heads, rows)


def _signed(value: float) -> str:
    return numbers.NONE if value == 0 else numbers.figure(value, 4)


def _months(view: View) -> Any:
    kinds = _kinds(view.table("party_months"))
    paid = {kind: _paid(view, kind) / 1e6 for kind in kinds}
    rows = [
        (view.month_part(at), [view.month(at), *(_signed(float(paid[kind][k])) for kind in kinds)])
        for k, at in enumerate(view.edges_s[:-1])
    ]
    heads = ["month", *(n(kind, "$ million", f"{PAID} Payments only, of all parties.") for kind in kinds)]
    return parted(view, "Cash paid by kind and month", heads, rows, ident=MONTHS)


def _tenant(view: View, cost: Any, row: int) -> str:
    keys = [str(key) for key in view.table("tenants")["tenant"]] if view.has("tenants") else []
    key = str(cost["tenant"][row])
    return view.tenants[keys.index(key)] if key in keys else key


def _tenants(view: View) -> Any:
    cost = view.table("tenant_cost")
    heads = [
        "tenant",
        n("useful", "GPU h", "tenant_cost.gpu_h"),
        n("useful", "H100e h", "tenant_cost.h100e_h"),
        n("cost", "$ million", "tenant_cost.cost_usd"),
        n("a GPU-hour", "$", "tenant_cost.usd_per_gpu_h"),
        n("an H100e-hour", "$", "tenant_cost.usd_per_h100e_h"),
    ]
    rows = [
        [
            _tenant(view, cost, k),
            numbers.large(row["gpu_h"]),
            numbers.large(row["h100e_h"]),
            numbers.figure(row["cost_usd"] / 1e6, 4),
            numbers.figure(row["usd_per_gpu_h"]),
            numbers.figure(row["usd_per_h100e_h"]),
        ]
        for k, row in enumerate(cost.rows())
    ]
    return table("What each tenant gets and what it costs to deliver; whole horizon", heads, rows)
