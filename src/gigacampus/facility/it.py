"""IT power from busy chips: exact chip-seconds by the hour, times the share of rated power by work."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S, NEVER
from gigacampus.kernels.busy import chip_seconds
from gigacampus.scenario import Scenario
from gigacampus.scenario.site import Draw
from gigacampus.tables.log import Log
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
KINDS = len(Kind)


@dataclass(frozen=True, slots=True)
class Chips:
    """Chip-seconds by the hour, exact: shapes (hours, models), (hours, tenants, kinds), (hours, tenants), (hours,)."""

    live: Whole
    busy: Whole
    entitled: Whole
    down: Whole


@dataclass(frozen=True, slots=True)
class ItHours:
    """IT power by the hour; shapes (hours,) and (hours, tenants + 1), the last column for chips that nobody may use."""

    it_w: Array
    provisioned_w: Array
    """Rated power of the live racks with their network: what halls and contracts must provide for."""
    tenant_w: Array
    chip_w: Array
    """Rated rack power by chip, mean over the live stock of the hour."""
    chips: Chips

    @property
    def busy_gpus(self) -> Array:
        """Busy chips, mean over the hour, shape (hours,)."""
        busy: Array = self.chips.busy.sum(axis=(1, 2)) / HOUR_S
        return busy

    def scaled(self, by: Array) -> ItHours:
        """The same with a share of the racks switched off in each hour, shape (hours,); what is provisioned stays."""
        return replace(self, it_w=self.it_w * by, tenant_w=self.tenant_w * by[:, None])


def shares(draw: Draw) -> Array:
    """Share of rated rack power by `Kind`, shape (kinds,)."""
    return np.array(draw.by_kind())


def counted(timeline: Timeline, log: Log, models: list[str], end_s: int) -> Chips:
    """Live, busy, entitled and broken chips by the hour, from the changes in each."""
    hours, tenants = -(-end_s // HOUR_S), len(timeline.tenants)
    installs, busy, outages = timeline.installs, log.busy, log.outages
    place = {name: i for i, name in enumerate(models)}
    model = np.array([place[chip] for chip in installs["chip"]], dtype=np.int64)
    live = chip_seconds(installs["at_s"], model, installs["chips"], hours, max(len(models), 1))
    group = busy["tenant_index"].astype(np.int64) * KINDS + busy["kind_index"]
    working = chip_seconds(busy["at_s"], group, busy["chips"], hours, tenants * KINDS)
    at_s, who, change = _changes(timeline)
    entitled = chip_seconds(at_s, who, change, hours, tenants)
    back_s = np.minimum(outages["at_s"], NEVER - outages["repair_s"]) + outages["repair_s"]
    down = chip_seconds(
        np.concatenate((outages["at_s"], back_s)), np.zeros(2 * len(outages), dtype=np.int64),
        np.concatenate((outages["chips_down"], -outages["chips_down"])), hours, 1,
    )  # fmt: skip
    return Chips(live, working.reshape(hours, tenants, KINDS), entitled, down[:, 0])


def _changes(timeline: Timeline) -> tuple[Whole, Whole, Whole]:
    """The capacity table's levels as changes: times, tenants, chips."""
    capacity = timeline.capacity
    who = capacity["tenant_index"].astype(np.int64)
    order = np.lexsort((np.arange(len(who)), capacity["at_s"], who))
    at_s, who, level = capacity["at_s"][order], who[order], capacity["chips"][order]
    before = np.concatenate(([0], level[:-1])) if len(level) else level
    is_first = np.concatenate(([True], who[1:] != who[:-1])) if len(who) else np.zeros(0, dtype=bool)
    return at_s, who, level - np.where(is_first, 0, before)


def it_hours(scenario: Scenario, timeline: Timeline, log: Log) -> ItHours:
    """IT power by the hour and tenant.

    A rack draws its rated power times the share of its class of work; a live chip without work draws the idle share; a
    broken one, until repaired, nothing. Network and storage draw their own share of what is provisioned for them,
    whatever the chips do. Which chip model is busy is not known: every kind of work is spread over the live stock.
    """
    models = sorted(set(timeline.installs["chip"]))
    chips = counted(timeline, log, models, scenario.clock.end_s)
    full_w = np.array([timeline.chip_it_w[name] for name in models])
    overhead = np.array([scenario.campus.racks[name].overhead for name in models])
    rack_w = full_w / (1.0 + overhead)
    live = chips.live.astype(np.float64) if models else np.zeros((len(chips.down), 0))
    stock = live.sum(axis=1)
    some = np.maximum(stock, 1.0)
    chip_w, network_w = live @ rack_w / some, live @ (full_w - rack_w) / some
    draw = scenario.site.draw
    share = shares(draw)

    busy = chips.busy.sum(axis=2).astype(np.float64)
    room = np.maximum(stock - busy.sum(axis=1), 0.0)
    idle = np.maximum(chips.entitled - busy, 0.0)
    # work may outlast a tenant's share for a while: then others hold less than they are entitled to
    idle *= np.minimum(room / np.maximum(idle.sum(axis=1), 1.0), 1.0)[:, None]
    free = np.maximum(room - idle.sum(axis=1), 0.0)
    waiting = idle.sum(axis=1) + free
    sound = np.maximum(1.0 - chips.down / np.maximum(waiting, 1.0), 0.0)
    working_w = np.einsum("htk,k->ht", chips.busy, share) + _bent(chips.busy, draw)
    idle_w = share[Kind.IDLE] * sound
    network = network_w * float(scenario.site.draw.network)
    tenant_w = np.empty((len(stock), busy.shape[1] + 1))
    tenant_w[:, :-1] = (working_w + idle * idle_w[:, None]) * chip_w[:, None] + (busy + idle) * network[:, None]
    tenant_w[:, -1] = free * (idle_w * chip_w + network)
    tenant_w /= HOUR_S
    return ItHours(tenant_w.sum(axis=1), live @ full_w / HOUR_S, tenant_w, chip_w, chips)


def _bent(busy: Whole, draw: Draw) -> Array:
    """What replicas at part load draw beyond a straight line, in chip-seconds of rated power; shape (hours, tenants).

    A service holds chips of which some are busy (`SERVE`) and the others wait (`IDLE`): at the load u of those held it
    draws idle + (serve - idle) u^g of rated power, with the exponent g of `site.draw`.
    """
    exponent, share = float(draw.exponent), shares(draw)
    serving = busy[:, :, Kind.SERVE].astype(np.float64)
    held = serving + busy[:, :, Kind.IDLE]
    if exponent == 1.0 or not held.any():
        return np.zeros_like(serving)
    load = serving / np.where(held > 0.0, held, 1.0)
    more: Array = held * (share[Kind.SERVE] - share[Kind.IDLE]) * (load**exponent - load)
    return more
