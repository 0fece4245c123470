"""Cooling towers: heat goes as the fan's speed times the enthalpy between the water and the air (Merkel 1925).

Q / Q_rated = s (h(T_out + R / 2) - h(T_wb)) / (h(T_d + A + R / 2) - h(T_d)), with h the enthalpy of saturated air, s
the fan's speed, R the rise of the water, and A the approach at the rating point's wet bulb T_d. The same tower comes
less near to a colder wet bulb, as cold air takes up less vapour. h is tabled at sea level: a height moves both
differences alike, their quotient by less than 6 % up to 1,700 m.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.psychrometrics import saturated_j_per_kg

Array = NDArray[np.float64]

RATED_WET_BULB_DEGC = 25.6
"""Wet bulb at which towers are rated, 78 degF (CTI STD-201)."""
TABLE_DEGC = np.arange(-60.0, 90.0, 0.1)
TABLE_J_PER_KG = saturated_j_per_kg(TABLE_DEGC, 101_325.0)
HALVINGS = 24


def enthalpy_j_per_kg(temperature_degc: Array) -> Array:
    """Enthalpy of saturated air at sea level, from the table."""
    found: Array = np.interp(temperature_degc, TABLE_DEGC, TABLE_J_PER_KG)
    return found


def rated_force_j_per_kg(approach_k: float, rise_k: float) -> float:
    """The difference of enthalpy that moves a tower's rated heat at its rating point."""
    ends = np.array([RATED_WET_BULB_DEGC + approach_k + rise_k / 2.0, RATED_WET_BULB_DEGC])
    warm, air = enthalpy_j_per_kg(ends)
    return max(float(warm - air), 1.0)


def fan_speed_wanted(wet: Array, load: Array, approach_k: float, supply_degc: float, rise_k: float) -> Array:
    """Speed at which the water just leaves at the supply, over the full one; above 1 where full fans do not suffice."""
    force = enthalpy_j_per_kg(np.full(1, supply_degc + rise_k / 2.0)) - enthalpy_j_per_kg(wet)
    needed = load * rated_force_j_per_kg(approach_k, rise_k)
    return np.where(force > 0.0, needed / np.maximum(force, 1e-9), np.where(load > 0.0, np.inf, 0.0))


def leaving_degc(wet: Array, load: Array, approach_k: float, rise_k: float) -> Array:
    """Water that leaves at full fans; never colder than the wet bulb."""
    needed = enthalpy_j_per_kg(wet) + load * rated_force_j_per_kg(approach_k, rise_k)
    middle: Array = np.interp(needed, TABLE_J_PER_KG, TABLE_DEGC)
    return np.maximum(middle - rise_k / 2.0, wet)


def lift_fraction(wet: Array, load: Array, approach_k: float, supply_degc: float, rise_k: float) -> Array:
    """Share of the heat that a compressor must lift: clip((T_out - T_supply) / rise, 0, 1)."""
    return np.clip((leaving_degc(wet, load, approach_k, rise_k) - supply_degc) / rise_k, 0.0, 1.0)


def allowed_load_fraction(
    wet: Array, approach_k: float, supply_degc: float, rise_k: float, chiller_fraction: float
) -> Array:
    """Largest load that keeps the supply, with chillers for a share `chiller_fraction` of the rated heat; by halving.

    What chillers must lift, load x lift(load), grows with the load.
    """
    found = np.ones_like(wet)
    binds = lift_fraction(wet, found, approach_k, supply_degc, rise_k) > chiller_fraction
    air = wet[binds]
    low, high = np.full_like(air, chiller_fraction), np.ones_like(air)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        keeps = middle * lift_fraction(air, middle, approach_k, supply_degc, rise_k) <= chiller_fraction
        low, high = np.where(keeps, middle, low), np.where(keeps, high, middle)
    found[binds] = low
    return found
