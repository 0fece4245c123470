"""Whole halls by what they are called: the plant, the power chain and the load that a published PUE stands for.

Parameters are engineering practice by type of plant, the same for every operator and site; none is fitted to a row of
the validation table.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.chains import losses_w
from gigacampus.kernels.plant import Loop, Plant, cooling_hours
from gigacampus.scenario.plants import air_hall, outside_air, water_loop

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hall:
    """A kind of hall. `load_fraction` is the mean IT power over what the hall is built for."""

    name: str
    loop: Loop
    chain: str
    load_fraction: float
    misc_fraction: float = 0.010
    spares_water: bool = False
    """Whether dry coolers stand before the towers and take what they can."""


def _water(name: str, loop: Loop, spares_water: bool = False) -> Hall:
    """A liquid-cooled computer hall: no UPS for the computer, half of its design load on average."""
    return Hall(name, loop, "computer", 0.5, spares_water=spares_water)


OPEN_TOWER = replace(
    water_loop("tower", 21.0), approach_k=4.5, rise_k=6.0, fan_fraction=0.020, pump_fraction=0.026, chilled_degc=7.0,
    condenser_least_degc=21.0,
)  # fmt: skip
"""Towers behind a heat exchanger, trimmed from a 7 degC chilled-water plant, by practice and ASHRAE 90.1-2019.

Four cells bring water within 6 K (4 K the tower, 2 K the exchanger) at the rated load, a fifth is spare; all five run
at one speed (6.5.5.2.2): 4.5 K by Merkel, and 1.25 times the fans. Pumps of loop and towers take 22 and 19 W/gpm
(G3.1.3.10, G3.1.3.11), at a rise of 6 K 2.6 % of the heat. Condensers get water of 21 degC or more (70 degF,
G3.1.3.11).
"""

HALLS: dict[str, Hall] = {
    hall.name: hall
    for hall in (
        Hall("direct evaporative", outside_air(), "ac_415_rack_battery", 0.7),
        Hall("adiabatic air", replace(air_hall(), reject="adiabatic", approach_k=5.0), "ac_415", 0.6),
        Hall("indirect air", air_hall(), "ac_415", 0.6),
        Hall(
            "tower economiser",
            replace(water_loop("tower", 20.0), rise_k=8.0, air_fraction=0.025),
            "ac_415_rack_battery", 0.7,
        ),
        Hall(
            "free-cooling chillers",
            Loop(
                "dry", 18.0, rise_k=8.0, approach_k=8.0, fan_fraction=0.03, condenser_k=14.0, carnot_fraction=0.45,
                pump_fraction=0.020, air_fraction=0.035,
            ),
            "ac_415", 0.5, 0.015,
        ),
        Hall(
            "chillers",
            Loop(
                "chiller", 12.0, rise_k=6.0, fan_fraction=0.03, condenser_k=14.0, carnot_fraction=0.40,
                pump_fraction=0.030, air_fraction=0.060,
            ),
            "ac_415", 0.4, 0.020,
        ),
        _water("warm water, towers", water_loop("tower", 32.0)),
        _water("warm water, dry coolers", water_loop("dry", 40.0)),
        _water("warm water, adiabatic coolers", water_loop("adiabatic", 32.0)),
        _water("warm water, towers behind dry coolers", water_loop("tower", 24.0), True),
        _water("medium water, towers and trim chillers", OPEN_TOWER),
        _water("surface water", replace(water_loop("dry", 45.0), fan_fraction=0.0, pump_fraction=0.040)),
    )
}  # fmt: skip
"""Kinds of halls by name."""

CLOUD = ("direct evaporative", "adiabatic air", "indirect air", "tower economiser", "free-cooling chillers", "chillers")
"""What an undisclosed air-cooled hall may be. The central guess is the plain mean over these."""

_DEGREES = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|to)\s*(\d+(?:\.\d+)?))?\s*(?:°\s*)?C\b")
_CLASS = re.compile(r"\bW(17|27|32|40|45)\b")


def named(text: str) -> Hall | None:
    """The hall that a description names; None where it names none (undisclosed, a fleet, a survey).

    A water temperature in the description (`21 C`, `30-38 C`, `W45`) sets the supply.
    """
    words = text.lower()
    if (
        not words.strip()
        or any(word in words for word in ("undisclosed", "fleet", "unknown", "mixed"))
        or words == "all"
    ):
        return None
    name = _name(words)
    if name is None:
        return None
    hall = HALLS[name]
    supply = _supply_degc(text)
    return replace(hall, loop=replace(hall.loop, supply_degc=supply)) if supply is not None else hall


def _name(words: str) -> str | None:
    def has(*any_of: str) -> bool:
        return any(word in words for word in any_of)

    if words.strip() in HALLS:
        return words.strip()

    tower, chiller = has("tower"), has("chiller", "chilled", "dx", "crac", "compressor")
    without = has("no chiller", "chiller-free", "chillerless", "without chiller")
    warm = has("warm water", "warm-water", "hot water", "immersion", "liquid", "w32", "w40", "w45")
    if has("thermosyphon") or (tower and has("dry cooler", "hybrid")):
        return "warm water, towers behind dry coolers"
    if tower and chiller and not without:
        return "medium water, towers and trim chillers" if has("trim", "medium") or warm else "tower economiser"
    if tower:
        return "warm water, towers"
    if has(
        "lake", "sea water", "seawater", "surface water", "river", "groundwater", "ground water", "aquifer", "fjord"
    ) and (without or not chiller):
        return "surface water"
    if has("indirect"):
        return "adiabatic air" if has("evaporative", "adiabatic") else "indirect air"
    if has("adiabatic", "evaporative", "swamp", "misting", "outside air", "free air", "air-side", "airside"):
        if warm or has("water cooler", "dry cooler", "fluid cooler"):
            return "warm water, adiabatic coolers"
        return "adiabatic air" if has("adiabatic") else "direct evaporative"
    if warm or re.search(r"\bdry\b", words):
        return "warm water, dry coolers"
    if has("free cooling", "free-cooling", "economis", "economiz") and not has(
        "no econom", "without econom", "no free"
    ):
        return "free-cooling chillers" if chiller and not without else "indirect air"
    if chiller and not without:
        return "chillers"
    return None


def _supply_degc(text: str) -> float | None:
    match = _CLASS.search(text)
    if match:
        return float(match[1])
    match = _DEGREES.search(text)
    if not match or "water" not in text.lower():
        return None
    low = float(match[1])
    return (low + float(match[2])) / 2.0 if match[2] else low


def meter_over_it(hall: Hall, dry: Array, wet: Array, pressure: Array, load: Array) -> Array:
    """Power at the meter over IT power at given loads (IT over what the hall is built for), shape (hours,) each."""
    one = np.ones_like(dry)
    plant = Plant(hall.loop, hall.loop, 1.0, hall.misc_fraction)
    cooling = cooling_hours(plant, dry, wet, pressure, load, one)
    ratio: Array = 1.0 + (losses_w(hall.chain, load, one) + hall.misc_fraction + cooling.power_w) / load
    return ratio


@dataclass(frozen=True, slots=True)
class Score:
    """A hall in a year (or at the hours given): energy-weighted means."""

    pue_fraction: float
    wue_l_per_kwh: float
    heat_water_l_per_kwh: float
    """Water by kWh of heat: the same where all heat is IT heat."""
    plant_fraction: float
    """Power of the cooling plant over the heat it moves."""


def score(
    hall: Hall, dry: Array, wet: Array, pressure: Array, lift_given: Array | None = None, heat_over_it: float = math.nan
) -> Score:
    """PUE and water of a hall over hours of weather, shape (hours,) each, at its mean load.

    `heat_over_it` is the heat of the loop over the power of the hall's meter, for a plant that is metered apart and
    serves other rooms too: PUE charges all of it to the hall, and the power chain stands behind the hall's meter.
    """
    load = np.full_like(dry, hall.load_fraction)
    one = np.ones_like(dry)
    plant = Plant(hall.loop, hall.loop, 1.0, hall.misc_fraction)
    cooling = cooling_hours(plant, dry, wet, pressure, load, one, lift_given)
    water = cooling.water_l
    if hall.spares_water:
        first = replace(hall.loop, reject="dry", approach_k=8.0)
        left = cooling_hours(Plant(first, first, 1.0), dry, wet, pressure, load, one)
        water = water * left.lift
    is_apart = math.isfinite(heat_over_it)
    loss = 0.0 if is_apart else float(losses_w(hall.chain, load, one).sum())
    heat = heat_over_it if is_apart else 1.0
    it = load.sum()
    pue = 1.0 + (loss + hall.misc_fraction * len(load) + heat * cooling.power_w.sum()) / it
    per_kwh = float(water.sum() / it) * 1_000.0
    return Score(float(pue), per_kwh * heat, per_kwh, float(cooling.power_w.sum() / it))
