"""From IT power to the connection that has to be built: losses, cooling at the design hour, house load, margin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gigacampus.kernels.plant import Loop, loop_hours
from gigacampus.scenario.plants import CLASS_DEGC, air_hall, hall_loop, outside_air, water_loop

SEA_PA = 101_325.0


class Plant(NamedTuple):
    """A cooling plant: what it is, its loop for the halls' air, its loop for the racks' water if it has one."""

    title: str
    air: Loop
    liquid: Loop | None = None


PLANTS: dict[str, Plant] = {
    "chiller": Plant(
        "closed loop with air-cooled chillers, no water evaporated",
        hall_loop("chiller"), water_loop("chiller", CLASS_DEGC["W32"]),
    ),
    "dry": Plant("dry coolers, trim chillers on hot hours", hall_loop("dry"), water_loop("dry", CLASS_DEGC["W40"])),
    "adiabatic": Plant(
        "dry coolers with wetted pads", hall_loop("adiabatic"), water_loop("adiabatic", CLASS_DEGC["W40"])
    ),
    "tower": Plant("cooling towers", hall_loop("tower"), water_loop("tower", CLASS_DEGC["W32"])),
    "air": Plant("refrigerated air through the servers", air_hall()),
    "outside_air": Plant("outside air through the servers, wetted pads on hot hours", outside_air()),
}  # fmt: skip
"""Plants by name, of the same loops as a scenario's; on the design hour all of them run."""


def serves(plant: str, liquid_fraction: float) -> bool:
    """Whether a plant can cool racks of which a share of the heat leaves by water."""
    return PLANTS[plant].liquid is not None or liquid_fraction == 0.0


def cooling_fraction(loop: Loop, dry_degc: float, wet_degc: float) -> float:
    """Power of a loop at full load in one hour, as a share of the heat: fans, compressors, pumps, air handlers."""
    one = np.ones(1)
    return float(loop_hours(loop, dry_degc * one, min(wet_degc, dry_degc) * one, SEA_PA * one, one).power[0])


def facility_ratio(plant: str, liquid_fraction: float, values: Mapping[str, float]) -> float:
    """Connection over provisioned IT power: (1 + chain loss + house + cooling at the design hour) x (1 + margin)."""
    found = PLANTS[plant]
    dry, wet = values["dry_bulb"], values["wet_bulb"]
    cooling = (1.0 - liquid_fraction) * cooling_fraction(found.air, dry, wet)
    if found.liquid is not None:
        cooling += liquid_fraction * cooling_fraction(found.liquid, dry, wet)
    return (1.0 + values["chain_loss"] + values["house"] + cooling) * (1.0 + values["redundancy"])
