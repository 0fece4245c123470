"""The grid's carbon intensity and price, hour by hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.calendar import LocalHours
from gigacampus.conditions.weather_year import HOURS, WeatherYear
from gigacampus.kernels.sun import plant_fraction
from gigacampus.scenario.site import Source

Array = NDArray[np.float64]

NUCLEAR_W = 5.57e9 * 0.92
"""Barakah's four units at their availability (WNA; energy mix of 2024)."""
SOLAR_W = 4.7e9
"""Photovoltaic capacity on the EWEC system expected for 2026 (MEES)."""
LEAST_GAS_FRACTION = 0.15
"""Gas that must run for water, reserve and voltage (assumption)."""
GAS_KG_PER_KWH = 0.430
"""Direct emissions of the gas fleet (derived from its mix of open and combined cycles)."""


def ewec_2026_kg_per_kwh(year: WeatherYear) -> Array:
    """Direct carbon intensity of Abu Dhabi's system in 2026 over a weather year, shape (8760,). Derived, not measured.

    Load (6.5 + 0.42 max(T24 - 18, 0)) (1 + 0.06 cos(2 pi (h - 15) / 24)) 1.22 GW,
    with T24 the mean dry bulb of the last 24 hours, fitted to 94.5 TWh and a peak of 16.4 GW in 2022, grown by 22 %;
    nuclear and solar run first, gas serves the rest.
    """
    sums = np.cumsum(np.concatenate((year.dry_bulb_degc[-24:], year.dry_bulb_degc)))
    day_mean = (sums[24:] - sums[:-24]) / 24.0
    hour = np.arange(HOURS) % 24
    load_w = (6.5 + 0.42 * np.maximum(day_mean - 18.0, 0.0)) * (1.0 + 0.06 * np.cos(2.0 * np.pi * (hour - 15.0) / 24.0))
    load_w = load_w * 1.22e9
    gas_w = np.maximum(load_w - NUCLEAR_W - SOLAR_W * solar_shape(year), LEAST_GAS_FRACTION * load_w)
    intensity: Array = gas_w * GAS_KG_PER_KWH / load_w
    return intensity


def solar_shape(year: WeatherYear) -> Array:
    """Output of tracking photovoltaics over their alternating-current capacity in a weather year, shape (8760,)."""
    return 1.3 * solar_fraction(year, 1.3, 0.14)


def solar_fraction(year: WeatherYear, dc_to_ac: float, loss_fraction: float) -> Array:
    """Output over module peak of a tracking plant in a weather year, shape (8760,)."""
    return plant_fraction(year.tracker_wm2, year.dry_bulb_degc, year.wind_ms, dc_to_ac, loss_fraction)


def carbon_kg_per_kwh(source: Source, year: WeatherYear) -> Array:
    """A grid's carbon intensity over a weather year, shape (8760,): its mean is the scenario's figure."""
    if source.shape == "constant":
        return np.full(HOURS, float(source.carbon))
    shape = ewec_2026_kg_per_kwh(year)
    scaled: Array = float(source.carbon) * shape / shape.mean()
    return scaled


def price_usd_per_kwh(source: Source, local: LocalHours) -> Array:
    """A grid's price over the horizon: that of the first band that holds, else the plain one."""
    price = np.full(len(local.hour), float(source.price))
    for band in reversed(source.bands):
        in_day = (local.hour >= band.from_hour) & (local.hour < band.to_hour)
        if band.to_hour <= band.from_hour:
            in_day = (local.hour >= band.from_hour) | (local.hour < band.to_hour)
        price[in_day & np.isin(local.month, band.months)] = float(band.price)
    return price
