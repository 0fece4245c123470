"""What grid events cost: GPU-hours by tenant, energy saved, rebound and return ramp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.facility.series import Series
from gigacampus.facility.shed import demands, shed
from gigacampus.facility.swings import meter_edges
from gigacampus.kernels.swing import largest_steps_w
from gigacampus.scenario import Scenario
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import EVENT_COSTS
from gigacampus.tables.log import Log
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

REBOUND_S = 2 * HOUR_S
RETURN_S = HOUR_S
J_PER_MWH = 3.6e9


def event_costs(scenario: Scenario, timeline: Timeline, outside: Conditions, log: Log, found: Series) -> Table:
    """One row for each event and tenant: what it kept from running, and the way back of the whole campus."""
    if not len(outside.events):
        return EVENT_COSTS.empty()
    edges = meter_edges(scenario, log, found)
    tenants = demands(timeline, log)
    rows, calm_s, busy_until_s = [], 0, -1
    for index, event in enumerate(outside.events.rows()):
        start = max(event["start_s"] - (event["notice_s"] if event["kind"] == "curtail" else 0), 0)
        end = min(event["end_s"], scenario.clock.end_s)
        if start > busy_until_s:
            calm_s = start  # an event right after another is held against the work before both
        busy_until_s = max(busy_until_s, end)
        rebound, rate = _after(edges.at_s, edges.meter_w, calm_s, end)
        over = _over_j(found.wanted_w, event["start_s"], end, event["limit_w"])
        for tenant, demand in enumerate(tenants):
            chip_s, joules = shed(scenario, demand, found, (calm_s, start, end))
            rows.append(
                {
                    "event_index": index, "tenant_index": tenant, "shed_gpu_h": chip_s / HOUR_S, "shed_j": joules,
                    "gpu_h_per_mwh": chip_s / HOUR_S / (joules / J_PER_MWH) if joules > 0.0 else np.nan,
                    "rebound_w": rebound, "return_w_per_min": rate,
                    "over_limit_j": over,
                }
            )  # fmt: skip
    return Table.from_rows(EVENT_COSTS, rows)


def event_limit_w(events: Table, wanted_w: Array) -> Array:
    """The most that events let the campus draw on the mean of each hour, infinite where none holds; shape (hours,).

    Outside of its span an event leaves the hour what it wants.
    """
    most = np.full(len(wanted_w), np.inf)
    for event in events.rows():
        start, end = max(event["start_s"], 0), min(event["end_s"], len(wanted_w) * HOUR_S)
        hours = np.arange(start // HOUR_S, -(-end // HOUR_S))
        inside = (np.minimum(hours * HOUR_S + HOUR_S, end) - np.maximum(hours * HOUR_S, start)) / HOUR_S
        held = inside * np.minimum(event["limit_w"], wanted_w[hours]) + (1.0 - inside) * wanted_w[hours]
        # an hour that keeps the limit on its mean may have stood above it only outside of the event
        most[hours] = np.minimum(most[hours], np.where(wanted_w[hours] > event["limit_w"], held, np.inf))
    return most


def _over_j(facility_w: Array, start: int, end: int, limit_w: float) -> float:
    """Energy wanted above a limit between two instants, from hourly means; hours inside in part count in part."""
    hours = np.arange(max(start, 0) // HOUR_S, -(-end // HOUR_S))
    inside = np.minimum(hours * HOUR_S + HOUR_S, end) - np.maximum(hours * HOUR_S, start)
    is_whole = inside == HOUR_S
    over = np.maximum(facility_w[hours] - limit_w, 0.0) * inside
    return float(over[is_whole].sum() if is_whole.any() else over.sum())


def _after(at_s: Whole, meter: Array, start: int, end: int) -> tuple[float, float]:
    """Rebound above the load before, and the fastest rise within a minute on the way back."""

    def level(moment: int) -> float:
        return float(meter[max(int(np.searchsorted(at_s, moment, side="right")) - 1, 0)])

    inside = (at_s > end) & (at_s <= end + REBOUND_S)
    highest = max([level(end), *meter[inside].tolist()])
    back = (at_s >= end) & (at_s <= end + RETURN_S)
    times = np.concatenate(([end - 1], at_s[back])).astype(np.float64)
    levels = np.concatenate(([level(end - 1)], meter[back]))
    up, _ = largest_steps_w(times, levels, 60.0)
    return max(highest - level(start - 1), 0.0), up
