"""Each tenant's chips over time: how many, how many of them services hold, and which failures strike there.

Tenants' shares are hard caps, so every tenant's queue is played on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigacampus.engine.desk import Ints
from gigacampus.engine.play import Steps, Strikes
from gigacampus.scenario import Scenario
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Work


@dataclass(frozen=True, slots=True)
class Level:
    """A step function that starts at 0: equal-length arrays; each value holds from its time on."""

    at_s: Ints
    value: Any

    def at(self, times_s: Ints) -> Any:
        """The values at given times."""
        place = np.searchsorted(self.at_s, times_s, side="right") - 1
        padded = np.concatenate((self.value, [0])).astype(self.value.dtype)  # place -1 is the 0 before the first step
        return padded[place]


@dataclass(frozen=True, slots=True)
class Pool:
    """One tenant's machine."""

    chips: Level
    """Chips it may use."""
    h100e: Level
    reserved: Level
    """Chips its services hold, at most what it has."""
    load_fraction: Level
    steps: Steps


def levels(at_s: Ints, value: Any) -> Level:
    """A step function from rows in any order; of rows at one time the last counts."""
    order = np.argsort(at_s, kind="stable")
    at_s, value = at_s[order], value[order]
    is_last = np.append(at_s[1:] != at_s[:-1], True) if len(at_s) else np.zeros(0, dtype=bool)
    return Level(at_s[is_last], value[is_last])


def pools(timeline: Timeline, work: Work, until_s: int, envelope: Table | None = None) -> list[Pool]:
    """The tenants' machines, in the order of the tenants table; steps from the horizon's end on are left out.

    The envelope (heat, supply, grid events) cuts every tenant's chips by one share; batch gives way before services.
    """
    made = []
    is_bound = envelope is not None and len(envelope) > 0
    cut = levels(envelope["at_s"], 1.0 - envelope["chips_fraction"]) if envelope is not None and is_bound else None
    for tenant in range(len(timeline.tenants)):
        cap = timeline.capacity.where(timeline.capacity["tenant_index"] == tenant)
        asked = work.demand.where(work.demand["tenant_index"] == tenant)
        chips, h100e = levels(cap["at_s"], cap["chips"]), levels(cap["at_s"], cap["h100e"])
        wanted = levels(asked["at_s"], asked["reserved_chips"])
        load = levels(asked["at_s"], asked["load_fraction"])
        at_s = np.union1d(chips.at_s, wanted.at_s).astype(np.int64)
        if cut is not None:
            at_s = np.union1d(at_s, cut.at_s[cut.at_s >= at_s[0]] if len(at_s) else at_s)
        at_s = at_s[at_s < until_s]
        usable = chips.at(at_s)
        if cut is not None:
            usable = np.floor(usable * (1.0 - cut.at(at_s)) + 1e-6).astype(np.int64)
        held = np.minimum(wanted.at(at_s), usable)
        steps = Steps(at_s, usable - held, held)
        made.append(Pool(chips, h100e, Level(at_s, held), load, steps))
    return made


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the failures strike: equal-length arrays, one entry a failure and tenant."""

    tenant: Ints
    """Whose chips; -1 for chips that no tenant may use, -2 where nothing is live."""
    chip: Ints
    """Which of the tenant's chips, counted from 0."""
    node: Ints
    """Chips that are out: those of the node, or of all that goes with it."""
    row: Ints
    """Row of the failure; one that reaches beyond a tenant's chips has further entries for the next tenants."""


def aim(scenario: Scenario, timeline: Timeline, outside: Conditions, machines: list[Pool]) -> Aim:
    """Which tenant's which chip each failure strikes.

    `place_fraction` counts the nodes that are live at the instant, chip model by chip model; its place within the
    model's nodes counts the live chips, tenant by tenant (every tenant holds the same mix of models).
    """
    at_s, place = outside.failures["at_s"], outside.failures["place_fraction"]
    installs = timeline.installs
    models = sorted(set(installs["chip"]))
    if not models or not machines:
        nobody = np.full(len(at_s), -1 if models else -2, dtype=np.int64)
        return Aim(nobody, np.zeros_like(nobody), np.ones_like(nobody), np.arange(len(at_s)))
    live = np.zeros((len(at_s), len(models)), dtype=np.int64)
    size = np.array([scenario.campus.racks[name].chips_per_node for name in models], dtype=np.int64)
    for k, name in enumerate(models):
        own = installs.where(installs["chip"] == name)
        order = np.argsort(own["at_s"], kind="stable")
        live[:, k] = levels(own["at_s"][order], np.cumsum(own["chips"][order])).at(at_s)
    nodes = live / size
    total, reached = nodes.sum(axis=1), np.cumsum(nodes, axis=1)
    wanted = place * total
    model = np.minimum((wanted[:, None] >= reached).sum(axis=1), len(models) - 1)
    rows = np.arange(len(at_s))
    within = (wanted - (reached[rows, model] - nodes[rows, model])) / np.maximum(nodes[rows, model], 1e-9)
    position = (np.clip(within, 0.0, 1.0 - 1e-12) * live.sum(axis=1)).astype(np.int64)
    caps = np.stack([pool.chips.at(at_s) for pool in machines], axis=1)
    edges = np.cumsum(caps, axis=1)
    tenant = (position[:, None] >= edges).sum(axis=1)
    is_let = tenant < len(machines)
    before = np.where(tenant > 0, edges[rows, np.maximum(tenant, 1) - 1], 0)
    tenant = np.where(total <= 0, -2, np.where(is_let, tenant, -1))
    stated = outside.failures["chips"]
    width = np.where(stated > 0, np.minimum(stated, live.sum(axis=1) - position), size[model])
    return _spread(Aim(tenant.astype(np.int64), position - before, width, rows), edges, stated > 0)


def _spread(aims: Aim, edges: Ints, is_wide: Any) -> Aim:
    """What reaches beyond one tenant's chips strikes the next ones' too."""
    parts: list[tuple[int, int, int, int]] = []
    node = aims.node.copy()
    for row in np.flatnonzero(is_wide & (aims.tenant >= 0)).tolist():
        tenant, chip = int(aims.tenant[row]), int(aims.chip[row])
        low = int(edges[row, tenant - 1]) if tenant else 0
        end = low + chip + int(aims.node[row])
        node[row] = min(int(edges[row, tenant]), end) - low - chip
        while end > edges[row, tenant]:
            reached, tenant = int(edges[row, tenant]), tenant + 1
            is_let = tenant < edges.shape[1]
            until = min(end, int(edges[row, tenant])) if is_let else end
            if until > reached:
                parts.append((tenant if is_let else -1, 0, until - reached, row))
            if not is_let:
                break
    more = np.array(parts, dtype=np.int64).reshape(-1, 4)
    columns = (aims.tenant, aims.chip, node, aims.row)
    tenants, chips, nodes, rows = (np.concatenate((one, more[:, k])) for k, one in enumerate(columns))
    order = np.argsort(rows, kind="stable")
    return Aim(tenants[order], chips[order], nodes[order], rows[order])


def strikes_on(tenant: int, aims: Aim, outside: Conditions) -> tuple[Strikes, Ints]:
    """The failures that strike a tenant's chips, and their rows in the failures table."""
    mine = np.flatnonzero(aims.tenant == tenant)
    failures, rows = outside.failures, aims.row[mine]
    return Strikes(failures["at_s"][rows], aims.chip[mine], aims.node[mine], failures["repair_s"][rows]), rows
