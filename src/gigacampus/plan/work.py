"""Stand-in work for plans: every tenant keeps a stated share of its chips busy, and the campus draws accordingly.

The facility is worked out once, for the plan at its medians. In other samples a live watt draws, drinks and is served
as it does there in the same month, at the sample's prices of energy (bands, demand charge and starts too) and water.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus import conditions, facility
from gigacampus.clock import HOUR_S
from gigacampus.facility import Bills
from gigacampus.scenario import Scenario
from gigacampus.tables import flows as flow_tables
from gigacampus.tables import log as log_tables
from gigacampus.tables.flows import Flows
from gigacampus.tables.log import Log
from gigacampus.tables.table import Spec, Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind

Floats = NDArray[np.float64]
BUSY_FRACTION = 0.71
"""Busy share of the entitled chip-hours: what the jobs of the built-in campus give (`gigacampus run stargate-uae`)."""
GOODPUT_FRACTION = 0.886
"""Useful share of busy chip-hours, from the same run."""


def busy(scenario: Scenario, timeline: Timeline) -> Log:
    """Every tenant's chips, `BUSY_FRACTION` of them busy from the day on which it may use them."""
    capacity = timeline.capacity
    order = np.lexsort((capacity["at_s"], capacity["tenant_index"]))
    who, at_s = capacity["tenant_index"][order], capacity["at_s"][order]
    held = np.rint(capacity["chips"][order] * BUSY_FRACTION).astype(np.int64)
    change = held - np.where(np.diff(who, prepend=-1) != 0, 0, np.concatenate(([0], held))[: len(held)])
    by_time = np.argsort(at_s, kind="stable")
    changes = Table(
        log_tables.BUSY,
        {
            "at_s": at_s[by_time], "tenant_index": who[by_time], "chips": change[by_time],
            "kind_index": np.full(len(who), int(Kind.BATCH)),
        },
    )  # fmt: skip
    return Log(log_tables.JOBS.empty(), changes, log_tables.OUTAGES.empty(), _usage(scenario, timeline))


def _usage(scenario: Scenario, timeline: Timeline) -> Table:
    edges, count = scenario.clock.month_starts_s(), len(timeline.tenants)
    entitled, h100e = np.zeros((count, len(edges) - 1)), np.zeros((count, len(edges) - 1))
    for tenant in range(count):
        mine = timeline.capacity.where(timeline.capacity["tenant_index"] == tenant)
        inside = _overlap_s(edges, mine["at_s"]) / HOUR_S
        entitled[tenant] = np.diff(mine["chips"].astype(np.float64), prepend=0.0) @ inside
        h100e[tenant] = np.diff(mine["h100e"], prepend=0.0) @ inside
    flat, useful = entitled.ravel(), BUSY_FRACTION * GOODPUT_FRACTION
    columns = {
        "month_s": np.tile(edges[:-1], count), "tenant_index": np.repeat(np.arange(count), len(edges) - 1),
        "entitled_gpu_h": flat, "batch_gpu_h": flat * BUSY_FRACTION, "useful_gpu_h": flat * useful,
        "lost_gpu_h": flat * (BUSY_FRACTION - useful), "useful_h100e_h": h100e.ravel() * useful,
    }  # fmt: skip
    return _filled(log_tables.USAGE, columns)


def _overlap_s(edges: NDArray[np.int64], since_s: NDArray[np.int64]) -> Floats:
    """Seconds of each month after an instant, shape (instants, months)."""
    late = np.maximum(since_s[:, None], edges[:-1][None, :])
    return np.clip(edges[1:][None, :] - late, 0, None).astype(np.float64)


def _filled(spec: Spec, columns: dict[str, Any]) -> Table:
    size = len(next(iter(columns.values())))
    nothing: dict[str, Any] = {"i8": 0, "i4": 0, "f8": 0.0, "b1": False, "str": ""}
    return Table(spec, {one.name: [nothing[one.dtype]] * size for one in spec.columns} | columns)


@dataclass(frozen=True, slots=True)
class Rates:
    """What a live watt of IT draws and costs at the medians, by month."""

    median: Scenario
    served_w: Floats
    """What the sources served by the hour; shape (hours, sources)."""
    live_w_s: Floats
    """Live watts that they served, integrated over each month, those of `nearest`; shape (months,)."""
    nearest: NDArray[np.int64]
    """The month itself, or the nearest one with live chips where it has none; shape (months,)."""
    meter_j: Floats
    """Energy at the meter for a watt live for a second; shape (months,)."""
    water_usd: Floats
    """By supply."""
    water_names: tuple[str, ...]

    def bills(self, scenario: Scenario) -> Bills:
        """Bills by month and source of what the sources served at the medians, at the sample's prices."""
        hours = facility.month_edges(scenario.clock, len(self.served_w))
        return facility.month_bills(scenario, self.served_w, hours, conditions.grid_price(scenario))

    def flows(self, scenario: Scenario, timeline: Timeline, log: Log, parts: Bills) -> Flows:
        """Bills of a sample: its live watts at these rates, `parts` at its own prices scaled to them."""
        edges = scenario.clock.month_starts_s()
        live, sources = _live_w_s(scenario, timeline), list(scenario.site.sources)
        scale = np.where(self.live_w_s > 0.0, live / np.where(self.live_w_s > 0.0, self.live_w_s, 1.0), 0.0)

        def billed(usd: Floats) -> Floats:
            return np.asarray(usd[self.nearest] * scale[:, None]).ravel()

        months = edges[:-1]
        bills: dict[str, Any] = {
            "month_s": np.repeat(months, len(sources)), "source": np.tile(np.array(sources, dtype=object), len(months)),
            "supplier": [scenario.site.sources[name].supplier for name in sources] * len(months),
            "cost_usd": billed(parts.cost_usd), "band_usd": billed(parts.band_usd),
            "demand_usd": billed(parts.demand_usd), "start_usd": billed(parts.start_usd),
        }  # fmt: skip
        water: dict[str, Any] = {
            "month_s": np.repeat(months, len(self.water_names)),
            "source": np.tile(np.array(self.water_names, dtype=object), len(months)),
            "supplier": [_water_supplier(scenario, name) for name in self.water_names] * len(months),
            "cost_usd": (self.water_usd * self._water_prices(scenario)[:, None] * live).T.ravel(),
        }  # fmt: skip
        return Flows(
            flow_tables.HOURS.empty(), flow_tables.MONTHS.empty(), _filled(flow_tables.SOURCES, bills),
            self._tenants(timeline, log, live), water=_filled(flow_tables.WATER, water),
        )  # fmt: skip

    def _water_prices(self, scenario: Scenario) -> Floats:
        ours, base = scenario.site, self.median.site
        return np.array(
            [
                _ratio(ours.water_sources[name].price, base.water_sources[name].price)
                if name in ours.water_sources else _ratio(ours.water_price, base.water_price)
                for name in self.water_names
            ]
        )  # fmt: skip

    def _tenants(self, timeline: Timeline, log: Log, live: Floats) -> Table:
        """Energy at the meter by tenant, by entitled chip-hours; the rest is nobody's."""
        usage, count = log.usage, len(timeline.tenants)
        entitled = usage["entitled_gpu_h"].reshape(count, -1)
        chips_h = _live_gpu_h(timeline, usage["month_s"][: entitled.shape[1]], self.median)
        share = entitled / np.where(chips_h > 0.0, chips_h, 1.0)
        share = np.vstack([share, np.clip(1.0 - share.sum(axis=0), 0.0, None)])
        index = np.append(np.arange(count), -1)
        columns = {
            "month_s": np.tile(usage["month_s"][: entitled.shape[1]], count + 1),
            "tenant_index": np.repeat(index, entitled.shape[1]),
            "facility_j": (share * self.meter_j * live).ravel(),
        }
        return _filled(flow_tables.TENANTS, columns)


def _live_w_s(scenario: Scenario, timeline: Timeline) -> Floats:
    rows = timeline.installs
    live: Floats = rows["it_w"] @ _overlap_s(scenario.clock.month_starts_s(), rows["at_s"])
    return live


def _live_gpu_h(timeline: Timeline, months: Any, median: Scenario) -> Floats:
    rows = timeline.installs
    edges = np.append(months, median.clock.end_s)
    live: Floats = rows["chips"].astype(np.float64) @ _overlap_s(edges, rows["at_s"]) / HOUR_S
    return live


def _ratio(ours: Any, median: Any) -> float:
    return float(ours) / float(median) if float(median) else 1.0


def _water_supplier(scenario: Scenario, name: str) -> str:
    source = scenario.site.water_sources.get(name)
    return source.supplier if source is not None else scenario.site.water_supplier


def rates(scenario: Scenario, timeline: Timeline, log: Log) -> Rates:
    """Run the facility once on the stand-in work, and take what a live watt costs in each month.

    Months without live chips take the rates of the nearest month that has some.
    """
    outside = conditions.draw(scenario, timeline)
    flows = facility.derive(scenario, timeline, outside, log, with_options=False)
    live = _live_w_s(scenario, timeline)
    has, months = np.flatnonzero(live > 0.0), len(live)
    away = np.abs(np.arange(months)[:, None] - has[None, :])
    nearest = has[away.argmin(axis=1)] if len(has) else np.arange(months)

    def by_watt(values: Floats) -> Floats:
        found: Floats = values[..., nearest] / np.where(live[nearest] > 0.0, live[nearest], np.inf)
        return found

    water = flows.water["cost_usd"].reshape(months, -1).T
    names = tuple(map(str, flows.water["source"][: len(water)]))
    return Rates(
        scenario, _served_w(scenario, flows), live[nearest], nearest, by_watt(flows.months["facility_j"]),
        by_watt(water), names,
    )  # fmt: skip


def _served_w(scenario: Scenario, flows: Flows) -> Floats:
    """Power of each source by the hour; shape (hours, sources)."""
    rows, order = flows.source_hours, {name: place for place, name in enumerate(scenario.site.sources)}
    served = np.zeros((len(flows.hours), len(order)))
    served[rows["hour_s"] // HOUR_S, [order[str(name)] for name in rows["source"]]] = rows["served_w"]
    return served
