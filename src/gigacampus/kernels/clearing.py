"""Clearing lots of chips against licences, quota windows, gates and obligations, day by day, in whole chips.

Numbers only: days count from the scenario's start, reasons and outcomes are the codes below. A lot that fits in part
goes in part; the rest waits for room, in the order of the days on which lots were wanted.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel

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

STREAM = np.dtype(
    [("start_day", "i8"), ("end_day", "i8"), ("chips_per_year", "f8"), ("total", "f8"), ("licence", "i8"),
     ("licence_weight", "f8"), ("quota_weight", "f8")]
)  # fmt: skip
"""A plan of deliveries; the weights turn a chip into the unit of its licence and of its quota."""
LICENCE_ROW = np.dtype(
    [("issued_day", "i8"), ("expires_day", "i8"), ("quantity", "f8"), ("party_class", "i8")]
)  # fmt: skip
GATE_ROW = np.dtype([("open_day", "i8"), ("rule", "i8"), ("passes_fraction", "f8")])
WINDOW = np.dtype([("party_class", "i8"), ("start_day", "i8"), ("end_day", "i8"), ("cap", "f8")])
"""Windows stand by class, then by start; `end_day` is the first day after."""
OWED = np.dtype([("lag_day", "i8"), ("blocks", "i8"), ("headroom_usd", "f8")])
"""An obligation; a NaN headroom lets one lot at a time be without evidence."""
LOT = np.dtype(
    [("want_day", "i8"), ("stream", "i8"), ("number", "i8"), ("chips", "i8"), ("lost_chips", "i8"), ("ready_day", "i8"),
     ("gate", "i8"), ("lost_gate", "i8")]
)  # fmt: skip
DECISION = np.dtype(
    [("day", "i8"), ("lot", "i8"), ("outcome", "i8"), ("bound", "i8"), ("requested", "i8"), ("cleared", "i8"),
     ("licence_before", "f8"), ("licence_after", "f8"), ("quota_before", "f8"), ("quota_after", "f8"),
     ("window", "i8"), ("gate", "i8"), ("obligation", "i8")]
)  # fmt: skip


@kernel
def cut_lots(streams: Array, licences: Array, gates: Array, needs: Array, month_days: Array, lots: Array) -> int:
    """Cut each stream into monthly lots, in the order of the days on which they are wanted; return how many.

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
            if day > stream["end_day"] or by_now <= asked and per_month * (number - 1) >= total:
                break
            if by_now > asked:
                lot = lots[count]
                lot["want_day"], lot["stream"], lot["number"] = day, s, number
                lot["chips"] = by_now - asked
                _meet_gates(lot, licence, gates, needs[stream["licence"]])
                asked = by_now
                count += 1
    order = np.argsort(lots["want_day"][:count], kind="mergesort")
    lots[:count] = lots[:count][order]
    return count


@kernel
def _meet_gates(lot: Any, licence: Any, gates: Array, needed: Array) -> None:
    """What the gates that are shut on the wanted day do to a lot."""
    lot["ready_day"], lot["gate"], lot["lost_chips"], lot["lost_gate"] = licence["issued_day"], -1, 0, -1
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


@kernel
def clear_lots(
    lots: Array,
    streams: Array,
    licences: Array,
    windows: Array,
    class_rules: Array,
    class_carries: Array,
    owed: Array,
    due_usd: Array,
    end_day: int,
    decisions: Array,
    licence_left: Array,
    window_left: Array,
    window_cap: Array,
) -> int:
    """Clear the lots, oldest wish first, on every day on which anything changes; return the number of decisions.

    `due_usd[obligation, stream]` is owed per chip. The balances `licence_left` (licences,), `window_left` and
    `window_cap` (windows,) are filled here. Returns -1 where `decisions` is too short.
    """
    licence_left[:] = licences["quantity"]
    window_left[:] = windows["cap"]
    window_cap[:] = windows["cap"]
    busy = np.zeros(end_day, dtype=np.bool_)
    left, told = lots["chips"].copy(), np.zeros(len(lots), dtype=np.int64)
    _mark(busy, lots["want_day"])
    _mark(busy, lots["ready_day"])
    _mark(busy, windows["start_day"])
    evidence_usd, evidence_lots = np.zeros((len(owed), end_day)), np.zeros((len(owed), end_day), dtype=np.int64)
    open_usd, open_lots = np.zeros(len(owed)), np.zeros(len(owed), dtype=np.int64)
    count, oldest = 0, 0
    for day in range(end_day):
        if not busy[day]:
            continue
        _carry_over(day, windows, class_carries, window_left, window_cap)
        for o in range(len(owed)):
            open_lots[o] -= evidence_lots[o, day]
            open_usd[o] = open_usd[o] - evidence_usd[o, day] if open_lots[o] > 0 else 0.0
        while oldest < len(lots) and left[oldest] == 0 and lots[oldest]["want_day"] < day:
            oldest += 1
        for i in range(oldest, len(lots)):
            lot = lots[i]
            if lot["want_day"] > day:
                break
            if count + 2 > len(decisions):
                return -1
            if lot["want_day"] == day and lot["lost_chips"] > 0:
                _note(decisions[count], day, i, BLOCKED, GATE, lot["lost_chips"], 0)
                decisions[count]["gate"] = lot["lost_gate"]
                count += 1
            if left[i] == 0:
                continue
            stream = streams[lot["stream"]]
            licence = licences[stream["licence"]]
            row = decisions[count]
            if day > licence["expires_day"] or lot["ready_day"] >= NEVER_DAY:
                bound = GATE if lot["gate"] >= 0 and lot["ready_day"] >= NEVER_DAY else LICENCE
                _note(row, day, i, BLOCKED, bound, left[i], 0)
                row["gate"] = lot["gate"] if bound == GATE else -1
                left[i] = 0
                count += 1
                continue
            if day < lot["ready_day"]:
                bound = LICENCE if day < licence["issued_day"] or lot["gate"] < 0 else GATE
                if told[i] != bound:
                    _note(row, day, i, DEFERRED, bound, left[i], 0)
                    row["gate"] = lot["gate"] if bound == GATE else -1
                    told[i] = bound
                    count += 1
                continue
            window = _window_of(licence["party_class"], day, windows)
            room, bound, which = _room(
                lot, stream, licence, window, left[i], licence_left, window_left, owed, due_usd, open_usd, open_lots
            )
            rule = DEFER
            if bound == LICENCE:
                rule = SCALE
            elif bound == QUOTA:
                rule = class_rules[licence["party_class"]]
                if rule == DEFER and not _comes(licence["party_class"], day, windows):
                    rule = SCALE
                if rule == BLOCK:
                    room = 0
            if room == 0 and rule == DEFER and told[i] == bound:
                continue
            _note(row, day, i, CLEARED, bound if bound != NOTHING else told[i], left[i], room)
            row["window"], row["obligation"] = window, which
            row["licence_before"] = licence_left[stream["licence"]]
            licence_left[stream["licence"]] = max(row["licence_before"] - room * stream["licence_weight"], 0.0)
            row["licence_after"] = licence_left[stream["licence"]]
            if window >= 0:
                row["quota_before"] = window_left[window]
                window_left[window] = max(row["quota_before"] - room * stream["quota_weight"], 0.0)
                row["quota_after"] = window_left[window]
            if room < left[i]:
                row["outcome"] = SCALED if room > 0 else (DEFERRED if rule == DEFER else BLOCKED)
                told[i] = bound
            for o in range(len(owed)):
                if room > 0 and due_usd[o, lot["stream"]] > 0.0:
                    open_lots[o] += 1
                    open_usd[o] += room * due_usd[o, lot["stream"]]
                    evident = day + owed[o]["lag_day"]
                    if owed[o]["lag_day"] == 0:
                        open_lots[o] -= 1
                        open_usd[o] -= room * due_usd[o, lot["stream"]]
                    elif evident < end_day:
                        busy[evident] = True
                        evidence_lots[o, evident] += 1
                        evidence_usd[o, evident] += room * due_usd[o, lot["stream"]]
            left[i] = left[i] - room if rule == DEFER or room == left[i] else 0
            count += 1
    return count


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


@kernel
def _window_of(party_class: int, day: int, windows: Array) -> int:
    """The class's window on a day; -1 where it has none, -2 where no quota holds."""
    if party_class < 0:
        return -2
    for w in range(len(windows)):
        if windows[w]["party_class"] == party_class and windows[w]["start_day"] <= day < windows[w]["end_day"]:
            return w
    return -1


@kernel
def _comes(party_class: int, day: int, windows: Array) -> bool:
    """Whether the class still has a window that starts later."""
    for w in range(len(windows)):
        if windows[w]["party_class"] == party_class and windows[w]["start_day"] > day:
            return True
    return False


@kernel
def _carry_over(day: int, windows: Array, class_carries: Array, window_left: Array, window_cap: Array) -> None:
    """On a window's first day, hand it what the class's window before left, where its quota says so."""
    for w in range(1, len(windows)):
        party_class = windows[w]["party_class"]
        is_next = windows[w - 1]["party_class"] == party_class
        if windows[w]["start_day"] == day and is_next and class_carries[party_class]:
            window_left[w] += window_left[w - 1]
            window_cap[w] += window_left[w - 1]
            window_left[w - 1] = 0.0


@kernel
def _room(
    lot: Any,
    stream: Any,
    licence: Any,
    window: int,
    wanted: int,
    licence_left: Array,
    window_left: Array,
    owed: Array,
    due_usd: Array,
    open_usd: Array,
    open_lots: Array,
) -> tuple[int, int, int]:
    """How many of the wanted chips may go, what bounds them first, and by which obligation."""
    room, bound, which = wanted, NOTHING, -1
    by_licence = int(np.floor(licence_left[stream["licence"]] / stream["licence_weight"] + ROUNDING))
    if by_licence < room:
        room, bound = by_licence, LICENCE
    if window != -2:
        by_quota = 0
        if window >= 0:
            by_quota = int(np.floor(window_left[window] / stream["quota_weight"] + ROUNDING))
        if by_quota < room:
            room, bound = by_quota, QUOTA
    for o in range(len(owed)):
        per_chip = due_usd[o, lot["stream"]]
        if owed[o]["blocks"] == 0 or per_chip <= 0.0:
            continue
        by_owed = wanted
        if not np.isnan(owed[o]["headroom_usd"]):
            by_owed = max(int(np.floor((owed[o]["headroom_usd"] - open_usd[o]) / per_chip + ROUNDING)), 0)
        elif open_lots[o] > 0:
            by_owed = 0
        if by_owed < room:
            room, bound, which = by_owed, OBLIGATION, o
    return room, bound, which
