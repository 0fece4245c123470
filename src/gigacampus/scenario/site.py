"""The site: weather, what chips draw, the power chain, cooling, water, and where the energy comes from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gigacampus.scenario.base import Rules, Section
from gigacampus.scenario.blocks import BLOCKS, USUAL_LIMIT
from gigacampus.scenario.quantity import (
    BasedPower,
    Carbon,
    Energy,
    EnergyPrice,
    Factor,
    ItPower,
    Moment,
    Money,
    Quantity,
    Share,
    Status,
    WaterPrice,
    assumed,
    quantity,
)  # fmt: skip
from gigacampus.scenario.unknown import where_known
from gigacampus.tables.work import Kind

if TYPE_CHECKING:
    Kelvin = Quantity
    PowerRate = Quantity
    DemandCharge = Quantity
    WaterEnergy = Quantity
    WaterRate = Quantity
    ChipCarbon = Quantity
    BuildingCarbon = Quantity
else:
    Kelvin = quantity("K", le=60.0, example="8 K")
    PowerRate = quantity("W/min", ge=1.0, le=1e12, example="100 MW/min")
    DemandCharge = quantity("USD/W", le=10.0, example="6 USD/kW")
    WaterEnergy = quantity("kWh/m3", le=1e3, example="3.5 kWh/m3")
    WaterRate = quantity("m3/day", le=1e9, example="10_000 m3/day")
    ChipCarbon = quantity("kg/chip", le=1e5, example="400 kg/chip")
    BuildingCarbon = quantity("kg/W", le=100.0, example="1 kg/W")


def _range(median: str, low: str, high: str, source: str, status: Status = "estimate") -> Any:
    """A default with its median, P10 and P90, and where they come from."""
    return assumed({"p10": low, "p50": median, "p90": high}, source, status=status)


class Draw(Section):
    """Power really drawn, by class of work, as a share of the rack's rated power. Never TDP times "GPU utilisation".

    (Acme's GPUs show a median utilisation of 98 % at a median of 101 W of 400 W.)
    """

    pretrain: Share = _range("0.76", "0.67", "0.82",
        "arXiv:2506.14551 (8xH100 node in heavy training: 0.76 of its rating); low: MLPerf Training v4.0 power logs, "
        "GPT-3 on 512 H100: 0.672; high: arXiv:2412.08602, highest seen: 8.4 of 10.2 kW",
    )  # fmt: skip
    """Large synchronous training."""
    finetune: Share = _range(
        "0.67",
        "0.50",
        "0.70",
        "MLPerf Training v4.0 and v5.0 power logs, Llama-2 70B LoRA: 8xB200 0.67; 64 nodes H100 0.50",
    )
    """Fine-tuning and other small training."""
    evaluate: Share = _range(
        "0.62",
        "0.45",
        "0.73",
        "derived: between a mixed fleet (Acme: server mean 2.93 of 6.55 kW) and offline inference",
    )
    """Evaluation and debugging."""
    batch: Share = _range(
        "0.60",
        "0.45",
        "0.76",
        "derived: between a mixed fleet (Acme: server mean 2.93 of 6.55 kW, idle included) and training",
    )
    """Batch jobs of unknown content."""
    serve: Share = _range(
        "0.70",
        "0.62",
        "0.73",
        "MLPerf Inference v5.1 power logs, Llama-2 70B on 8xB200: 0.73 offline; decode 5-10 % lower",
    )
    """Inference services while their replicas hold chips."""
    idle: Share = _range("0.24", "0.17", "0.34",
        "MLPerf power logs: idle 8xH100 2.1-2.8 of 10.2 kW, 8xB200 2.4-3.6 of 14.3 kW; Acme 1.4-1.5 of 6.55 kW",
    )  # fmt: skip
    """Live chips without work."""
    network: Share = _range(
        "0.85",
        "0.7",
        "1.0",
        "assumption: switches, optics and storage draw nearly their full power at any load",
        "assumption",
    )
    """Network and storage outside the racks, as a share of their provisioned power."""
    exponent: Factor = _range(
        "1.0",
        "0.8",
        "1.0",
        "assumption: servers at part load lie between linear and the power 0.8 of their utilisation",
        "assumption",
    )
    """How a service's replicas draw at part load u: idle + (serve - idle) u ^ exponent."""

    def by_kind(self) -> tuple[float, ...]:
        """Share of rated rack power of each class of work, in the order of `Kind`."""
        named = {
            Kind.PRETRAIN: self.pretrain, Kind.FINETUNE: self.finetune, Kind.EVALUATE: self.evaluate,
            Kind.BATCH: self.batch, Kind.SERVE: self.serve, Kind.IDLE: self.idle,
        }  # fmt: skip
        return tuple(float(named[kind]) for kind in Kind)


class Chain(Section):
    """Conversion from the point of interconnection to the rack."""

    kind: Literal["ac_415", "ac_415_rack_battery", "dc_800"] = "ac_415"
    """415 V busways behind a double-conversion UPS, or with batteries in the racks instead; or one rectifier and an
    800 V DC bus."""


class Cooling(Section):
    """The cooling plant. What is left out follows from the archetype."""

    archetype: Literal["dry", "adiabatic", "tower", "chiller", "air"] = "adiabatic"
    """What rejects the heat."""
    water_class: Literal["W32", "W40", "W45"] = "W40"
    """Warm-water class of the racks: the highest supply of facility water in degrees Celsius."""
    liquid_share: Share
    """Share of the heat that goes to the liquid loop; the rest goes to the hall's air."""
    approach: Kelvin | None = None
    """Water leaves the coolers this much warmer than the air (dry, adiabatic) or its wet bulb (tower) enters."""
    fan_power: Share | None = None
    """Fans of the coolers at full speed, as a share of the heat."""
    pad_effectiveness: Share | None = None
    """How far wetted pads bring the air from its dry to its wet bulb."""
    cdu_approach: Kelvin | None = None
    """Racks' coolant over the facility water in the coolant distribution units (CDUs), where the class is meant for the
    coolant: the plant then supplies water this much colder. Left out, the class is the facility water's own. Not for
    `air`."""
    pump_power: Share | None = None
    """Pumps of the liquid loop, those of the CDUs among them, as a share of its heat. Not for `air`."""
    chillers: Share = assumed("100 %", "assumption: trim chillers for the whole design heat")
    """Trim chillers of the liquid loop, as a share of its rated heat; with less, racks are throttled on hot hours."""
    cycles: float = Field(default=4.0, ge=1.5, le=20.0)
    """Cycles of concentration of evaporating water."""


class Band(Section):
    """Hours with a price of their own, in local standard time."""

    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(min_length=1, max_length=12)
    """Months of the year, 1 to 12."""
    from_hour: int = Field(ge=0, le=23)
    """First hour of the day."""
    to_hour: int = Field(ge=1, le=24)
    """First hour of the day after the band."""
    price: EnergyPrice
    """Price of energy in these hours."""


class Solar(Section):
    """A photovoltaic plant on single-axis trackers."""

    peak: ItPower
    """Direct-current peak power of the modules."""
    dc_to_ac: Factor = _range(
        "1.3", "1.1", "1.5", "energy yield practice; the Abu Dhabi plants' ratio is not published", "assumption"
    )
    """Module peak over inverter power."""
    losses: Share = _range("0.14", "0.10", "0.18", "PVWatts' default system losses (NREL/TP-6A20-62641)")
    """Soiling, wiring, mismatch and the like."""


class Battery(Section):
    """A battery."""

    power: ItPower
    """Most it can charge or discharge, at its terminals."""
    energy: Energy
    """Energy it can hold when new."""
    efficiency: Share = _range("0.95", "0.92", "0.97", "assumption: one way; 0.90 there and back", "assumption")
    """Efficiency of charging, and again of discharging."""
    floor: Share = _range("0.05", "0.0", "0.1", "assumption: usual window of use", "assumption")
    """Lowest state of charge."""
    ceiling: Share = _range("0.95", "0.9", "1.0", "assumption: usual window of use", "assumption")
    """Highest state of charge."""
    fade_per_year: Share = _range("0.005", "0.0", "0.02", "assumption: calendar fade", "assumption")
    """Capacity lost a year by age."""
    fade_per_cycle: Share = _range("3.3e-5", "0", "1e-4", "assumption: 20 % in 6,000 full cycles", "assumption")
    """Capacity lost by one full cycle."""
    charge_below: EnergyPrice | None = None
    """Charges only in hours in which the grid's energy costs no more than this (kind `battery`; with `give_above`)."""
    give_above: EnergyPrice | None = None
    """In hours in which the grid's energy costs at least this it gives in place of the sources before it, the last of
    them first; in all other hours only what they cannot."""

    @property
    def trades(self) -> bool:
        """Whether it goes by the grid's price."""
        return self.charge_below is not None and self.give_above is not None

    def _rules(self) -> Rules:
        told = "a battery that trades by price has both `charge_below` and `give_above`"
        yield "", lambda: (self.charge_below is None) != (self.give_above is None) and told
        yield "charge_below", self._no_spread
        yield "floor", self._no_window
        told_none = "must be above zero; leave the section out to have no battery"
        yield "energy", lambda: not self.energy > 0.0 and told_none
        yield "power", lambda: not self.power > 0.0 and told_none
        yield "efficiency", lambda: not self.efficiency > 0.0 and "must be above zero"

    def _no_window(self) -> str:
        found = f"found {float(self.floor):g} and {float(self.ceiling):g}"
        return "" if self.floor < self.ceiling else f"must lie under ceiling; {found}"

    def _no_spread(self) -> str:
        low, high = self.charge_below, self.give_above
        if low is None or high is None or low < high:
            return ""
        return f"must lie under give_above; found {float(low):g} and {float(high):g} USD/kWh"


class Turbine(Section):
    """How gas turbines answer heat and part load."""

    derating: Share = _range(
        "0.0065", "0.005", "0.008", "engineering practice, not re-read: output -0.65 % a kelvin over 15 degC"
    )
    """Output lost by kelvin of dry bulb above 15 degC."""
    heat_rate_rise: Share = _range(
        "0.002", "0.001", "0.003", "engineering practice, not re-read: heat rate +0.2 % a kelvin over 15 degC"
    )
    """Rise of fuel and carbon by kWh, by kelvin above 15 degC."""
    minimum: Share = _range("0.0", "0.0", "0.4", "assumption: many small units, each on or off", "assumption")
    """Least output while it runs, as a share of its derated limit; what other sources gave before gives way."""
    start_cost: Money = assumed("0 USD", "no start cost is published for the site's turbines")
    """Fuel and wear of one start of the block."""


_POI: TypeAdapter[Quantity] = TypeAdapter(BasedPower, config=ConfigDict(arbitrary_types_allowed=True))


PARTS = {"solar": ("solar", "solar_storage"), "battery": ("battery", "solar_storage"), "turbine": ("gas",)}
"""Sections of a source, and the kinds that have them."""


class Source(Section):
    """An energy source; sources are used in the order in which they stand."""

    like: Literal["abu_dhabi_rtc", "open_cycle", "combined_cycle"] | None = None
    """A ready-made block, scaled to `limit`: `abu_dhabi_rtc` is Masdar's and EWEC's solar plant with batteries, 1 GW
    round the clock from 5.2 GW of modules and 19 GWh; `open_cycle` and `combined_cycle` are gas turbines with their
    carbon, derating, least load and starts. What stands beside it holds instead."""
    supplier: str
    """Party that is paid."""
    kind: Literal["grid", "flat", "solar_storage", "solar", "battery", "gas"]
    """Grid mix; a flat contract (nuclear); solar with storage, round the clock; solar alone; a battery on the campus,
    charged by what the sources before it have to spare; gas turbines."""
    limit: BasedPower
    """Most it can deliver, at the meter: `1.2 GW poi`."""
    available: Moment | None = None
    """From when."""
    price: EnergyPrice
    """Price of its energy."""
    carbon: Carbon
    """Its carbon intensity, in the site's boundary; for a grid the mean over the year."""
    shape: Literal["constant", "ewec_2026"] = "constant"
    """How a grid's carbon intensity moves over the day and year: not at all, or as solar, nuclear and gas share the
    load of Abu Dhabi's system."""
    carbon_file: str | None = None
    """Hourly carbon intensity of a grid from a CSV of Electricity Maps or ENTSO-E (generation by type), laid over the
    horizon by calendar hour; its own mean counts, not `carbon`."""
    bands: list[Band] = Field(default_factory=list)
    """Hours with another price; the first band that fits holds."""
    demand_charge: DemandCharge = assumed("0 USD/kW", "no demand charge is published for the site")
    """Paid a month for the highest hour of the month."""
    solar: Solar | None = None
    """The plant behind `solar` and (where it is modelled, not just contracted) `solar_storage`."""
    battery: Battery | None = None
    """The battery behind `battery` and (where it is modelled) `solar_storage`."""
    turbine: Turbine | None = None
    """The turbines behind `gas`; the defaults of an open cycle where left out."""

    @model_validator(mode="before")
    @classmethod
    def _block(cls, given: Any) -> Any:
        """Fill in what the block says; its plant is scaled to the limit that is given."""
        name = given.get("like") if isinstance(given, dict) else None
        if not isinstance(name, str) or name not in BLOCKS:
            return given
        known = USUAL_LIMIT.get(name, {}) | given
        try:
            scale = float(_POI.validate_python(known.get("limit"))) / 1e9
        except ValidationError:
            return given
        return BLOCKS[name](scale) | known

    def _rules(self) -> Rules:
        yield "limit", self._beyond_meter
        yield "kind", lambda: self.kind == "solar" and self.solar is None and "solar needs a `solar:` section"
        yield "kind", lambda: self.kind == "battery" and self.battery is None and "battery needs a `battery:` section"
        told = "solar_storage has both `solar:` and `battery:`, or neither (a contract that delivers flat)"
        yield "kind", lambda: self.kind == "solar_storage" and (self.solar is None) != (self.battery is None) and told
        for part, kinds in PARTS.items():
            yield part, partial(self._is_foreign, part, kinds)
        told_trade = "`charge_below` and `give_above` belong to kind battery"
        yield "battery", lambda: self.kind != "battery" and self.trades and told_trade
        told_grid = "belongs to a grid"
        yield "shape", lambda: self.shape != "constant" and self.kind != "grid" and told_grid
        yield "bands", lambda: bool(self.bands) and self.kind != "grid" and told_grid
        yield "carbon_file", lambda: bool(self.carbon_file) and self.kind != "grid" and told_grid
        told_both = "give `shape` or `carbon_file`, not both"
        yield "shape", lambda: self.shape != "constant" and bool(self.carbon_file) and told_both

    def _beyond_meter(self) -> str:
        if self.limit.basis in {"poi", "facility"}:
            return ""
        return f'a source delivers at the meter: write "{self.limit.given:g} {self.limit.given_unit} poi"'

    def _is_foreign(self, part: str, kinds: tuple[str, ...]) -> str:
        told = f"goes with kind {' or '.join(kinds)}, not {self.kind}"
        return told if getattr(self, part) is not None and self.kind not in kinds else ""

    @property
    def trades(self) -> bool:
        """Whether it has a battery that goes by the grid's price."""
        return self.battery is not None and self.battery.trades


class Embodied(Section):
    """Carbon of making things, told beside the operational carbon and never added to it."""

    chip: ChipCarbon = _range(
        "400 kg/chip", "250 kg/chip", "600 kg/chip",
        "derived: about 280 kg a B200 (https://developer.nvidia.com/blog/?p=106112: 0.50 against 0.66 g/exaflop of HGX "
        "H100 at 2.3 times its rate; HGX H100 about 1.3 t for eight) to 318 kg an A100 with its server (HotCarbon'23), "
        "and the rack's share of CPUs, network and storage",
    )  # fmt: skip
    """Making of a chip with its share of server, rack and network."""
    building: BuildingCarbon = _range(
        "1 kg/W", "0.6 kg/W", "1.5 kg/W",
        "assumption: shell 300-500 kg/m2 at 1-2 kW of IT a square metre, building services 60 % of the whole "
        "(https://hvacrnews.com.au/features/mecla-highlights-the-true-carbon-cost-of-data/)", "assumption",
    )  # fmt: skip
    """Building, power and cooling plant, by watt of provisioned IT power."""


class WaterSource(Section):
    """A supply of water that is used before the main one, such as treated waste water."""

    supplier: str
    """Party that is paid."""
    limit: WaterRate
    """Most that it gives in a day; tanks even out the hours."""
    price: WaterPrice
    """Price of its water."""
    energy: WaterEnergy = _range(
        "0.6 kWh/m3", "0.3 kWh/m3", "1.2 kWh/m3",
        "tertiary treatment of waste water, 0.3-1.2 kWh/m3 (practice, not re-read)",
    )  # fmt: skip
    """Energy that goes into it."""
    carbon: Carbon | None = None
    """Carbon intensity of that energy; the grid's in each hour where left out."""


class DesignDay(Section):
    """The weather for which plant and connection are sized, in place of the hours of the weather years."""

    dry_bulb_degc: float = Field(ge=-40.0, le=60.0)
    """Dry bulb of the design hour."""
    wet_bulb_degc: float = Field(ge=-40.0, le=40.0)
    """Wet bulb that goes with it."""
    source: str = ""
    """Where it is from."""

    def _rules(self) -> Rules:
        told = f"never lies above the dry bulb; found {self.wet_bulb_degc:g} and {self.dry_bulb_degc:g} degC"
        yield "wet_bulb_degc", lambda: self.wet_bulb_degc > self.dry_bulb_degc and told


class Site(Section):
    """Where the campus stands."""

    weather: str | Annotated[list[str], Field(min_length=1)] = "abu_dhabi"
    """A bundled site or a file (EPW, PVGIS-TMY, CSV or Parquet); several files are several years, taken in turn."""
    design_day: DesignDay | None = None
    """Weather to size for; the hour exceeded 0.4 % of the time in the weather years where left out."""
    warming: Kelvin = assumed("0 K", "today's climate")
    """Every dry bulb is raised by this much at the same relative humidity: a warmer climate."""
    utc_offset_h: float = Field(default=4.0, ge=-12.0, le=14.0)
    """Local standard time less UTC."""
    draw: Draw = Field(default_factory=Draw)
    """Power really drawn, by class of work."""
    chain: Chain = Field(default_factory=Chain)
    """From the point of interconnection to the rack."""
    cooling: Cooling
    """The cooling plant."""
    carbon_boundary: str
    """What carbon intensities count, in words."""
    sources: dict[str, Source] = Field(min_length=1)
    """Energy sources in merit order."""
    embodied: Embodied = Field(default_factory=Embodied)
    """Carbon of making chips and buildings."""
    ramp_limit: PowerRate | None = None
    """Fastest change of load that the grid allows; sizes the storage that the report names, and paces the way into and
    out of events."""
    events: str | None = None
    """A CSV of grid events: start, end, limit_mw, notice_s, kind (curtail, trip or return); times in UTC."""
    power_factor: float = Field(default=0.98, gt=0.5, le=1.0)
    """At the point of interconnection; gives Mvar."""
    water_price: WaterPrice
    """Price of water."""
    water_supplier: str
    """Party that is paid for water."""
    water_name: str = "desalinated"
    """What the main supply is called."""
    water_sources: dict[str, WaterSource] = Field(default_factory=dict)
    """Other supplies, used before the main one in this order."""
    water_energy: WaterEnergy = _range(
        "3.5 kWh/m3", "3 kWh/m3", "4 kWh/m3", "reverse osmosis of seawater, 3-4 kWh/m3 (practice, not re-read)"
    )
    """Energy that the supplier puts into the water; its carbon is told apart from the campus's."""

    def _rules(self) -> Rules:
        told = "one of them bears the name of the main supply (`water_name`)"
        yield "water_sources", lambda: self.water_name in self.water_sources and told
        yield "sources", self._many_grids
        yield "sources", self._apart

    def _apart(self) -> str:
        before = ["", *(one.kind for one in self.sources.values())]
        wrong = [name for (name, one), kind in zip(self.sources.items(), before, strict=False)
                 if one.trades and kind != "grid"]  # fmt: skip
        return f"{', '.join(wrong)}: what trades by the grid's price stands right after the grid" if wrong else ""

    def _many_grids(self) -> str:
        grids = []
        for name, source in self.sources.items():
            with where_known:
                grids += [name] if source.kind == "grid" else []
        found = ", ".join(grids)
        return f"one source may be the grid; found {found} (a second one can be `flat`)" if len(grids) > 1 else ""
