"""The site: weather, cooling, power chain, water, and where the energy comes from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import BasedPower, Carbon, EnergyPrice, Moment, Share, WaterPrice


class Cooling(Section):
    """The cooling plant."""

    archetype: Literal["dry", "adiabatic", "tower", "chiller", "air"] = "adiabatic"
    """What rejects the heat."""
    water_class: Literal["W32", "W40", "W45"] = "W40"
    """Warm-water class of the racks: the supply temperature in degrees Celsius."""
    liquid_share: Share
    """Share of the heat that goes to the liquid loop."""


class Source(Section):
    """An energy source; sources are used in the order in which they stand."""

    supplier: str
    """Party that is paid."""
    kind: Literal["grid", "flat", "solar_storage", "gas"]
    """Grid mix, a flat contract (nuclear), solar with storage round the clock, or gas turbines."""
    limit: BasedPower
    """Most it can deliver, with its basis: `1.2 GW poi`."""
    available: Moment | None = None
    """From when."""
    price: EnergyPrice
    """Price of its energy."""
    carbon: Carbon
    """Its carbon intensity, in the site's boundary."""


class Site(Section):
    """Where the campus stands."""

    weather: str = "abu-dhabi"
    """A bundled site, or a file."""
    utc_offset_h: float = Field(default=4.0, ge=-12.0, le=14.0)
    """Local standard time less UTC."""
    cooling: Cooling
    """The cooling plant."""
    carbon_boundary: str
    """What carbon intensities count, in words."""
    sources: dict[str, Source]
    """Energy sources in merit order."""
    water_price: WaterPrice
    """Price of water."""
    water_supplier: str
    """Party that is paid for water."""
