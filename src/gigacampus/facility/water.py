"""Water by source: which supply gives how much, what it costs, and the energy and carbon that went into it.

Other supplies (treated waste water, say) come first, in the scenario's order, each up to its limit a day, since tanks
hold a day's water; the main supply gives the rest. The carbon of a supply is that of its energy, at the grid's
intensity of the hour where the scenario states none. It is told beside the campus's own carbon and never added to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.facility.tally import month_edges
from gigacampus.scenario import Scenario
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import WATER
from gigacampus.tables.table import Table
from gigacampus.units import J_PER_KWH, L_PER_M3

Array = NDArray[np.float64]
DAY_H = 24


@dataclass(frozen=True, slots=True)
class Supply:
    """One supply by the hour, shape (hours,) each."""

    name: str
    supplier: str
    water_l: Array
    energy_kwh: Array
    carbon_kg: Array
    cost_usd: Array


@dataclass(frozen=True, slots=True)
class _Terms:
    name: str
    supplier: str
    limit_l_per_d: float
    usd_per_m3: float
    kwh_per_m3: float
    kg_per_kwh: float | None


def _terms(scenario: Scenario) -> Iterator[_Terms]:
    site = scenario.site
    for name, one in site.water_sources.items():
        carbon = None if one.carbon is None else float(one.carbon)
        yield _Terms(
            name, one.supplier, float(one.limit) * L_PER_M3, float(one.price), float(one.energy), carbon
        )  # fmt: skip
    yield _Terms(
        site.water_name, site.water_supplier, np.inf, float(site.water_price), float(site.water_energy), None
    )  # fmt: skip


def supplied(scenario: Scenario, outside: Conditions, water_l: Array) -> list[Supply]:
    """Who gives the water that cooling uses, shape (hours,); the supplies sum to it in every hour."""
    grid = np.nan_to_num(outside.hours["grid_kg_per_kwh"], nan=0.0)
    found, rest = [], water_l
    for one in _terms(scenario):
        given = rest * _share_of_day(rest, one.limit_l_per_d)
        rest = rest - given
        kwh = given / L_PER_M3 * one.kwh_per_m3
        carbon = kwh * (grid if one.kg_per_kwh is None else one.kg_per_kwh)
        found.append(Supply(one.name, one.supplier, given, kwh, carbon, given / L_PER_M3 * one.usd_per_m3))
    return found


def _share_of_day(wanted_l: Array, limit_l_per_d: float) -> Array:
    """What part of each hour's want a supply meets that gives so much a day; shape (hours,)."""
    if not np.isfinite(limit_l_per_d):
        return np.ones_like(wanted_l)
    day = np.arange(len(wanted_l)) // DAY_H
    whole = np.bincount(day, wanted_l)
    hours = np.bincount(day)
    room = limit_l_per_d * hours / DAY_H
    share: Array = np.minimum(room / np.where(whole > 0.0, whole, 1.0), 1.0)[day]
    return share


def water_table(scenario: Scenario, outside: Conditions, water_l: Array) -> Table:
    """Water by month and supply, months first."""
    supplies = supplied(scenario, outside, water_l)
    edges = month_edges(scenario.clock, len(water_l))

    def sums(name: str, factor: float = 1.0) -> Array:
        columns = [np.add.reduceat(getattr(one, name), edges[:-1]) * factor for one in supplies]
        ravelled: Array = np.stack(columns, axis=1).ravel()
        return ravelled

    months = len(edges) - 1
    return Table(
        WATER,
        {
            "month_s": np.repeat(scenario.clock.month_starts_s()[:-1], len(supplies)),
            "source": [one.name for one in supplies] * months,
            "supplier": [one.supplier for one in supplies] * months,
            "water_l": sums("water_l"),
            "supply_j": sums("energy_kwh", J_PER_KWH),
            "carbon_kg": sums("carbon_kg"),
            "cost_usd": sums("cost_usd"),
        },
    )


def cost_usd(scenario: Scenario, outside: Conditions, water_l: Array) -> float:
    """Bill for so much water in the last hours of the horizon, shape (hours,)."""
    last = Table(outside.hours.spec, {name: outside.hours[name][-len(water_l) :] for name in outside.hours.spec.names})
    short = Conditions(last, outside.failures, outside.carbon_boundary)
    return float(sum(one.cost_usd.sum() for one in supplied(scenario, short, water_l)))
