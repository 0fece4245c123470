"""Heat rejection: free cooling, pads, towers, trim chillers, and what they drink. Whole arrays, one value an hour.

Heat is told in fractions: `load_fraction` is the loop's heat over its rated heat, and all powers are fractions of the
rated heat, so that part load shows. The model is a chain of steady states, one an hour (no thermal mass).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

KELVIN = 273.15
EVAPORATION_J_PER_KG = 2.43e6
"""Latent heat of water at 30 degC (steam tables)."""
AIR_RISE_K = 12.0
"""Warming of the air through a dry or adiabatic cooler; sets its air flow, and so the water that pads evaporate."""
AIR_HEAT_J_PER_KG_K = 1_006.0
SLOWEST_FAN = 0.25
"""Least fan speed of a variable-speed cooler, as a share of the full one (assumption; a usual drive limit)."""
COP_RANGE = (1.5, 12.0)
"""Bounds of the coefficient of performance: below, machines trip; above, fixed losses rule (assumption)."""
IDLING = 0.22
"""Power of a chiller module at no load over its full power (constant term of the EnergyPlus reference centrifugal)."""


def padded_degc(dry_bulb_degc: Array, wet_bulb_degc: Array, effectiveness: float, is_on: NDArray[np.bool_]) -> Array:
    """Air after wetted pads, T = DB - e (DB - WB) where they are on; else the dry bulb."""
    cooled = dry_bulb_degc - effectiveness * (dry_bulb_degc - wet_bulb_degc)
    return np.where(is_on, cooled, dry_bulb_degc)


def lift_fraction(inlet_degc: Array, approach_k: ArrayLike, supply_degc: float, rise_k: float) -> Array:
    """Share of the heat that a compressor must lift: clip((T_in + A - T_supply) / rise, 0, 1).

    A cooler brings the return water (supply + rise) down to T_in + A; what is left to the supply is the chiller's.
    """
    return np.clip((inlet_degc + np.asarray(approach_k, np.float64) - supply_degc) / rise_k, 0.0, 1.0)


def fan_speed_fraction(inlet_degc: Array, approach_k: ArrayLike, supply_degc: float) -> Array:
    """Fan speed that just meets the supply: heat goes as speed x (T_supply - T_in); full where that is not enough."""
    room = supply_degc - inlet_degc
    wanted = np.where(room > 0.0, np.asarray(approach_k) / np.maximum(room, 1e-9), 1.0)
    return np.clip(wanted, SLOWEST_FAN, 1.0)


def fan_power_fraction(speed_fraction: Array, full_power_fraction: float) -> Array:
    """Fan power over rated heat by the fan law: power goes with the cube of speed."""
    return full_power_fraction * speed_fraction * speed_fraction * speed_fraction


def chiller_cop(supply_degc: float, condensing_degc: Array, carnot_fraction: float) -> Array:
    """COP = eta T_e / (T_c - T_e), evaporating 2 K under the supply, lift at least 3 K, clipped to `COP_RANGE`."""
    evaporating = supply_degc - 2.0
    lift = np.maximum(condensing_degc - evaporating, 3.0)
    return np.clip(carnot_fraction * (evaporating + KELVIN) / lift, *COP_RANGE)


def chiller_power_fraction(lifted_fraction: Array, cop: Array, module_fraction: float) -> Array:
    """Compressor power over rated heat for lifted heat over rated heat.

    Modules start one after another and run near full load, where their COP holds; below one module's capacity its
    fixed part shows: P = Q_m (i + (1 - i) Q / Q_m) / COP, with `IDLING` i (linear part-load curve).
    """
    alone = module_fraction * (IDLING + (1.0 - IDLING) * lifted_fraction / max(module_fraction, 1e-12))
    needed = np.where(lifted_fraction < module_fraction, alone, lifted_fraction)
    return np.where(lifted_fraction > 0.0, needed / cop, 0.0)


def allowed_load_fraction(
    inlet_degc: Array, approach_k: float, supply_degc: float, rise_k: float, chiller_fraction: float
) -> Array:
    """Largest load that keeps the supply, with chillers for a share `chiller_fraction` of the rated heat; 0 to 1.

    Solves q lift(q) = c with lift(q) = (T_in + A q - T_s) / rise: A q^2 + (T_in - T_s) q - c rise = 0; where the lift
    is whole, q = c.
    """
    room = supply_degc - inlet_degc
    root = (room + np.sqrt(room * room + 4.0 * approach_k * chiller_fraction * rise_k)) / (2.0 * approach_k)
    return np.clip(np.maximum(root, chiller_fraction), 0.0, 1.0)


def pad_water_kg_per_j(dry_bulb_degc: Array, inlet_degc: Array, cycles: float) -> Array:
    """Water of wetted pads per joule of heat: (DB - T_in) / (12 K h_fg) n / (n - 1).

    Air flow 1 / (cp 12 K) by watt takes up (DB - T_in) cp / h_fg; blow-down adds n / (n - 1).
    """
    return (dry_bulb_degc - inlet_degc) / (EVAPORATION_J_PER_KG * AIR_RISE_K) * blow_down(cycles)


def blow_down(cycles: float) -> float:
    """Make-up water over evaporated water at `cycles` of concentration: n / (n - 1)."""
    return cycles / (cycles - 1.0)
