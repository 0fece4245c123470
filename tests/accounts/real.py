"""The built-in campus with stand-in work: deal and build-out as they are, every tenant busy at a stated share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from gigacampus import buildout, deal
from gigacampus.accounts import settle
from gigacampus.scenario import Scenario, load
from gigacampus.tables.books import Books
from gigacampus.tables.flows import HOURS, SOURCES, WATER, Flows
from gigacampus.tables.flows import MONTHS as FLOW_MONTHS
from gigacampus.tables.flows import TENANTS as FLOW_TENANTS
from gigacampus.tables.log import BUSY, JOBS, OUTAGES, USAGE, Log
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline
from tests.accounts.made import filled

Made = tuple[Scenario, Supply, Timeline, Log, Flows]


def _hours(edges: Any, at_s: Any, change: Any) -> Any:
    late = np.clip(edges[1:][None, :] - np.maximum(at_s[:, None], edges[:-1][None, :]), 0, None)
    return change @ late / 3600.0


@cache
def played(variants: Sequence[str] = ()) -> Made:
    """Scenario and tables: 80 % of entitled chips held, 75 % of the provisioned power drawn, a PUE of 1.25."""
    given = load("stargate-uae", variants)
    supply = deal.clear(given)
    timeline = buildout.plan(given, supply)
    edges = given.clock.month_starts_s()
    months, tenants = edges[:-1], len(timeline.tenants)
    entitled, h100e = np.zeros((tenants, len(months))), np.zeros((tenants, len(months)))
    for row in range(tenants):
        mine = timeline.capacity.where(timeline.capacity["tenant_index"] == row)
        entitled[row] = _hours(edges, mine["at_s"], np.diff(mine["chips"].astype(float), prepend=0.0))
        h100e[row] = _hours(edges, mine["at_s"], np.diff(mine["h100e"], prepend=0.0))
    it_j = _hours(edges, timeline.installs["at_s"], timeline.installs["it_w"]) * 3600.0 * 0.75
    index, month = np.repeat(np.arange(tenants), len(months)), np.tile(months, tenants)
    flat = entitled.ravel()
    usage = filled(
        USAGE,
        {
            "month_s": month, "tenant_index": index, "entitled_gpu_h": flat, "batch_gpu_h": flat * 0.8,
            "serve_gpu_h": flat * 0.0, "useful_gpu_h": flat * 0.78, "lost_gpu_h": flat * 0.02,
            "down_gpu_h": flat * 0.005, "useful_h100e_h": h100e.ravel() * 0.78,
        },
    )  # fmt: skip
    name, source = next(iter(given.site.sources.items()))
    count = len(months)
    facility_j = it_j * 1.25
    sources = filled(
        SOURCES,
        {
            "month_s": months, "source": [name] * count, "supplier": [source.supplier] * count, "energy_j": facility_j,
            "carbon_kg": facility_j * 0.0, "cost_usd": facility_j / 3.6e6 * float(source.price),
        },
    )  # fmt: skip
    flow_months = filled(
        FLOW_MONTHS, {"month_s": months, "it_j": it_j, "facility_j": facility_j, "water_l": it_j / 3.6e6}
    )
    share = entitled / np.maximum(entitled.sum(axis=0), 1e-9)
    flow_tenants = filled(
        FLOW_TENANTS,
        {
            "month_s": month, "tenant_index": index, "it_j": (share * it_j).ravel(),
            "facility_j": (share * facility_j).ravel(),
        },
    )  # fmt: skip
    log = Log(JOBS.empty(), BUSY.empty(), OUTAGES.empty(), usage)
    water = filled(
        WATER,
        {
            "month_s": months, "source": ["desalinated"] * count, "supplier": [given.site.water_supplier] * count,
            "water_l": it_j / 3.6e6, "cost_usd": it_j / 3.6e9 * float(given.site.water_price),
        },
    )  # fmt: skip
    return given, supply, timeline, log, Flows(HOURS.empty(), flow_months, sources, flow_tenants, water=water)


@cache
def booked(variants: Sequence[str] = ()) -> Books:
    """Its books."""
    return settle(*played(variants))
