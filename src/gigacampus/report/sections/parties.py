"""Who gets what: licensees, owners, operators, tenants, and the owners behind them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, Trace, area_stock, stack, time_figure
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.sections import owners, sankey
from gigacampus.report.view import View, ranked, short

SITE = "campus"
HOW = "Chips that each tenant may use at the end (the last rows of capacity), over the sum of all tenants."
TENANTS = "t-tenants-by-month"


def section(view: View) -> Section | None:
    """Flow of chips from licence to owner, operator and tenant; tenants over time; look-through owners."""
    if not view.has("deliveries") and not view.has("capacity"):
        return None
    parts: list[Any] = []
    if view.has("deliveries") and _here(view).any():
        lots, shares = view.table("deliveries").where(_here(view)), _shares(view)
        parts += [sankey.sankey(view, lots, shares), behind("Flow of chips", sankey.chips_table(view, lots, shares))]
    if view.has("party_months"):
        parts += [sankey.money(view), behind("Flow of money", sankey.money_table(view))]
    if view.has("capacity"):
        parts += [_over_time(view), behind("Tenants month by month", _monthly(view))]
        parts.append(_tenants(view))
    if view.has("deliveries"):
        parts.append(behind("Chips by licensee, owner and operator", _roles(view)))
    parts += owners.listings(view)
    return Section("parties", "Parties", "Who gets what?", answer(view), parts, how=HOW, topic="parties")


def levels(view: View) -> Any:
    """Chips that each tenant may use at each month's end; shape (tenants, months)."""
    capacity = view.table("capacity")
    ends = view.edges_s[1:]
    found = np.zeros((len(view.tenants), len(ends)))
    for tenant in range(len(view.tenants)):
        mine = capacity["tenant_index"] == tenant
        at, chips = capacity["at_s"][mine], capacity["chips"][mine]
        if len(at):
            position = np.searchsorted(at, ends, side="left") - 1
            found[tenant] = np.where(position >= 0, chips[np.maximum(position, 0)], 0)
    return found


def answer(view: View) -> str:
    """The tenants' shares at the end, in words."""
    if not view.has("capacity"):
        return "The run has no tenants."
    last = levels(view)[:, -1]
    total = last.sum()
    if not total:
        return "At the end of the horizon no tenant may use a chip."
    order = np.argsort(-last, kind="stable")
    named = [f"{short(view.tenants[k], 40)} {numbers.percent(last[k] / total)}" for k in order[:4] if last[k] > 0]
    more = int((last > 0).sum()) - len(named)
    rest = f" and {more} more" if more > 0 else ""
    return f"Of {numbers.count(total)} chips allotted to tenants at the end: {', '.join(named)}{rest}."


def _here(view: View) -> Any:
    return view.table("deliveries")["site"] == SITE


def _shares(view: View) -> dict[str, float]:
    """The tenants' shares of the allotted chips at the end of the horizon."""
    if not view.has("capacity"):
        return {}
    last = levels(view)[:, -1]
    total = float(last.sum())
    return {view.tenants[k]: float(chips) / total for k, chips in enumerate(last) if chips > 0}


def _over_time(view: View) -> Figure:
    found = levels(view)

    def band(keys: list[str], name: str, color: str) -> Trace:
        return area_stock(view, found[[int(key) for key in keys]].sum(axis=0), name, color)

    totals = {str(k): float(found[k].sum()) for k in range(len(found))}
    traces = stack(totals, band, lambda key: view.tenants[int(key)], view.tenant_colors)
    return time_figure(
        view, "chart-tenants", "Chips that each tenant may use", traces, "chips at the month's end", table=TENANTS
    )


def _monthly(view: View) -> Any:
    found = levels(view)
    totals = {str(k): float(found[k].sum()) for k in range(len(found))}
    kept, rest = ranked(totals, 8)
    heads = ["month", *(n(short(view.tenants[int(key)]), "chips", "capacity.chips") for key in kept)]
    if rest:
        heads.append(n(f"{len(rest)} others", "chips", "capacity.chips Summed over the smaller tenants."))
    rows = []
    for month, at in enumerate(view.edges_s[:-1]):
        cells = [view.month(at), *(numbers.count(found[int(key), month]) for key in kept)]
        if rest:
            cells.append(numbers.count(sum(found[int(key), month] for key in rest)))
        rows.append((view.month_part(at), cells))
    return parted(view, "Chips that each tenant may use, at each month's end", heads, rows, ident=TENANTS)


def _tenants(view: View) -> Any:
    found = levels(view)
    months = np.flatnonzero(view.edges_s[1:] <= view.clock.known_s)
    known = found[:, months[-1]] if len(months) else np.zeros(len(found))
    last = found[:, -1]
    total = last.sum()
    keys, parties = view.table("tenants")["tenant"], view.table("tenants")["party"]
    heads = [
        "tenant",
        "party",
        n("on record", "chips", "capacity.chips At the end of the last month that is record."),
        n(f"end of {view.meta['end'][:7]} (projection)", "chips", "capacity.chips At the end of the horizon."),
        n("share at the end", "%", "The tenant's chips over those of all tenants"),
    ]
    rows = [
        [
            keys[k],
            view.name(str(parties[k])),
            numbers.count(known[k]),
            numbers.count(last[k]),
            numbers.percent(last[k] / total if total else None),
        ]
        for k in np.argsort(-last, kind="stable")
    ]
    return table("Tenants: chips they may use", heads, rows)


def _roles(view: View) -> Any:
    here = view.table("deliveries").where(_here(view))
    heads = [
        "role",
        "party",
        n("on record", "chips", "deliveries.chips Summed over the lots of the record."),
        n("projection", "chips", "deliveries.chips Summed over the lots after it."),
        n("all", "H100e", "deliveries.h100e Summed over all lots for this campus."),
        n("share", "%", "The party's chips over all chips cleared for this campus"),
    ]
    total = float(here["chips"].sum())
    rows = []
    for role, title in (("party", "licensee"), ("owner", "owner"), ("operator", "operator")):
        for name in dict.fromkeys(str(one) for one in here[role]):
            mine = here.where(here[role] == name)
            record = int(mine["chips"][mine["is_record"]].sum())
            chips = int(mine["chips"].sum())
            rows.append(
                [
                    title,
                    view.name(name),
                    numbers.count(record),
                    numbers.count(chips - record),
                    numbers.count(float(mine["h100e"].sum())),
                    numbers.percent(chips / total if total else None),
                ]
            )
    return table("Chips cleared for this campus, by role", heads, rows)
