"""The results as the report sees them: dates, labels, record and projection, and colours by what things are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER, Clock
from gigacampus.results import Results
from gigacampus.tables import Table

SERIES = tuple(f"--c{n}" for n in range(1, 8))
"""Colour tokens of series in order: Okabe-Ito, defined in the style sheet for light and dark."""
OTHERS = "--c-other"
BINDING = {
    "quota": "--c7",
    "licence": "--c4",
    "gate": "--c5",
    "obligation": "--c3",
    "delivery": "--c2",
    "building": "--c6",
    "power": "--c1",
    "install": "--c-other",
    "commissioning": "--c8",
    "nothing": "--c-none",
    "loss": "--c-lost",
    "cooling": "--c-cool",
}
"""Colour token of each thing that can bind."""
STATUSES = ("official", "reported", "estimate", "opinion", "alleged", "assumption")
RECORD, PROJECTION = "record", "projection"


def ranked(values: dict[str, float], most: int = 7) -> tuple[list[str], list[str]]:
    """The largest names, at most so many, and the rest that a chart shows as one."""
    names = sorted(values, key=lambda name: (-values[name], name))
    if len(names) <= most:
        return names, []
    return names[: most - 1], names[most - 1 :]


def colored(values: dict[str, float]) -> dict[str, str]:
    """Colour tokens for the largest names."""
    kept, _ = ranked(values)
    return dict(zip(kept, SERIES, strict=False))


def short(name: str, width: int = 26) -> str:
    """A name cut to a legend's width."""
    return name if len(name) <= width else name[: width - 1].rstrip() + "…"


@dataclass(frozen=True)
class View:
    """Results with their calendar."""

    results: Results

    @cached_property
    def clock(self) -> Clock:
        """The run's calendar."""
        meta = self.results.meta
        return Clock(*(date.fromisoformat(meta[key]) for key in ("start", "end", "known_as_of")))

    def has(self, *names: str) -> bool:
        """Whether all these tables have rows."""
        return all(name in self.results for name in names)

    def table(self, name: str) -> Table:
        """A table that is known to be there."""
        return self.results.tables[name]

    def number(self, name: str) -> float | None:
        """A headline number; None where the run has none."""
        value = self.results.summary.get(name)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    @property
    def meta(self) -> dict[str, Any]:
        """What is no number and no row."""
        return self.results.meta

    def day(self, at_s: int | float) -> str:
        """The ISO date of a second."""
        return self.clock.iso(int(at_s))

    def days(self, at_s: NDArray[np.int64]) -> list[str]:
        """ISO dates of many seconds."""
        return [self.day(one) if one != NEVER else "" for one in at_s.tolist()]

    def month(self, at_s: int | float) -> str:
        """The month of a second, as 2027-03."""
        return self.day(at_s)[:7]

    @cached_property
    def edges_s(self) -> NDArray[np.int64]:
        """Starts of the months and the horizon's end."""
        return self.clock.month_starts_s()

    @cached_property
    def months(self) -> list[str]:
        """ISO dates of the months' starts."""
        return self.days(self.edges_s[:-1])

    def month_index(self, at_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which month of the horizon each second falls in."""
        return np.clip(np.searchsorted(self.edges_s, at_s, side="right") - 1, 0, len(self.edges_s) - 2)

    def part(self, at_s: int | float) -> str:
        """Record or projection."""
        return RECORD if at_s < self.clock.known_s else PROJECTION

    def month_part(self, at_s: int | float) -> str:
        """Record where the month that starts then ended by `known_as_of`, else projection."""
        index = int(self.month_index(np.array([at_s]))[0])
        return RECORD if self.edges_s[index + 1] <= self.clock.known_s else PROJECTION

    @cached_property
    def names(self) -> dict[str, str]:
        """Printed names of parties by key."""
        return {key: name for key, name, *_ in self.meta.get("parties", [])}

    def name(self, key: str) -> str:
        """A party's or tenant's printed name; the key itself where it has none."""
        return self.names.get(key, key)

    @cached_property
    def tenants(self) -> list[str]:
        """The tenants' printed names, in the order that `tenant_index` counts."""
        if not self.has("tenants"):
            return []
        table = self.table("tenants")
        named = [self.name(str(party)) for party in table["party"]]
        keys = [str(key) for key in table["tenant"]]
        return [name if named.count(name) == 1 else key for name, key in zip(named, keys, strict=True)]

    def tenant(self, index: int) -> str:
        """A tenant's name by its index."""
        return self.tenants[index] if 0 <= index < len(self.tenants) else "not allotted"

    @cached_property
    def tenant_colors(self) -> dict[str, str]:
        """A colour for each of the largest tenants, by its index as text: the same one in every chart."""
        sums: dict[str, float] = {}
        if self.has("capacity"):
            capacity = self.table("capacity")
            for tenant, chips in zip(capacity["tenant_index"].tolist(), capacity["chips"].tolist(), strict=True):
                sums[str(tenant)] = max(sums.get(str(tenant), 0.0), float(chips))
        return colored(sums)

    @cached_property
    def source_sums_j(self) -> dict[str, float]:
        """Energy of each source over the horizon."""
        sources = self.table("source_months")
        names = dict.fromkeys(str(one) for one in sources["source"])
        return {name: float(sources["energy_j"][sources["source"] == name].sum()) for name in names}

    @cached_property
    def inputs_by_path(self) -> dict[str, dict[str, Any]]:
        """The inputs' rows by path."""
        if "inputs" not in self.results.tables:
            return {}
        return {row["path"]: row for row in self.table("inputs").rows()}

    def per_month(self, table: str, column: str, **where: Any) -> NDArray[np.float64]:
        """A monthly table's column summed by month over the rows that match; shape (months,)."""
        found = self.table(table)
        keep = np.ones(len(found), dtype=bool)
        for key, value in where.items():
            keep &= found[key] == value
        index = self.month_index(found["month_s"][keep])
        values = np.nan_to_num(found[column][keep].astype(np.float64))
        return np.bincount(index, weights=values, minlength=len(self.edges_s) - 1).astype(np.float64)
