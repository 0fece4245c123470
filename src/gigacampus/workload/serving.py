"""Services that state what they run: replicas by the queue's percentiles, hour by hour, and what a month came to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.scenario import Scenario
from gigacampus.scenario.tenants import Fleet as Stated
from gigacampus.scenario.tenants import Service
from gigacampus.tables import Table
from gigacampus.tables.work import SERVING
from gigacampus.workload.fit import Floats
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.curves import curve, peak_of_users
from gigacampus.workload.llm.fleet import Fleet, Load, size
from gigacampus.workload.llm.scaling import LEVELS, NIGHT_FROM_H, NIGHT_UNTIL_H, needed

Ints = NDArray[np.int64]
USUAL_TOKENS = 1024.0
"""Tokens of a prompt and of an answer where neither the scenario nor the load's log says."""


@dataclass(frozen=True, slots=True)
class Served:
    """A service's fleet from each instant on: shape (steps,)."""

    fleet: Fleet
    held_chips: Ints
    busy_chips: Floats
    rate_rps: Floats
    """Mean requests a second of the hour."""
    answered_rps: Floats
    ttft_s: Floats
    """At the hour's highest window, at the target's percentile; infinite where the fleet is too small."""


@lru_cache(maxsize=64)
def fleet_of(stated: Stated, load: str, chip: str) -> Fleet:
    """The kind of replica that serves the highest window, and how many it takes; UsageError where none can."""
    shape = curve(load)
    isl = float(stated.prompt or shape.isl or USUAL_TOKENS)
    osl = float(stated.answer or shape.osl or USUAL_TOKENS)
    highest = float(stated.requests or 0.0)
    if stated.users is not None and stated.user_tokens is not None:
        highest = peak_of_users(shape, float(stated.users), float(stated.user_tokens), osl)
    asked = Load(highest, isl, osl, float(stated.first_token), float(stated.token), variation=shape.variation)
    return size(stated.model, stated.chip or chip, asked, stated.precision, stated.framework)


def held_by_fleet(service: Service, stated: Stated, at_s: Ints, room: Ints, where: tuple[int, str, float]) -> Served:
    """The fleet along its load: whole nodes, within `room`; `where` is chips a node, the campus's chip, UTC offset.

    A replica holds chips from its start on, which comes `start_up` before it is needed.
    """
    node_chips, chip, utc_offset_h = where
    fleet = fleet_of(stated, service.load, chip)
    mean, peak = _hours(service.load, fleet.load.requests_per_s)
    wanted = needed(fleet, peak, fleet.load.requests_per_s)
    top = int(wanted.max(initial=0))
    wanted = np.maximum(wanted, math.ceil(float(service.floor) * top - 1e-9))
    hour = at_s // HOUR_S
    held = wanted[hour % len(wanted)]
    last = (at_s + round(float(stated.start_up))) // HOUR_S
    for ahead in range(1, int((last - hour).max(initial=0)) + 1):
        held = np.maximum(held, wanted[np.minimum(hour + ahead, last) % len(wanted)])
    local = (hour + utc_offset_h) % 24.0
    is_day = (local >= NIGHT_UNTIL_H) & (local < NIGHT_FROM_H)
    if service.yields != "always":
        held = np.where(is_day | (service.yields == "never"), top, held)
    asked = np.ceil(held * fleet.replica.chips / node_chips).astype(np.int64) * node_chips
    mine = np.minimum(asked, room)
    up = mine // fleet.replica.chips
    rate = mean[hour % len(mean)]
    each_rps = 1.0 / max(fleet.service_s / fleet.batch, fleet.prompt_s)
    answered = np.minimum(rate, up * each_rps)
    busy = np.minimum(answered * fleet.service_s / fleet.batch * fleet.replica.chips, mine)
    return Served(fleet, mine, busy, rate, answered, _ttft_s(fleet, peak[hour % len(peak)], up))


@lru_cache(maxsize=16)
def _hours(load: str, highest_rps: float) -> tuple[Floats, Floats]:
    """Mean and highest rate of each hour, requests a second."""
    found = curve(load).peaking_at(highest_rps)
    an_hour = min(round(HOUR_S / found.window_s), len(found.rate_rps))
    hours = found.rate_rps[: len(found.rate_rps) // an_hour * an_hour].reshape(-1, an_hour)
    return np.asarray(hours.mean(axis=1)), np.asarray(hours.max(axis=1))


def _ttft_s(fleet: Fleet, rate_rps: Floats, replicas: Ints) -> Floats:
    """Time to the first token for each rate and number of replicas, rates rounded up to levels."""
    step = fleet.load.requests_per_s / LEVELS
    pairs = np.stack([np.ceil(rate_rps / step - 1e-9).astype(np.int64), replicas], axis=1)
    distinct, back = np.unique(pairs, axis=0, return_inverse=True)
    found = [
        math.inf if not count else fleet.first_token_s(count, max(level, 1) * step)
        for level, count in distinct.tolist()
    ]
    return np.asarray(found)[back.ravel()]


def months(scenario: Scenario, index: int, name: str, at_s: Ints, served: Served) -> Table:
    """A service month by month."""
    clock, fleet = scenario.clock, served.fleet
    edges = clock.month_starts_s()
    cuts = np.unique(np.concatenate([at_s, edges]))
    row = np.searchsorted(at_s, cuts[:-1], side="right") - 1
    lasts = np.diff(cuts).astype(np.float64)
    month = np.searchsorted(edges, cuts[:-1], side="right") - 1
    count = len(edges) - 1

    def total(value: Floats) -> Floats:
        return np.asarray(np.bincount(month, value[row] * lasts, minlength=count)[:count], dtype=np.float64)

    k, chip = values("power"), fleet.replica.machine
    power_w = (k["idle"] * served.held_chips + (k["serve"] - k["idle"]) * served.busy_chips) * 1000.0 * chip.node_kw
    held, tokens = total(served.held_chips.astype(np.float64)) / 3600.0, total(served.answered_rps) * fleet.load.osl
    highest = np.zeros(count)
    np.maximum.at(highest, month, served.held_chips[row])
    span_s = np.diff(edges).astype(np.float64)
    energy = total(power_w / chip.node_chips)
    requests = total(served.rate_rps)
    price = scenario.costs.gpu_hour_price.get(chip.chip)
    is_kept = (served.ttft_s <= fleet.load.ttft_s).astype(np.float64)

    def per(value: Floats, over: Floats) -> Floats:
        return np.asarray(np.divide(value, over, out=np.full(count, np.nan), where=over > 0))

    columns: dict[str, Any] = {
        "month_s": edges[:-1], "tenant_index": np.full(count, index), "service": [name] * count,
        "model": [fleet.replica.architecture.model] * count, "chip": [chip.chip] * count, "held_gpu_h": held,
        "yielded_gpu_h": highest * span_s / 3600.0 - held, "requests": requests, "output_tokens": tokens,
        "output_tokens_per_s": tokens / span_s, "kept_fraction": per(total(served.rate_rps * is_kept), requests),
        "ttft_s": _medians(served, month, row, lasts, count), "energy_j": energy,
        "energy_per_token_j": per(energy, tokens),
        "usd_per_million_tokens": per(held * (math.nan if price is None else float(price)) * 1e6, tokens),
    }  # fmt: skip
    return Table(SERVING, columns)


def _medians(served: Served, month: Ints, row: Ints, lasts: Floats, count: int) -> Floats:
    """Median over a month's requests of the hour's time to the first token."""
    found = np.full(count, np.nan)
    weight = served.rate_rps[row] * lasts
    for k in range(count):
        mine = np.flatnonzero(month == k)
        order = mine[np.argsort(served.ttft_s[row[mine]], kind="stable")]
        passed = np.cumsum(weight[order])
        if len(order) and passed[-1] > 0:
            found[k] = served.ttft_s[row[order[np.searchsorted(passed, passed[-1] / 2.0)]]]
    return found
