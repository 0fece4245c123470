"""The deal's terms as numbers: what the clearing kernel reads. Days count from the scenario's start."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus import catalog
from gigacampus.clock import DAY_S, NEVER, Clock, add_months
from gigacampus.deal.gates import opening_s
from gigacampus.deal.windows import classes, share_of, windows_of
from gigacampus.kernels.clearing import GATE_ROW, LICENCE_ROW, MOVE, NEVER_DAY, OWED, STREAM, WINDOW, Law, Rule
from gigacampus.scenario import Scenario
from gigacampus.scenario.deal import Deal, Delivery, Licence, Obligation

CAMPUS = "campus"
"""The site name of the scenario's own campus; any other is an elsewhere row."""
RULES = {"defer": Rule.DEFER, "scale": Rule.SCALE, "block": Rule.BLOCK}
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """Arrays for the kernel, and the names that their rows stand for."""

    law: Law
    gates: Array
    needs: Array
    month_days: Array
    end_day: int
    stream_names: tuple[str, ...]
    licence_names: tuple[str, ...]
    gate_names: tuple[str, ...]
    class_names: tuple[tuple[str, str], ...]
    """Quota and party class."""
    owed_names: tuple[str, ...]
    unused: tuple[str, ...]
    """What is left out because it was not known yet at `known_as_of`, in words."""


def day_of(at_s: int) -> int:
    """The day on which a second lies; NEVER_DAY for NEVER."""
    return NEVER_DAY if at_s == NEVER else at_s // DAY_S


def month_days(clock: Clock) -> Array:
    """First days of the calendar months that the horizon touches, and of the one after; the first may be negative."""
    first = clock.start.replace(day=1)
    days = []
    while clock.seconds(first) < clock.end_s:
        days.append(clock.seconds(first) // DAY_S)
        first = add_months(first, 1)
    return np.array([*days, clock.seconds(first) // DAY_S], dtype=np.int64)


def is_known(licence: Licence, clock: Clock) -> bool:
    """Whether the scenario may use a licence: a record must lie within the record."""
    return licence.state != "issued" or licence.issued <= clock.known_as_of


def terms(scenario: Scenario, evidence: Mapping[str, Mapping[str, int]] | None = None) -> Terms:
    """The numbers of a scenario's deal; `evidence` are days by obligation and stream, for shipments of record.

    Raises UsageError where units are mixed without a basis.
    """
    deal, clock = scenario.deal, scenario.clock
    licence_names = tuple(name for name, one in deal.licences.items() if is_known(one, clock))
    stream_names = tuple(name for name, one in deal.deliveries.items() if one.licence in licence_names)
    class_names = classes(deal)
    gate_names = tuple(deal.gates)
    owed = {name: one for name, one in deal.obligations.items() if one.kind == "match_ratio"}
    needs = np.zeros((len(licence_names), max(len(gate_names), 1)), dtype=np.bool_)
    for row, name in enumerate(licence_names):
        for gate in deal.licences[name].gates:
            needs[row, gate_names.index(gate)] = True
    return Terms(
        law=Law(
            streams=_streams(deal, clock, stream_names, licence_names),
            licences=_licences(deal, clock, licence_names, class_names),
            windows=_windows(deal, clock, class_names),
            class_rules=np.array([RULES[deal.quotas[quota].on_excess] for quota, _ in class_names], dtype=np.int64),
            class_carries=np.array([deal.quotas[quota].carry_over for quota, _ in class_names], dtype=np.bool_),
            owed=_owed(owed),
            due_usd=due_per_chip(scenario, owed, stream_names),
            evidence_day=_evidence(evidence or {}, tuple(owed), stream_names),
            moves=_moves(deal, clock, class_names),
        ),
        gates=_gates(scenario, gate_names),
        needs=needs[:, : len(gate_names)],
        month_days=month_days(clock),
        end_day=clock.end_s // DAY_S,
        stream_names=stream_names,
        licence_names=licence_names,
        gate_names=gate_names,
        class_names=class_names,
        owed_names=tuple(owed),
        unused=tuple(
            f"licence {name} was issued on {one.issued}, after known_as_of: it is not used"
            for name, one in deal.licences.items()
            if name not in licence_names
        ),
    )


def class_of(deal: Deal, licence: Licence) -> tuple[str, str] | None:
    """The quota and the class of parties that a licence draws on; None where it draws on none."""
    if not licence.quota:
        return None
    allocation = deal.quotas[licence.quota].allocation
    party = deal.parties[licence.licensee]
    for name in (licence.licensee, party.group):
        if name in allocation:
            return licence.quota, name
    return licence.quota, "" if allocation else "all"


def weight(chip: str, unit: str, basis: str) -> float:
    """What one chip counts in a unit. Raises UsageError where the unit needs a basis and has none."""
    return 1.0 if unit == "chips" else catalog.ratio(chip, unit, basis)


def _streams(deal: Deal, clock: Clock, names: tuple[str, ...], licence_names: tuple[str, ...]) -> Array:
    rows = []
    for name in names:
        one: Delivery = deal.deliveries[name]
        licence = deal.licences[one.licence]
        quota = deal.quotas[licence.quota] if licence.quota else None
        rows.append(
            (max(clock.seconds(one.start) // DAY_S, 0), clock.seconds(one.end) // DAY_S, float(one.rate),
             -1.0 if one.total is None else float(one.total), licence_names.index(one.licence),
             weight(one.chip, licence.unit, licence.basis), weight(one.chip, quota.unit, quota.basis) if quota else 1.0)
        )  # fmt: skip
    return np.array(rows, dtype=STREAM)


def _licences(deal: Deal, clock: Clock, names: tuple[str, ...], class_names: tuple[tuple[str, str], ...]) -> Array:
    rows = []
    for name in names:
        one = deal.licences[name]
        drawn_on = class_of(deal, one)
        expires = NEVER_DAY if one.expires is None else clock.seconds(one.expires) // DAY_S
        rows.append(
            (clock.seconds(one.issued) // DAY_S, expires, float(one.quantity),
             class_names.index(drawn_on) if drawn_on else -1, one.site != CAMPUS)
        )  # fmt: skip
    return np.array(rows, dtype=LICENCE_ROW)


def _gates(scenario: Scenario, names: tuple[str, ...]) -> Array:
    rows = []
    for name in names:
        gate = scenario.deal.gates[name]
        rows.append((day_of(opening_s(scenario, name)), RULES[gate.on_fail], float(gate.passes)))
    return np.array(rows, dtype=GATE_ROW)


def _windows(deal: Deal, clock: Clock, class_names: tuple[tuple[str, str], ...]) -> Array:
    rows = []
    for index, (quota, party_class) in enumerate(class_names):
        share = share_of(deal.quotas[quota], party_class)
        for window in windows_of(deal.quotas[quota]):
            start_s, end_s = clock.seconds(window.start), clock.seconds(window.end) + DAY_S
            rows.append((index, start_s // DAY_S, end_s // DAY_S, window.cap * share))
    return np.array(rows, dtype=WINDOW)


def _moves(deal: Deal, clock: Clock, class_names: tuple[tuple[str, str], ...]) -> Array:
    """Reallocations by the rows of the windows in which their days lie; those outside of the windows move nothing."""
    windows = _windows(deal, clock, class_names)
    rows = []
    moves = [(name, move) for name, quota in deal.quotas.items() for move in quota.reallocation.values()]
    for name, one in moves:
        day = clock.seconds(one.on) // DAY_S
        is_open = (windows["start_day"] <= day) & (day < windows["end_day"])
        found = [
            np.flatnonzero(is_open & (windows["party_class"] == class_names.index((name, party))))
            for party in (one.giver, one.taker)
        ]
        if len(found[0]) and len(found[1]):
            rows.append((day, found[0][0], found[1][0], float(one.share)))
    return np.array(rows, dtype=MOVE)


def _owed(owed: dict[str, Obligation]) -> Array:
    rows = []
    for one in owed.values():
        lag = NEVER_DAY if one.evidence_lag is None else round(float(one.evidence_lag) / DAY_S)
        rows.append((lag, one.blocks, math.nan if one.headroom is None else float(one.headroom)))
    return np.array(rows, dtype=OWED)


def _evidence(days: Mapping[str, Mapping[str, int]], owed: tuple[str, ...], streams: tuple[str, ...]) -> Array:
    rows = [[days.get(one, {}).get(stream, -1) for stream in streams] for one in owed]
    return np.array(rows, dtype=np.int64).reshape(len(owed), len(streams))


def due_per_chip(scenario: Scenario, owed: dict[str, Obligation], streams: tuple[str, ...]) -> Array:
    """Dollars owed per chip cleared; shape (obligations, streams)."""
    deal = scenario.deal
    found = np.zeros((len(owed), max(len(streams), 1)))
    for row, one in enumerate(owed.values()):
        for column, name in enumerate(streams):
            stream = deal.deliveries[name]
            applies = (
                stream.licence in one.applies_to if one.applies_to else deal.licences[stream.licence].site == CAMPUS
            )
            if applies:
                found[row, column] = float(one.ratio or 0.0) * _base_usd(scenario, one, stream.chip)
    return found[:, : len(streams)]


def chip_w(scenario: Scenario, chip: str) -> float:
    """Provisioned IT watts of a chip: of the campus's rack, else the middle of the catalog's; 0 where none is known."""
    stated = scenario.campus.racks.get(chip)
    if stated is not None:
        return stated.chip_w
    known = [rack for rack in catalog.racks().values() if rack.chip == chip]
    return 500.0 * (known[0].kw_low + known[0].kw_high) / known[0].chips if known else 0.0


def _base_usd(scenario: Scenario, one: Obligation, chip: str) -> float:
    """The dollars to which the ratio applies, for one chip."""
    if one.base == "chip_value":
        return float(scenario.costs.chip_price.get(chip, 0.0))
    if one.base == "mw" and one.per_mw is not None:
        return float(one.per_mw) * chip_w(scenario, chip) / 1e6
    return float(one.per_chip_of.get(chip, one.per_chip or 0.0))
