"""Many samples of a plan at once: clear the lots, install them, follow them until they are live. Numbers only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.clearing import DECISION, LOT, Law, clear_lots, cut_lots, open_book
from gigacampus.kernels.installing import LOTS, PLACED, install
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.order import in_order, those
from gigacampus.kernels.recorded import retimed

Array = NDArray[Any]
DAY_S = 86_400
DONE, CROWDED = 0, 1
_open_book = kernel(open_book)


class Deals(NamedTuple):
    """The deal of each sample: arrays of shape (samples, rows); evidence, needs and rules are the same in all."""

    streams: Array
    licences: Array
    windows: Array
    owed: Array
    due_usd: Array
    transit_days: Array
    evidence_day: Array
    moves: Array
    class_rules: Array
    class_carries: Array
    gates: Array
    needs: Array
    month_days: Array


class Sites(NamedTuple):
    """The campus of each sample, shape (samples, rows) or (samples,)."""

    models: Array
    halls: Array
    days: Array
    """Each day of the horizon, the same in all samples: racks that the crew can install, IT power supplied."""
    crew: Array
    """Times the racks a day."""
    commissioning_s: Array
    early_fraction: Array
    replacement_s: Array
    losses: Array
    model_of: Array
    """Chip model of each stream, -1 for streams to other sites."""
    h100e: Array
    """H100 equivalents of a chip of each stream."""
    stated_w: Array
    """IT power of a chip of each stream by its rack as stated, W, the same in all samples: what thresholds count."""
    record: Array
    """What really went live, rows of `RECORD` in days; none where no ledger says."""
    known_day: int
    """The first day after the record."""


class Reached(NamedTuple):
    """What each sample reaches: live levels at the month's ends, and when thresholds are met (-1: never).

    Thresholds are of live chips at their stated power: a phase whose racks turn out to need less is full all the same.
    """

    chips: Array
    h100e: Array
    it_w: Array
    met_day: Array


@kernel
def play_out(first: int, after: int, deals: Deals, sites: Sites, thresholds_w: Array, reached: Reached) -> int:
    """Play the samples `first` to `after`; fill `reached`. Returns CROWDED where a table was too small.

    `reached` has room for the months of `month_days`; `met_day` for the thresholds.
    """
    days = len(sites.days)
    months = len(deals.month_days) - 1
    lots = np.zeros(max(deals.streams.shape[1] * months, 1), dtype=LOT)
    decisions = np.zeros(8 * len(lots) + 64, dtype=DECISION)
    arrived = np.zeros(len(decisions), dtype=LOTS)
    stream_of = np.zeros(len(decisions), dtype=np.int64)
    rows = (
        2 * len(arrived) + days + sites.halls.shape[1] * sites.models.shape[1] * (sites.losses.shape[1] + 1)
        + sites.halls.shape[1] + 16
    )  # fmt: skip
    placed = np.zeros(rows, dtype=PLACED)
    today = sites.days.copy()
    for i in range(first, after):
        law = Law(
            deals.streams[i], deals.licences[i], deals.windows[i], deals.class_rules, deals.class_carries,
            deals.owed[i], deals.due_usd[i], deals.evidence_day, deals.moves,
        )  # fmt: skip
        count = cut_lots(law.streams, law.licences, deals.gates[i], deals.needs, deals.month_days, lots)
        made = clear_lots(lots[:count], law, _open_book(law, lots[:count], days), decisions)
        if made < 0:
            return CROWDED
        came = _arrive(lots, decisions[:made], deals.transit_days[i], sites.model_of, arrived, stream_of)
        for day in range(days):
            today[day]["racks"] = sites.days[day]["racks"] * sites.crew[i]
        filled = install(arrived[:came], sites.models[i], sites.halls[i], sites.losses[i], today, placed)
        if filled < 0:
            return CROWDED
        _go_live(i, placed[:filled], stream_of, sites, thresholds_w, deals.month_days, reached)
    return DONE


@kernel
def _arrive(
    lots: Array, decisions: Array, transit_days: Array, model_of: Array, arrived: Array, stream_of: Array
) -> int:
    """Put the chips cleared for the campus in order of arrival; return the number of lots."""
    count = 0
    arrive = np.zeros(len(decisions), dtype=np.int64)
    kept = np.zeros(len(decisions), dtype=np.int64)
    for d in range(len(decisions)):
        stream = lots[decisions[d]["lot"]]["stream"]
        if decisions[d]["cleared"] > 0 and model_of[stream] >= 0:
            arrive[count] = decisions[d]["day"] + transit_days[stream]
            kept[count] = d
            count += 1
    order = in_order(arrive[:count])
    for row in range(count):
        decision = decisions[kept[order[row]]]
        stream = lots[decision["lot"]]["stream"]
        arrived[row]["arrive_day"] = arrive[order[row]]
        arrived[row]["chips"] = decision["cleared"]
        arrived[row]["model_index"] = model_of[stream]
        stream_of[row] = stream
    return count


@kernel
def _go_live(
    i: int, placed: Array, stream_of: Array, sites: Sites, thresholds_w: Array, month_days: Array, reached: Reached
) -> None:
    """Commission what is placed, set early failures back, take out losses; write levels and the days of thresholds."""
    days = len(sites.days)
    live_day, chips, halls, lots = _pieces(i, placed, sites)
    if len(sites.record) > 0:
        models = np.zeros(len(lots), dtype=np.int64)
        for piece in range(len(lots)):
            models[piece] = sites.model_of[stream_of[lots[piece]]]
        live_day, chips, source, hall = retimed(live_day, chips, models, sites.record, sites.known_day)
        halls, lots = those(halls, source), those(lots, source)
        for piece in range(len(hall)):
            halls[piece] = hall[piece] if hall[piece] >= 0 else halls[piece]
    change = np.zeros((days + 1, 4))
    for piece in range(len(live_day)):
        _change(change, live_day[piece], chips[piece], i, stream_of[lots[piece]], sites)
    for k in range(sites.losses.shape[1]):
        _lose(i, sites.losses[i, k], stream_of, live_day, chips, halls, lots, sites, change)
    level_chips, level_h100e, level_w, stated_w = 0.0, 0.0, 0.0, 0.0
    month, met = 0, 0
    for threshold in range(len(thresholds_w)):
        reached.met_day[i, threshold] = -1
    for day in range(days):
        while month + 1 < len(month_days) and day >= month_days[month + 1]:
            _write(reached, i, month, level_chips, level_h100e, level_w)
            month += 1
        level_chips += change[day, 0]
        level_h100e += change[day, 1]
        level_w += change[day, 2]
        stated_w += change[day, 3]
        while met < len(thresholds_w) and stated_w >= thresholds_w[met]:
            reached.met_day[i, met] = day
            met += 1
    while month + 1 < len(month_days):
        _write(reached, i, month, level_chips, level_h100e, level_w)
        month += 1


@kernel
def _write(reached: Reached, i: int, month: int, chips: float, h100e: float, it_w: float) -> None:
    """Write a month's levels."""
    reached.chips[i, month] = chips
    reached.h100e[i, month] = h100e
    reached.it_w[i, month] = it_w


@kernel
def _pieces(i: int, placed: Array, sites: Sites) -> tuple[Array, Array, Array, Array]:
    """Days on which the placed chips go live, how many, in which halls, of which lots: first what passes burn-in, then
    its early failures.
    """
    n = len(placed)
    live_day, chips = np.zeros(2 * n, dtype=np.int64), np.zeros(2 * n, dtype=np.int64)
    halls, lots = np.zeros(2 * n, dtype=np.int64), np.zeros(2 * n, dtype=np.int64)
    total, early_before = 0, 0
    for row in range(n):
        total += placed[row]["chips"]
        early_by_now = int(np.floor(total * sites.early_fraction[i] + 0.5))
        early = early_by_now - early_before
        early_before = early_by_now
        done_s = placed[row]["day"] * DAY_S + sites.commissioning_s[i]
        live_day[row], chips[row] = done_s // DAY_S, placed[row]["chips"] - early
        live_day[n + row], chips[n + row] = (done_s + sites.replacement_s[i]) // DAY_S, early
        halls[row] = halls[n + row] = placed[row]["hall_index"]
        lots[row] = lots[n + row] = placed[row]["lot_index"]
    return live_day, chips, halls, lots


@kernel
def _change(change: Array, day: int, chips: int, i: int, stream: int, sites: Sites) -> None:
    """Add a change of live chips on a day; days after the horizon do not count."""
    if day >= len(change):
        return
    model = sites.models[i, sites.model_of[stream]]
    change[day, 0] += chips
    change[day, 1] += chips * sites.h100e[stream]
    change[day, 2] += chips * model["rack_w"] / model["chips_per_rack"]
    change[day, 3] += chips * sites.stated_w[stream]


@kernel
def _lose(
    i: int,
    loss: Any,
    stream_of: Array,
    live_day: Array,
    chips: Array,
    halls: Array,
    lots: Array,
    sites: Sites,
    change: Array,
) -> None:
    """Take the lost part of a hall out and bring it back; what would go live meanwhile waits."""
    order = in_order(live_day)
    for part in range(2):
        total, gone_before = 0, 0
        for k in range(len(order)):
            piece = order[k]
            day = live_day[piece]
            is_standing = day < loss["from_day"] if part == 0 else loss["from_day"] <= day < loss["until_day"]
            if halls[piece] != loss["hall_index"] or not is_standing:
                continue
            total += chips[piece]
            gone_by_now = int(np.floor(total * loss["fraction"] + 0.5))
            gone = gone_by_now - gone_before
            gone_before = gone_by_now
            stream = stream_of[lots[piece]]
            _change(change, max(day, loss["from_day"]), -gone, i, stream, sites)
            _change(change, loss["until_day"], gone, i, stream, sites)
