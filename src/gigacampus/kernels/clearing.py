"""Clearing lots of chips against licences, quota windows, gates and obligations, day by day, in whole chips.

Numbers only: days count from the scenario's start, reasons and outcomes are the codes below. A lot that fits in part
goes in part; the rest waits for room.

Lots stand in one line, by the day on which they are wanted and licensed. Gates and quotas move nobody in it, which is
why a later gate or a smaller quota lets no more through: who waits at a gate is overtaken, but a lot of another site
keeps its room from the campus, and nobody takes what is left in a window that was too small for one further ahead.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel
from gigacampus.kernels.order import in_order, those

Array = NDArray[Any]
NEVER_DAY = 1 << 40
"""The day of what does not happen."""


class Bound(IntEnum):
    """What kept a lot, or part of it, from clearing."""

    NOTHING = 0
    QUOTA = 1
    LICENCE = 2
    GATE = 3
    OBLIGATION = 4


class Outcome(IntEnum):
    """What became of a request."""

    CLEARED = 0
    DEFERRED = 1
    SCALED = 2
    BLOCKED = 3


class Rule(IntEnum):
    """What becomes of chips that find no way."""

    DEFER = 0
    SCALE = 1
    BLOCK = 2


CLEARED, DEFERRED, SCALED, BLOCKED = (int(one) for one in Outcome)
NOTHING, QUOTA, LICENCE, GATE, OBLIGATION = (int(one) for one in Bound)
DEFER, SCALE, BLOCK = (int(one) for one in Rule)
ROUNDING = 1e-9
NO_QUOTA = -2

STREAM = np.dtype(
    [("start_day", "i8"), ("end_day", "i8"), ("chips_per_year", "f8"), ("total", "f8"), ("licence", "i8"),
     ("licence_weight", "f8"), ("quota_weight", "f8")]
)  # fmt: skip
"""A plan of deliveries; the weights turn a chip into the unit of its licence and of its quota."""
LICENCE_ROW = np.dtype(
    [("issued_day", "i8"), ("expires_day", "i8"), ("quantity", "f8"), ("party_class", "i8"), ("is_elsewhere", "i8")]
)  # fmt: skip
GATE_ROW = np.dtype([("open_day", "i8"), ("rule", "i8"), ("passes_fraction", "f8")])
WINDOW = np.dtype([("party_class", "i8"), ("start_day", "i8"), ("end_day", "i8"), ("cap", "f8")])
"""Windows stand by class, then by start; `end_day` is the first day after."""
MOVE = np.dtype([("day", "i8"), ("giver", "i8"), ("taker", "i8"), ("fraction", "f8")])
"""On a day a share of what a window has left goes to another one, both by their rows."""
OWED = np.dtype([("lag_day", "i8"), ("blocks", "i8"), ("headroom_usd", "f8")])
"""An obligation; a NaN headroom lets one lot at a time be without evidence."""
LOT = np.dtype(
    [("want_day", "i8"), ("stream", "i8"), ("number", "i8"), ("chips", "i8"), ("lost_chips", "i8"), ("ready_day", "i8"),
     ("line_day", "i8"), ("gate", "i8"), ("lost_gate", "i8")]
)  # fmt: skip
"""A lot; `line_day` is the day on which it is both wanted and licensed."""
DECISION = np.dtype(
    [("day", "i8"), ("lot", "i8"), ("outcome", "i8"), ("bound", "i8"), ("requested", "i8"), ("cleared", "i8"),
     ("licence_before", "f8"), ("licence_after", "f8"), ("quota_before", "f8"), ("quota_after", "f8"),
     ("window", "i8"), ("gate", "i8"), ("obligation", "i8"), ("held", "f8")]
)  # fmt: skip


@kernel
def cut_lots(streams: Array, licences: Array, gates: Array, needs: Array, month_days: Array, lots: Array) -> int:
    """Cut each stream into monthly lots, in the order of the line; return how many.

    `needs[licence, gate]` says which gates a licence waits for; `month_days` are the first days of the months. A gate
    that is shut on the wanted day keeps a lot until it opens, lets a share pass, or loses it, by its rule. Lots beyond
    the length of `lots` are not cut: the caller gives room for streams x months.
    """
    count = 0
    for s in range(len(streams)):
        stream = streams[s]
        licence = licences[stream["licence"]]
        total = stream["total"]
        if total < 0.0:
            total = licence["quantity"] / stream["licence_weight"]
        per_month = stream["chips_per_year"] / 12.0
        month = np.searchsorted(month_days, stream["start_day"], side="right") - 1
        offset = stream["start_day"] - month_days[month]
        number, asked = 0, 0
        while month + number + 1 < len(month_days) and count < len(lots):
            first, after = month_days[month + number], month_days[month + number + 1]
            day = min(first + offset, after - 1)
            number += 1
            by_now = int(np.floor(min(per_month * number, total) + ROUNDING))
            if day > stream["end_day"] or (by_now <= asked and per_month * (number - 1) >= total):
                break
            if by_now > asked:
                lot = lots[count]
                lot["want_day"], lot["stream"], lot["number"] = day, s, number
                lot["chips"] = by_now - asked
                _meet_gates(lot, licence, gates, needs[stream["licence"]])
                asked = by_now
                count += 1
    order = in_order(lots["want_day"][:count])
    order = those(order, in_order(those(lots["line_day"], order)))
    cut = lots[:count].copy()
    for i in range(count):
        lots[i] = cut[order[i]]
    return count


@kernel
def _meet_gates(lot: Any, licence: Any, gates: Array, needed: Array) -> None:
    """What the gates that are shut on the wanted day do to a lot."""
    lot["ready_day"], lot["gate"], lot["lost_chips"], lot["lost_gate"] = licence["issued_day"], -1, 0, -1
    lot["line_day"] = max(lot["want_day"], licence["issued_day"])
    for g in range(len(gates)):
        gate = gates[g]
        if not needed[g] or gate["open_day"] <= lot["want_day"]:
            continue
        if gate["rule"] == DEFER:
            if gate["open_day"] > lot["ready_day"]:
                lot["ready_day"], lot["gate"] = gate["open_day"], g
            continue
        kept = 0
        if gate["rule"] == SCALE:
            kept = int(np.floor(lot["chips"] * gate["passes_fraction"] + ROUNDING))
        lot["lost_chips"] += lot["chips"] - kept
        lot["chips"] = kept
        lot["lost_gate"] = g


class Law(NamedTuple):
    """What holds: streams, licences, windows by class, and what is owed per chip, `due_usd[obligation, stream]`.

    `evidence_day[obligation, stream]` is the day on which evidence for a shipment of record came, which nothing owed
    holds back; -1 for what is planned. `moves` are reallocations between classes.
    """

    streams: Array
    licences: Array
    windows: Array
    class_rules: Array
    class_carries: Array
    owed: Array
    due_usd: Array
    evidence_day: Array
    moves: Array


class Book(NamedTuple):
    """What changes: balances, chips left and what was last told of each lot, evidence to come by day.

    `is_full` are windows that were too small for a lot; `held` is room kept for lots of other sites, by class.
    """

    licence_left: Array
    window_left: Array
    window_cap: Array
    is_full: Array
    held: Array
    left: Array
    told: Array
    busy: Array
    evidence_usd: Array
    evidence_lots: Array
    open_usd: Array
    open_lots: Array


def open_book(law: Law, lots: Array, end_day: int) -> Book:
    """A book before the first day."""
    due = len(law.owed)
    return Book(
        law.licences["quantity"].copy(), law.windows["cap"].copy(), law.windows["cap"].copy(),
        np.zeros(len(law.windows), dtype=np.bool_), np.zeros(len(law.class_rules)), lots["chips"].copy(),
        np.zeros(len(lots), dtype=np.int64), np.zeros(end_day, dtype=np.bool_), np.zeros((due, end_day)),
        np.zeros((due, end_day), dtype=np.int64), np.zeros(due), np.zeros(due, dtype=np.int64),
    )  # fmt: skip


@kernel
def clear_lots(lots: Array, law: Law, book: Book, decisions: Array) -> int:
    """Clear the lots in the order of their line, on every day on which anything changes; return how many decisions.

    The book is filled. Returns -1 where `decisions` is too short.
    """
    _mark(book.busy, lots["want_day"])
    _mark(book.busy, lots["ready_day"])
    _mark(book.busy, law.windows["start_day"])
    _mark(book.busy, law.windows["end_day"])
    _mark(book.busy, law.licences["issued_day"])
    _mark(book.busy, law.licences["expires_day"] + 1)
    _mark(book.busy, law.moves["day"])
    by_wish = in_order(lots["want_day"])
    count, oldest, wished = 0, 0, 0
    for day in range(len(book.busy)):
        if not book.busy[day]:
            continue
        _carry_over(day, law, book)
        _reallocate(day, law, book)
        _take_evidence(day, book)
        while wished < len(lots) and lots[by_wish[wished]]["want_day"] <= day:
            if count + 2 > len(decisions):
                return -1
            count += _wish(by_wish[wished], day, lots, law, book, decisions[count : count + 2])
            wished += 1
        while oldest < len(lots) and book.left[oldest] == 0 and lots[oldest]["line_day"] < day:
            oldest += 1
        book.held[:] = 0.0
        for i in range(oldest, len(lots)):
            if lots[i]["line_day"] > day:
                break
            if count + 1 > len(decisions):
                return -1
            if book.left[i] > 0:
                _hold(i, day, lots[i], law, book)
                count += _decide(i, day, lots[i], law, book, decisions[count])
    return count


@kernel
def _wish(i: int, day: int, lots: Array, law: Law, book: Book, rows: Array) -> int:
    """Tell what a lot loses at gates on the day on which it is wanted, and that it has no licence yet."""
    count = 0
    if lots[i]["lost_chips"] > 0:
        _note(rows[0], day, i, BLOCKED, GATE, lots[i]["lost_chips"], 0)
        rows[0]["gate"] = lots[i]["lost_gate"]
        count += 1
    if book.left[i] > 0 and lots[i]["line_day"] > day:
        count += _decide(i, day, lots[i], law, book, rows[count])
    return count


@kernel
def _hold(i: int, day: int, lot: Any, law: Law, book: Book) -> None:
    """Keep room for a licensed lot of another site that waits at a gate: the campus gets what the others leave."""
    stream = law.streams[lot["stream"]]
    licence = law.licences[stream["licence"]]
    is_waiting = day < lot["ready_day"] < NEVER_DAY and day <= licence["expires_day"]
    if licence["is_elsewhere"] and is_waiting and licence["party_class"] >= 0:
        book.held[licence["party_class"]] += book.left[i] * stream["quota_weight"]


@kernel
def _decide(i: int, day: int, lot: Any, law: Law, book: Book, row: Any) -> int:
    """Decide on a lot on a day; write the decision and return 1, or 0 where nothing is new."""
    stream = law.streams[lot["stream"]]
    licence = law.licences[stream["licence"]]
    is_never = lot["ready_day"] >= NEVER_DAY
    if day > licence["expires_day"] or is_never:
        bound = GATE if is_never and lot["gate"] >= 0 else LICENCE
        _note(row, day, i, BLOCKED, bound, book.left[i], 0)
        row["gate"] = lot["gate"] if bound == GATE else -1
        book.left[i] = 0
        return 1
    if day < lot["ready_day"]:
        bound = LICENCE if day < licence["issued_day"] or lot["gate"] < 0 else GATE
        if book.told[i] == bound:
            return 0
        _note(row, day, i, DEFERRED, bound, book.left[i], 0)
        row["gate"] = lot["gate"] if bound == GATE else -1
        book.told[i] = bound
        return 1
    window = _window_of(licence["party_class"], day, law.windows)
    if _is_past(lot, licence["party_class"], window, law):
        _note(row, day, i, BLOCKED, QUOTA, book.left[i], 0)
        book.left[i] = 0
        return 1
    room, bound, which, held = _room(lot["stream"], window, book.left[i], law, book)
    rule = DEFER if held > 0.0 else _rule(bound, licence["party_class"], day, law)
    if rule == BLOCK:
        room = 0
    elif bound == QUOTA and window >= 0 and held == 0.0:
        book.is_full[window] = True
    if room == 0 and rule == DEFER and book.told[i] == bound:
        return 0
    _note(row, day, i, CLEARED, bound if bound != NOTHING else book.told[i], book.left[i], room)
    row["obligation"], row["held"] = which, held
    _draw(row, stream, window, room, book)
    if room > 0 and day + 1 < len(book.busy):
        book.busy[day + 1] = True  # what is drawn here may change why an older lot waits
    _owe(day, lot["stream"], room, law, book)
    if room < book.left[i]:
        row["outcome"] = SCALED if room > 0 else (DEFERRED if rule == DEFER else BLOCKED)
        book.told[i] = bound
    book.left[i] = book.left[i] - room if rule == DEFER or room == book.left[i] else 0
    return 1


@kernel
def _is_past(lot: Any, party_class: int, window: int, law: Law) -> bool:
    """Whether a lot whose quota does not defer has outlived the window in which it was wanted."""
    if window < 0 or law.class_rules[party_class] == DEFER:
        return False
    return bool(law.windows[window]["start_day"] > lot["want_day"])


@kernel
def _rule(bound: int, party_class: int, day: int, law: Law) -> int:
    """What becomes of chips that find no room: a licence never grows again, a quota may have a later window."""
    if bound == LICENCE:
        return SCALE
    if bound != QUOTA:
        return DEFER
    rule: int = law.class_rules[party_class]
    if rule == DEFER and not _comes(party_class, day, law):
        return SCALE
    return rule


@kernel
def _draw(row: Any, stream: Any, window: int, chips: int, book: Book) -> None:
    """Draw chips on the licence and the window, and write both balances before and after."""
    licence = stream["licence"]
    row["licence_before"] = book.licence_left[licence]
    book.licence_left[licence] = max(book.licence_left[licence] - chips * stream["licence_weight"], 0.0)
    row["licence_after"] = book.licence_left[licence]
    row["window"] = window
    if window >= 0:
        row["quota_before"] = book.window_left[window]
        book.window_left[window] = max(book.window_left[window] - chips * stream["quota_weight"], 0.0)
        row["quota_after"] = book.window_left[window]


@kernel
def _owe(day: int, stream: int, chips: int, law: Law, book: Book) -> None:
    """Book what the cleared chips cause to be owed, until its evidence is in."""
    for o in range(len(law.owed)):
        usd, evident = chips * law.due_usd[o, stream], day + law.owed[o]["lag_day"]
        if law.evidence_day[o, stream] >= 0:
            evident = law.evidence_day[o, stream]
        if usd <= 0.0 or evident <= day:
            continue
        book.open_lots[o] += 1
        book.open_usd[o] += usd
        if evident < len(book.busy):
            book.busy[evident] = True
            book.evidence_lots[o, evident] += 1
            book.evidence_usd[o, evident] += usd


@kernel
def _take_evidence(day: int, book: Book) -> None:
    """Take in the evidence that arrives on a day."""
    for o in range(len(book.open_lots)):
        if book.evidence_lots[o, day] > 0:
            book.open_lots[o] -= book.evidence_lots[o, day]
            book.open_usd[o] -= book.evidence_usd[o, day]
            if book.open_lots[o] == 0:
                book.open_usd[o] = 0.0


@kernel
def _mark(busy: Array, days: Array) -> None:
    """Mark the days of the horizon on which something changes."""
    for day in days:
        if 0 <= day < len(busy):
            busy[day] = True


@kernel
def _note(row: Any, day: int, lot: int, outcome: int, bound: int, requested: int, cleared: int) -> None:
    """Fill a decision; balances stay empty until there are any."""
    row["day"], row["lot"], row["outcome"], row["bound"] = day, lot, outcome, bound
    row["requested"], row["cleared"] = requested, cleared
    row["licence_before"] = row["licence_after"] = row["quota_before"] = row["quota_after"] = np.nan
    row["window"] = row["gate"] = row["obligation"] = -1
    row["held"] = 0.0


@kernel
def _window_of(party_class: int, day: int, windows: Array) -> int:
    """The class's window on a day; -1 where it has none, NO_QUOTA where no quota holds."""
    if party_class < 0:
        return NO_QUOTA
    for w in range(len(windows)):
        if windows[w]["party_class"] == party_class and windows[w]["start_day"] <= day < windows[w]["end_day"]:
            return w
    return -1


@kernel
def _comes(party_class: int, day: int, law: Law) -> bool:
    """Whether the class still has a window that starts later, or is given room later."""
    comes = False
    for w in range(len(law.windows)):
        comes |= law.windows[w]["party_class"] == party_class and law.windows[w]["start_day"] > day
    for m in range(len(law.moves)):
        comes |= law.windows[law.moves[m]["taker"]]["party_class"] == party_class and law.moves[m]["day"] > day
    return comes


@kernel
def _carry_over(day: int, law: Law, book: Book) -> None:
    """On a window's first day, hand it what the class's window before left, where its quota says so."""
    for w in range(1, len(law.windows)):
        party_class = law.windows[w]["party_class"]
        is_next = law.windows[w - 1]["party_class"] == party_class
        if law.windows[w]["start_day"] == day and is_next and law.class_carries[party_class]:
            book.window_left[w] += book.window_left[w - 1]
            book.window_cap[w] += book.window_left[w - 1]
            book.window_left[w - 1] = 0.0


@kernel
def _reallocate(day: int, law: Law, book: Book) -> None:
    """On its day, hand a share of what one class's window has left to another class's."""
    for m in range(len(law.moves)):
        if law.moves[m]["day"] == day:
            giver, taker = law.moves[m]["giver"], law.moves[m]["taker"]
            moved = book.window_left[giver] * law.moves[m]["fraction"]
            book.window_left[giver] -= moved
            book.window_cap[giver] -= moved
            book.window_left[taker] += moved
            book.window_cap[taker] += moved
            book.is_full[taker] = False


@kernel
def _room(stream_index: int, window: int, wanted: int, law: Law, book: Book) -> tuple[int, int, int, float]:
    """How many of the wanted chips may go, what bounds them first, by which obligation, and what others hold of it."""
    stream = law.streams[stream_index]
    licence = law.licences[stream["licence"]]
    room, bound, which, held = wanted, NOTHING, -1, 0.0
    by_licence = int(np.floor(book.licence_left[stream["licence"]] / stream["licence_weight"] + ROUNDING))
    if by_licence < room:
        room, bound = by_licence, LICENCE
    if window != NO_QUOTA:
        by_quota = 0
        if window >= 0 and not book.is_full[window]:
            by_quota = int(np.floor(book.window_left[window] / stream["quota_weight"] + ROUNDING))
        if by_quota < room:
            room, bound = by_quota, QUOTA
        if window >= 0 and not licence["is_elsewhere"] and book.held[licence["party_class"]] > 0.0:
            free = max(book.window_left[window] - book.held[licence["party_class"]], 0.0)
            by_quota = int(np.floor(free / stream["quota_weight"] + ROUNDING))
            if by_quota < room:
                room, bound, held = by_quota, QUOTA, book.held[licence["party_class"]]
    for o in range(len(law.owed)):
        per_chip = law.due_usd[o, stream_index]
        is_free = law.owed[o]["blocks"] == 0 or law.owed[o]["lag_day"] == 0 or law.evidence_day[o, stream_index] >= 0
        if is_free or per_chip <= 0.0:
            continue
        by_owed = wanted
        if not np.isnan(law.owed[o]["headroom_usd"]):
            by_owed = max(int(np.floor((law.owed[o]["headroom_usd"] - book.open_usd[o]) / per_chip + ROUNDING)), 0)
        elif book.open_lots[o] > 0:
            by_owed = 0
        if by_owed < room:
            room, bound, which, held = by_owed, OBLIGATION, o, 0.0
    return room, bound, which, held
