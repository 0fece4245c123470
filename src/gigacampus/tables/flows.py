"""What the facility room hands on: power, water and carbon, by the hour and by the month."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gigacampus.tables.table import Column, Spec, Table

C = Column

HOURS = Spec(
    "flows_hours",
    "Energy and water, hour by hour; powers are means over the hour, from exact integrals between events.",
    (
        C("hour_s", "i8", "s", "First second of the hour."),
        C("it_w", "f8", "W", "IT power."),
        C("loss_w", "f8", "W", "Conversion losses between meter and rack."),
        C("cooling_w", "f8", "W", "Fans, pumps, chillers, CRAHs."),
        C("misc_w", "f8", "W", "Lights, offices and the rest of the house load."),
        C("facility_w", "f8", "W", "At the meter: IT plus losses plus cooling plus house load."),
        C("pue_fraction", "f8", "", "Facility over IT power; NaN where there is no IT power."),
        C("chiller_fraction", "f8", "", "Share of the heat that a compressor lifts."),
        C("water_l", "f8", "L", "Water used by cooling in the hour."),
        C(
            "unserved_w",
            "f8",
            "W",
            "Power of racks switched off: no source could serve it, or an event forbade it. Not in `facility_w`.",
        ),
        C("carbon_kg", "f8", "kg", "CO2 of the hour, in the scenario's boundary."),
        C("energy_usd", "f8", "USD", "Energy bill of the hour, over all sources."),
    ),
)

SOURCE_HOURS = Spec(
    "source_hours",
    "What each energy source did, hour by hour; hours in which it did nothing are left out.",
    (
        C("hour_s", "i8", "s", "First second of the hour."),
        C("source", "str", "", "Energy source, a key of the scenario."),
        C("served_w", "f8", "W", "Power to the campus's bus."),
        C("charged_w", "f8", "W", "Power that a battery on the campus took from that bus."),
        C("spilled_w", "f8", "W", "Generation that nobody could use."),
        C("held_j", "f8", "J", "Charge of its store at the hour's end."),
        C("carbon_kg", "f8", "kg", "CO2, in the scenario's boundary."),
        C("energy_usd", "f8", "USD", "Price of its energy, demand and start charges not included."),
    ),
)

SOURCES = Spec(
    "source_months",
    "Energy, carbon and cost by source and month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("source", "str", "", "Energy source, a key of the scenario."),
        C("supplier", "str", "", "Party that is paid."),
        C("energy_j", "f8", "J", "Energy delivered to the campus."),
        C("carbon_kg", "f8", "kg", "CO2, in the scenario's boundary."),
        C("cost_usd", "f8", "USD", "Its bill: energy, demand charge, starts."),
        C("band_usd", "f8", "USD", "The part of it for energy in hours with a price of their own."),
        C("demand_usd", "f8", "USD", "The part of it for the highest hour of the month."),
        C("start_usd", "f8", "USD", "The part of it for starts of turbines."),
    ),
)

WATER = Spec(
    "water_months",
    "Water by supply and month, with the energy and carbon that the supply put into it: these are never added to the "
    "campus's own.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("source", "str", "", "Supply: a key of the scenario's `site.water_sources`, or the main one's name."),
        C("supplier", "str", "", "Party that is paid."),
        C("water_l", "f8", "L", "Water delivered to the campus."),
        C("supply_j", "f8", "J", "Energy that the supply put into it."),
        C("carbon_kg", "f8", "kg", "CO2 of that energy."),
        C("cost_usd", "f8", "USD", "Its bill."),
    ),
)

MONTHS = Spec(
    "flows_months",
    "Energy and water by month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("it_j", "f8", "J", "IT energy."),
        C("loss_j", "f8", "J", "Conversion losses."),
        C("cooling_j", "f8", "J", "Cooling."),
        C("misc_j", "f8", "J", "House load."),
        C("facility_j", "f8", "J", "At the meter."),
        C("pue_fraction", "f8", "", "Facility over IT energy; NaN where there is none."),
        C("peak_facility_w", "f8", "W", "Highest hour at the meter."),
        C("provisioned_it_w", "f8", "W", "Provisioned IT power live at the month's end."),
        C("limit_w", "f8", "W", "Limits of the sources available by the month's end, at the point of interconnection."),
        C("water_l", "f8", "L", "Water."),
        C("carbon_kg", "f8", "kg", "CO2."),
    ),
)

TENANTS = Spec(
    "flows_tenants",
    "IT energy and the facility energy behind it, by tenant and month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant_index", "i4", "", "Row of the tenants table; -1 for live chips that no tenant may use."),
        C("it_j", "f8", "J", "IT energy of the tenant's chips, idle ones included."),
        C("facility_j", "f8", "J", "The same at the meter, by the month's PUE."),
    ),
)


_PLANT = (
    C("pue_fraction", "f8", "", "Facility over IT energy."),
    C("cooling_j", "f8", "J", "Energy of the cooling plant in the year."),
    C("chiller_h", "i8", "h", "Hours in which compressors help the racks' own loop."),
    C("chiller_thermal_w", "f8", "W", "Chillers to build: heat they lift at the design hour, both loops."),
    C("peak_facility_w", "f8", "W", "Highest hour at the meter."),
    C("water_l", "f8", "L", "Water in the year."),
    C("throttled_gpu_h", "f8", "GPU h", "Busy GPU-hours that would have to stop to keep the racks' class."),
    C("energy_usd", "f8", "USD", "Cost of the cooling's energy at the year's mean price."),
    C("water_usd", "f8", "USD", "Cost of the water."),
    C("chiller_usd", "f8", "USD", "Price of the chillers to build."),
    C("cost_usd", "f8", "USD", "Cost of the year: energy, water, and the chillers at an annuity of 20 years and 8 %."),
    C("limited_gpu_h", "f8", "GPU h", "Busy GPU-hours lost where the grid gives 90 % of the scenario's own peak."),
)

OPTIONS = Spec(
    "cooling_options",
    "The same work under other cooling plants over the last year of the horizon: what each would build, draw, drink and "
    "throttle.",
    (
        C("option", "str", "", "Plant: archetype, water class, and whether it has chillers for the racks."),
        C("is_own", "b1", "", "Whether it is the scenario's plant."),
        *_PLANT,
    ),
)

LIMITED_OPTIONS = Spec(
    "cooling_options_limited",
    "The same plants under a grid that gives 90 % of the scenario's own peak: work gives way in the hours above it.",
    (
        C("option", "str", "", "Plant: archetype, water class, and whether it has chillers for the racks."),
        C("is_own", "b1", "", "Whether it is the scenario's plant."),
        C("limit_w", "f8", "W", "What the grid gives."),
        *_PLANT,
    ),
)


EVENT_COSTS = Spec(
    "event_costs",
    "What each grid event cost each tenant, against the work that ran or waited when it came.",
    (
        C("event_index", "i8", "", "Row of the events table."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("shed_gpu_h", "f8", "GPU h", "GPU-hours that ran or wanted to run until the event's end, and did not."),
        C("shed_j", "f8", "J", "Energy at the meter that this saved."),
        C("gpu_h_per_mwh", "f8", "GPU h/MWh", "GPU-hours lost by MWh shed; NaN where nothing was shed."),
        C("rebound_w", "f8", "W", "Whole campus: highest load in the two hours after, above the load before."),
        C("return_w_per_min", "f8", "W/min", "Whole campus: fastest rise within a minute in the hour after."),
        C(
            "over_limit_j",
            "f8",
            "J",
            "Whole campus: energy wanted above the limit, where idle chips alone pass it; switched off.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Flows:
    """What it draws, drinks and emits."""

    hours: Table
    months: Table
    sources: Table
    tenants: Table
    summary: dict[str, Any] = field(default_factory=dict)
    """PUE, WUE, energy, peak, carbon with its boundary, the plant's design hour."""
    options: Table = field(default_factory=OPTIONS.empty)
    """Other cooling plants under the same work."""
    event_costs: Table = field(default_factory=EVENT_COSTS.empty)
    source_hours: Table = field(default_factory=SOURCE_HOURS.empty)
    """Power, carbon and cost by source and hour."""
    limited_options: Table = field(default_factory=LIMITED_OPTIONS.empty)
    """The same plants under a grid of 90 % of the peak."""
    water: Table = field(default_factory=WATER.empty)
    """Water by supply."""
