"""Chips and money as flows: from licence to tenant and its work; from who pays, for what, to who is paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, series
from gigacampus.report.listing import Listing, n, table
from gigacampus.report.view import SERIES, View, ranked, short
from gigacampus.tables import Table

COLUMNS = ("licence", "party", "owner", "operator")
TITLES = ("licence", "licensee", "owner", "operator", "tenant", "work")
MONEY_TITLES = ("who pays", "for what", "who is paid")
WORK = (("jobs", "batch_gpu_h"), ("services", "serve_gpu_h"), ("idle, repair", ""))
TO_A_COLUMN = 6
WHOLE = "Over the whole horizon, record and projection together."
SHARED = " Tenants hold shares of all live chips, so each operator's chips go to them by their shares at the end"
WORKED = ", and to jobs and services by the tenant's GPU-hours"
CHIPS, MONEY = "t-flow-of-chips", "t-flow-of-money"


@dataclass
class Flow:
    """Nodes and links as they are met; a party has one colour wherever it stands, columns in `grey` have none."""

    unit: str
    grey: frozenset[int]
    width: int = 22
    """Characters of a label: as many as stand between two columns."""
    parties: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    names: list[tuple[int, str]] = field(default_factory=list)
    colors: list[str] = field(default_factory=list)
    places: dict[tuple[int, str], int] = field(default_factory=dict)
    links: dict[tuple[int, int], float] = field(default_factory=dict)

    def node(self, column: int, name: str, shown: str) -> int:
        """The node of a name in a column."""
        if (column, name) not in self.places:
            self.places[column, name] = len(self.labels)
            self.labels.append(short(shown or "not named", self.width))
            self.names.append((column, shown or "not named"))
            self.colors.append("--c-other" if column in self.grey else self._color(shown))
        return self.places[column, name]

    def _color(self, shown: str) -> str:
        """The party's colour: one that no other party has, while there are some."""
        free = [color for color in SERIES if color not in self.parties.values()]
        return self.parties.setdefault(shown, free[0] if free else "--c-other")

    def add(self, path: list[int], amount: float) -> None:
        """An amount that flows along nodes."""
        for pair in pairwise(path):
            self.links[pair] = self.links.get(pair, 0.0) + amount

    def trace(self, digits: str) -> dict[str, Any]:
        """The trace; a link wears the colour of the party it comes from."""
        pairs = [pair for pair in sorted(self.links) if self.links[pair] > 0]
        colors = [self.colors[b] if self.colors[a] == "--c-other" else self.colors[a] for a, b in pairs]
        return {
            "type": "sankey",
            "arrangement": "snap",
            "valueformat": digits,
            "valuesuffix": f" {self.unit}",
            "node": {"label": self.labels, "color": self.colors, "pad": 14, "thickness": 14, "line": {"width": 0}},
            "link": {
                "source": [a for a, _ in pairs],
                "target": [b for _, b in pairs],
                "value": series([self.links[pair] for pair in pairs], 9),
                "color": [f"{color}@0.28" for color in colors],
            },
        }

    def rows(self, titles: tuple[str, ...]) -> list[list[Any]]:
        """The links as rows: from, to, amount."""
        found = []
        for (a, b), amount in sorted(self.links.items()):
            ends = [f"{titles[column]}: {name}" for column, name in (self.names[a], self.names[b])]
            found.append([*ends, numbers.count(amount) if self.unit == "chips" else numbers.figure(amount, 4)])
        return found


def _chips(view: View, lots: Table, shares: Mapping[str, float]) -> tuple[Flow, tuple[str, ...]]:
    """The flow of chips, and the titles of its columns."""
    flow = Flow(
        "chips", frozenset({0, 5}), 16, {view.tenant(int(key)): color for key, color in view.tenant_colors.items()}
    )
    columns = [_grouped(lots, column) for column in COLUMNS]
    kept, rest = ranked(dict(shares), TO_A_COLUMN)
    tenants = {name: [name] for name in kept} | ({f"{len(rest)} others": rest} if rest else {})
    for row, chips in enumerate(lots["chips"].tolist()):
        path = [flow.node(k, names[row], view.name(names[row])) for k, names in enumerate(columns)]
        flow.add(path, float(chips))
        for name, members in tenants.items():
            mine = chips * sum(shares[one] for one in members)
            node = flow.node(len(COLUMNS), name, name)
            flow.add([path[-1], node], mine)
            for kind, share in _worked(view, members).items():
                flow.add([node, flow.node(len(COLUMNS) + 1, kind, kind)], mine * share)
    return flow, TITLES[: 4 + bool(tenants) + bool(tenants and view.has("usage"))]


def _worked(view: View, members: list[str]) -> dict[str, float]:
    """What the members' chips do: shares of their entitled GPU-hours; empty for a run without jobs."""
    if not view.has("usage"):
        return {}
    usage = view.table("usage")
    mine = np.isin(usage["tenant_index"], [k for k, name in enumerate(view.tenants) if name in members])
    entitled = float(usage["entitled_gpu_h"][mine].sum())
    if not entitled:
        return {}
    found = {kind: float(usage[column][mine].sum()) / entitled for kind, column in WORK if column}
    found[WORK[-1][0]] = max(0.0, 1.0 - sum(found.values()))
    return found


def sankey(view: View, lots: Table, shares: dict[str, float]) -> Figure:
    """The chips' figure; `shares` are the tenants' shares of the live chips, which they hold of all lots alike."""
    flow, titles = _chips(view, lots, shares)
    return Figure(
        "chart-sankey",
        f"Chips cleared for this campus: from licence to {titles[-1]}",
        [flow.trace(",.0f")],
        {"annotations": _heads(titles), "margin": {"l": 8, "r": 8, "t": 28, "b": 16}},
        WHOLE + (f"{SHARED}{WORKED if titles[-1] == 'work' else ''}." if shares else ""),
        380,
        table=CHIPS,
    )


def chips_table(view: View, lots: Table, shares: dict[str, float]) -> Listing:
    """The links of the chips' figure."""
    flow, titles = _chips(view, lots, shares)
    how = "deliveries.chips Summed by licence, licensee, owner and operator; onwards by shares."
    heads = ["from", "to", n("chips", "", how)]
    return table("Flow of chips, link by link", heads, flow.rows(titles), ident=CHIPS, topic="parties")


def _money(view: View) -> Flow:
    """Payers, what they pay for, and who is paid; dollars in millions, netted by party and kind."""
    found = view.table("party_months")
    flow = Flow("$ million", frozenset({1}), 40, {view.name(key): color for key, color in _party_colors(view).items()})
    keys = {(str(p), str(k)) for p, k in zip(found["party"].tolist(), found["kind"].tolist(), strict=True)}
    sums = {
        (party, kind): float(found["paid_cents"][(found["party"] == party) & (found["kind"] == kind)].sum()) / 1e8
        for party, kind in sorted(keys)
        if kind != "depreciation"
    }
    groups = [_kept({p: _total(sums, p, sign) for p, _ in sums}) for sign in (1, -1)]
    for (party, kind), usd in sorted(sums.items(), key=lambda one: -abs(one[1])):
        middle = flow.node(1, kind, kind) if usd else 0
        if usd > 0:
            name = groups[0].get(party, "others")
            flow.add([flow.node(0, name, view.name(name)), middle], usd)
        elif usd < 0:
            name = groups[1].get(party, "others")
            flow.add([middle, flow.node(2, name, view.name(name))], -usd)
    return flow


def _total(sums: Mapping[tuple[str, str], float], party: str, sign: int) -> float:
    return sum(max(0.0, sign * usd) for (one, _), usd in sums.items() if one == party)


def _kept(totals: dict[str, float]) -> dict[str, str]:
    """The parties that a column names, by themselves."""
    return {name: name for name in ranked({key: value for key, value in totals.items() if value}, TO_A_COLUMN)[0]}


def _party_colors(view: View) -> dict[str, str]:
    """Colours of the parties that are tenants: the same as in other charts."""
    if not view.has("tenants"):
        return {}
    parties = [str(one) for one in view.table("tenants")["party"]]
    return {parties[int(key)]: color for key, color in view.tenant_colors.items()}


def money(view: View) -> Figure:
    """The money's figure."""
    return Figure(
        "chart-money",
        "Money: who pays, for what, and who is paid",
        [_money(view).trace(",.4~r")],
        {"annotations": _heads(MONEY_TITLES), "margin": {"l": 8, "r": 8, "t": 28, "b": 16}},
        f"{WHOLE} Payments and receipts of one party for one thing are netted; loans drawn and repaid are financing.",
        400,
        table=MONEY,
    )


def money_table(view: View) -> Listing:
    """The links of the money's figure."""
    how = "party_months.paid_cents Summed by party and kind; what is received is negative there."
    heads = ["from", "to", n("amount", "$ million", how)]
    return table("Flow of money, link by link", heads, _money(view).rows(MONEY_TITLES), ident=MONEY, topic="cash")


def _heads(titles: tuple[str, ...]) -> list[dict[str, Any]]:
    last = len(titles) - 1
    return [
        {
            "text": title,
            "x": k / last,
            "y": 1.0,
            "xref": "paper",
            "yref": "paper",
            "yanchor": "bottom",
            "showarrow": False,
            "xanchor": "left" if k == 0 else "right" if k == last else "center",
            "font": {"size": 11, "color": "--muted"},
        }
        for k, title in enumerate(titles)
    ]


def _grouped(lots: Table, column: str) -> list[str]:
    """Names of one column, the smallest of many as one: a few to a column stay readable."""
    sums: dict[str, float] = {}
    for name, chips in zip(lots[column].tolist(), lots["chips"].tolist(), strict=True):
        sums[str(name)] = sums.get(str(name), 0.0) + chips
    kept, rest = ranked(sums, TO_A_COLUMN)
    return [str(name) if str(name) in kept else f"{len(rest)} others" for name in lots[column].tolist()]
