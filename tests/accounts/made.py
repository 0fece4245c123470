"""A campus that never was, by hand: scenario and the tables that the other rooms would hand over."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.flows import HOURS, SOURCES, WATER, Flows
from gigacampus.tables.flows import MONTHS as FLOW_MONTHS
from gigacampus.tables.flows import TENANTS as FLOW_TENANTS
from gigacampus.tables.log import BUSY, JOBS, OUTAGES, USAGE, Log
from gigacampus.tables.supply import COMPLIANCE, DELIVERIES, LICENCES, OBLIGATIONS, QUOTAS, TRANSITIONS, Supply
from gigacampus.tables.table import Spec
from gigacampus.tables.timeline import CAPACITY, HALLS, INSTALLS, MONTHS, TENANTS, Timeline

DAY_S = 86_400
CHIP_W = 2_000.0

COSTS: dict[str, Any] = {
    "chip_price": {"GB300": "43k USD"},
    "network_price": {"GB300": "9k USD"},
    "building": "11.77 USD/W",
    "discount_rate": "8 %",
    "chip_life": "5 years",
    "building_life": "20 years",
    "operation": "0.3 USD/W",
}

SCENARIO: dict[str, Any] = {
    "title": "made up", "start": "2025-01-01", "end": "2027-12-31", "known_as_of": "2025-06-30",
    "deal": {
        "parties": {
            name: {"name": name, "kind": "other"}
            for name in ("host", "runner", "lab", "cloud", "vendor", "grid", "sea", "state", "bank")
        },
        "deliveries": {
            "stream": {
                "licence": "lic", "vendor": "vendor", "chip": "GB300", "start": "2025-01-01", "end": "2027-12-31",
                "rate": "100k chips/year", "transit": "30 days",
            }
        },
        "obligations": {
            "match": {
                "debtor": "host", "creditor": "state", "kind": "match_ratio", "ratio": 1, "evidence_lag": "90 days"
            }
        },
    },
    "campus": {
        "name": "Made", "operator": "host", "owner": "host",
        "halls": {
            "one": {
                "phase": "1", "power": "100 MW IT", "building_ready": "2025-06-01", "power_ready": "2025-06-01"
            }
        },
        "racks": {
            "GB300": {
                "chips_per_rack": 72, "chips_per_node": 4, "it_power": "136 kW", "network": "4 %", "storage": "2 %"
            }
        },
        "install_rate": "12 racks/day", "commissioning": "30 days", "facility_ratio": 1.4, "poi_ratio": 1.45,
    },
    "tenants": {
        "lab": {"party": "lab", "tenancies": [{"share": "60 %"}]},
        "cloud": {"party": "cloud", "tenancies": [{"share": "40 %"}]},
    },
    "operations": {},
    "site": {
        "cooling": {"liquid_share": "85 %"}, "carbon_boundary": "direct",
        "sources": {
            "grid": {
                "supplier": "grid", "kind": "grid", "limit": "1 GW poi", "price": "5.5 USc/kWh", "carbon": "200 g/kWh"
            }
        },
        "water_price": "1.2 USD/m3", "water_supplier": "sea",
    },
}  # fmt: skip


def scenario(costs: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    """The made-up scenario, with other costs on top of the plain ones."""
    return Scenario.model_validate(SCENARIO | {"costs": COSTS | (costs or {})} | changes)


def filled(spec: Spec, columns: dict[str, Any]) -> Table:
    """A table whose columns that do not matter here are zero, NaN, false or empty."""
    length = len(next(iter(columns.values())))
    nothing: dict[str, Any] = {"i8": 0, "i4": 0, "f8": np.nan, "b1": False, "str": ""}
    rest = {one.name: [nothing[one.dtype]] * length for one in spec.columns if one.name not in columns}
    return Table(spec, {**rest, **columns})


def lots(arrive_days: list[int], chips: list[int], owner: str = "host", operator: str = "host") -> Supply:
    """Lots that cleared 30 days before they arrive, and a match of 50k USD a chip, paid 90 days later."""
    arrive_s = np.array(arrive_days, dtype=np.int64) * DAY_S
    count = len(arrive_days)
    names = [f"lot-{n}" for n in range(count)]
    cleared_s = arrive_s - 30 * DAY_S
    deliveries = filled(
        DELIVERIES,
        {
            "delivery_id": names, "site": ["campus"] * count, "party": [owner] * count, "owner": [owner] * count,
            "operator": [operator] * count, "chip": ["GB300"] * count, "chips": chips,
            "h100e": np.array(chips) * 2.5, "wanted_s": cleared_s, "cleared_s": cleared_s, "arrive_s": arrive_s,
            "licence": ["lic"] * count,
        },
    )  # fmt: skip
    due = np.array(chips) * 50_000.0
    obligations = filled(
        OBLIGATIONS,
        {
            "obligation": ["match"] * count, "debtor": [owner] * count, "creditor": ["state"] * count,
            "delivery_id": names, "due_s": cleared_s, "paid_s": cleared_s + 90 * DAY_S, "due_usd": due, "paid_usd": due,
        },
    )  # fmt: skip
    return Supply(deliveries, COMPLIANCE.empty(), QUOTAS.empty(), LICENCES.empty(), obligations, TRANSITIONS.empty())


def standing(given: Scenario, supply: Supply, tenants: int = 2) -> Timeline:
    """One hall; every lot goes live 60 days after it arrives."""
    rows = supply.deliveries
    clock = given.clock
    live_s = rows["arrive_s"] + 60 * DAY_S
    ready = min(151 * DAY_S, clock.end_s)
    halls = filled(
        HALLS,
        {
            "hall": ["one"], "phase": ["1"], "building_s": [ready], "power_s": [ready], "it_limit_w": [1e8],
            "lost_from_s": [NEVER], "lost_until_s": [NEVER],
        },
    )  # fmt: skip
    installs = filled(
        INSTALLS,
        {
            "at_s": live_s, "hall_index": np.zeros(len(rows), int), "delivery_id": rows["delivery_id"],
            "party": rows["party"], "chip": rows["chip"], "chips": rows["chips"], "it_w": rows["chips"] * CHIP_W,
            "h100e": rows["h100e"],
        },
    )  # fmt: skip
    names = ["lab", "cloud"][:tenants]
    return Timeline(
        halls, installs, MONTHS.empty(), CAPACITY.empty(),
        Table(TENANTS, {"tenant": names, "party": names, "kind": [""] * tenants}), {"GB300": CHIP_W},
    )  # fmt: skip


def happened(given: Scenario, timeline: Timeline, shares: list[float], busy: float = 0.8) -> tuple[Log, Flows]:
    """Tenants hold `busy` of the chips they may use; chips draw their full power, at a PUE of 1.25 and 5.5 cents."""
    edges = given.clock.month_starts_s()
    rows = timeline.installs
    late = np.clip(edges[1:][None, :] - np.maximum(rows["at_s"][:, None], edges[:-1][None, :]), 0, None)
    live_h = (rows["chips"] @ late) / 3600.0
    months, count = edges[:-1], len(shares)
    it_j = live_h * 3600.0 * CHIP_W
    tenant_h = np.outer(shares, live_h).ravel()
    index, month = np.repeat(np.arange(count), len(months)), np.tile(months, count)
    usage = filled(
        USAGE,
        {
            "month_s": month, "tenant_index": index, "entitled_gpu_h": tenant_h, "batch_gpu_h": tenant_h * busy,
            "serve_gpu_h": tenant_h * 0.0, "useful_gpu_h": tenant_h * busy * 0.98, "lost_gpu_h": tenant_h * busy * 0.02,
            "down_gpu_h": tenant_h * 0.01, "useful_h100e_h": tenant_h * busy * 0.98 * 2.5,
        },
    )  # fmt: skip
    log = Log(JOBS.empty(), BUSY.empty(), OUTAGES.empty(), usage)
    facility_j = it_j * 1.25
    sources = filled(
        SOURCES,
        {
            "month_s": months, "source": ["grid"] * len(months), "supplier": ["grid"] * len(months),
            "energy_j": facility_j, "carbon_kg": facility_j * 0.0, "cost_usd": facility_j / 3.6e6 * 0.055,
        },
    )  # fmt: skip
    flow_months = filled(
        FLOW_MONTHS, {"month_s": months, "it_j": it_j, "facility_j": facility_j, "water_l": it_j / 3.6e6 * 1.5}
    )
    free = 1.0 - sum(shares)
    whole = np.concatenate([np.outer(shares, it_j).ravel(), free * it_j])
    flow_tenants = filled(
        FLOW_TENANTS,
        {
            "month_s": np.concatenate([month, months]),
            "tenant_index": np.concatenate([index, np.full(len(months), -1)]),
            "it_j": whole, "facility_j": whole * 1.25,
        },
    )  # fmt: skip
    water = filled(
        WATER,
        {
            "month_s": months, "source": ["desalinated"] * len(months),
            "supplier": [given.site.water_supplier] * len(months), "water_l": it_j / 3.6e6 * 1.5,
            "cost_usd": it_j / 3.6e9 * 1.5 * float(given.site.water_price),
        },
    )  # fmt: skip
    return log, Flows(HOURS.empty(), flow_months, sources, flow_tenants, water=water)


def campus(
    costs: dict[str, Any] | None = None, arrive_days: list[int] | None = None, chips: list[int] | None = None,
    shares: list[float] | None = None, owner: str = "host", operator: str = "host", **changes: Any,
) -> tuple[Scenario, Supply, Timeline, Log, Flows]:  # fmt: skip
    """Everything that `settle` takes."""
    given = scenario(costs, **changes)
    supply = lots(arrive_days or [60, 120, 200], chips or [7_200, 14_400, 7_200], owner, operator)
    split = [0.6, 0.3] if shares is None else shares
    timeline = standing(given, supply, len(split))
    return (given, supply, timeline, *happened(given, timeline, split))
