"""Promised against there: by chip type and month, when each type runs out, and by when more must be ordered.

Every offer is a contract or none, drawn with its probability, each from a stream of its own; with samples of the plan
the installed chips vary too. Reserved and on-demand must be served; spot takes what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, NEVER, Clock, add_months
from gigacampus.kernels.dice import stream
from gigacampus.plan.samples import Samples
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import any_clock, beside, missing
from gigacampus.scenario.quantity import Quantity
from gigacampus.tables import Table
from gigacampus.tables.commitments import CONTRACTED, RUN_OUT
from gigacampus.tables.timeline import Timeline

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
DRAWS = 1_000
"""Draws of the offers; more samples of the plan than this are thinned to it."""


@dataclass(frozen=True, slots=True)
class Contracted:
    """What was promised, how it meets what is there, when that ends; empty without commitments."""

    commitments: Table
    months: Table
    run_out: Table


def offers(scenario: Scenario) -> Table | None:
    """The scenario's commitments as their file has them; None where it names none. TraceError with all its faults."""
    return None if scenario.commitments is None else _read(scenario, scenario.clock)


def _read(scenario: Scenario, clock: Clock) -> Table:
    # the readers of logs take a tenth of a second to import
    from gigacampus.workload.readers.commitments import read_commitments

    assert scenario.commitments is not None
    return read_commitments(beside(scenario, scenario.commitments.file, ("commitments", "file")), clock)


def look(scenario: Scenario) -> None:
    """Read the file of commitments where there is one, as `offers` does."""
    stated = scenario.commitments
    if stated is not None and not missing(scenario, stated.file, ("commitments", "file")):
        _read(scenario, any_clock(scenario))


def contracted(scenario: Scenario, timeline: Timeline, found: Samples | None = None) -> Contracted | None:
    """Hold the scenario's commitments against its chips; None where it names no file of them."""
    asked, rows = scenario.commitments, offers(scenario)
    if asked is None or rows is None:
        return None
    clock = scenario.clock
    base = {name: float(chips) for name, chips in asked.installed.items()}
    types = dict.fromkeys([*base, *rows["chip"].tolist(), *timeline.installs["chip"].tolist()])
    signed = _signed(scenario, rows)
    months, ends = [], []
    for chip in types:
        mine = rows["chip"] == chip
        installed = base.get(chip, 0.0) + _live(timeline, chip, clock, found)
        drawn = _Drawn(rows.where(mine), signed[:, mine], clock, installed)
        months += drawn.months(chip)
        ends.append(drawn.run_out(chip, asked.lead_time))
    return Contracted(rows, Table.from_rows(CONTRACTED, months), Table.from_rows(RUN_OUT, ends))


def _signed(scenario: Scenario, rows: Table) -> NDArray[np.bool_]:
    """Which row is a contract in which draw; shape (draws, rows). A row's dice do not depend on the other rows."""
    made = np.ones((DRAWS, len(rows)), dtype=bool)
    seen: dict[str, int] = {}
    for k, row in enumerate(rows.rows()):
        if row["signed_fraction"] < 1.0:
            name = f"commitments/{row['customer']}/{row['chip']}/{row['kind']}/{row['from_s']}"
            seen[name] = seen.get(name, 0) + 1
            throw = stream(scenario.seed, f"{name}/{seen[name]}")
            # equal quantiles in random order: the share of draws is the probability itself
            made[:, k] = (throw.permutation(DRAWS) + 0.5) / DRAWS < row["signed_fraction"]
    return made


def _live(timeline: Timeline, chip: str, clock: Clock, found: Samples | None) -> Floats:
    """Live chips of a type on each day: shape (1, days) for the plan itself, (draws, days) with samples.

    A sample's total of a month is shared among types as the plan has them then (before its first chips: as at its end).
    """
    days = clock.end_s // DAY_S
    installs = timeline.installs
    one, every = (_daily(installs.where(mask), days) for mask in (installs["chip"] == chip, installs["chips"] != 0))
    if found is None:
        return one[np.newaxis]
    last = np.array([(end - 1) // DAY_S for end in clock.month_starts_s()[1:]])
    final = one[-1] / every[-1] if every[-1] > 0 else 0.0
    share = np.divide(one[last], every[last], out=np.full(len(last), final), where=every[last] > 0)
    picked = np.linspace(0, len(found) - 1, DRAWS).astype(np.int64)
    levels = found.chips[picked] * share
    # within a month the level moves in a straight line from one month's end to the next
    at = np.concatenate([[-1], last]).astype(np.float64)
    padded = np.concatenate([np.zeros((DRAWS, 1)), levels], axis=1)
    day = np.arange(days, dtype=np.float64)
    right = np.clip(np.searchsorted(at, day), 1, len(at) - 1)
    along = (day - at[right - 1]) / (at[right] - at[right - 1])
    return np.asarray(np.floor(padded[:, right - 1] * (1.0 - along) + padded[:, right] * along))


def _daily(installs: Table, days: int) -> Floats:
    change = np.zeros(days)
    at = np.clip(installs["at_s"] // DAY_S, 0, None)
    inside = at < days
    np.add.at(change, at[inside], installs["chips"][inside])
    return np.asarray(np.cumsum(change))


class _Drawn:
    """One type's draws, day by day."""

    def __init__(self, rows: Table, signed: NDArray[np.bool_], clock: Clock, installed: Floats) -> None:
        self.rows, self.clock, self.installed = rows, clock, installed
        self.days = clock.end_s // DAY_S
        firm = rows["kind"] != "spot"
        self.firm = self._levels(np.flatnonzero(firm), signed)
        self.sure = self._levels(np.flatnonzero(firm & (rows["signed_fraction"] >= 1.0)), signed[:1])[0]
        self.missing = self.firm - installed

    def _levels(self, at: Ints, signed: NDArray[np.bool_]) -> Floats:
        """Chips held by rows on each day of each draw; shape (draws, days)."""
        change = np.zeros((len(signed), self.days + 1))
        for k in at:
            first = int(np.clip(self.rows["from_s"][k] // DAY_S, 0, self.days))
            last = int(np.clip(self.rows["until_s"][k] // DAY_S, 0, self.days))
            change[:, first] += signed[:, k] * self.rows["chips"][k]
            change[:, last] -= signed[:, k] * self.rows["chips"][k]
        return np.asarray(np.cumsum(change, axis=1)[:, : self.days])

    def months(self, chip: str) -> list[dict[str, Any]]:
        """A row a month."""
        edges = self.clock.month_starts_s()
        made = []
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            span = slice(start // DAY_S, end // DAY_S)
            middle = np.median(self.firm[:, span], axis=0) - np.median(self.installed[:, span], axis=0)
            day = span.start + int(np.argmax(middle))
            p50, p90 = _upper(self.firm[:, day], 50), _upper(self.firm[:, day], 90)
            there = round(float(np.median(self.installed[:, day])))
            worst = self.missing[:, span].max(axis=1)
            made.append(
                {
                    "month_s": start, "chip": chip, "installed_chips": there, "signed_chips": round(self.sure[day]),
                    "p50_chips": p50, "p90_chips": p90, "spot_chips": self._spot(start, end),
                    "spare_chips": max(there - p50, 0), "oversold_chips": max(p50 - there, 0),
                    "oversold_p90_chips": max(_upper(worst, 90), 0), "oversold_fraction": float(np.mean(worst > 0)),
                    "revenue_usd": self._revenue_usd(start, end),
                }
            )  # fmt: skip
        return made

    def _held(self, start_s: int, end_s: int) -> Floats:
        """Expected chip-seconds of each row in a span."""
        rows = self.rows
        overlap = np.minimum(rows["until_s"], end_s) - np.maximum(rows["from_s"], start_s)
        return np.asarray(np.maximum(overlap, 0) * rows["chips"] * rows["signed_fraction"], dtype=np.float64)

    def _spot(self, start_s: int, end_s: int) -> float:
        return float(self._held(start_s, end_s)[self.rows["kind"] == "spot"].sum()) / (end_s - start_s)

    def _revenue_usd(self, start_s: int, end_s: int) -> float:
        return float(np.nansum(self._held(start_s, end_s) / 3600.0 * self.rows["price_usd_per_gpu_h"]))

    def _ordered(self, at_s: int, lead: Quantity) -> int:
        """The day a lead time before: calendar months where it is written in months or years."""
        if lead.months is None:
            return at_s // DAY_S * DAY_S - math.ceil(float(lead) / DAY_S) * DAY_S
        return self.clock.seconds(add_months(self.clock.day(at_s), -lead.months))

    def run_out(self, chip: str, lead_time: Quantity) -> dict[str, Any]:
        """When the type runs out and by when to order: P50 at the median lead time, P90 at its P90."""
        share = np.mean(self.missing > 0, axis=0)
        first = [_first(share >= 0.5), _first(share >= 0.1)]
        order = [NEVER if first[0] == NEVER else self._ordered(first[0], lead_time)]
        order.append(NEVER if first[1] == NEVER else self._ordered(first[1], lead_time.at(lead_time.high)))
        most = [max(_upper(self.missing[:, day], p) for day in range(self.days)) for p in (50, 90)]
        return {
            "chip": chip, "p50_s": first[0], "p90_s": first[1], "order_p50_s": order[0], "order_p90_s": order[1],
            "missing_p50_chips": max(most[0], 0), "missing_p90_chips": max(most[1], 0),
        }  # fmt: skip


def _upper(values: Floats, percentile: int) -> int:
    """The level that so many of a hundred draws do not pass: a draw itself, never between two."""
    return round(float(np.percentile(values, percentile, method="inverted_cdf")))


def _first(mask: NDArray[np.bool_]) -> int:
    """Second of the first true day; NEVER where none is."""
    return int(np.argmax(mask)) * DAY_S if mask.any() else NEVER
