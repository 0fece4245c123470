"""What the conditions room hands on: weather, prices, carbon, failures. Drawn up front: two policies meet the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from gigacampus.tables.table import Column, Spec, Table

C = Column

HOURS = Spec(
    "conditions_hours",
    "Outside conditions, hour by hour of the horizon (UTC).",
    (
        C("hour_s", "i8", "s", "First second of the hour."),
        C("dry_bulb_degc", "f8", "degC", "Outdoor dry bulb."),
        C("wet_bulb_degc", "f8", "degC", "Outdoor thermodynamic wet bulb."),
        C("pressure_pa", "f8", "Pa", "Station pressure."),
        C("ghi_wm2", "f8", "W/m2", "Global horizontal irradiance, mean over the hour."),
        C("dni_wm2", "f8", "W/m2", "Direct normal irradiance."),
        C("dhi_wm2", "f8", "W/m2", "Diffuse horizontal irradiance."),
        C("wind_ms", "f8", "m/s", "Wind speed."),
        C("tracker_wm2", "f8", "W/m2", "Irradiance on a single-axis tracker with a north-south axis."),
        C("grid_kg_per_kwh", "f8", "kg/kWh", "Carbon intensity of the grid mix, in the boundary the scenario names."),
        C("grid_usd_per_kwh", "f8", "USD/kWh", "Price of grid energy."),
    ),
)

FAILURES = Spec(
    "failures_drawn",
    "Failures of nodes, drawn up front. A failure strikes the node at `place_fraction` of the nodes then live.",
    (
        C("at_s", "i8", "s", "When it strikes."),
        C("place_fraction", "f8", "", "Which node: position among all live nodes, 0 to 1."),
        C("repair_s", "i8", "s", "How long the node is out."),
        C("cause", "str", "", "Component that failed."),
        C("chips", "i8", "chips", "Chips that are out with it, from that node on; 0: those of the node."),
    ),
)


EVENTS = Spec(
    "grid_events",
    "What the grid operator asked for or did, in order of time.",
    (
        C("start_s", "i8", "s", "From when the limit holds."),
        C("end_s", "i8", "s", "Until when."),
        C("limit_w", "f8", "W", "Most that the campus may draw at the point of interconnection."),
        C("notice_s", "i8", "s", "Warning before the start."),
        C("kind", "str", "", "curtail (with notice), trip (at once) or return (a stage on the way back)."),
    ),
)

ENVELOPE = Spec(
    "envelope",
    "Largest share of the live chips that may be busy: a step function, 1 before its first row. Batch jobs give way before "
    "services, every tenant by the same share.",
    (
        C("at_s", "i8", "s", "From when."),
        C("chips_fraction", "f8", "", "Share from then on."),
        C("cause", "str", "", "What binds: event, supply, heat, or none."),
    ),
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The world outside."""

    hours: Table
    failures: Table
    carbon_boundary: str
    """What the carbon intensity counts: direct or life cycle, location or market based."""
    notes: tuple[str, ...] = ()
    events: Table = field(default_factory=EVENTS.empty)
    envelope: Table = field(default_factory=ENVELOPE.empty)
    repairs: tuple[str, ...] = ()
    """What the site's files lacked and what stands for it."""
