"""Capital: beside published figures, by phase, and what each party gets out of it."""

from __future__ import annotations

from typing import Any

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.html import link
from gigacampus.report.listing import n, table
from gigacampus.report.section import behind
from gigacampus.report.view import View


def published(view: View) -> Any:
    """Published figures beside ours, in the unit of each."""
    heads = [
        "published figure",
        "ours is",
        n("published", "", "published.published"),
        n("ours", "", "published.ours"),
        "unit",
        n("difference", "%", "Ours over the published one, less one"),
        "status",
        "as of",
        "source",
    ]
    rows = [
        [
            row["what"],
            row["basis"].split(":")[0],
            numbers.figure(row["published"]),
            numbers.figure(row["ours"]),
            row["unit"],
            numbers.percent(row["ours"] / row["published"] - 1 if row["published"] else None, 2),
            row["status"],
            row["as_of"] or "–",
            link(row["source"]),
        ]
        for row in view.table("published").rows()
    ]
    return table("Beside published figures: a comparison, not a calibration", heads, rows)


def priced(view: View) -> Any:
    """Our prices, from P10 to P90, on the quantities of published figures."""
    heads = [
        "published figure",
        n("published", "$ billion", "capex_published.published_usd"),
        n("our prices", "$ billion", "capex_published.ours_usd"),
        n("P10 of ours", "$ billion", "capex_published.ours_low_usd"),
        n("P90 of ours", "$ billion", "capex_published.ours_high_usd"),
        "where the difference comes from",
    ]
    rows = [
        [
            row["title"],
            _range(row["published_usd"], row["published_low_usd"], row["published_high_usd"]),
            _billion(row["ours_usd"]),
            _billion(row["ours_low_usd"]),
            _billion(row["ours_high_usd"]),
            row["why"],
        ]
        for row in view.table("capex_published").rows()
    ]
    shown = table("The same bills of quantities at our prices, all of them at P10 or at P90 at once", heads, rows)
    return behind("Our prices on published quantities, with their range", shown)


def _billion(usd: float) -> str:
    return numbers.figure(usd / 1e9)


def _range(mid: float, low: float, high: float) -> str:
    return _billion(mid) if low == high else f"{_billion(mid)} ({_billion(low)} to {_billion(high)})"


def phases(view: View) -> Any:
    """Capital by phase, and what a day of delay costs."""
    heads = [
        "phase",
        n("halls hold", "MW IT", "capex_phases.it_limit_w"),
        n("most chips", "", "capex_phases.chips"),
        n("compute", "$ million", "capex_phases.compute_usd"),
        n("buildings", "$ million", "capex_phases.building_usd"),
        n("contingency", "$ million", "capex_phases.contingency_usd"),
        n("all", "$ million", "capex_phases.capex_usd"),
        n("a day's delay: at least", "$ million", "capex_phases.carry_usd"),
        n("at most", "$ million", "capex_phases.revenue_usd"),
    ]
    columns = ("compute_usd", "building_usd", "contingency_usd", "capex_usd", "carry_usd", "revenue_usd")
    rows = [
        [
            row["phase"],
            numbers.figure(row["it_limit_w"] / 1e6),
            numbers.count(row["chips"]),
            *(numbers.figure(row[c] / 1e6, 4) for c in columns),
        ]
        for row in view.table("capex_phases").rows()
    ]
    return behind(
        "Capital by phase, and what a day's delay costs",
        table("Phases: at least the capital charge of a day, at most the list price of the chips' day", heads, rows),
    )


def measures(view: View) -> Any:
    """What each party gets out of it."""
    heads = [
        "party",
        n("cash", "$ million", "party_measures.cash_usd"),
        n("matching money", "$ million", "party_measures.matching_usd"),
        n("worth at the end", "$ million", "party_measures.worth_usd"),
        n("present value", "$ million", "party_measures.npv_usd"),
        n("internal rate", "% a year", "party_measures.irr_fraction"),
        n("lowest cash", "$ million", "party_measures.cash_low_usd"),
        "when",
        "pays back",
    ]
    rows = [
        [
            view.name(row["party"]),
            *(_million(row[c]) for c in ("cash_usd", "matching_usd", "worth_usd", "npv_usd")),
            numbers.percent(row["irr_fraction"]),
            _million(row["cash_low_usd"]),
            view.day(row["cash_low_s"]),
            "–" if row["payback_s"] == NEVER else view.day(row["payback_s"]),
        ]
        for row in view.table("party_measures").rows()
    ]
    return behind(
        "What each party gets out of it", table("Parties over the horizon, record and projection together", heads, rows)
    )


def _million(usd: float) -> str:
    return numbers.figure(usd / 1e6, 4)


def loans(view: View) -> Any:
    """Debt by tranche and borrower."""
    found = view.table("loans")
    heads = [
        "tranche",
        "borrower",
        n("drawn", "$ million", "loans.drawn_cents"),
        n("interest", "$ million", "loans.interest_cents"),
        n("repaid", "$ million", "loans.repaid_cents"),
        n("most owed", "$ million", "loans.balance_cents Its highest month."),
        n("owed at the end", "$ million", "loans.balance_cents Its last month."),
        n("least cover", "", "loans.cover_fraction Its lowest month."),
        n("months below covenant", "", "loans.is_breached"),
    ]
    rows: list[Any] = []
    keys = dict.fromkeys(zip(found["tranche"].tolist(), found["borrower"].tolist(), strict=True))
    for tranche, borrower in keys:
        mine = found.where((found["tranche"] == tranche) & (found["borrower"] == borrower))
        if not mine["drawn_cents"].any():
            continue
        cover = mine["cover_fraction"][mine["cover_fraction"] == mine["cover_fraction"]]
        sums = [float(mine[c].sum()) / 100 for c in ("drawn_cents", "interest_cents", "repaid_cents")]
        rows.append(
            [
                tranche,
                view.name(borrower),
                *(_million(one) for one in sums),
                _million(float(mine["balance_cents"].max()) / 100),
                _million(float(mine["balance_cents"][-1]) / 100),
                numbers.figure(float(cover.min())) if len(cover) else numbers.NONE,
                numbers.count(mine["is_breached"].sum()),
            ]
        )
    return behind(
        "Debt by tranche and borrower",
        table("Debt; cover is operating cash over debt service of the last twelve months", heads, rows),
    )


def revenue(view: View) -> Any:
    """What each tenant was billed, by class of work."""
    found = view.table("revenue")
    keys = dict.fromkeys(zip(found["tenant"].tolist(), found["job_class"].tolist(), strict=True))
    rows = []
    for tenant, job_class in keys:
        mine = found.where((found["tenant"] == tenant) & (found["job_class"] == job_class))
        rows.append([tenant, job_class, numbers.large(mine["gpu_h"].sum()), _million(float(mine["revenue_usd"].sum()))])
    heads = ["tenant", "class of work", n("chip-hours", "GPU h", "revenue.gpu_h"),
             n("billed", "$ million", "revenue.revenue_usd")]  # fmt: skip
    said = "Revenue over the horizon; unused: reserved and not held; credit: for hours missed"
    return behind("Revenue by tenant and class of work", table(said, heads, rows))


def tokens(view: View) -> Any:
    """What a million tokens of each tenant's services cost."""
    heads = ["tenant", n("chip-hours of services", "GPU h", "service_cost.gpu_h"),
             n("cost", "$ million", "service_cost.cost_usd"),
             n("a million tokens", "$", "service_cost.usd_per_million_tokens")]  # fmt: skip
    rows = [
        [
            row["tenant"], numbers.large(row["gpu_h"]), _million(row["cost_usd"]),
            numbers.figure(row["usd_per_million_tokens"]),
        ]
        for row in view.table("service_cost").rows()
    ]  # fmt: skip
    return behind("Cost of tokens of the inference services", table("Services over the horizon", heads, rows))
