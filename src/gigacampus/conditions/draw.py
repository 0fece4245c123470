"""`draw`: weather, prices, carbon and failures of the whole horizon, before anything runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import Clock
from gigacampus.conditions.calendar import local_hours
from gigacampus.conditions.carbon_file import read_carbon
from gigacampus.conditions.envelope import draw_envelope
from gigacampus.conditions.events import read_events
from gigacampus.conditions.failures import draw_failures
from gigacampus.conditions.faults import fault
from gigacampus.conditions.grid import carbon_kg_per_kwh, price_usd_per_kwh
from gigacampus.conditions.reading import read_weather
from gigacampus.conditions.weather_year import WeatherYear
from gigacampus.errors import Gathered
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import any_clock, beside, missing
from gigacampus.scenario.matching import matching
from gigacampus.scenario.unknown import where_known
from gigacampus.tables.conditions import EVENTS, HOURS, Conditions
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline

WEATHER = ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa", "ghi_wm2", "dni_wm2", "dhi_wm2", "wind_ms", "tracker_wm2")


def draw(scenario: Scenario, timeline: Timeline) -> Conditions:
    """The world outside: hours of weather, grid carbon and price, failures of nodes, and how much may work when.

    Where the site has no grid source, carbon and price are NaN. Raises InputError for weather that cannot be used.
    """
    hours, notes, repairs = _hours(scenario)
    events = _events(scenario, scenario.clock)
    envelope = draw_envelope(scenario, timeline, hours, events)
    boundary = scenario.site.carbon_boundary
    return Conditions(hours, draw_failures(scenario, timeline), boundary, notes, events, envelope, repairs)


def look(scenario: Scenario) -> tuple[str, ...]:
    """Read the site's files as `draw` would: what had to be mended; InputError with the faults of all of them."""
    site, gathered, repairs = scenario.site, Gathered(), list[str]()
    years: list[WeatherYear] = []
    with where_known:
        for name in _weather(scenario):
            with where_known, gathered:
                if not missing(scenario, name, ("site", "weather")):
                    years.append(_year(scenario, name))
    repairs += [note for year in years for note in year.repairs]
    with where_known, gathered:
        _has_sun(scenario, years)
    for path, name in matching(scenario, ("site", "sources", "*", "carbon_file")):
        with where_known, gathered:
            if name and not missing(scenario, name, tuple(path.split("."))):
                _, mended = _carbon(scenario, path.split(".")[2])
                repairs += [mended] if mended else []
    with where_known, gathered:
        if site.events and not missing(scenario, site.events, ("site", "events")):
            _events(scenario, any_clock(scenario))
    gathered.told()
    return tuple(dict.fromkeys(repairs))


def grid_price(scenario: Scenario) -> NDArray[np.float64]:
    """Price of the site's grid by the hour of the horizon, USD/kWh, shape (hours,); NaN where it has none."""
    local = local_hours(scenario.clock, scenario.site.utc_offset_h)
    grid = next((source for source in scenario.site.sources.values() if source.kind == "grid"), None)
    return np.full(len(local.hour), np.nan) if grid is None else price_usd_per_kwh(grid, local)


def _hours(scenario: Scenario) -> tuple[Table, tuple[str, ...], tuple[str, ...]]:
    """Weather, carbon and price by the hour; notes; and those of them that tell what was mended."""
    site = scenario.site
    years = [_year(scenario, name).warmed(float(site.warming)) for name in _weather(scenario)]
    _has_sun(scenario, years)
    local = local_hours(scenario.clock, site.utc_offset_h)
    columns = {name: local.laid(np.stack([getattr(year, name) for year in years])) for name in WEATHER}
    notes = [note for year in years for note in (*year.notes, *_zones(year, site.utc_offset_h))]
    repairs = [note for year in years for note in year.repairs]
    where, grid = next(((name, one) for name, one in site.sources.items() if one.kind == "grid"), ("", None))
    if grid is None:
        columns["grid_kg_per_kwh"] = columns["grid_usd_per_kwh"] = np.full(len(local.hour), np.nan)
    else:
        if grid.carbon_file:
            table, mended = _carbon(scenario, where)
            columns["grid_kg_per_kwh"] = local_hours(scenario.clock, 0.0).laid(table[None])
            repairs += [mended] if mended else []
            notes += [mended] if mended else []
        else:
            columns["grid_kg_per_kwh"] = local.laid(np.stack([carbon_kg_per_kwh(grid, year) for year in years]))
        columns["grid_usd_per_kwh"] = grid_price(scenario)
    hours = Table(HOURS, {"hour_s": scenario.clock.hour_starts_s(), **columns})
    return hours, tuple(dict.fromkeys(notes)), tuple(dict.fromkeys(repairs))


def _weather(scenario: Scenario) -> list[str]:
    """The names of the site's weather years."""
    names = scenario.site.weather
    return [names] if isinstance(names, str) else names


def _year(scenario: Scenario, name: str) -> WeatherYear:
    """A weather year as its file has it."""
    return read_weather(str(beside(scenario, name, ("site", "weather"))))


def _carbon(scenario: Scenario, source: str) -> tuple[NDArray[np.float64], str]:
    """The hourly carbon of a source's file, and what of it was mended."""
    name = str(scenario.site.sources[source].carbon_file)
    path = beside(scenario, name, ("site", "sources", source, "carbon_file"))
    return read_carbon(path, scenario.site.carbon_boundary)


def _events(scenario: Scenario, clock: Clock) -> Table:
    """The grid events that the scenario names, none where it names no file."""
    if not scenario.site.events:
        return EVENTS.empty()
    return read_events(beside(scenario, scenario.site.events, ("site", "events")), clock)


def _zones(year: WeatherYear, utc_offset_h: float) -> tuple[str, ...]:
    """A note where the site's clock is not that of its weather: the year is laid by the site's local hours."""
    if abs(year.utc_offset_h - utc_offset_h) <= 1.0:
        return ()
    return (f"weather of {year.place} is of UTC{year.utc_offset_h:+g} h, the site's clock is UTC{utc_offset_h:+g} h",)


def _has_sun(scenario: Scenario, years: list[WeatherYear]) -> None:
    """Refuse solar plants, and grids shaped by the sun, under weather without irradiance."""
    asks = [name for name, one in scenario.site.sources.items() if one.solar is not None or one.shape != "constant"]
    dark = [year for year in years if not year.ghi_wm2.any()]
    if asks and dark:
        raise fault(
            "W014", f"the weather of {dark[0].place} has no irradiance, but {asks[0]} needs the sun",
            dark[0].source, path=f"site.sources.{asks[0]}", fix="take a typical year, an EPW or a PVGIS file",
        )  # fmt: skip
