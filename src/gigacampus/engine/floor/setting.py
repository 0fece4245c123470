"""The floor as kernels take it, empty: its nodes, racks and shelves, and the requests on them."""

from __future__ import annotations

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.given import Layout, Needs, Outages
from gigacampus.engine.on_nodes import PLACEMENTS, Site, cluster
from gigacampus.engine.outcome import blank
from gigacampus.kernels.schedule.cluster import Cluster
from gigacampus.kernels.schedule.floor import NEAR, PACKED, WANTS, WIDTH, Floor
from gigacampus.kernels.schedule.shelves import is_kept, not_kept, put_all, shelves_of

ON_FLOOR = PLACEMENTS | {"packed": PACKED, "near": NEAR}
"""Placements by name."""
MOST_OF_A_RACK = 1024
"""GPUs; larger racks are so few that each is looked at."""


def widened(here: Site, needs: Needs, tenant: Ints) -> Ints:
    """Requests as the floor takes them, shape (jobs, 10)."""
    bit = np.where((tenant >= 0) & (tenant < 62), np.int64(1) << np.clip(tenant, 0, 61), 0)
    more = [needs.halls, needs.likes_models, needs.likes_halls, needs.domain_gpus, bit]
    wide = np.column_stack([here.requests, *more]).astype(np.int64)
    assert wide.shape[1] == WIDTH
    return np.ascontiguousarray(wide)


def floor_of(here: Site, layout: Layout, kind: int, jobs: int) -> Floor:
    """The floor, empty."""
    gpus = here.nodes.gpus.astype(np.int64)
    # every piece beside those on whole nodes holds at least one GPU, or is all of a job
    c = cluster(here, kind, jobs + int(gpus.sum()))
    racks, halls = len(layout.racks), len(layout.halls)
    free = np.bincount(layout.rack, weights=gpus, minlength=racks).astype(np.int64)
    owner = layout.owner if len(layout.owner) else np.zeros(len(gpus), dtype=np.int64)
    return Floor(
        c, layout.rack.astype(np.int64), layout.first_nodes(), layout.first_racks(), layout.hall.astype(np.int64),
        owner.astype(np.int64), down=blank(len(gpus)), closes=blank(len(gpus), NEVER), rack_free=free.copy(),
        rack_whole=free, hall_limit=blank(halls, NEVER), hall_used=blank(halls), want=blank(WANTS),
        seen=blank(racks), by_free=_rack_shelves(c, free), by_whole=_rack_shelves(c, free),
    )  # fmt: skip


def _rack_shelves(c: Cluster, free: Ints) -> Ints:
    """Racks by GPUs free, all empty; not kept where the nodes' shelves are not, nor for a few racks of many GPUs."""
    if not is_kept(c.by_free) or free.max(initial=0) > MOST_OF_A_RACK:
        return not_kept()
    shelves = shelves_of(len(free), int(free.max(initial=0)) + 1)
    put_all(shelves, free)
    return shelves


def told_in_order(outages: Outages) -> Ints:
    """Outages in the order of their announcement; those without are left out."""
    known = np.flatnonzero(outages.told_s < NEVER)
    found: Ints = known[np.argsort(outages.told_s[known], kind="stable")].astype(np.int64)
    return found
