"""The campus: halls, racks, their power, and how fast they are filled."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import BasedPower, ItPower, Moment, RackRate, Share, Span


class Rack(Section):
    """How one chip model stands in its rack. What is left out comes from the chip catalog."""

    chips_per_rack: int = Field(ge=1, le=10_000)
    """Chips in a rack."""
    chips_per_node: int = Field(ge=1, le=1_000)
    """Chips that fail together: a tray or a server."""
    it_power: ItPower
    """Provisioned IT power of one rack at full load, chips, CPUs and switches inside it included."""
    overhead: Share
    """Network, storage and management outside the rack, as a share of the rack's power."""


class Hall(Section):
    """A building or a data hall, or `count` alike ones."""

    phase: str
    """Phase or block it belongs to."""
    power: BasedPower
    """What it can hold, with its basis: `100 MW IT` or `140 MW facility`."""
    building_ready: Moment
    """When racks can move in."""
    power_ready: Moment
    """When it is energised."""


class Loss(Section):
    """Part of the campus is out for a while."""

    share: Share
    """Share of the halls that stand then, taken from the first."""
    start: Moment
    """From when."""
    end: Moment
    """Until when."""


class Campus(Section):
    """What turns chips into compute."""

    name: str
    """Name of the campus, as printed."""
    operator: str
    """Party that runs the buildings."""
    owner: str
    """Party that builds and owns them."""
    halls: dict[str, Hall]
    """Halls in the order in which they are filled."""
    racks: dict[str, Rack]
    """By chip model."""
    install_rate: RackRate
    """Racks installed a day at the most, over the campus."""
    commissioning: Span
    """From a rack's installation to its going live: burn-in and acceptance."""
    power_reading: Literal["as_stated", "facility", "poi"] = "as_stated"
    """How hall powers given without a ratio are read; `facility` divides the stated figure by `facility_ratio`."""
    facility_ratio: Share | float = Field(default=1.4, ge=1.0, le=3.0)
    """Facility power per IT power, for halls whose power is stated at the meter."""
    losses: dict[str, Loss] = Field(default_factory=dict)
    """Halls lost for a while."""
