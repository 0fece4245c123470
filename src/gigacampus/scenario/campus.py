"""The campus: halls, racks, their power, and how fast they are filled."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gigacampus.scenario.base import Rules, Section
from gigacampus.scenario.quantity import (
    BasedPower,
    Chips,
    ItPower,
    Moment,
    Origin,
    Quantity,
    RackRate,
    Share,
    Span,
    quantity,
)
from gigacampus.scenario.unknown import where_known

if TYPE_CHECKING:
    Ratio = Quantity
else:
    Ratio = quantity("one", ge=1.0, le=3.0, example="1.4")

EPOCH_RATIO = Quantity(
    1.4,
    origin=Origin("https://epoch.ai/data/ai-data-centers", "2026-09-24", "estimate", "280 MW facility for 200 MW IT"),
)
"""Facility power per IT power where a scenario states none: Epoch AI's for the UAE and for Oracle's sites."""
POI_RATIO = Quantity(
    1.41,
    origin=Origin("derived: 1.40 x 1.007", "", "assumption", "one main transformer, 99.3 % efficient, more"),
)
"""Power at the point of interconnection per IT power where a scenario states none."""


class Rack(Section):
    """How one chip model stands in its rack."""

    chips_per_rack: int = Field(ge=1, le=10_000)
    """Chips in a rack."""
    chips_per_node: int = Field(ge=1, le=1_000)
    """Chips that fail together: a tray or a server."""
    it_power: ItPower
    """Provisioned IT power of one rack at full load, chips, CPUs and switches inside it included."""
    network: Share
    """Network outside the rack, as a share of the rack's power."""
    storage: Share
    """Storage and management outside the rack, as a share of the rack's power."""
    liquid_share: Share | None = None
    """Share of its heat that leaves by liquid, held against halls' `air_cooling_it_power`; all of it where left out."""

    def _rules(self) -> Rules:
        yield "chips_per_node", lambda: self.chips_per_node > self.chips_per_rack and "more than the chips of the rack"

    @property
    def overhead(self) -> float:
        """Network, storage and management outside the rack, as a share of the rack's power."""
        return float(self.network) + float(self.storage)

    @property
    def provisioned_w(self) -> float:
        """Provisioned IT power of a rack with its share of network and storage, W."""
        return float(self.it_power) * (1.0 + self.overhead)

    @property
    def air_w(self) -> float:
        """Heat of a rack, with its share of network and storage, that the hall's air must take, W."""
        return 0.0 if self.liquid_share is None else self.provisioned_w * (1.0 - float(self.liquid_share))

    @property
    def chip_w(self) -> float:
        """Provisioned IT power of one chip, its share of rack, network and storage included, W."""
        return self.provisioned_w / self.chips_per_rack


class Hall(Section):
    """A building or a data hall, or `count` alike ones that open together."""

    phase: str
    """Phase or block it belongs to."""
    count: int = Field(default=1, ge=1, le=1_000)
    """How many alike ones; they are filled one after the other."""
    power: BasedPower
    """What each can hold, with its basis: `100 MW IT`, `140 MW facility` or `145 MW poi`."""
    building_ready: Moment
    """When racks can move in."""
    power_ready: Moment
    """When it is energised."""
    cooling_ready: Moment | None = None
    """When its cooling plant runs; with the building where left out."""
    cooling_it_power: ItPower | None = None
    """Heat that the cooling plant of each takes, as IT power; as much as its power where left out."""
    air_cooling_it_power: ItPower | None = None
    """Heat that the air of each takes: what racks do not give to liquid; no limit where left out."""
    claimed_chips: Chips | None = None
    """Chips that somebody says each holds: only checked against its power and the licences, no result rests on it."""

    def _rules(self) -> Rules:
        told = "a hall's power is stated at it, facility or poi, not at the chip"
        yield "power", lambda: self.power.basis == "chip" and told


class Feed(Section):
    """A supply of power to the campus, grid or on site, that limits what may be installed in whole."""

    power: BasedPower
    """What it carries, with its basis."""
    ready: Moment
    """When it is energised."""


class Stop(Section):
    """A time in which fewer racks are installed: heat, strikes, holidays."""

    start: Moment
    """First day."""
    end: Moment
    """Last day."""
    share: Share
    """Share of the install rate that is lost; 100 % is a standstill."""


class Loss(Section):
    """Part of the campus is out for a while."""

    share: Share
    """Share of the halls that stand then, taken from the first; the last of them may be lost in part."""
    start: Moment
    """From when."""
    end: Moment | None = None
    """First day on which it is back; left out, what stood there is taken away for good and the room with it."""

    def _rules(self) -> Rules:
        # an end before the start is told of all sections alike (S304)
        yield "end", lambda: self.end == self.start and f"{self.end} is the day on which it starts; it ends later"


class Campus(Section):
    """What turns chips into compute."""

    name: str
    """Name of the campus, as printed."""
    operator: str
    """Party that runs the buildings."""
    owner: str
    """Party that builds and owns them."""
    halls: dict[str, Hall] = Field(min_length=1)
    """Halls in the order in which they are filled."""
    racks: dict[str, Rack]
    """By chip model."""
    install_rate: RackRate
    """Racks installed a day at the most, over the campus."""
    commissioning: Span
    """From a rack's installation to its going live: burn-in and acceptance."""
    early_failures: Share | None = None
    """Share of chips that fail in burn-in and go live only after their replacement; none where left out."""
    replacement: Span | None = None
    """Time that the replacement of such a chip takes; none where left out."""
    feeds: dict[str, Feed] = Field(default_factory=dict)
    """Supplies that limit the campus in whole; where there are none, only the halls' own power limits it."""
    common_delay: Share = Quantity(0.0)
    """Share of the spread of halls' and feeds' dates that they have in common when `plan --samples` draws them."""
    power_reading: Literal["as_stated", "it", "facility", "poi"] = "as_stated"
    """Basis under which hall powers are read: the one that stands with each figure, or one for all of them."""
    facility_ratio: Ratio = Field(default=EPOCH_RATIO)
    """Facility power per IT power: divides halls' powers whose basis is `facility`."""
    poi_ratio: Ratio = Field(default=POI_RATIO)
    """Power at the point of interconnection per IT power: divides powers whose basis is `poi`."""
    stops: dict[str, Stop] = Field(default_factory=dict)
    """Times in which installation slows or stands still."""
    losses: dict[str, Loss] = Field(default_factory=dict)
    """Halls lost for a while."""

    def _rules(self) -> Rules:
        told = "the point of interconnection lies before the facility: at least facility_ratio"
        yield "poi_ratio", lambda: self.poi_ratio < self.facility_ratio and told
        yield "losses", self._overlap

    def _overlap(self) -> str:
        found: list[tuple[date, date, str]] = []
        for name, one in self.losses.items():
            with where_known:  # both are asked, so that neither is unknown
                found.append((max(one.start, date.min), one.end or date.max, name))
        spans = sorted(found)
        both = [f"{a} and {b}" for (_, end, a), (start, _, b) in pairwise(spans) if start < end != date.max]
        return f"{', '.join(both)} overlap; give losses that follow each other" if both else ""

    def it_w(self, power: Quantity) -> float:
        """A power of the campus as IT power: divided by the ratio of the basis under which it is read, W."""
        basis = power.basis if self.power_reading == "as_stated" else self.power_reading
        ratios = {"it": 1.0, "facility": float(self.facility_ratio), "poi": float(self.poi_ratio)}
        return float(power) / ratios[basis]
