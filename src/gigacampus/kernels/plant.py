"""Cooling plants run through hours of weather: a loop for the racks' water and one for the halls' air."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels import cooling as physics
from gigacampus.kernels import tower as towers
from gigacampus.kernels.psychrometrics import evaporation_kg_per_j

Array = NDArray[np.float64]
Reject = Literal["dry", "adiabatic", "tower", "chiller"]


@dataclass(frozen=True, slots=True)
class Loop:
    """One way out for heat. All powers are shares of the rated heat; temperatures in degrees Celsius.

    `chiller` rejects by compressors in every hour; the others cool freely and lift only what is left. `condenser_k` is
    the condensing temperature over the air that enters (over its wet bulb for towers, approach not included).
    """

    reject: Reject
    supply_degc: float
    rise_k: float = 10.0
    approach_k: float = 8.0
    fan_fraction: float = 0.025
    pad_effectiveness: float = 0.8
    condenser_k: float = 12.0
    carnot_fraction: float = 0.50
    pump_fraction: float = 0.012
    air_fraction: float = 0.0
    cycles: float = 4.0
    chiller_fraction: float = 1.0
    module_fraction: float = 0.1
    chilled_degc: float | None = None
    """Water that the chillers make, where it is colder than the supply that it is mixed into."""
    condenser_least_degc: float = -math.inf
    """Coldest water or air that the condensers are given: in the cold their head pressure is held up."""


@dataclass(frozen=True, slots=True)
class LoopHours:
    """What a loop does, hour by hour: powers as shares of its rated heat, water by joule of heat, supply reached."""

    fan: Array
    chiller: Array
    pump: Array
    air: Array
    lift: Array
    """Share of the heat of the hour that compressors lift."""
    lifted: Array
    """The same as a share of the rated heat."""
    water_kg_per_j: Array
    supply_degc: Array
    allowed: Array
    """Largest load that keeps the supply temperature, as a share of the rated heat."""

    @property
    def power(self) -> Array:
        """All of the loop's power, as a share of its rated heat."""
        return self.fan + self.chiller + self.pump + self.air


def entering_degc(loop: Loop, dry: Array, wet: Array, approach_k: Array) -> Array:
    """The temperature that the cooler sees: dry bulb, air behind the pads where they run, or wet bulb."""
    if loop.reject == "tower":
        return wet
    if loop.reject == "adiabatic":
        return physics.padded_degc(dry, wet, loop.pad_effectiveness, dry + approach_k > loop.supply_degc)
    return dry


def loop_hours(
    loop: Loop, dry: Array, wet: Array, pressure: Array, load: Array, lift_given: Array | None = None
) -> LoopHours:
    """Run a loop through hours of weather at a load (heat over rated heat), shape (hours,) each.

    At part load the same coolers come nearer to the air: approach A x load at full fans, for towers by Merkel. Fans
    slow down to just meet the supply; what they cannot meet the chillers lift, and what those cannot lift warms the
    supply. `lift_given` is the share of the heat that chillers lifted, where it was metered.
    """
    approach = loop.approach_k * load
    inlet = entering_degc(loop, dry, wet, approach)
    wanted, fan, allowed = _rejected(loop, inlet, approach, load)
    if lift_given is not None:
        wanted = np.where(np.isfinite(lift_given), lift_given, wanted)
    lifted = np.minimum(wanted * load, loop.chiller_fraction)
    lift = np.where(load > 0.0, lifted / np.where(load > 0.0, load, 1.0), 0.0)
    given = inlet + (loop.approach_k if loop.reject == "tower" else 0.0)
    condensing = np.maximum(given, loop.condenser_least_degc) + loop.condenser_k
    made_degc = loop.supply_degc if loop.chilled_degc is None else loop.chilled_degc
    cop = physics.chiller_cop(made_degc, condensing, loop.carnot_fraction)
    chiller = physics.chiller_power_fraction(lifted, cop, loop.module_fraction)
    return LoopHours(
        fan, chiller, loop.pump_fraction * load, loop.air_fraction * load, lift, lifted,
        _water_kg_per_j(loop, dry, wet, inlet, pressure, load, chiller),
        loop.supply_degc + np.where(load > 0.0, np.maximum(wanted - lift, 0.0), 0.0) * loop.rise_k, allowed,
    )  # fmt: skip


def _rejected(loop: Loop, inlet: Array, approach: Array, load: Array) -> tuple[Array, Array, Array]:
    """What compressors must lift as a share of the heat, power of the fans, and the largest load that is allowed."""
    supply, rise = loop.supply_degc, loop.rise_k
    if loop.reject == "chiller":
        return np.ones_like(inlet), loop.fan_fraction * load, np.full_like(inlet, loop.chiller_fraction)
    if loop.reject == "tower":
        wanted = towers.lift_fraction(inlet, load, loop.approach_k, supply, rise)
        speed = np.clip(towers.fan_speed_wanted(inlet, load, loop.approach_k, supply, rise), physics.SLOWEST_FAN, 1.0)
        allowed = towers.allowed_load_fraction(inlet, loop.approach_k, supply, rise, loop.chiller_fraction)
    else:
        wanted = physics.lift_fraction(inlet, approach, supply, rise)
        speed = physics.fan_speed_fraction(inlet, approach, supply)
        allowed = physics.allowed_load_fraction(inlet, loop.approach_k, supply, rise, loop.chiller_fraction)
    return wanted, physics.fan_power_fraction(speed, loop.fan_fraction), allowed


def _water_kg_per_j(
    loop: Loop, dry: Array, wet: Array, inlet: Array, pressure: Array, load: Array, chiller: Array
) -> Array:
    if loop.reject == "adiabatic":
        return physics.pad_water_kg_per_j(dry, inlet, loop.cycles)
    if loop.reject == "tower":
        warmed = loop.approach_k + loop.rise_k / 2.0
        compressors = np.where(load > 0.0, chiller / np.where(load > 0.0, load, 1.0), 0.0)
        share = evaporation_kg_per_j(wet, warmed, pressure)
        return share * (1.0 + compressors) * physics.blow_down(loop.cycles)
    return np.zeros_like(dry)


@dataclass(frozen=True, slots=True)
class Plant:
    """A cooling plant: the liquid loop takes `liquid_fraction` of the heat, the air loop the rest."""

    liquid: Loop
    air: Loop
    liquid_fraction: float
    misc_fraction: float = 0.010
    """Lights, offices and the rest, as a share of the provisioned IT power (assumption)."""


@dataclass(frozen=True, slots=True)
class CoolingHours:
    """What a plant does, hour by hour."""

    power_w: Array
    water_l: Array
    lift: Array
    """Share of all heat that compressors lift."""
    chiller_w: Array
    lifted_w: Array
    is_over_limit: NDArray[np.bool_]
    """Whether the racks' water is warmer than its class allows."""
    is_trimmed: NDArray[np.bool_]
    """Whether compressors help the racks' own loop."""
    allowed: Array
    """Largest IT load that keeps the class, as a share of the provisioned one."""

    def scaled(self, by: Array) -> CoolingHours:
        """The same plant at a share of its work in each hour, shape (hours,): powers and water follow."""
        return replace(
            self, power_w=self.power_w * by, water_l=self.water_l * by, chiller_w=self.chiller_w * by,
            lifted_w=self.lifted_w * by, is_over_limit=self.is_over_limit & (by > 0.0),
            is_trimmed=self.is_trimmed & (by > 0.0),
        )  # fmt: skip


def cooling_hours(
    made: Plant,
    dry: Array,
    wet: Array,
    pressure: Array,
    it_w: Array,
    rated_w: Array,
    lift_given: Array | None = None,
    step_s: float = 3600.0,
) -> CoolingHours:
    """Run a plant through hours: heat is IT power, rated heat the provisioned one; shape (hours,) each.

    `lift_given` is the metered share of heat that chillers of the liquid loop lifted, NaN where it was not metered.
    """
    load = np.where(rated_w > 0.0, it_w / np.where(rated_w > 0.0, rated_w, 1.0), 0.0)
    liquid = loop_hours(made.liquid, dry, wet, pressure, load, lift_given)
    air = loop_hours(made.air, dry, wet, pressure, load)
    to_liquid, to_air = made.liquid_fraction * rated_w, (1.0 - made.liquid_fraction) * rated_w
    heat_j = it_w * step_s
    water = made.liquid_fraction * liquid.water_kg_per_j + (1.0 - made.liquid_fraction) * air.water_kg_per_j
    main = liquid if made.liquid_fraction > 0.0 else air
    limit = (made.liquid if made.liquid_fraction > 0.0 else made.air).supply_degc
    return CoolingHours(
        power_w=to_liquid * liquid.power + to_air * air.power,
        water_l=heat_j * water,
        lift=made.liquid_fraction * liquid.lift + (1.0 - made.liquid_fraction) * air.lift,
        chiller_w=to_liquid * liquid.chiller + to_air * air.chiller,
        lifted_w=to_liquid * liquid.lifted + to_air * air.lifted,
        is_over_limit=main.supply_degc > limit + 1e-9,
        is_trimmed=main.lifted > 0.0,
        allowed=main.allowed,
    )
