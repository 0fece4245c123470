"""A scenario as arrays of many samples: what the planning kernel reads, each range worked into its cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus import catalog
from gigacampus.buildout.problem import FOR_GOOD_DAY, NO_LIMIT_W, Problem, pose
from gigacampus.clock import DAY_S
from gigacampus.deal.terms import CAMPUS, Terms, terms
from gigacampus.kernels.installing import DAYS, HALLS, LOSSES, MODELS
from gigacampus.kernels.planning import Deals, Sites
from gigacampus.kernels.recorded import RECORD
from gigacampus.plan.past import Past
from gigacampus.plan.slots import Slots, slot_of
from gigacampus.scenario import Ranges, Scenario
from gigacampus.tables.supply import DELIVERIES

Floats = NDArray[np.float64]
IGNORED = ("tenants.", "operations.", "site.", "costs.", "deal.flows.", "deal.ownership.", "commitments.")
"""Sections that move neither deliveries nor halls (but for what `reaches` finds)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The arrays of so many samples."""

    deals: Deals
    sites: Sites
    samples: int


def reaches(scenario: Scenario, path: str) -> bool:
    """Whether a range can move live chips: those of other sections only by a gate or an obligation that reads them."""
    if path.startswith("tenants."):
        return any(gate.requires.startswith("tenancy:") for gate in scenario.deal.gates.values())
    if path.startswith("costs.chip_price"):
        return any(one.base == "chip_value" and one.blocks for one in scenario.deal.obligations.values())
    return not path.startswith(IGNORED)


def batches(past: Past, ranges: Ranges, values: Floats) -> Iterator[Batch]:
    """The samples `values`, shape (samples, ranges), as arrays, in order.

    Ranges whose cells are known are written column by column into one batch; with any other (an opening gate, an
    allocation, a feed), each sample is worked out anew and is a batch of its own.
    """
    scenario = past.scenario
    found = [slot_of(path, scenario) for path in ranges.paths]
    if any(slot is None for slot in found):
        for row in values:
            one = replace(ranges, scenario=scenario).at(row)
            frame = _frame(replace(past, scenario=one))
            yield _packed(one, frame, _repeat(frame, 1), scenario)
        return
    base = _frame(past)
    slots = _repeat(base, len(values))
    for column, slot in enumerate(found):
        if slot is not None:
            slot(slots, values[:, column])
    yield _packed(scenario, base, slots, scenario)


@dataclass(frozen=True, slots=True)
class Frame:
    """One sample before it is laid out: the deal's terms, the campus without lots, days on the way by stream."""

    numbers: Terms
    problem: Problem
    transit_days: NDArray[np.int64]
    parts: dict[str, Floats]


def _frame(past: Past) -> Frame:
    scenario = past.scenario
    numbers = terms(scenario, past.evidence)
    campus, deliveries = scenario.campus, scenario.deal.deliveries
    transit = [round(float(deliveries[name].transit) / DAY_S) for name in numbers.stream_names]
    halls = [hall for hall in campus.halls.values() for _ in range(hall.count)]
    parts = {
        "rack_w": np.array([float(rack.it_power) for rack in campus.racks.values()]),
        "network": np.array([float(rack.network) for rack in campus.racks.values()]),
        "storage": np.array([float(rack.storage) for rack in campus.racks.values()]),
        "facility_ratio": np.array([float(campus.facility_ratio)]),
        "poi_ratio": np.array([float(campus.poi_ratio)]),
        "hall_power": np.array([float(hall.power) for hall in halls]),
        "liquid_share": np.array(
            [1.0 if r.liquid_share is None else float(r.liquid_share) for r in campus.racks.values()]
        ),
        "hall_cooling": np.array([float(hall.cooling_it_power or NO_LIMIT_W) for hall in halls]),
        "hall_air": np.array([float(hall.air_cooling_it_power or NO_LIMIT_W) for hall in halls]),
        "cap_factor": np.ones(len(numbers.law.windows)),
        "install_rate": np.array([float(campus.install_rate)]),
        "commissioning": np.array([float(campus.commissioning)]),
        "early_failures": np.array([float(campus.early_failures or 0.0)]),
        "replacement": np.array([float(campus.replacement or 0.0)]),
    }
    problem = pose(scenario, DELIVERIES.empty(), past.rows)
    return Frame(numbers, problem, np.array(transit, dtype=np.int64), parts)


def _repeat(base: Frame, n: int) -> Slots:
    law, halls = base.numbers.law, base.problem.halls

    def rows(array: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(array[np.newaxis], n, axis=0)

    return Slots(
        base.numbers, rows(law.streams), rows(law.licences), rows(law.windows), rows(law.owed), rows(law.due_usd),
        rows(base.numbers.gates), rows(base.transit_days), rows(halls.building_day), rows(halls.cooling_day),
        rows(halls.power_day), {name: rows(part) for name, part in base.parts.items()},
    )  # fmt: skip


def _packed(scenario: Scenario, base: Frame, slots: Slots, stated: Scenario) -> Batch:
    n, parts = len(slots.streams), slots.parts
    models = np.zeros(parts["rack_w"].shape, dtype=MODELS)
    models["chips_per_rack"] = base.problem.chips_per_rack
    models["rack_w"] = parts["rack_w"] * (1.0 + (parts["network"] + parts["storage"]))
    models["air_w"] = models["rack_w"] * (1.0 - parts["liquid_share"])
    halls = np.zeros(slots.building_day.shape, dtype=HALLS)
    halls["open_day"] = np.maximum(np.maximum(slots.building_day, slots.cooling_day), slots.power_day)
    halls["limit_w"] = np.minimum(parts["hall_power"] / _ratio(scenario, parts), parts["hall_cooling"])
    halls["air_w"] = parts["hall_air"]
    windows = slots.windows.copy()
    windows["cap"] *= parts["cap_factor"]
    days = np.zeros(len(base.problem.racks_per_day), dtype=DAYS)
    days["racks"], days["campus_w"] = base.problem.racks_per_day, base.problem.campus_w
    law = base.numbers.law
    deals = Deals(
        slots.streams, slots.licences, windows, slots.owed, slots.due_usd, slots.transit_days, law.evidence_day,
        law.moves, law.class_rules, law.class_carries, slots.gates, base.numbers.needs, base.numbers.month_days,
    )  # fmt: skip
    model_of, h100e, stated_w = _streams(stated, base)
    rate = float(scenario.campus.install_rate)
    sites = Sites(
        models, halls, days, parts["install_rate"][:, 0] / rate if rate else np.ones(n),
        np.rint(parts["commissioning"][:, 0]).astype(np.int64), parts["early_failures"][:, 0],
        np.rint(parts["replacement"][:, 0]).astype(np.int64), _losses(scenario, halls["open_day"]), model_of, h100e,
        stated_w, _record(base.problem), scenario.clock.known_s // DAY_S,
    )  # fmt: skip
    return Batch(deals, sites, n)


def _record(problem: Problem) -> NDArray[Any]:
    """What went live by the record, in days; no rows where no ledger says."""
    if problem.record is None:
        return np.zeros(0, dtype=RECORD)
    record = problem.record.copy()
    record["at"] //= DAY_S
    return record


def _losses(scenario: Scenario, open_day: NDArray[np.int64]) -> NDArray[Any]:
    """What each loss takes of each hall in each sample: a share of the halls open at its start, from the first."""
    samples, halls = open_day.shape
    losses = sorted(scenario.campus.losses.values(), key=lambda one: one.start)
    found = np.zeros((samples, len(losses) * halls), dtype=LOSSES)
    for i, loss in enumerate(losses):
        mine = found[:, i * halls : (i + 1) * halls]
        start = scenario.clock.seconds(loss.start) // DAY_S
        end = FOR_GOOD_DAY if loss.end is None else scenario.clock.seconds(loss.end) // DAY_S
        there = open_day <= start
        before: Floats = np.cumsum(there, axis=1) - there.astype(np.float64)
        left = float(loss.share) * there.sum(axis=1, keepdims=True) - before
        mine["hall_index"], mine["from_day"], mine["until_day"] = np.arange(halls), start, end
        mine["fraction"] = np.where(there, np.clip(left, 0.0, 1.0), 0.0)
    return found


def _ratio(scenario: Scenario, parts: dict[str, Floats]) -> Floats:
    """What divides each hall's power: one for IT, the ratio of the basis under which it is read for others."""
    campus = scenario.campus
    columns = []
    for hall in campus.halls.values():
        basis = hall.power.basis if campus.power_reading == "as_stated" else campus.power_reading
        column = parts[f"{basis}_ratio"] if basis != "it" else np.ones_like(parts["facility_ratio"])
        columns += [column] * hall.count
    return np.concatenate(columns, axis=1)


def _streams(scenario: Scenario, base: Frame) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Chip model of each stream, H100 equivalents of a chip, and its IT power at the medians, W."""
    deal, models = scenario.deal, list(base.problem.models)
    model_of, h100e, stated_w = [], [], []
    for name in base.numbers.stream_names:
        stream = deal.deliveries[name]
        chip = catalog.look_up("chip", stream.chip)
        here = deal.licences[stream.licence].site == CAMPUS
        model_of.append(models.index(chip.id) if here else -1)
        h100e.append(chip.h100e_8bit)
        stated_w.append(scenario.campus.racks[chip.id].chip_w if here else 0.0)
    return np.array(model_of, dtype=np.int64), np.array(h100e, dtype=np.float64), np.array(stated_w, dtype=np.float64)
