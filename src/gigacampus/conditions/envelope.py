"""The envelope: how much of the campus may work, given heat, supply and grid events. Drawn before anything runs.

Rule: busy chips are taken to draw what training draws (the most of any class of work), idle ones the idle share; the
share of busy chips is cut, for all tenants alike and for batch jobs before services, until the meter keeps the limit.
Solar with storage counts with what it gives when asked for all, campus batteries not at all; what then still falls
short is switched off and shown as unserved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.kernels.chains import losses_w
from gigacampus.kernels.plant import cooling_hours
from gigacampus.scenario import Scenario
from gigacampus.scenario.plants import plant
from gigacampus.scenario.sources import firm_w
from gigacampus.tables.conditions import ENVELOPE
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

PACE_S = 60
"""Ramps are taken in steps of a minute."""
GRAIN = 1_000
"""Shares are rounded down to a thousandth."""
HALVINGS = 24


@dataclass(frozen=True, slots=True)
class Moments:
    """Instants at which the envelope is worked out, with what holds there; shape (moments,) each."""

    at_s: Whole
    dry: Array
    wet: Array
    pressure: Array
    rated_w: Array
    rack_fraction: Array
    """Part of the rated power that is racks; the rest is network and storage."""


def supply_w(scenario: Scenario, hours: Table) -> Array:
    """What the site's sources can be counted on for in each hour, shape (hours,)."""
    total = np.zeros(len(hours))
    for source in scenario.site.sources.values():
        total += firm_w(source, scenario.clock, hours)
    return total


def meter_w(scenario: Scenario, at: Moments, busy_fraction: Array) -> tuple[Array, Array]:
    """Power at the meter and IT load over the rated one, where a share of the chips is busy."""
    draw = scenario.site.draw
    share = draw.by_kind()
    racks = busy_fraction * share[Kind.PRETRAIN] + (1.0 - busy_fraction) * share[Kind.IDLE]
    load = at.rack_fraction * racks + (1.0 - at.rack_fraction) * float(draw.network)
    it_w = at.rated_w * load
    made = plant(scenario.site.cooling)
    cooling = cooling_hours(made, at.dry, at.wet, at.pressure, it_w, at.rated_w)
    loss = losses_w(scenario.site.chain.kind, it_w, at.rated_w)
    return it_w + loss + cooling.power_w + made.misc_fraction * at.rated_w, load


def draw_envelope(scenario: Scenario, timeline: Timeline, hours: Table, events: Table) -> Table:
    """The step function of the largest busy share; no rows where nothing ever binds."""
    if not len(timeline.installs):
        return ENVELOPE.empty()
    pieces = event_limits(scenario, timeline, hours, events)
    at = _moments(scenario, timeline, hours, np.array([piece[0] for piece in pieces], dtype=np.int64))
    supply = supply_w(scenario, hours)[at.at_s // HOUR_S]
    asked = np.full(len(at.at_s), np.inf)
    for i, (start, limit) in enumerate(pieces):
        until = pieces[i + 1][0] if i + 1 < len(pieces) else scenario.clock.end_s
        asked[(at.at_s >= start) & (at.at_s < until)] = limit
    limit = np.minimum(supply, asked)
    fraction = _largest(scenario, at, limit)
    cause = np.where(asked < supply, "event", "supply").astype(object)
    heat = _heat_fraction(scenario, at)
    cause = np.where(heat < fraction, "heat", cause)
    found = np.floor(np.minimum(fraction, heat) * GRAIN) / GRAIN
    cause[found >= 1.0] = "none"
    before = np.concatenate(([1.0], found[:-1]))
    moved = found != before
    return Table(ENVELOPE, {"at_s": at.at_s[moved], "chips_fraction": found[moved], "cause": cause[moved]})


def _moments(scenario: Scenario, timeline: Timeline, hours: Table, extra: Whole) -> Moments:
    inside = extra[(extra >= 0) & (extra < scenario.clock.end_s)]
    at_s = np.union1d(hours["hour_s"], inside).astype(np.int64)
    hour = at_s // HOUR_S
    installs = timeline.installs
    order = np.argsort(installs["at_s"], kind="stable")
    full = np.array([timeline.chip_it_w[chip] for chip in installs["chip"]]) * installs["chips"]
    parts = np.array([1.0 / (1.0 + scenario.campus.racks[chip].overhead) for chip in installs["chip"]])
    # within an hour stock may still grow: the hour's end counts
    place = np.searchsorted(installs["at_s"][order], at_s + HOUR_S - 1, side="right") - 1
    rated, racks = np.cumsum(full[order]), np.cumsum((full * parts)[order])
    rated_w = np.where(place >= 0, rated[np.maximum(place, 0)], 0.0)
    rack_w = np.where(place >= 0, racks[np.maximum(place, 0)], 0.0)
    some = np.where(rated_w > 0.0, rated_w, 1.0)
    return Moments(
        at_s, hours["dry_bulb_degc"][hour], hours["wet_bulb_degc"][hour], hours["pressure_pa"][hour], rated_w,
        np.where(rated_w > 0.0, rack_w / some, 1.0),
    )  # fmt: skip


def _part(at: Moments, mask: NDArray[np.bool_]) -> Moments:
    return Moments(
        at.at_s[mask], at.dry[mask], at.wet[mask], at.pressure[mask], at.rated_w[mask], at.rack_fraction[mask]
    )


def _largest(scenario: Scenario, at: Moments, limit_w: Array) -> Array:
    """Largest busy share that keeps the limit, by halving; power at the meter grows with the share."""
    all_busy, _ = meter_w(scenario, at, np.ones(len(at.at_s)))
    binds = all_busy > limit_w
    found = np.ones(len(at.at_s))
    if not np.any(binds):
        return found
    some, limit = _part(at, binds), limit_w[binds]
    low, high = np.zeros(len(limit)), np.ones(len(limit))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        keeps = meter_w(scenario, some, middle)[0] <= limit
        low, high = np.where(keeps, middle, low), np.where(keeps, high, middle)
    found[binds] = low
    return found


def _heat_fraction(scenario: Scenario, at: Moments) -> Array:
    """Largest busy share that keeps the racks' water class, where the plant has chillers for a part of the heat."""
    made = plant(scenario.site.cooling)
    main = made.liquid if made.liquid_fraction > 0.0 else made.air
    if main.chiller_fraction >= 1.0:
        return np.ones(len(at.at_s))
    full = cooling_hours(made, at.dry, at.wet, at.pressure, at.rated_w, at.rated_w)
    _, idle = meter_w(scenario, at, np.zeros(len(at.at_s)))
    _, busy = meter_w(scenario, at, np.ones(len(at.at_s)))
    return np.clip((full.allowed - idle) / np.maximum(busy - idle, 1e-9), 0.0, 1.0)


def event_limits(scenario: Scenario, timeline: Timeline, hours: Table, events: Table) -> list[tuple[int, float]]:
    """The events' limit as a step function: (from, watts), infinite where none holds; overlapping events: the least.

    With a ramp limit on the site, a curtailment steps down minute by minute in its notice, as far as that reaches, and
    every event steps back up minute by minute after its end, up to what then holds. A trip comes at once.
    """
    if not len(events):
        return []
    ramp = scenario.site.ramp_limit
    spans: list[tuple[int, int, float]] = []
    for event in events.rows():
        start, end, limit = int(event["start_s"]), int(event["end_s"]), float(event["limit_w"])
        spans.append((start, end, limit))
        if ramp is None:
            continue
        at = _moments(scenario, timeline, hours, np.array([start], dtype=np.int64))
        free = float(meter_w(scenario, at, np.ones(len(at.at_s)))[0][np.searchsorted(at.at_s, start)])
        pace = float(ramp) * PACE_S / 60.0
        count = int(max(free - limit, 0.0) // pace)
        for k in range(1, count + 1):
            spans.append((end + (k - 1) * PACE_S, end + k * PACE_S, limit + k * pace))
            ahead = start - k * PACE_S
            if event["kind"] == "curtail" and k * PACE_S <= int(event["notice_s"]):
                spans.append((ahead, ahead + PACE_S, limit + k * pace))
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    found: list[tuple[int, float]] = []
    for edge in edges:
        least = min((limit for start, end, limit in spans if start <= edge < end), default=np.inf)
        if not found or found[-1][1] != least:
            found.append((edge, float(least)))
    return found
