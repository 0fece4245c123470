"""A small campus for the tests of conditions and facility: sections that these rooms read, nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from gigacampus.scenario import Scenario
from gigacampus.scenario.quantity import When
from gigacampus.scenario.site import Site
from gigacampus.tables import log as log_tables
from gigacampus.tables import timeline as timeline_tables
from gigacampus.tables.log import Log
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind

GRID = {"supplier": "utility", "kind": "grid", "limit": "1.5 GW poi", "price": "5.5 USc/kWh", "carbon": "210 g/kWh"}


def site(**changes: Any) -> Site:
    """A site in Abu Dhabi on one grid source; keyword arguments replace keys of the section."""
    plain: dict[str, Any] = {
        "weather": "abu_dhabi",
        "cooling": {"archetype": "adiabatic", "water_class": "W40", "liquid_share": "87 %"},
        "carbon_boundary": "direct, location based",
        "sources": {"grid": GRID},
        "water_price": "2 USD/m3",
        "water_supplier": "utility",
    }
    return Site.model_validate(plain | changes)


def scenario(start: str = "2027-01-01", end: str = "2027-12-31", seed: int = 1, **changes: Any) -> Scenario:
    """A scenario with the sections that conditions and facility read."""
    day = When.fromisoformat
    racks = {name: SimpleNamespace(chips_per_node=n, overhead=0.1) for name, n in (("GB300", 4), ("H100", 8))}
    failures = SimpleNamespace(per_1000_node_days=6.5, repair=86_400.0, components={})
    return Scenario.model_construct(
        start=When.of(day(start)), end=When.of(day(end)), known_as_of=When.of(day(start)), seed=seed,
        site=site(**changes),
        campus=SimpleNamespace(racks=racks), operations=SimpleNamespace(failures=failures),
    )  # fmt: skip


def timeline(steps: list[tuple[int, str, int]], tenants: int = 1, chip_w: float = 2_200.0) -> Timeline:
    """Installs from (time, chip, chips); each tenant may use an equal part of them."""
    count = len(steps)
    at_s = [at for at, _, _ in steps]
    chips = np.array([n for _, _, n in steps], dtype=np.int64)
    installs = Table(
        timeline_tables.INSTALLS,
        {
            "at_s": at_s, "hall_index": [0] * count, "delivery_id": ["lot"] * count, "party": ["p"] * count,
            "chip": [chip for _, chip, _ in steps], "chips": chips, "it_w": chips * chip_w, "h100e": chips * 1.0,
        },
    )  # fmt: skip
    level = np.cumsum(chips) // max(tenants, 1)
    capacity = Table(
        timeline_tables.CAPACITY,
        {
            "at_s": np.repeat(at_s, tenants), "tenant_index": np.tile(np.arange(tenants), count),
            "chips": np.repeat(level, tenants), "h100e": np.repeat(level, tenants) * 1.0,
        },
    )  # fmt: skip
    halls = Table(
        timeline_tables.HALLS,
        {
            "hall": ["h1"], "phase": ["one"], "building_s": [0], "power_s": [0], "it_limit_w": [1e8],
            "lost_from_s": [2**62], "lost_until_s": [2**62],
        },
    )  # fmt: skip
    who = Table(
        timeline_tables.TENANTS,
        {"tenant": [f"t{i}" for i in range(tenants)], "party": ["p"] * tenants, "kind": ["cloud"] * tenants},
    )
    return Timeline(
        halls, installs, timeline_tables.MONTHS.empty(), capacity, who, {chip: chip_w for _, chip, _ in steps}
    )


def log(changes: list[tuple[int, int, Kind, int]], outages: list[tuple[int, int, int]] | None = None) -> Log:
    """Busy changes from (time, tenant, kind, chips); outages from (time, chips, repair)."""
    busy = Table(
        log_tables.BUSY,
        {
            "at_s": [c[0] for c in changes], "tenant_index": [c[1] for c in changes],
            "kind_index": [int(c[2]) for c in changes], "chips": [c[3] for c in changes],
        },
    )  # fmt: skip
    rows = outages or []
    broken = Table(
        log_tables.OUTAGES,
        {
            "at_s": [o[0] for o in rows], "cause": ["NIC"] * len(rows), "job_id": [-1] * len(rows),
            "chips_down": [o[1] for o in rows], "repair_s": [o[2] for o in rows], "lost_gpu_s": [0] * len(rows),
        },
    )  # fmt: skip
    return Log(log_tables.JOBS.empty(), busy, broken, log_tables.USAGE.empty())
