"""Chips as a flow: from licence to licensee, owner, operator and tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from gigacampus.report.charts import Figure, series
from gigacampus.report.view import SERIES, View, ranked, short
from gigacampus.tables import Table

COLUMNS = ("licence", "party", "owner", "operator")
TITLES = ("licence", "licensee", "owner", "operator", "tenant")
TO_A_COLUMN = 6
WHOLE = "Over the whole horizon, record and projection together."
SHARED = " Tenants hold shares of all live chips, so each operator's chips go to them by their shares at the end."


@dataclass
class Flow:
    """Nodes and links as they are met; a party has one colour wherever it stands."""

    labels: list[str] = field(default_factory=list)
    colors: list[str] = field(default_factory=list)
    places: dict[tuple[int, str], int] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)
    links: dict[tuple[int, int], float] = field(default_factory=dict)

    def node(self, column: int, name: str, shown: str) -> int:
        """The node of a name in a column."""
        if (column, name) not in self.places:
            self.places[column, name] = len(self.labels)
            self.labels.append(short(shown or "not named", 22))
            color = (
                "--c-other" if column == 0 else self.parties.setdefault(shown, SERIES[len(self.parties) % len(SERIES)])
            )
            self.colors.append(color)
        return self.places[column, name]

    def _color(self, shown: str) -> str:
        """The party's colour: one that no other party has, while there are some."""
        free = [color for color in SERIES if color not in self.parties.values()]
        return self.parties.setdefault(shown, free[0] if free else "--c-other")

    def add(self, path: list[int], chips: float) -> None:
        """Chips that flow along nodes."""
        for pair in pairwise(path):
            self.links[pair] = self.links.get(pair, 0.0) + chips

    def trace(self) -> dict[str, Any]:
        """The trace; a link wears the colour of the party it comes from."""
        pairs = sorted(self.links)
        colors = [self.colors[b] if self.colors[a] == "--c-other" else self.colors[a] for a, b in pairs]
        return {
            "type": "sankey",
            "arrangement": "snap",
            "valueformat": ",.0f",
            "valuesuffix": " chips",
            "node": {"label": self.labels, "color": self.colors, "pad": 14, "thickness": 14, "line": {"width": 0}},
            "link": {
                "source": [a for a, _ in pairs],
                "target": [b for _, b in pairs],
                "value": series([self.links[pair] for pair in pairs], 9),
                "color": [f"{color}@0.28" for color in colors],
            },
        }


def sankey(view: View, lots: Table, shares: dict[str, float]) -> Figure:
    """The figure; `shares` are the tenants' shares of the live chips, which they hold of all lots alike."""
    flow = Flow(parties={view.tenant(int(key)): color for key, color in view.tenant_colors.items()})
    columns = [_grouped(lots, column) for column in COLUMNS]
    kept, rest = ranked(shares, TO_A_COLUMN)
    tenants = {name: shares[name] for name in kept}
    if rest:
        tenants[f"{len(rest)} others"] = sum(shares[name] for name in rest)
    for row, chips in enumerate(lots["chips"].tolist()):
        path = [flow.node(k, names[row], view.name(names[row])) for k, names in enumerate(columns)]
        flow.add(path, float(chips))
        for name, share in tenants.items():
            flow.add([path[-1], flow.node(len(COLUMNS), name, name)], chips * share)
    titles = TITLES if tenants else TITLES[:-1]
    return Figure(
        "chart-sankey",
        f"Chips cleared for this campus: from licence to {titles[-1]}",
        [flow.trace()],
        {"annotations": _heads(titles), "margin": {"l": 8, "r": 8, "t": 28, "b": 16}},
        WHOLE + (SHARED if tenants else ""),
        340,
    )


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
