"""Small timelines and scenarios for tests of the drawn work."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from gigacampus.clock import Clock
from gigacampus.scenario.tenants import Tenant
from gigacampus.tables import Table
from gigacampus.tables.timeline import CAPACITY, TENANTS

CLOCK = Clock(date(2027, 1, 1), date(2027, 12, 31), date(2027, 1, 1))


def tenant(**parts: Any) -> Tenant:
    """A tenant with a placeholder tenancy: capacity comes from the timeline."""
    return Tenant.model_validate({"party": "x", "tenancies": [{"share": "10 %"}], **parts})


def timeline(steps: dict[str, list[tuple[int, int]]]) -> Any:
    """A timeline of tenants in this order with steps of (second, chips)."""
    names = list(steps)
    rows = sorted((at, names.index(name), chips) for name, some in steps.items() for at, chips in some)
    columns = {
        "at_s": [row[0] for row in rows], "tenant_index": [row[1] for row in rows], "chips": [row[2] for row in rows],
        "h100e": [float(row[2]) for row in rows],
    }  # fmt: skip
    tenants = {"tenant": names, "party": ["x"] * len(names), "kind": [""] * len(names)}
    return SimpleNamespace(capacity=Table(CAPACITY, columns), tenants=Table(TENANTS, tenants))


def scenario(tenants: dict[str, Tenant], seed: int = 1, node_chips: int = 4) -> Any:
    """The parts of a scenario that the drawing looks at."""
    return SimpleNamespace(
        tenants=tenants,
        clock=CLOCK,
        seed=seed,
        site=SimpleNamespace(utc_offset_h=4.0),
        costs=SimpleNamespace(gpu_hour_price={"GB300": 3.0}),
        campus=SimpleNamespace(racks={"GB300": SimpleNamespace(chips_per_node=node_chips)}),
    )
