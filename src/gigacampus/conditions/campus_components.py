"""Failures by component on a campus: which of its units live when, and where on the campus they strike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.conditions.components import Component, lives, with_spares
from gigacampus.scenario import Scenario
from gigacampus.tables.timeline import Timeline

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Struck:
    """Failures, unordered; equal-length arrays."""

    at_s: Whole
    place_fraction: Array
    repair_s: Whole
    chips: Whole
    cause: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """One chip model's live nodes over time."""

    at_s: Whole
    nodes: Whole
    per_node: int
    per_rack: int
    """Nodes of a rack."""

    def at(self, times_s: Whole) -> Whole:
        """Live nodes at given times."""
        place = np.searchsorted(self.at_s, times_s, side="right") - 1
        return np.where(place >= 0, self.nodes[np.maximum(place, 0)], 0).astype(np.int64)

    def born(self, first: Whole) -> Whole:
        """When each unit's first node went live, counted from 0."""
        reached = np.maximum.accumulate(self.nodes)
        return self.at_s[np.searchsorted(reached, first, side="right")]


def strike_components(scenario: Scenario, timeline: Timeline) -> Struck:
    """The failures of all components of the scenario within its horizon.

    Nodes of one model fill racks in the order in which they went live; a unit is new when its first node goes live.
    """
    rule = scenario.operations.failures
    none = np.zeros(0, dtype=np.int64)
    found = [Struck(none, none.astype(np.float64), none, none, ())]
    if rule is None or not rule.components:
        return found[0]
    models = _models(scenario, timeline)
    for name, stated in rule.components.items():
        for model in models:
            takes = stated.takes or ("node" if stated.unit == "gpu" else stated.unit)
            part = Component(
                f"{name}/{model}", stated.unit, takes, float(stated.per_year), float(stated.repair), stated.spares,
                float(stated.swap or 0.0), float(stated.early or 0.0), float(stated.early_factor or 1.0),
            )  # fmt: skip
            found.append(_struck(part, name, model, models, timeline, scenario))
    return Struck(
        np.concatenate([one.at_s for one in found]), np.concatenate([one.place_fraction for one in found]),
        np.concatenate([one.repair_s for one in found]), np.concatenate([one.chips for one in found]),
        tuple(cause for one in found for cause in one.cause),
    )  # fmt: skip


def _models(scenario: Scenario, timeline: Timeline) -> dict[str, _Model]:
    made = {}
    for name in sorted(set(timeline.installs["chip"])):
        rack = scenario.campus.racks[name]
        own = timeline.installs.where(timeline.installs["chip"] == name)
        at_s, first = np.unique(own["at_s"], return_index=True)
        live = np.cumsum(np.add.reduceat(own["chips"][np.argsort(own["at_s"], kind="stable")], first))
        per_rack = max(rack.chips_per_rack // rack.chips_per_node, 1)
        made[name] = _Model(at_s, (live // rack.chips_per_node).astype(np.int64), rack.chips_per_node, per_rack)
    return made


def _struck(
    part: Component, cause: str, name: str, models: dict[str, _Model], timeline: Timeline, scenario: Scenario
) -> Struck:
    """Failures of one component of one model's nodes, in order of time; only what is live then is struck."""
    model = models[name]
    most = int(model.nodes.max(initial=0))
    first, last = _units(part.unit, model, most, name, timeline)
    born = model.born(first) if len(first) else first
    at_s, repair_s, unit = lives(part, born, scenario.clock.end_s, scenario.seed)
    order = np.lexsort((unit, at_s))
    at_s, repair_s, unit = at_s[order], repair_s[order], unit[order]
    lasts = with_spares(part, at_s, repair_s) if part.spares else repair_s
    low, high = first, last
    if part.takes not in (part.unit, "node") or (part.unit not in ("gpu", "node") and part.takes == "node"):
        wide_low, wide_high = _units(part.takes, model, most, name, timeline)
        low = wide_low[np.searchsorted(wide_low, first, side="right") - 1] if len(wide_low) else first
        high = (
            np.maximum(wide_high[np.searchsorted(wide_low, first, side="right") - 1], last) if len(wide_low) else last
        )
    low, live = low[unit], model.at(at_s)
    chips = (np.minimum(high[unit], live) - low) * model.per_node
    total = np.zeros(len(at_s), dtype=np.float64)
    before = np.zeros(len(at_s), dtype=np.float64)
    for other, one in models.items():
        total += one.at(at_s)
        before += one.at(at_s) if other < name else 0
    is_live = (chips > 0) & (first[unit] < live)
    place = (before + low + 0.5) / np.maximum(total, 1.0)
    count = int(is_live.sum())
    return Struck(at_s[is_live], place[is_live], lasts[is_live], chips[is_live].astype(np.int64), (cause,) * count)


def _units(unit: str, model: _Model, most: int, name: str, timeline: Timeline) -> tuple[Whole, Whole]:
    """First node, and one past the last, of every unit among a model's nodes."""
    if unit == "gpu":
        each = np.repeat(np.arange(most, dtype=np.int64), model.per_node)
        return each, each + 1
    if unit == "hall":
        edges = np.array([0, *_hall_edges(model, name, timeline)], dtype=np.int64)
        edges = np.minimum(edges, most)
        kept = edges[1:] > edges[:-1]
        return edges[:-1][kept], edges[1:][kept]
    step = {"node": 1, "rack": model.per_rack}.get(unit) or int(unit.split()[0]) * model.per_rack
    low = np.arange(0, most, step, dtype=np.int64)
    return low, np.minimum(low + step, most)


def _hall_edges(model: _Model, name: str, timeline: Timeline) -> Iterator[int]:
    """Last node of each hall, hall after hall, by the most chips of the model that each ever holds."""
    reached = 0
    own = timeline.installs.where(timeline.installs["chip"] == name)
    for hall in sorted(set(own["hall_index"].tolist())):
        rows = own.where(own["hall_index"] == hall)
        chips = np.cumsum(rows["chips"][np.argsort(rows["at_s"], kind="stable")])
        reached += int(chips.max(initial=0)) // model.per_node
        yield reached
