"""`draw`: the work that a scenario's tenants ask for: services, stated runs, then a stream of jobs in the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.kernels import dice
from gigacampus.scenario import Scenario
from gigacampus.scenario.tenants import Tenant, TrainingRun
from gigacampus.tables import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import DEMAND, JOBS, Kind, Work
from gigacampus.workload.fits import fit
from gigacampus.workload.generate import MAX_JOBS, Drawn, Machine, generate
from gigacampus.workload.services import Demand, demand

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Step:
    """A tenant's chips as a step function: shape (steps,), 0 before the first."""

    at_s: Ints
    chips: Ints

    def at(self, when_s: Ints) -> Ints:
        """Chips at these instants."""
        row = np.searchsorted(self.at_s, when_s, side="right") - 1
        return np.where(row >= 0, self.chips[np.maximum(row, 0)], 0) if len(self.chips) else np.zeros_like(when_s)

    def lowest(self, hours_s: Ints) -> Ints:
        """The fewest chips within each of these hours, so that what fits them fits at any instant of the hour."""
        chips = self.at(hours_s)
        within = np.searchsorted(hours_s, self.at_s, side="right") - 1
        inside = (within >= 0) & (self.at_s < hours_s[-1] + HOUR_S)
        np.minimum.at(chips, within[inside], self.chips[inside])
        return chips


def draw(scenario: Scenario, timeline: Timeline) -> Work:
    """The jobs and the standing load of every tenant, each from a random stream of its own name."""
    node_chips = max((rack.chips_per_node for rack in scenario.campus.racks.values()), default=1)
    jobs: list[Columns] = []
    loads: list[Columns] = []
    notes = ["illustrative workload: the tenants' real jobs are not public"]
    for index, name in enumerate(timeline.tenants["tenant"].tolist()):
        tenant = scenario.tenants[name]
        mine = timeline.capacity["tenant_index"] == index
        step = Step(timeline.capacity["at_s"][mine], timeline.capacity["chips"][mine])
        held = _demand(tenant, step, scenario.clock.end_s, node_chips)
        if tenant.services:
            loads.append(_demand_columns(held, index))
        jobs += _runs(tenant, index, scenario, name, step, notes)
        if tenant.mix:
            jobs.append(_mix(scenario, name, index, step, node_chips, notes))
    return Work(_jobs(jobs), _merged_demand(loads), tuple(notes))


def _demand(tenant: Tenant, step: Step, end_s: int, node_chips: int) -> Demand:
    """What the tenant's services hold: a row every hour and at every change of its chips."""
    at_s = np.unique(np.concatenate([np.arange(0, end_s, HOUR_S), step.at_s[step.at_s < end_s]]))
    return demand(tenant.services, at_s, step.at(at_s), node_chips)


def _demand_columns(held: Demand, index: int) -> Columns:
    """The rows that change something, so that a tenant without chips has none."""
    moved = np.ones(len(held.at_s), bool)
    moved[1:] = (np.diff(held.reserved_chips) != 0) | (np.diff(held.load_fraction) != 0)
    moved[0] = held.reserved_chips[0] > 0
    return {
        "at_s": held.at_s[moved],
        "tenant_index": np.full(int(moved.sum()), index),
        "reserved_chips": held.reserved_chips[moved],
        "load_fraction": held.load_fraction[moved],
    }


def _merged_demand(loads: list[Columns]) -> Table:
    """All tenants' rows in order of time."""
    if not loads:
        return DEMAND.empty()
    joined = {name: np.concatenate([one[name] for one in loads]) for name in DEMAND.names}
    order = np.argsort(joined["at_s"], kind="stable")
    return Table(DEMAND, {name: values[order] for name, values in joined.items()})


def _runs(tenant: Tenant, index: int, scenario: Scenario, name: str, step: Step, notes: list[str]) -> list[Columns]:
    """The stated training runs, one job each; they go first where a policy looks at priority."""
    made = []
    for key, run in tenant.runs.items():
        submit, chips = scenario.clock.seconds(run.start), int(run.chips)
        has = int(step.at(np.array([submit]))[0])
        if chips > has:
            later = bool((step.chips[step.at_s >= submit] >= chips).any())
            what = "it waits until there are" if later else "there never are: it stays unplaced"
            notes.append(f"{name}: run {key} asks for {chips:,} chips when {has:,} are there; {what}")
        made.append(
            _columns(
                index, np.array([submit]), np.array([int(run.length)]), np.array([chips]), kind=int(Kind.PRETRAIN),
                priority=1, checkpoint=int(run.checkpoint),
            )
        )  # fmt: skip
    return made


def _mix(scenario: Scenario, name: str, index: int, step: Step, node_chips: int, notes: list[str]) -> Columns:
    """The tenant's stream of jobs, in what its services and stated runs leave; the scenario's checkpoints hold."""
    tenant = scenario.tenants[name]
    assert tenant.mix is not None
    hours = np.arange(0, scenario.clock.end_s, HOUR_S)
    chips = step.lowest(hours)
    # sizes must not breathe with the services' day: two halves of the night's chips would not fit by day
    held = min(sum(float(one.share) for one in tenant.services.values()), 1.0) * chips
    free = chips - held - _runs_chips(list(tenant.runs.values()), scenario, hours)
    monday_s = scenario.clock.start.weekday() * 86_400.0
    machine = Machine(np.maximum(free, 0.0), chips, node_chips, monday_s)
    like = fit(tenant.mix.like)
    drawn = generate(like, machine, float(tenant.mix.load), dice.stream(scenario.seed, f"workload/{name}"))
    notes += _said(name, tenant.mix.like, like.source, float(tenant.mix.load), drawn, node_chips)
    kind = like.kind_index[drawn.row].astype(np.int64)
    estimate = np.rint(drawn.run_s * like.estimate_fraction[drawn.row]).astype(np.int64)
    return _columns(
        index, drawn.submit_s, drawn.run_s, drawn.gpus, kind=kind, estimate=estimate,
        user=like.user_index[drawn.row].astype(np.int64),
    )  # fmt: skip


def _runs_chips(runs: list[TrainingRun], scenario: Scenario, hours: Ints) -> Ints:
    """Chips that stated runs are expected to hold hour by hour, from their submission on for their length."""
    total = np.zeros(len(hours), np.int64)
    for run in runs:
        start = scenario.clock.seconds(run.start)
        total += int(run.chips) * ((hours >= start) & (hours < start + int(run.length)))
    return total


def _said(name: str, like: str, source: str, load_fraction: float, drawn: Drawn, node_chips: int) -> list[str]:
    """How the stream was made, for the report."""
    said = [
        f"{name}: {len(drawn.gpus):,} jobs like {like}, fitted to {source}; offered load {load_fraction:.0%} of the "
        f"chips beside services and stated runs, at every time",
        f"{name}: scaling rule: a job keeps its run time and its share of the machine; sizes are rounded up to whole "
        f"nodes of {node_chips} chips and jobs thinned to undo it; run times × {drawn.stretch:.3f} make the load "
        f"exact",
    ]
    if drawn.gathered > 1.0:
        said.append(
            f"{name}: at most {MAX_JOBS:,} jobs are drawn: {drawn.gathered:.1f} like small jobs stand as one gang, "
            f"as a rule not above the fit's largest share; load, run times, bursts and each class's share of "
            f"GPU-time are kept, job counts and the waits of small jobs are coarser"
        )
    return said


def _columns(
    index: int,
    submit: Ints,
    run: Ints,
    gpus: Ints,
    *,
    kind: Ints | int,
    estimate: Ints | int = 0,
    user: Ints | int = -1,
    priority: int = 0,
    checkpoint: Ints | int = 0,
) -> Columns:
    """Columns of `JOBS` but for the id, constants spread over all rows."""
    rows = len(submit)
    given = {
        "tenant_index": index, "user_index": user, "kind_index": kind, "submit_s": submit, "run_s": run,
        "estimate_s": estimate, "gpus": gpus, "priority": priority, "checkpoint_s": checkpoint,
    }  # fmt: skip
    return {name: np.broadcast_to(np.asarray(value), rows) for name, value in given.items()}


def _jobs(parts: list[Columns]) -> Table:
    """All jobs in order of submission, ties in the order of tenants; the id is the position."""
    if not parts:
        return JOBS.empty()
    names = [name for name in JOBS.names if name != "job_id"]
    joined = {name: np.concatenate([one[name] for one in parts]) for name in names}
    order = np.argsort(joined["submit_s"], kind="stable")
    columns = {name: values[order] for name, values in joined.items()}
    return Table(JOBS, {"job_id": np.arange(len(order)), **columns})
