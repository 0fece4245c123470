"""Hourly series summed into the tables that the room hands on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S, Clock
from gigacampus.facility.series import Series
from gigacampus.facility.supply import month_bills
from gigacampus.scenario import Scenario
from gigacampus.tables.flows import HOURS, MONTHS, SOURCES, TENANTS
from gigacampus.tables.table import Table

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


def month_edges(clock: Clock, hours: int) -> Whole:
    """First hours of the months, and the number of hours; shape (months + 1,)."""
    return np.minimum(-(-clock.month_starts_s() // HOUR_S), hours)


def _sums(values: Array, edges: Whole) -> Array:
    return np.add.reduceat(values, edges[:-1], axis=0)


def hours_table(clock: Clock, found: Series) -> Table:
    """Energy and water, hour by hour."""
    return Table(
        HOURS,
        {
            "hour_s": clock.hour_starts_s(),
            "it_w": found.it.it_w,
            "loss_w": found.loss_w,
            "cooling_w": found.cooling.power_w,
            "misc_w": found.misc_w,
            "facility_w": found.facility_w,
            "pue_fraction": found.pue_fraction,
            "chiller_fraction": found.cooling.lift,
            "water_l": found.cooling.water_l,
            "unserved_w": found.off_w,
            "carbon_kg": found.served.carbon_total_kg,
            "energy_usd": found.served.energy_usd.sum(axis=1),
        },
    )


def limits_w(scenario: Scenario, at_s: Whole) -> Array:
    """Limits of the sources that are available at each instant, W at the point of interconnection; shape of `at_s`."""
    total = np.zeros(len(at_s))
    for source in scenario.site.sources.values():
        starts = scenario.clock.seconds(source.available) if source.available is not None else 0
        total += np.where(at_s >= starts, float(source.limit), 0.0)
    return total


def months_table(scenario: Scenario, found: Series, edges: Whole) -> Table:
    """Energy and water by month."""
    clock = scenario.clock
    it_j, facility_j = _sums(found.it.it_w, edges) * HOUR_S, _sums(found.facility_w, edges) * HOUR_S
    return Table(
        MONTHS,
        {
            "month_s": clock.month_starts_s()[:-1],
            "it_j": it_j,
            "loss_j": _sums(found.loss_w, edges) * HOUR_S,
            "cooling_j": _sums(found.cooling.power_w, edges) * HOUR_S,
            "misc_j": _sums(found.misc_w, edges) * HOUR_S,
            "facility_j": facility_j,
            "pue_fraction": np.where(it_j > 0.0, facility_j / np.where(it_j > 0.0, it_j, 1.0), np.nan),
            "peak_facility_w": np.maximum.reduceat(found.facility_w, edges[:-1]),
            "provisioned_it_w": found.it.provisioned_w[edges[1:] - 1],
            "limit_w": limits_w(scenario, clock.month_starts_s()[1:] - 1),
            "water_l": _sums(found.cooling.water_l, edges),
            "carbon_kg": _sums(found.served.carbon_total_kg, edges),
        },
    )


def sources_table(scenario: Scenario, found: Series, edges: Whole, prices: Array) -> Table:
    """Energy, carbon and cost by month and source, months first; `prices` are the grid's by the hour."""
    bills = month_bills(scenario, found.served.served_w, edges, prices)
    names = found.served.names
    months = len(edges) - 1
    suppliers = np.array([scenario.site.sources[name].supplier for name in names], dtype=object)
    return Table(
        SOURCES,
        {
            "month_s": np.repeat(scenario.clock.month_starts_s()[:-1], len(names)),
            "source": np.tile(np.array(names, dtype=object), months),
            "supplier": np.tile(suppliers, months),
            "energy_j": (_sums(found.served.served_w, edges) * HOUR_S).ravel(),
            "carbon_kg": _sums(found.served.carbon_kg, edges).ravel(),
            "cost_usd": bills.cost_usd.ravel(),
            "band_usd": bills.band_usd.ravel(),
            "demand_usd": bills.demand_usd.ravel(),
            "start_usd": bills.start_usd.ravel(),
        },
    )


def tenants_table(found: Series, months: Table, edges: Whole) -> Table:
    """IT energy by tenant and month, and the same at the meter by the month's PUE."""
    it_j = _sums(found.it.tenant_w, edges) * HOUR_S
    tenants = it_j.shape[1]
    pue = np.nan_to_num(months["pue_fraction"], nan=0.0)
    index = np.append(np.arange(tenants - 1, dtype=np.int32), np.int32(-1))
    return Table(
        TENANTS,
        {
            "month_s": np.repeat(months["month_s"], tenants),
            "tenant_index": np.tile(index, len(edges) - 1),
            "it_j": it_j.ravel(),
            "facility_j": (it_j * pue[:, None]).ravel(),
        },
    )
