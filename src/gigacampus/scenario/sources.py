"""Energy sources as the dispatch takes them: how each serves, what it can give hour by hour, and its store."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S, YEAR_DAYS, Clock
from gigacampus.kernels.dispatch import STORE, Serve, dispatch
from gigacampus.kernels.sun import plant_fraction
from gigacampus.kernels.turbine import derated_fraction
from gigacampus.scenario.site import Source, Turbine
from gigacampus.tables.table import Table

Array = NDArray[np.float64]

HOURS_PER_YEAR = YEAR_DAYS * 24.0


def serve_as(source: Source) -> Serve:
    """How a source serves."""
    if source.kind == "solar":
        return Serve.SOLAR
    if source.kind == "battery":
        return Serve.TRADER if source.battery is not None and source.battery.trades else Serve.BATTERY
    if source.kind == "solar_storage" and source.solar is not None:
        return Serve.BLOCK
    return Serve.MINIMUM if source.kind == "gas" else Serve.TAKE


def turbine(source: Source) -> Turbine:
    """The turbines of a gas source: those given, or an open cycle with its defaults."""
    return source.turbine if source.turbine is not None else Turbine()


def first_hour(source: Source, clock: Clock, hours: int) -> int:
    """The first whole hour in which a source is there."""
    if source.available is None:
        return 0
    return int(min(max(-(-clock.seconds(source.available) // HOUR_S), 0), hours))


def capacity_w(source: Source, hours: Table) -> Array:
    """What a source can give in each hour of the conditions, shape (hours,); generation for plants in the sun, what it
    may trade for a battery that goes by the grid's price.
    """
    limit = float(source.limit)
    if serve_as(source) == Serve.TRADER:
        return _trade_w(source, hours)
    if source.solar is not None:
        made = plant_fraction(
            hours["tracker_wm2"], hours["dry_bulb_degc"], hours["wind_ms"], float(source.solar.dc_to_ac),
            float(source.solar.losses),
        )  # fmt: skip
        output: Array = made * float(source.solar.peak)
        return np.minimum(output, limit) if source.kind == "solar" else output
    if source.kind == "gas":
        return limit * derated_fraction(hours["dry_bulb_degc"], float(turbine(source).derating))
    return np.full(len(hours), limit)


def _trade_w(source: Source, hours: Table) -> Array:
    """What a battery may give in place of the grid (above zero), or take (below), by the price of the hour."""
    battery = source.battery
    if battery is None or battery.charge_below is None or battery.give_above is None:
        raise ValueError("only a battery with both prices trades")
    price, power = hours["grid_usd_per_kwh"], float(battery.power)
    return np.where(
        price >= float(battery.give_above), power, np.where(price <= float(battery.charge_below), -power, 0)
    )


def store_of(source: Source) -> NDArray[np.void]:
    """A source's row of `STORE`, shape (1,)."""
    made = np.zeros(1, dtype=STORE)
    row, battery = made[0], source.battery
    row["limit_w"] = float(source.limit)
    if source.kind == "gas":
        row["minimum"] = float(turbine(source).minimum)
    if battery is not None:
        row["power_w"], row["energy_j"] = float(battery.power), float(battery.energy)
        row["efficiency"] = float(battery.efficiency)
        row["floor"], row["ceiling"] = float(battery.floor), float(battery.ceiling)
        row["fade_per_h"] = float(battery.fade_per_year) / HOURS_PER_YEAR
        row["fade_per_cycle"] = float(battery.fade_per_cycle)
    return made


def firm_w(source: Source, clock: Clock, hours: Table) -> Array:
    """What can be counted on in each hour, shape (hours,): a block gives what it gives when asked for all, a battery
    on the campus nothing.
    """
    count, kind = len(hours), serve_as(source)
    first = first_hour(source, clock, count)
    given = np.zeros(count) if kind in (Serve.BATTERY, Serve.TRADER) else capacity_w(source, hours)
    if kind == Serve.BLOCK:
        wanted = np.full(count, float(source.limit))
        given = dispatch(
            wanted,
            given.reshape(-1, 1),
            np.array([int(kind)], dtype=np.int64),
            store_of(source),
            np.array([first]),
            float(HOUR_S),
        )[0][:, 0]
    return np.where(np.arange(count) >= first, given, 0.0)
