"""Chip-hours by tenant, month and class of work."""

from __future__ import annotations

import numpy as np

from gigacampus.accounts.ground import Ground
from gigacampus.accounts.periods import Floats, Ints, Periods
from gigacampus.tables.work import Kind
from gigacampus.units import S_PER_HOUR


def integral_s(periods: Periods, at_s: Ints, change: Ints) -> Ints:
    """Integral over each month of the running sum of changes in order of time, exact; shape (months,).

    Up to an instant it is `t C - M` with the running sums `C` of the changes and `M` of change times instant.
    """
    level = np.concatenate(([0], np.cumsum(change)))
    moment = np.concatenate(([0], np.cumsum(change * at_s)))
    edges = periods.edges_s
    place = np.searchsorted(at_s, edges, side="left")
    whole: Ints = np.diff(edges * level[place] - moment[place])
    return whole


def held_gpu_h(ground: Ground) -> dict[str, Floats]:
    """Chip-hours held by each class of work, as `pretrain` and so on; shape (tenants, months) each.

    The log's busy chips tell the classes apart, the usage table how many hours jobs and services held in all; where the
    log tells no classes, jobs count as `batch`.
    """
    busy, tenants = ground.log.busy, len(ground.timeline.tenants)
    jobs, services = ground.usage("batch_gpu_h"), ground.usage("serve_gpu_h")
    found = {kind: np.zeros_like(jobs) for kind in Kind if kind != Kind.IDLE}
    key = busy["tenant_index"].astype(np.int64) * len(Kind) + busy["kind_index"]
    order = np.argsort(key, kind="stable")
    edges = np.searchsorted(key[order], np.arange(tenants * len(Kind) + 1))
    for tenant in range(tenants):
        for kind in found:
            place = tenant * len(Kind) + int(kind)
            mine = order[edges[place] : edges[place + 1]]
            if len(mine):
                found[kind][tenant] = integral_s(ground.periods, busy["at_s"][mine], busy["chips"][mine]) / S_PER_HOUR
    batch = [kind for kind in found if kind != Kind.SERVE]
    told = sum((found[kind] for kind in batch), np.zeros_like(jobs))
    for kind in batch:
        share = np.divide(found[kind], told, out=np.full_like(told, float(kind == Kind.BATCH)), where=told > 0.0)
        found[kind] = share * jobs
    found[Kind.SERVE] = services
    return {kind.name.lower(): hours for kind, hours in found.items()}
