"""From IT power to the connection that has to be built: losses, cooling at the design hour, house load, margin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from gigacampus.kernels import cooling as physics

Inlet = Literal["dry", "pads", "wet"]
PAD_EFFECTIVENESS = 0.8
"""How far wetted pads bring air from its dry to its wet bulb (design practice)."""


class Loop(NamedTuple):
    """One way out for heat at full load; powers are shares of the heat, temperatures in degrees Celsius.

    `refrigerated` loops lift all heat by compressors; others only what free cooling leaves. `condenser_k` is the
    condensing temperature over what the cooler sees.
    """

    inlet: Inlet
    supply_degc: float
    rise_k: float = 10.0
    approach_k: float = 8.0
    fan_fraction: float = 0.025
    condenser_k: float = 12.0
    carnot_fraction: float = 0.50
    pump_fraction: float = 0.012
    air_fraction: float = 0.0
    refrigerated: bool = False


class Plant(NamedTuple):
    """A cooling plant: what it is, its loop for the halls' air, its loop for the racks' water if it has one."""

    title: str
    air: Loop
    liquid: Loop | None = None


WARM_DEGC, HALL_DEGC, ROOM_DEGC = 40.0, 23.0, 25.0
"""Facility water for racks of class W40; for the halls' coils; supply air of air-cooled halls (ASHRAE TC 9.9)."""
AIR_HANDLERS_FRACTION = 0.035
"""Fans of the halls' air handlers, as a share of the heat that leaves by air."""


def _hall(loop: Loop) -> Loop:
    """The loop behind the halls' coils: the same coolers, cooler water, air handlers on top."""
    return loop._replace(supply_degc=HALL_DEGC, rise_k=8.0, air_fraction=AIR_HANDLERS_FRACTION)


def _water(title: str, loop: Loop) -> Plant:
    return Plant(title, _hall(loop), loop)


PLANTS: dict[str, Plant] = {
    "chiller": _water(
        "closed loop with air-cooled chillers, no water evaporated", Loop("dry", 32.0, refrigerated=True)
    ),
    "dry": _water("dry coolers, trim chillers on hot hours", Loop("dry", WARM_DEGC)),
    "adiabatic": _water("dry coolers with wetted pads", Loop("pads", WARM_DEGC)),
    "tower": _water(
        "cooling towers", Loop("wet", 32.0, approach_k=4.0, fan_fraction=0.03, condenser_k=11.0)
    ),
    "air": Plant(
        "refrigerated air through the servers", Loop("dry", ROOM_DEGC, 12.0, 8.0, 0.045, 14.0, 0.45, 0.0, 0.0, True)
    ),
    "outside_air": Plant(
        "outside air through the servers, wetted pads on hot hours",
        Loop("pads", 30.0, 12.0, 0.0, 0.060, 14.0, 0.45, 0.0),
    ),
}  # fmt: skip
"""Plants by name; parameters after the facility model: free cooling by approach, COP as a share of Carnot's."""


def serves(plant: str, liquid_fraction: float) -> bool:
    """Whether a plant can cool racks of which a share of the heat leaves by water."""
    return PLANTS[plant].liquid is not None or liquid_fraction == 0.0


def cooling_fraction(loop: Loop, dry_degc: float, wet_degc: float) -> float:
    """Power of a loop at full load in one hour, as a share of the heat: fans, compressors, pumps, air handlers."""
    dry, wet = np.array([dry_degc]), np.array([min(wet_degc, dry_degc)])
    pads = physics.padded_degc(dry, wet, PAD_EFFECTIVENESS, np.array([True]))
    inlet = {"dry": dry, "wet": wet, "pads": pads}[loop.inlet]
    if loop.refrigerated:
        lift, fan = np.ones(1), np.array([loop.fan_fraction])
    else:
        lift = physics.lift_fraction(inlet, loop.approach_k, loop.supply_degc, loop.rise_k)
        speed = physics.fan_speed_fraction(inlet, loop.approach_k, loop.supply_degc)
        fan = physics.fan_power_fraction(speed, loop.fan_fraction)
    cop = physics.chiller_cop(loop.supply_degc, inlet + loop.condenser_k, loop.carnot_fraction)
    return float(fan[0] + lift[0] / cop[0] + loop.pump_fraction + loop.air_fraction)


def facility_ratio(plant: str, liquid_fraction: float, values: Mapping[str, float]) -> float:
    """Connection over provisioned IT power: (1 + chain loss + house + cooling at the design hour) x (1 + margin)."""
    found = PLANTS[plant]
    dry, wet = values["dry_bulb"], values["wet_bulb"]
    cooling = (1.0 - liquid_fraction) * cooling_fraction(found.air, dry, wet)
    if found.liquid is not None:
        cooling += liquid_fraction * cooling_fraction(found.liquid, dry, wet)
    return (1.0 + values["chain_loss"] + values["house"] + cooling) * (1.0 + values["redundancy"])
