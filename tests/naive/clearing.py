"""Clearing, every day and every lot anew: the slow, obvious twin of `kernels.clearing`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

NEVER = 1 << 40


class Stream(NamedTuple):
    start: int
    end: int
    per_year: float
    total: float | None
    licence: int
    licence_weight: float
    quota_weight: float
    due: tuple[float, ...]
    evidence: int = -1
    """The day of real evidence; -1 for what is planned."""


class Licence(NamedTuple):
    issued: int
    expires: int
    quantity: float
    party_class: int | None
    gates: tuple[int, ...]
    is_elsewhere: bool = False


class Gate(NamedTuple):
    opens: int
    rule: str
    passes: float


class Window(NamedTuple):
    party_class: int
    start: int
    end: int
    cap: float


class Move(NamedTuple):
    """On a day a share of what one window has left goes to another."""

    day: int
    giver: int
    taker: int
    fraction: float


class PartyClass(NamedTuple):
    rule: str
    carries: bool


class Owed(NamedTuple):
    lag: int
    blocks: bool
    headroom: float | None


class Decision(NamedTuple):
    day: int
    stream: int
    number: int
    outcome: str
    bound: str
    requested: int
    cleared: int
    licence_before: float | None = None
    licence_after: float | None = None
    quota_before: float | None = None
    quota_after: float | None = None


@dataclass
class Lot:
    want: int
    stream: int
    number: int
    left: int
    lost: int = 0
    told: str = "nothing"


@dataclass
class Deal:
    streams: list[Stream]
    licences: list[Licence]
    gates: list[Gate]
    windows: list[Window]
    classes: list[PartyClass]
    owed: list[Owed]
    months: list[int]
    days: int
    moves: list[Move] = field(default_factory=list)
    full: set[int] = field(default_factory=set)
    """Windows that were too small for a lot."""
    held: dict[int, float] = field(default_factory=dict)
    """Room kept for lots of other sites that wait at a gate, by class."""
    licence_left: list[float] = field(default_factory=list)
    window_left: list[float] = field(default_factory=list)
    due: list[tuple[int, int, float]] = field(default_factory=list)
    """(obligation, day of evidence, dollars)"""


def lots_of(deal: Deal) -> list[Lot]:
    """Each stream's monthly lots, on the same day of every month (or the month's last)."""
    lots = []
    for s, stream in enumerate(deal.streams):
        licence = deal.licences[stream.licence]
        total = licence.quantity / stream.licence_weight if stream.total is None else stream.total
        first = max(m for m, day in enumerate(deal.months) if day <= stream.start)
        before = 0
        for k in range(1, len(deal.months) - first):
            month = first + k - 1
            day = min(deal.months[month] + stream.start - deal.months[first], deal.months[month + 1] - 1)
            by_now = math.floor(min(stream.per_year / 12.0 * k, total) + 1e-9)
            if day > stream.end:
                break
            if by_now > before:
                lots.append(Lot(day, s, k, by_now - before))
            before = by_now
    return sorted(lots, key=lambda lot: lot.want)


def clear(deal: Deal) -> list[Decision]:
    """Every decision, in order."""
    found: list[Decision] = []
    deal.licence_left = [one.quantity for one in deal.licences]
    deal.window_left = [one.cap for one in deal.windows]
    lots = lots_of(deal)
    line = sorted(lots, key=lambda lot: _line(deal, lot))
    lots = sorted(line, key=lambda lot: lot.want)
    for day in range(deal.days):
        for w, window in enumerate(deal.windows):
            if window.start == day and deal.classes[window.party_class].carries:
                earlier = [i for i in range(w) if deal.windows[i].party_class == window.party_class]
                if earlier:
                    deal.window_left[w] += deal.window_left[earlier[-1]]
                    deal.window_left[earlier[-1]] = 0.0
        for move in deal.moves:
            if move.day == day:
                amount = deal.window_left[move.giver] * move.fraction
                deal.window_left[move.giver] -= amount
                deal.window_left[move.taker] += amount
                deal.full.discard(move.taker)
        for lot in lots:
            if lot.want == day:
                found += _arrive(deal, lot)
                if lot.left > 0 and _line(deal, lot) > day:
                    found += _decide(deal, lot, day)
        deal.held = {}
        for lot in line:
            if _line(deal, lot) <= day and lot.left > 0:
                found += _decide(deal, lot, day)
    return found


def _line(deal: Deal, lot: Lot) -> int:
    """The day on which a lot is both wanted and licensed: its place in the line."""
    return max(lot.want, deal.licences[deal.streams[lot.stream].licence].issued)


def _arrive(deal: Deal, lot: Lot) -> list[Decision]:
    lost = 0
    for g in deal.licences[deal.streams[lot.stream].licence].gates:
        gate = deal.gates[g]
        if gate.opens > lot.want and gate.rule != "defer":
            kept = math.floor(lot.left * gate.passes + 1e-9) if gate.rule == "scale" else 0
            lost += lot.left - kept
            lot.left = kept
    return [Decision(lot.want, lot.stream, lot.number, "blocked", "gate", lost, 0)] if lost else []


def _decide(deal: Deal, lot: Lot, day: int) -> list[Decision]:
    stream = deal.streams[lot.stream]
    licence = deal.licences[stream.licence]
    shut = [
        deal.gates[g].opens for g in licence.gates if deal.gates[g].rule == "defer" and deal.gates[g].opens > lot.want
    ]
    opens = max([licence.issued, *shut])

    def told(outcome: str, bound: str, cleared: int = 0, *balances: float) -> Decision:
        return Decision(day, lot.stream, lot.number, outcome, bound, lot.left, cleared, *balances)

    if opens >= NEVER or day > licence.expires:
        decision = told("blocked", "gate" if opens >= NEVER and licence.issued < NEVER else "licence")
        lot.left = 0
        return [decision]
    if day < opens:
        bound = "licence" if day < licence.issued else "gate"
        if licence.is_elsewhere and licence.party_class is not None and bound == "gate":
            kept = deal.held.get(licence.party_class, 0.0)
            deal.held[licence.party_class] = kept + lot.left * stream.quota_weight
        decision = told("deferred", bound)
        return _unless_told(lot, decision)
    window = None if licence.party_class is None else _window(deal, licence, day)
    own = licence.party_class is None or deal.classes[licence.party_class].rule == "defer"
    if not own and window is not None and deal.windows[window].start > lot.want:
        decision = told("blocked", "quota")
        lot.left = 0
        return [decision]
    room, bound, held = _room(deal, stream, licence, lot.left, day)
    rule = "scale" if bound == "licence" else "defer"
    if bound == "quota" and not held:
        rule = deal.classes[licence.party_class or 0].rule
        later = any(w.party_class == licence.party_class and w.start > day for w in deal.windows)
        later |= any(m.day > day and deal.windows[m.taker].party_class == licence.party_class for m in deal.moves)
        if rule == "defer" and not later:
            rule = "scale"
        if rule == "block":
            room = 0
        elif window is not None:
            deal.full.add(window)
    if room == 0 and rule == "defer":
        decision = told("deferred", bound, 0, *_balances(deal, stream, licence, day, 0))
        return _unless_told(lot, decision)
    outcome = "cleared" if room == lot.left else "scaled" if room else "blocked"
    decision = told(
        outcome, lot.told if bound == "nothing" else bound, room, *_balances(deal, stream, licence, day, room)
    )
    for o, owed in enumerate(deal.owed):
        evident = stream.evidence if stream.evidence >= 0 else day + owed.lag
        if stream.due[o] * room > 0 and evident > day:
            deal.due.append((o, evident, room * stream.due[o]))
    if room < lot.left:
        lot.told = bound
    lot.left = lot.left - room if rule == "defer" else 0
    return [decision]


def _unless_told(lot: Lot, decision: Decision) -> list[Decision]:
    if lot.told == decision.bound:
        return []
    lot.told = decision.bound
    return [decision]


def _room(deal: Deal, stream: Stream, licence: Licence, wanted: int, day: int) -> tuple[int, str, bool]:
    """Chips that may go, what bounds them first, and whether that is room held for others."""
    held = 0
    limits = [(math.floor(deal.licence_left[stream.licence] / stream.licence_weight + 1e-9), "licence")]
    if licence.party_class is not None:
        window = _window(deal, licence, day)
        left = 0.0 if window is None or window in deal.full else deal.window_left[window]
        limits.append((math.floor(left / stream.quota_weight + 1e-9), "quota"))
        kept = 0.0 if licence.is_elsewhere else deal.held.get(licence.party_class, 0.0)
        if kept:
            held = len(limits)
            limits.append((math.floor(max(left - kept, 0.0) / stream.quota_weight + 1e-9), "quota"))
    for o, owed in enumerate(deal.owed):
        if not owed.blocks or owed.lag == 0 or stream.due[o] <= 0 or stream.evidence >= 0:
            continue
        open_usd = [usd for which, evidence, usd in deal.due if which == o and evidence > day]
        if owed.headroom is not None:
            limits.append((max(math.floor((owed.headroom - sum(open_usd)) / stream.due[o] + 1e-9), 0), "obligation"))
        elif open_usd:
            limits.append((0, "obligation"))
    best, bound, which = wanted, "nothing", 0
    for k, (room, name) in enumerate(limits):
        if room < best:
            best, bound, which = room, name, k
    return best, bound, held > 0 and which == held


def _window(deal: Deal, licence: Licence, day: int) -> int | None:
    for w, window in enumerate(deal.windows):
        if window.party_class == licence.party_class and window.start <= day < window.end:
            return w
    return None


def _balances(deal: Deal, stream: Stream, licence: Licence, day: int, chips: int) -> tuple[float, ...]:
    before = deal.licence_left[stream.licence]
    deal.licence_left[stream.licence] = max(before - chips * stream.licence_weight, 0.0)
    balances = (before, deal.licence_left[stream.licence])
    window = None if licence.party_class is None else _window(deal, licence, day)
    if window is None:
        return balances
    cap = deal.window_left[window]
    deal.window_left[window] = max(cap - chips * stream.quota_weight, 0.0)
    return (*balances, cap, deal.window_left[window])
