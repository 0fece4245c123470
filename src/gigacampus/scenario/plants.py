"""The cooling plant that a scenario asks for: archetypes with named parameters, and the scenario's own put in."""

from __future__ import annotations

from dataclasses import replace

from gigacampus.kernels.plant import Loop, Plant, Reject
from gigacampus.scenario.site import Cooling

CLASS_DEGC = {"W32": 32.0, "W40": 40.0, "W45": 45.0}
"""Highest facility water of the warm-water classes (ASHRAE TC 9.9)."""

_CONDENSERS: dict[Reject, float] = {"dry": 12.0, "adiabatic": 12.0, "tower": 7.0, "chiller": 12.0}
_APPROACHES: dict[Reject, float] = {"dry": 8.0, "adiabatic": 8.0, "tower": 4.0, "chiller": 8.0}


TOWER_FANS = 0.016
"""Fans of an open tower over its heat: 40.2 gpm/hp at 3 gpm a ton (ASHRAE 90.1-2019, table 6.8.1-7, axial fans)."""
DRY_FANS = 0.025
"""Fans of dry coolers over their heat at an approach of 8 K (engineering practice, not re-read)."""


def water_loop(reject: Reject, supply_degc: float) -> Loop:
    """The racks' water: rise 10 K; dry coolers come within 8 K of the air, towers within 4 K of its wet bulb."""
    fans = TOWER_FANS if reject == "tower" else DRY_FANS
    return Loop(reject, supply_degc, approach_k=_APPROACHES[reject], condenser_k=_CONDENSERS[reject], fan_fraction=fans)


def hall_loop(reject: Reject) -> Loop:
    """Chilled water of 23 degC for the air of liquid-cooled halls: rise 8 K, CRAH fans 3.5 % of the heat."""
    return replace(water_loop(reject, 23.0), rise_k=8.0, air_fraction=0.035)


def air_hall() -> Loop:
    """An air-cooled hall: supply air 25 degC by indirect air coolers with trim machines.

    Fans take 4.5 % of the heat at full speed: 2.5 % outside, which slow down in the cold, and 2 % in the hall.
    """
    return Loop(
        "dry", 25.0, rise_k=12.0, approach_k=8.0, fan_fraction=0.025, condenser_k=14.0, carnot_fraction=0.45,
        pump_fraction=0.0, air_fraction=0.020,
    )  # fmt: skip


def outside_air() -> Loop:
    """Outside air through the servers, wetted pads on hot hours, trim machines: supply 27 degC, rise 12 K.

    Fans take 4 % of the heat at full speed: 1 % draws air through pads and filters, 3 % moves it through the hall.
    """
    return Loop(
        "adiabatic", 27.0, rise_k=12.0, approach_k=1.0, fan_fraction=0.010, pad_effectiveness=0.85, condenser_k=14.0,
        carnot_fraction=0.45, pump_fraction=0.0, air_fraction=0.030,
    )  # fmt: skip


def plant(cooling: Cooling) -> Plant:
    """The plant that a scenario asks for: its archetype's parameters with the scenario's own put in."""
    if cooling.archetype == "air":
        air = _with(air_hall(), cooling)
        return Plant(air, air, 0.0)
    supply = CLASS_DEGC[cooling.water_class] if cooling.archetype != "chiller" else 20.0
    hall: Reject = "tower" if cooling.archetype == "tower" else "chiller" if cooling.archetype == "chiller" else "dry"
    liquid = replace(_with(water_loop(cooling.archetype, supply), cooling), chiller_fraction=float(cooling.chillers))
    if cooling.cdu_approach is not None:
        liquid = replace(liquid, supply_degc=supply - float(cooling.cdu_approach))
    if cooling.pump_power is not None:
        liquid = replace(liquid, pump_fraction=float(cooling.pump_power))
    return Plant(liquid, replace(hall_loop(hall), cycles=cooling.cycles), float(cooling.liquid_share))


def _with(loop: Loop, cooling: Cooling) -> Loop:
    changes: dict[str, float] = {"cycles": cooling.cycles}
    for name, given in (
        ("approach_k", cooling.approach), ("fan_fraction", cooling.fan_power),
        ("pad_effectiveness", cooling.pad_effectiveness),
    ):  # fmt: skip
        if given is not None:
            changes[name] = float(given)
    return replace(loop, **changes)  # type: ignore[arg-type]
