"""What `ledger` says of who has the chips, and of what is owed: totals by role, owners on several sides, dues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gigacampus.cli.columns import table

if TYPE_CHECKING:
    from gigacampus.scenario import Scenario
    from gigacampus.tables.supply import Supply

ROLES = ("owner", "operator", "tenant", "end_user_country", "access")


def totals(scenario: Scenario, supply: Supply) -> dict[str, Any]:
    """Live chips at the end of the horizon by role and party, owners behind several parties, and dues by obligation."""
    from gigacampus import buildout
    from gigacampus.plan.holdings import held

    found = held(scenario, supply, buildout.stand(scenario, supply))
    names = ("chips", "h100e", "it_w", "value_usd")
    rows = [
        {"role": one.role, "party": one.party}
        | {f"{end}_{name}": float(one.levels[name][k, -1]) for name in names for k, end in enumerate(("low", "high"))}
        for one in found
        if one.role in ROLES and one.levels["chips"][1, -1] > 0.0
    ]
    return {"as_of": scenario.clock.iso(scenario.clock.end_s - 1), "totals": rows, "behind": behind(supply)}


def behind(supply: Supply) -> list[dict[str, Any]]:
    """Owners with a share of their own in more than one party of the deal, one row a party.

    The whole chain, over any number of steps, is the table `look_through` of a run.
    """
    rows = [row for row in supply.look_through.rows() if row["steps"] == 1]
    several = {one for one in {row["owner"] for row in rows} if sum(row["owner"] == one for row in rows) > 1}
    kept = [
        {name: row[name] for name in ("owner", "party", "low_fraction", "high_fraction")}
        for row in rows
        if row["owner"] in several
    ]
    return sorted(kept, key=lambda row: (row["owner"], row["party"]))


def lines(scenario: Scenario, supply: Supply) -> list[str]:
    """The totals in words."""
    found = totals(scenario, supply)
    rows = [
        (row["role"], row["party"], _span(row, "chips"), _span(row, "h100e"), _span(row, "it_w", 1e-6))
        for row in found["totals"]
    ]
    told = [f"\nWho has the campus's live chips on {found['as_of']}"]
    told.append(table(["role", "party", "chips", "H100e", "MW IT"], rows) if rows else "nobody: none is live")
    if found["behind"]:
        told.append("\nOwners with a share in more than one party (shares that are not known are ranges)")
        shown = [
            (one["owner"], one["party"], f"{one['low_fraction']:.0%} to {one['high_fraction']:.0%}")
            for one in found["behind"]
        ]
        told.append(table(["owner", "holds of", "share"], shown))
    return [*told, *_dues(scenario, supply)]


def _span(row: dict[str, Any], name: str, scale: float = 1.0) -> str:
    low, high = (f"{row[f'{end}_{name}'] * scale:,.0f}" for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def _millions(usd: float) -> str:
    return f"{usd / 1e6:,.0f}"


def _dues(scenario: Scenario, supply: Supply) -> list[str]:
    """Obligations by the end of the record and of the horizon, and the most chips that ever waited."""
    rows, clock = [], scenario.clock
    months = supply.obligation_months
    for name, one in scenario.deal.obligations.items():
        mine = months.where(months["obligation"] == name)
        if not len(mine):
            continue
        late = mine["late_usd"][-1] if mine["month_s"][-1] == clock.month_starts_s()[-2] else 0.0
        # without a lag of the evidence nothing is known of payments, not that none was made
        told = ["not stated", "–"] if one.evidence_lag is None else [_millions(mine["paid_usd"].sum()), _millions(late)]
        rows.append((name, one.debtor, _millions(mine["due_usd"].sum()), *told, f"{mine['waiting_chips'].max():,}"))
    heads = ["obligation", "debtor", "due, M$", "paid, M$", "late at the end", "most chips waiting"]
    return ["\nWhat is owed in return, within the horizon", table(heads, rows)] if rows else []
