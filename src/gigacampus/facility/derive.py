"""`derive`: power, water and carbon of the campus, hour by hour, from what ran and what the weather was."""

from __future__ import annotations

import numpy as np

from gigacampus.facility.carbon import source_hours
from gigacampus.facility.events import event_costs, event_limit_w
from gigacampus.facility.it import it_hours
from gigacampus.facility.options import options_tables
from gigacampus.facility.series import Series
from gigacampus.facility.summary import summarise
from gigacampus.facility.supply import serve
from gigacampus.facility.tally import hours_table, month_edges, months_table, sources_table, tenants_table
from gigacampus.facility.water import water_table
from gigacampus.kernels.chains import losses_w
from gigacampus.kernels.plant import cooling_hours
from gigacampus.scenario import Scenario
from gigacampus.scenario.plants import plant
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import LIMITED_OPTIONS, OPTIONS, Flows
from gigacampus.tables.log import Log
from gigacampus.tables.timeline import Timeline


def series(scenario: Scenario, timeline: Timeline, outside: Conditions, log: Log) -> Series:
    """Every hour's power: IT, conversion losses, cooling, house load, and the sources that serve the sum.

    Where sources fall short, or idle racks alone pass the limit of an event, racks are switched off: all of the hour's
    power is scaled to what can be had, with its water.
    """
    weather = outside.hours
    it = it_hours(scenario, timeline, log)
    made = plant(scenario.site.cooling)
    cooling = cooling_hours(
        made, weather["dry_bulb_degc"], weather["wet_bulb_degc"], weather["pressure_pa"], it.it_w, it.provisioned_w
    )
    loss_w = losses_w(scenario.site.chain.kind, it.it_w, it.provisioned_w)
    misc_w = made.misc_fraction * it.provisioned_w
    wanted_w = it.it_w + loss_w + cooling.power_w + misc_w
    served = serve(scenario, outside, np.minimum(wanted_w, event_limit_w(outside.events, wanted_w)))
    drawn_w = served.served_w.sum(axis=1) - served.charged_w.sum(axis=1)
    kept = np.where(drawn_w < wanted_w * (1.0 - 1e-9), drawn_w / np.where(wanted_w > 0.0, wanted_w, 1.0), 1.0)
    if (kept >= 1.0).all():
        return Series(made, it, loss_w, cooling, misc_w, wanted_w, served, wanted_w)
    return Series(
        made, it.scaled(kept), loss_w * kept, cooling.scaled(kept), misc_w * kept, wanted_w * kept, served, wanted_w
    )


def derive(
    scenario: Scenario, timeline: Timeline, outside: Conditions, log: Log, *, with_options: bool = True
) -> Flows:
    """What the campus draws, drinks and emits.

    Powers are means over the hour from exact chip-seconds; in every hour IT + losses + cooling + house load = power at
    the meter = sources - charging of batteries. What stays unserved is drawn by nobody and told apart.
    `with_options=False` leaves out the tables of other plants under the same work.
    """
    found = series(scenario, timeline, outside, log)
    edges = month_edges(scenario.clock, len(found.facility_w))
    months = months_table(scenario, found, edges)
    options, limited = (
        options_tables(scenario, outside, found) if with_options else (OPTIONS.empty(), LIMITED_OPTIONS.empty())
    )
    return Flows(
        hours_table(scenario.clock, found),
        months,
        sources_table(scenario, found, edges, outside.hours["grid_usd_per_kwh"]),
        tenants_table(found, months, edges),
        summarise(scenario, timeline, outside, log, found),
        options,
        event_costs(scenario, timeline, outside, log, found),
        source_hours=source_hours(found),
        limited_options=limited,
        water=water_table(scenario, outside, found.cooling.water_l),
    )
