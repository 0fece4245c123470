"""What the conditions room hands on: weather, prices, carbon, failures. Drawn up front: two policies meet the same."""

from __future__ import annotations

from dataclasses import dataclass

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
