"""Hand-made campuses and supplies for the build-out's tests."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from gigacampus.clock import DAY_S, Clock
from gigacampus.scenario.campus import Campus
from gigacampus.scenario.tenants import Tenant
from gigacampus.tables.supply import COMPLIANCE, DELIVERIES, LICENCES, OBLIGATIONS, QUOTAS, TRANSITIONS, Supply
from gigacampus.tables.table import Table

START = date(2026, 1, 1)
QUARTER_S = 91 * DAY_S


def campus(**changes: Any) -> Campus:
    plain: dict[str, Any] = {
        "name": "test", "operator": "op", "owner": "ow",
        "halls": {
            "a": {"phase": "p1", "power": "1 MW IT", "building_ready": "2026-03-01", "power_ready": "2026-03-01"},
            "b": {"phase": "p2", "power": "1 MW IT", "building_ready": "2026-09-01", "power_ready": "2026-10-01"},
        },
        "racks": {
            "GB300": {"chips_per_rack": 72, "chips_per_node": 4, "it_power": "100 kW", "network": 0, "storage": 0},
        },
        "install_rate": "1 racks/day", "commissioning": "10 days", "facility_ratio": 1.4, "poi_ratio": 1.45,
    }  # fmt: skip
    return Campus.model_validate({**plain, **changes})


def tenants(**shares: float) -> dict[str, Tenant]:
    return {
        name: Tenant.model_validate({"party": name, "tenancies": [{"share": share}]}) for name, share in shares.items()
    }


def scenario(campus: Campus, tenants: dict[str, Tenant] | None = None, days: int = 730) -> Any:
    """What the build-out reads of a scenario."""
    clock = Clock(START, START + timedelta(days=days - 1), date(2026, 3, 31))
    return SimpleNamespace(campus=campus, clock=clock, tenants=tenants or {})


def supply(*lots: dict[str, Any]) -> Supply:
    """A supply of lots: `day`, `chips`, and if wanted `chip`, `bound_by`, `wanted` (day), `site`, `transit` (days)."""
    rows = []
    for i, lot in enumerate(lots):
        cleared = lot["day"] * DAY_S
        rows.append(
            {
                "delivery_id": f"lot-{i}", "site": lot.get("site", "campus"), "party": "g42", "owner": "g42",
                "operator": "g42", "chip": lot.get("chip", "GB300"), "chips": lot["chips"],
                "h100e": lot["chips"] * 2.5, "wanted_s": lot.get("wanted", lot["day"]) * DAY_S, "cleared_s": cleared,
                "arrive_s": cleared + lot.get("transit", 0) * DAY_S, "licence": "l", "quota": "q",
                "bound_by": lot.get("bound_by", "nothing"), "is_record": False,
            }
        )  # fmt: skip
    rows.sort(key=lambda row: row["arrive_s"])
    table = Table.from_rows(DELIVERIES, rows)
    return Supply(
        table, COMPLIANCE.empty(), QUOTAS.empty(), LICENCES.empty(), OBLIGATIONS.empty(), TRANSITIONS.empty(),
        relaxed=partial(relaxed, table),
    )  # fmt: skip


def relaxed(table: Table, causes: frozenset[str], wholly: bool) -> Table:
    """Lots as they would be had the causes not held them back.

    A quota or a licence relaxed lets its lots go when wanted, a date at most a quarter earlier; so do deliveries.
    """
    bound, cleared_s = table["bound_by"], table["cleared_s"]
    late_s = cleared_s - np.minimum(table["wanted_s"], cleared_s)
    way_s = table["arrive_s"] - cleared_s
    moved_s = np.zeros(len(table), dtype=np.int64)
    for cause in causes:
        most_s = np.minimum(late_s, QUARTER_S) if cause in {"gate", "obligation"} and not wholly else late_s
        moved_s = np.where(bound == cause, most_s, moved_s)
    if "delivery" in causes:
        free = bound == "nothing"
        if wholly:
            moved_s = np.where(free | np.isin(bound, list(causes)), cleared_s, moved_s)
        else:
            moved_s = np.where(free, np.minimum(QUARTER_S, cleared_s), moved_s)
        way_s = np.maximum(way_s - (way_s if wholly else QUARTER_S), 0)
    cleared_s = cleared_s - moved_s
    return Table(table.spec, {**table.columns, "cleared_s": cleared_s, "arrive_s": cleared_s + way_s})
