"""Energy by source: merit order, limits, storage, heat derating, carbon and cost, by the hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.kernels.dispatch import dispatch
from gigacampus.kernels.turbine import heat_rate_factor
from gigacampus.scenario import Scenario
from gigacampus.scenario.site import Source
from gigacampus.scenario.sources import capacity_w, first_hour, serve_as, store_of, turbine
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.table import Table

Array = NDArray[np.float64]

WH_PER_KWH = 1_000.0


@dataclass(frozen=True, slots=True)
class Served:
    """What each source did, shape (hours, sources) each, in the order of the scenario."""

    names: tuple[str, ...]
    served_w: Array
    """Power to the campus's bus."""
    charged_w: Array
    """Power that the source's battery took from the bus."""
    spilled_w: Array
    """Generation that nobody could use."""
    held_j: Array
    carbon_kg: Array
    energy_usd: Array
    unserved_w: Array
    """Load that no source could serve, shape (hours,)."""

    @property
    def carbon_total_kg(self) -> Array:
        """Carbon of the hour over all sources, shape (hours,)."""
        total: Array = self.carbon_kg.sum(axis=1)
        return total


def serve(scenario: Scenario, outside: Conditions, load_w: Array) -> Served:
    """Serve the campus's load (at the meter, shape (hours,)) from the site's sources."""
    sources = scenario.site.sources
    hours = outside.hours
    names = tuple(sources)
    available_h = np.array([first_hour(one, scenario.clock, len(load_w)) for one in sources.values()], dtype=np.int64)
    capacity = np.stack([capacity_w(source, hours) for source in sources.values()], axis=1)
    kinds = np.array([int(serve_as(source)) for source in sources.values()], dtype=np.int64)
    stores = np.concatenate([store_of(source) for source in sources.values()])
    served_w, charged_w, spilled_w, held_j = dispatch(load_w, capacity, kinds, stores, available_h, float(HOUR_S))
    kwh = served_w / WH_PER_KWH
    carbon = np.stack([_carbon(source, hours) for source in sources.values()], axis=1)
    price = np.stack([_price(source, hours) for source in sources.values()], axis=1)
    short_w = load_w + charged_w.sum(axis=1) - served_w.sum(axis=1)
    return Served(
        names, served_w, charged_w, spilled_w, held_j, kwh * carbon, kwh * price,
        np.where(short_w > 1e-9 * np.maximum(load_w, 1.0), short_w, 0.0),
    )  # fmt: skip


def _carbon(source: Source, hours: Table) -> Array:
    if source.kind == "grid":
        return hours["grid_kg_per_kwh"]
    flat = np.full(len(hours), float(source.carbon))
    if source.kind == "gas":
        return flat * heat_rate_factor(hours["dry_bulb_degc"], float(turbine(source).heat_rate_rise))
    return flat


def _price(source: Source, hours: Table) -> Array:
    if source.kind == "grid":
        return hours["grid_usd_per_kwh"]
    return np.full(len(hours), float(source.price))


@dataclass(frozen=True, slots=True)
class Bills:
    """Bills by month and source, shape (months, sources) each: parts of the whole."""

    energy_usd: Array
    """Energy at the plain price."""
    band_usd: Array
    """Energy in hours with a price of their own."""
    demand_usd: Array
    """For the highest hour of the month."""
    start_usd: Array
    """Starts of turbines."""

    @property
    def cost_usd(self) -> Array:
        """All of it."""
        whole: Array = self.energy_usd + self.band_usd + self.demand_usd + self.start_usd
        return whole


def month_bills(scenario: Scenario, served_w: Array, edges: NDArray[np.int64], prices: Array) -> Bills:
    """Energy, demand and start charges by month and source of what was served, shape (hours, sources); `prices` are the
    grid's by the hour, shape (hours,).
    """
    sources = list(scenario.site.sources.values())
    whole, demand, start, band = (np.zeros((len(edges) - 1, len(sources))) for _ in range(4))
    peak_w = np.maximum.reduceat(served_w, edges[:-1], axis=0)
    starts = np.diff((served_w > 0.0).astype(np.int8), axis=0, prepend=np.int8(0)) > 0
    month_starts = np.add.reduceat(starts.astype(np.int64), edges[:-1], axis=0)
    for s, source in enumerate(sources):
        price = prices if source.kind == "grid" else np.full(len(served_w), float(source.price))
        energy_usd = served_w[:, s] / WH_PER_KWH * price
        whole[:, s] = np.add.reduceat(energy_usd, edges[:-1])
        demand[:, s] = peak_w[:, s] * float(source.demand_charge)
        if source.bands:
            in_band = np.where(prices != float(source.price), energy_usd, 0.0)
            band[:, s] = np.add.reduceat(in_band, edges[:-1])
        if source.kind == "gas":
            start[:, s] = month_starts[:, s] * float(turbine(source).start_cost)
    return Bills(whole - band, band, demand, start)
