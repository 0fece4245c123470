"""What would be delivered if a limit gave way: the same lots cleared again under relaxed terms."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gigacampus.clock import DAY_S
from gigacampus.deal.ledger import deliveries
from gigacampus.deal.terms import CAMPUS, Array, Terms
from gigacampus.kernels.clearing import NEVER_DAY
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import Relaxed

QUARTER_D = 91
"""The step by which dates give way, days."""
YEAR_D = 365
"""The step by which the last window of a quota goes on, days."""
TIMES = 2.0
"""The step by which amounts and rates give way."""
PLENTY = 100.0
"""Amounts and rates of a limit that is dropped, times what they were."""
ENOUGH = 1e6
"""What stands in place of nothing then: chips, or chips a year."""


Settle = Callable[[Terms], Any]
"""How lots are cut and cleared."""


def relaxed(scenario: Scenario, numbers: Terms, settle: Settle) -> Relaxed:
    """The deliveries as a function of the limits that are relaxed, by a step or wholly."""
    return partial(_again, scenario, numbers, settle)


def _again(scenario: Scenario, numbers: Terms, settle: Settle, limits: Set[str], wholly: bool) -> Table:
    here = np.array([scenario.deal.licences[name].site == CAMPUS for name in numbers.licence_names], dtype=bool)
    for limit in sorted(limits):
        numbers = RELAX[limit](numbers, here, wholly)
    found = settle(numbers)
    table = deliveries(scenario, numbers, found.lots, found.decisions)
    return _sooner(table, wholly) if "delivery" in limits else table


def _sooner(table: Table, wholly: bool) -> Table:
    """Lots less long on their way, in order of arrival."""
    way_s = table["arrive_s"] - table["cleared_s"]
    less_s = way_s if wholly else np.minimum(way_s, QUARTER_D * DAY_S)
    moved = Table(table.spec, {**table.columns, "arrive_s": table["arrive_s"] - less_s})
    return moved.where(np.argsort(moved["arrive_s"], kind="stable"))


def _more(amounts: Array, wholly: bool) -> Array:
    """Amounts by their step, or wholly dropped: of nothing, too, there is enough then."""
    return np.where(amounts > 0.0, amounts * PLENTY, ENOUGH) if wholly else amounts * TIMES


def _earlier(days: Array, wholly: bool) -> Array:
    """Days a quarter earlier, or from the start; what never happens by itself does so only if the limit is dropped."""
    if wholly:
        return np.zeros_like(days)
    return np.where(days >= NEVER_DAY, days, days - QUARTER_D)


def _quota(numbers: Terms, here: Array, wholly: bool) -> Terms:
    windows = numbers.law.windows.copy()
    windows["cap"] = _more(windows["cap"], wholly)
    for party_class in np.unique(windows["party_class"]):
        mine = windows["party_class"] == party_class
        last = mine & (windows["end_day"] == windows["end_day"][mine].max())
        windows["end_day"][last] += YEAR_D * (100 if wholly else 1)
    return replace(numbers, law=numbers.law._replace(windows=windows))


def _licence(numbers: Terms, here: Array, wholly: bool) -> Terms:
    licences = numbers.law.licences.copy()
    licences["quantity"] = np.where(here, _more(licences["quantity"], wholly), licences["quantity"])
    licences["issued_day"] = np.where(here, _earlier(licences["issued_day"], wholly), licences["issued_day"])
    if wholly:
        licences["expires_day"] = np.where(here, NEVER_DAY, licences["expires_day"])
    return replace(numbers, law=numbers.law._replace(licences=licences))


def _gate(numbers: Terms, here: Array, wholly: bool) -> Terms:
    gates = numbers.gates.copy()
    gates["open_day"] = _earlier(gates["open_day"], wholly)
    return replace(numbers, gates=gates)


def _obligation(numbers: Terms, here: Array, wholly: bool) -> Terms:
    owed = numbers.law.owed.copy()
    owed["lag_day"] = np.maximum(_earlier(owed["lag_day"], wholly), 0)
    owed["headroom_usd"] *= PLENTY if wholly else TIMES
    if wholly:
        owed["blocks"] = 0
    return replace(numbers, law=numbers.law._replace(owed=owed))


def _delivery(numbers: Terms, here: Array, wholly: bool) -> Terms:
    streams = numbers.law.streams.copy()
    mine = here[streams["licence"]]
    start_day = np.maximum(_earlier(streams["start_day"], wholly), 0)
    streams["start_day"] = np.where(mine, start_day, streams["start_day"])
    streams["chips_per_year"] = np.where(mine, _more(streams["chips_per_year"], wholly), streams["chips_per_year"])
    return replace(numbers, law=numbers.law._replace(streams=streams))


RELAX: dict[str, Callable[[Terms, Array, bool], Terms]] = {
    "quota": _quota, "licence": _licence, "gate": _gate, "obligation": _obligation, "delivery": _delivery,
}  # fmt: skip
"""How each limit gives way; `NAME:unit` by one unit (`buildout.units` says which).

Only the campus's own licences and deliveries do: others' lots would take its quota.
"""


UNIT_CHIPS = 1_000.0
"""One more unit of an amount, chips."""
UNIT_D = 30
"""One unit of time, days."""


def _sooner_by(days: Array) -> Array:
    """Days a unit of time earlier; what never happens stays so."""
    return np.where(days >= NEVER_DAY, days, days - UNIT_D)


def _unit_quota(numbers: Terms, here: Array, wholly: bool) -> Terms:
    windows, streams, licences = numbers.law.windows.copy(), numbers.law.streams, numbers.law.licences
    for row in range(len(windows)):
        mine = licences["party_class"][streams["licence"]] == windows["party_class"][row]
        windows["cap"][row] += UNIT_CHIPS * (streams["quota_weight"][mine].max() if mine.any() else 1.0)
    return replace(numbers, law=numbers.law._replace(windows=windows))


def _unit_window(numbers: Terms, here: Array, wholly: bool) -> Terms:
    windows = numbers.law.windows.copy()
    for party_class in np.unique(windows["party_class"]):
        mine = windows["party_class"] == party_class
        windows["end_day"][mine & (windows["end_day"] == windows["end_day"][mine].max())] += UNIT_D
    return replace(numbers, law=numbers.law._replace(windows=windows))


def _unit_licence(numbers: Terms, here: Array, wholly: bool) -> Terms:
    licences, streams = numbers.law.licences.copy(), numbers.law.streams
    for row in np.flatnonzero(here).tolist():
        mine = streams["licence"] == row
        licences["quantity"][row] += UNIT_CHIPS * (streams["licence_weight"][mine].max() if mine.any() else 1.0)
    return replace(numbers, law=numbers.law._replace(licences=licences))


def _unit_gate(numbers: Terms, here: Array, wholly: bool) -> Terms:
    gates = numbers.gates.copy()
    gates["open_day"] = _sooner_by(gates["open_day"])
    return replace(numbers, gates=gates)


def _unit_obligation(numbers: Terms, here: Array, wholly: bool) -> Terms:
    owed = numbers.law.owed.copy()
    owed["lag_day"] = np.maximum(_sooner_by(owed["lag_day"]), 0)
    return replace(numbers, law=numbers.law._replace(owed=owed))


def _unit_delivery(numbers: Terms, here: Array, wholly: bool) -> Terms:
    streams = numbers.law.streams.copy()
    mine = here[streams["licence"]]
    streams["start_day"] = np.where(mine, np.maximum(streams["start_day"] - UNIT_D, 0), streams["start_day"])
    return replace(numbers, law=numbers.law._replace(streams=streams))


RELAX |= {
    "quota: amount:unit": _unit_quota, "quota: date:unit": _unit_window, "licence:unit": _unit_licence,
    "gate:unit": _unit_gate, "obligation:unit": _unit_obligation, "delivery:unit": _unit_delivery,
}  # fmt: skip
