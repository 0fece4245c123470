"""Moist air: saturation pressure, humidity ratio, dew point and wet bulb, over whole arrays.

Formulas: ASHRAE Handbook of Fundamentals 2017, chapter 1 (equations 5, 6, 20, 33, 35). Temperatures in degrees
Celsius, pressures in pascal, humidity ratios in kg of water per kg of dry air.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

KELVIN = 273.15
NEWTON_STEPS = 10
BISECTION_STEPS = 18
TRIPLE_DEGC = 0.01
"""Below the triple point of water the saturation pressure is that over ice."""


def saturation_pressure_pa(temperature_degc: ArrayLike) -> Array:
    """Saturation pressure of water vapour over ice (below 0.01 degC) or water; ASHRAE 2017 equations 5 and 6."""
    t = np.asarray(temperature_degc, dtype=np.float64) + KELVIN
    log_t = np.log(t)
    ice = (
        -5.6745359e3 / t + 6.3925247 + t * (-9.677843e-3 + t * (6.2215701e-7 + t * (2.0747825e-9 - 9.484024e-13 * t)))
        + 4.1635019 * log_t
    )  # fmt: skip
    water = (
        -5.8002206e3 / t + 1.3914993 + t * (-4.8640239e-2 + t * (4.1764768e-5 - 1.4452093e-8 * t)) + 6.5459673 * log_t
    )
    return np.exp(np.where(t < TRIPLE_DEGC + KELVIN, ice, water))


def humidity_ratio(vapour_pa: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Humidity ratio of air at a vapour pressure, w = 0.621945 p_v / (p - p_v); ASHRAE 2017 equation 20."""
    vapour = np.asarray(vapour_pa, dtype=np.float64)
    return 0.621945 * vapour / (np.asarray(pressure_pa, dtype=np.float64) - vapour)


def dew_point_degc(dry_bulb_degc: ArrayLike, relative_fraction: ArrayLike) -> Array:
    """Dew point of air at a dry bulb and a relative humidity, by Newton on the logarithm of equation 5 or 6."""
    dry = np.asarray(dry_bulb_degc, dtype=np.float64)
    wanted = np.log(np.maximum(np.asarray(relative_fraction, dtype=np.float64), 1e-3) * saturation_pressure_pa(dry))
    # Magnus' inverse is within 0.4 K of the root, so that few steps suffice
    ratio = wanted - np.log(610.94)
    guess = 243.04 * ratio / (17.625 - ratio)
    step = 1e-3
    for _ in range(6):
        here = np.log(saturation_pressure_pa(guess))
        slope = (np.log(saturation_pressure_pa(guess + step)) - here) / step
        guess = guess - (here - wanted) / slope
    return np.minimum(guess, dry)


def _water(dry: Array, wet: Array, pressure: Array) -> Array:
    """Humidity ratio of air with this wet bulb over liquid water; ASHRAE 2017 equation 33."""
    saturated = humidity_ratio(saturation_pressure_pa(wet), pressure)
    return ((2501.0 - 2.326 * wet) * saturated - 1.006 * (dry - wet)) / (2501.0 + 1.86 * dry - 4.186 * wet)


def _ice(dry: Array, wet: Array, pressure: Array) -> Array:
    """The same over ice; ASHRAE 2017 equation 35."""
    saturated = humidity_ratio(saturation_pressure_pa(wet), pressure)
    return ((2830.0 - 0.24 * wet) * saturated - 1.006 * (dry - wet)) / (2830.0 + 1.86 * dry - 2.1 * wet)


def wet_bulb_degc(dry_bulb_degc: ArrayLike, dew_degc: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Thermodynamic wet bulb from dry bulb, dew point and station pressure.

    Newton over liquid water, and over ice where that root lies below 0 degC. Just about freezing both branches have a
    root; there, bisection between dew point and dry bulb decides, as in the handbook's tables.
    """
    dry, dew, pressure = np.broadcast_arrays(
        np.asarray(dry_bulb_degc, dtype=np.float64),
        np.asarray(dew_degc, dtype=np.float64),
        np.asarray(pressure_pa, dtype=np.float64),
    )
    shape = dry.shape
    dry, dew, pressure = np.atleast_1d(dry), np.atleast_1d(np.minimum(dew, dry)), np.atleast_1d(pressure)
    ratio = humidity_ratio(saturation_pressure_pa(dew), pressure)
    wet = _newton(_water, dry, dew, pressure, ratio)
    cold = wet < 2.0
    if np.any(cold):
        ice = _newton(_ice, dry[cold], dew[cold], pressure[cold], ratio[cold])
        water = wet[cold]
        both = (ice < 0.0) & (water > 0.0)
        chosen = np.where(water < 0.0, np.minimum(ice, 0.0), water)
        if np.any(both):
            chosen[both] = _bisect(dry[cold][both], dew[cold][both], pressure[cold][both], ratio[cold][both])
        wet[cold] = chosen
    return np.clip(wet, dew, dry).reshape(shape)


def _newton(branch: object, dry: Array, dew: Array, pressure: Array, ratio: Array) -> Array:
    """The root of one branch, started a third of the way from dew point to dry bulb."""
    wet = dew + (dry - dew) / 3.0
    step = 1e-3
    for _ in range(NEWTON_STEPS):
        here = branch(dry, wet, pressure)  # type: ignore[operator]
        slope = (branch(dry, wet + step, pressure) - here) / step  # type: ignore[operator]
        wet = np.clip(wet - (here - ratio) / slope, dew, dry)
    return wet


def _bisect(dry: Array, dew: Array, pressure: Array, ratio: Array) -> Array:
    low, high = dew.copy(), dry.copy()
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2.0
        found = np.where(middle >= 0.0, _water(dry, middle, pressure), _ice(dry, middle, pressure))
        above = found > ratio
        high = np.where(above, middle, high)
        low = np.where(above, low, middle)
    return (low + high) / 2.0


def saturated_j_per_kg(temperature_degc: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Enthalpy of saturated air per kg of dry air, J/kg: 1.006 t + w (2501 + 1.86 t) kJ/kg (ASHRAE 2017, eq. 30)."""
    t = np.asarray(temperature_degc, dtype=np.float64)
    ratio = humidity_ratio(saturation_pressure_pa(t), pressure_pa)
    return 1e3 * (1.006 * t + ratio * (2501.0 + 1.86 * t))


def evaporation_kg_per_j(wet_bulb_degc: ArrayLike, rise_k: float, pressure_pa: ArrayLike) -> Array:
    """Water that a wet tower evaporates per joule of heat: the latent part of saturated air warmed by `rise_k`.

    Along the saturation line from the wet bulb t to t + rise: dw / (cp rise + dw (2501 + 1.86 t) kJ/kg), cp = 1.006
    kJ/(kg K). It grows with the wet bulb: warm air takes heat up as vapour, cold air as warmth (energy balance of the
    air stream; Kroeger, Air-cooled heat exchangers and cooling towers, 2004, chapter 4).
    """
    wet = np.asarray(wet_bulb_degc, dtype=np.float64)
    end = wet + rise_k
    gained = humidity_ratio(saturation_pressure_pa(end), pressure_pa) - humidity_ratio(
        saturation_pressure_pa(wet), pressure_pa
    )
    return gained / (1e3 * (1.006 * rise_k + gained * (2501.0 + 1.86 * end)))
