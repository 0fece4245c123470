"""One case of a comparison: its numbers, its months, and what each party has in it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import Clock
from gigacampus.results import Results, flat, table_hash
from gigacampus.tables import Table

Floats = NDArray[np.float64]
MONTH_S = 365.25 * 86_400 / 12
"""A mean month, s: the unit of H100e-months."""
ROLES = ("tenant", "operator", "owner")
MEASURES = ("chips", "h100e_months", "it_w", "usd")


@dataclass(frozen=True)
class Holding:
    """What a party has in one role, by month: levels at the months' ends, sums over the months; shape (months,)."""

    chips: Floats
    h100e_months: Floats
    it_w: Floats
    usd: Floats

    @staticmethod
    def none(months: int) -> Holding:
        """Nothing in any month."""
        return Holding(*(np.zeros(months) for _ in MEASURES))

    def total(self, measure: str) -> float:
        """Chips and watts at the end of the horizon; H100e-months and dollars over all of it."""
        values = getattr(self, measure)
        if not len(values):
            return 0.0
        return float(values[-1]) if measure in ("chips", "it_w") else float(values.sum())


@dataclass
class Case:
    """A case: what it is called, its scenario as text, its numbers, and who has what in it."""

    name: str
    title: str = ""
    status: str = ""
    months: list[str] = field(default_factory=list)
    """Months of the horizon, as 2027-01."""
    numbers: dict[str, float] = field(default_factory=dict)
    """Every number of the summary, by its dotted name; NaN where it has none."""
    series: dict[str, Floats] = field(default_factory=dict)
    """Levels by month: live_chips, live_h100e, live_it_w, facility_w, binding is told apart."""
    known_as_of: str = ""
    """The day from which on all is projection."""
    binding: list[str] = field(default_factory=list)
    holdings: dict[tuple[str, str], Holding] = field(default_factory=dict)
    """By party and role; role `books` is money."""
    parties: dict[str, str] = field(default_factory=dict)
    """Printed names."""
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 of every table; empty where the case was planned for numbers alone."""
    sentences: list[str] = field(default_factory=list)
    spread: dict[str, Floats] = field(default_factory=dict)
    """Draws of live_chips, live_h100e, live_it_w at the end of the horizon, paired between cases; shape (samples,)."""
    seeded: dict[str, Floats] = field(default_factory=dict)
    """Numbers of further seeds, paired between cases; shape (seeds,)."""

    @property
    def is_planned(self) -> bool:
        """Whether the deal and the build-out alone were played: no work, no money."""
        return not math.isfinite(self.numbers.get("cost_usd", math.nan))

    def holding(self, key: tuple[str, str]) -> Holding:
        """What a party has in a role; nothing where it does not occur."""
        return self.holdings.get(key, Holding.none(len(self.months)))

    def vector(self, keys: list[str]) -> Floats:
        """The numbers in this order; NaN where there is none."""
        return np.array([self.numbers.get(key, np.nan) for key in keys])

    def as_json(self) -> str:
        """The case as text, every digit kept."""
        told = dict(vars(self))
        told["series"] = {key: one.tolist() for key, one in self.series.items()}
        told["holdings"] = [
            [*key, *(getattr(one, measure).tolist() for measure in MEASURES)] for key, one in self.holdings.items()
        ]
        del told["spread"], told["seeded"]
        return json.dumps(told)

    @staticmethod
    def from_json(text: str) -> Case:
        """The inverse; ValueError, KeyError or TypeError where the text is no case."""
        told = json.loads(text)
        told["series"] = {key: np.array(one, dtype=np.float64) for key, one in told["series"].items()}
        told["holdings"] = {
            (party, role): Holding(*(np.array(one, dtype=np.float64) for one in values))
            for party, role, *values in told["holdings"]
        }
        return Case(**told)


def clock_of(meta: Mapping[str, Any]) -> Clock:
    """The calendar of a run."""
    return Clock(*(date.fromisoformat(meta[key]) for key in ("start", "end", "known_as_of")))


def of_results(name: str, results: Results, *, hashed: bool = True) -> Case:
    """A case from a finished run or plan."""
    meta = results.meta
    if meta.get("kind") == "replay":
        hashes = {key: table_hash(table) for key, table in results.tables.items()} if hashed else {}
        return Case(name, str(meta["title"]), numbers=_dotted(results.summary), hashes=hashes)
    parties = {key: printed for key, printed, *_ in meta.get("parties", [])}
    made = of_tables(name, results.tables, _dotted(results.summary), clock_of(meta), parties)
    made.title = str(meta["title"])
    made.hashes = {key: table_hash(table) for key, table in results.tables.items()} if hashed else {}
    return made


def of_tables(
    name: str, tables: Mapping[str, Table], numbers: dict[str, float], clock: Clock, parties: dict[str, str]
) -> Case:
    """A case from tables."""
    edges_s = clock.month_starts_s()
    made = Case(name, months=[clock.iso(one)[:7] for one in edges_s[:-1].tolist()], numbers=numbers, parties=parties)
    made.known_as_of = clock.known_as_of.isoformat()
    if "buildout_months" in tables:
        months = tables["buildout_months"]
        made.series = {key: months[key].astype(np.float64) for key in ("live_chips", "live_h100e", "live_it_w")}
        made.binding = [str(one) for one in months["binding"]]
        installs = tables["installs"]
        made.numbers["h100e_months"] = float(_integral(installs["at_s"], installs["h100e"], edges_s)[1].sum())
    if "flows_months" in tables and len(tables["flows_months"]):
        flows = tables["flows_months"]
        made.series["facility_w"] = _by_month(flows, "facility_j", edges_s) / np.diff(edges_s)
    for key, holding in _holdings(tables, made.series, edges_s).items():
        made.holdings[key] = holding
        for measure in MEASURES:
            if (key[1] == "books") == (measure == "usd"):
                made.numbers[f"parties.{key[0]}.{key[1]}.{measure}"] = holding.total(measure)
    return made


def _dotted(summary: Mapping[str, Any]) -> dict[str, float]:
    """Numbers of a summary by their whole names; what it says of the base case of variants is no number of the run."""
    shorts = flat(summary)
    return {
        key: value
        for key, value in shorts.items()
        if not key.startswith(("against_base", "inputs")) and ("." in key or key in summary)
    }


def _by_month(table: Table, column: str, edges_s: NDArray[np.int64]) -> Floats:
    index = np.clip(np.searchsorted(edges_s, table["month_s"], side="right") - 1, 0, len(edges_s) - 2)
    summed = np.bincount(index, np.nan_to_num(table[column].astype(np.float64)), len(edges_s) - 1)
    return summed.astype(np.float64)


def _integral(at: Floats, add: Floats, edges_s: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Level at each month's end, and level × time over each month in months, of a sum of steps."""
    order = np.argsort(at, kind="stable")
    at, add = at[order].astype(np.float64), add[order].astype(np.float64)
    place = np.searchsorted(at, edges_s, side="left")
    sums = np.concatenate([[0.0], np.cumsum(add)])
    moments = np.concatenate([[0.0], np.cumsum(add * at)])
    area = sums[place] * edges_s - moments[place]
    return sums[place][1:], np.diff(area) / MONTH_S


def _holdings(
    tables: Mapping[str, Table], series: Mapping[str, Floats], edges_s: NDArray[np.int64]
) -> dict[tuple[str, str], Holding]:
    found: dict[tuple[str, str], Holding] = {}
    if "installs" in tables and "deliveries" in tables:
        installs, lots = tables["installs"], tables["deliveries"]
        for role in ("operator", "owner"):
            by_lot = dict(zip(lots["delivery_id"], lots[role], strict=True))
            who = np.array([by_lot.get(lot, "") for lot in installs["delivery_id"]], dtype=object)
            for party in sorted({str(one) for one in who}):
                found[party, role] = _held(installs, who == party, edges_s)
    if "capacity" in tables and "tenants" in tables:
        found |= _let(tables, series, edges_s)
    if "party_months" in tables:
        books = tables["party_months"]
        for party in sorted({str(one) for one in books["party"]} - {"outside"}):
            cents = _by_month(books.where(books["party"] == party), "paid_cents", edges_s)
            nothing = np.zeros(len(edges_s) - 1)
            found[party, "books"] = Holding(nothing, nothing, nothing, -cents / 100.0)
    return found


def _held(installs: Table, mask: NDArray[np.bool_], edges_s: NDArray[np.int64]) -> Holding:
    at = installs["at_s"][mask]
    chips, it_w = (_integral(at, installs[column][mask], edges_s)[0] for column in ("chips", "it_w"))
    return Holding(chips, _integral(at, installs["h100e"][mask], edges_s)[1], it_w, np.zeros(len(chips)))


def _let(
    tables: Mapping[str, Table], series: Mapping[str, Floats], edges_s: NDArray[np.int64]
) -> dict[tuple[str, str], Holding]:
    """What each tenant's party may use; its watts are its share of the live chips'."""
    capacity, months = tables["capacity"], len(edges_s) - 1
    live, live_w = series["live_chips"], series["live_it_w"]
    per_chip_w = np.divide(live_w, live, out=np.zeros(months), where=live > 0)
    found: dict[tuple[str, str], Holding] = {}
    for index, party in enumerate(tables["tenants"]["party"]):
        mine = capacity["tenant_index"] == index
        at = capacity["at_s"][mine]
        chips = _integral(at, np.diff(capacity["chips"][mine], prepend=0), edges_s)[0]
        h100e_months = _integral(at, np.diff(capacity["h100e"][mine], prepend=0.0), edges_s)[1]
        before = found.get((str(party), "tenant"), Holding.none(months))
        found[str(party), "tenant"] = Holding(
            before.chips + chips, before.h100e_months + h100e_months, before.it_w + chips * per_chip_w, before.usd
        )
    return found
