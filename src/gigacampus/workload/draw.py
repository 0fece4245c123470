"""`draw`: the work that a scenario's tenants ask for: services, stated runs, then a stream of jobs in the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, HOUR_S
from gigacampus.kernels import dice
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import placing
from gigacampus.scenario.tenants import Tenant
from gigacampus.tables import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.trace import State
from gigacampus.tables.work import DEMAND, ENDINGS, JOBS, SERVING, STAGES, TRAINING, Kind, Work
from gigacampus.workload.fits import fit_of
from gigacampus.workload.generate import MAX_JOBS, Drawn, Machine, generate
from gigacampus.workload.runs import Planned, chips_of, node_chips_of, planned
from gigacampus.workload.services import Demand, demand
from gigacampus.workload.serving import months
from gigacampus.workload.stages import Room
from gigacampus.workload.told import summarised

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
    node_chips, campus_chip = node_chips_of(scenario), next(iter(scenario.campus.racks), "")
    jobs: list[Columns] = []
    loads: list[Columns] = []
    runs: list[tuple[int, Planned]] = []
    serving: list[Table] = []
    times: dict[str, float] = {}
    notes = ["illustrative workload: the tenants' real jobs are not public"]
    for index, name in enumerate(timeline.tenants["tenant"].tolist()):
        tenant = scenario.tenants[name]
        mine = timeline.capacity["tenant_index"] == index
        step = Step(timeline.capacity["at_s"][mine], timeline.capacity["chips"][mine])
        if tenant.services:
            held = _demand(scenario, name, step, node_chips, campus_chip)
            loads.append(_demand_columns(held, index))
            serving += [months(scenario, index, one, held.at_s, served) for one, served in held.served.items()]
        mine = planned(scenario, name, index, Room(step.at_s, _beside_services(tenant, step.chips), node_chips))
        for one in mine:
            _warn(name, one, step, notes)
            jobs += [_stage(index, one, k, len(runs)) for k in range(len(one.stages))]
            runs.append((index, one))
        if tenant.mix:
            made, times[name] = _mix(scenario, name, index, step, (node_chips, mine), notes)
            jobs.append(made)
    table, mark, state = _jobs(jobs)
    training = [one.training for _, one in runs if one.training is not None]
    served, ends, names = _joined(serving), _endings(state), timeline.tenants["tenant"].tolist()
    return Work(
        table, _merged_demand(loads), tuple(notes), _stages(runs, mark), Table.from_rows(TRAINING, training), served,
        ends, summarised(table, ends, [(names[index], one) for index, one in runs], served, names) | _gathered(times),
    )  # fmt: skip


def _demand(scenario: Scenario, name: str, step: Step, node_chips: int, chip: str) -> Demand:
    """What a tenant's services hold: a row every hour, at every change of its chips, and where replicas start up."""
    services, end_s = scenario.tenants[name].services, scenario.clock.end_s
    hours = np.arange(0, end_s, HOUR_S)
    starts = [hours - round(float(one.fleet.start_up)) for one in services.values() if one.fleet is not None]
    at_s = np.unique(np.concatenate([hours, step.at_s[step.at_s < end_s], *starts]))
    at_s = at_s[at_s >= 0]
    offset_h = float(scenario.site.utc_offset_h)
    with placing(scenario, "tenants", name, "services"):
        return demand(services, at_s, step.at(at_s), node_chips, chip, offset_h)


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


def _beside_services(tenant: Tenant, chips: Ints) -> Ints:
    """Chips beside the services at their highest load: sizes must not breathe with the services' day."""
    held = min(sum(float(one.share) for one in tenant.services.values()), 1.0) * chips
    left: Ints = np.floor(chips - held + 1e-6).astype(np.int64)
    return left


def _warn(name: str, one: Planned, step: Step, notes: list[str]) -> None:
    """Say what of a stated run is elastic, and where it asks for more than is there."""
    first = one.stages[0]
    has = int(step.at(np.array([first.start_s]))[0])
    if first.chips > has:
        later = bool((step.chips[step.at_s >= first.start_s] >= first.chips).any())
        what = "it waits until there are" if later else "there never are: it stays unplaced"
        notes.append(f"{name}: run {one.name} asks for {first.chips:,} chips when {has:,} are there; {what}")
    if len(one.stages) > 1:
        told = ", ".join(f"{s.chips:,} chips for {s.run_s / DAY_S:.3g} days" for s in one.stages[:9])
        notes.append(f"{name}: run {one.name} is planned as {told}{' and more' if len(one.stages) > 9 else ''}")


def _stage(index: int, one: Planned, k: int, number: int) -> Columns:
    """A stage as a job; runs go first where a policy looks at priority. `mark` numbers run and stage."""
    stage = one.stages[k]
    return _columns(
        index, np.array([stage.start_s]), np.array([stage.run_s]), np.array([stage.chips]), kind=int(Kind.PRETRAIN),
        priority=1, checkpoint=one.checkpoint_s, mark=(number << 32) + k,
    )  # fmt: skip


def _stages(runs: list[tuple[int, Planned]], mark: Ints) -> Table:
    """The stages with their jobs, now that jobs are numbered."""
    place = {int(mark[at]): int(at) for at in np.flatnonzero(mark >= 0)}
    rows = []
    for number, (index, one) in enumerate(runs):
        pauses = one.run.evaluation
        for k, stage in enumerate(one.stages):
            rows.append(
                {
                    "tenant_index": index, "run": one.name, "stage": stage.stage,
                    "job_id": place[(number << 32) + k], "after_id": place[(number << 32) + k - 1] if k else -1,
                    "gpus": stage.chips, "run_s": stage.run_s, "done_fraction": stage.done_fraction,
                    "evaluate_every_s": int(pauses.every) if pauses else 0,
                    "evaluate_s": int(pauses.length) if pauses else 0,
                }
            )  # fmt: skip
    return Table.from_rows(STAGES, rows)


def _joined(parts: list[Table]) -> Table:
    """Services' months one after another."""
    if not parts:
        return SERVING.empty()
    return Table(SERVING, {name: np.concatenate([one[name] for one in parts]) for name in SERVING.names})


def _mix(
    scenario: Scenario, name: str, index: int, step: Step, beside: tuple[int, list[Planned]], notes: list[str]
) -> tuple[Columns, float]:
    """The tenant's stream of jobs, in what its services and stated runs leave; the scenario's checkpoints hold.

    Beside it how many like jobs a small one stands for.
    """
    node_chips, runs = beside
    tenant = scenario.tenants[name]
    assert tenant.mix is not None
    hours = np.arange(0, scenario.clock.end_s, HOUR_S)
    chips = step.lowest(hours)
    # sizes must not breathe with the services' day: two halves of the night's chips would not fit by day
    held = min(sum(float(one.share) for one in tenant.services.values()), 1.0) * chips
    free = chips - held - chips_of(runs, hours)
    monday_s = scenario.clock.start.weekday() * 86_400.0
    machine = Machine(np.maximum(free, 0.0), chips, node_chips, monday_s)
    like = fit_of(scenario, name, tenant.mix)
    drawn = generate(like, machine, float(tenant.mix.load), dice.stream(scenario.seed, f"workload/{name}"))
    notes += _said(name, like.name, like.source, float(tenant.mix.load), drawn, node_chips)
    kind = like.kind_index[drawn.row].astype(np.int64)
    estimate = np.rint(drawn.run_s * like.estimate_fraction[drawn.row]).astype(np.int64)
    columns = _columns(
        index, drawn.submit_s, drawn.run_s, drawn.gpus, kind=kind, estimate=estimate,
        user=like.user_index[drawn.row].astype(np.int64),
        state=like.ended(drawn.row, dice.stream(scenario.seed, f"workload/{name}/ends")),
    )  # fmt: skip
    return columns, drawn.gathered


def _gathered(times: dict[str, float]) -> dict[str, Any]:
    """Streams whose small jobs stand for several, for the summary; nothing where none do."""
    found = {name: one for name, one in times.items() if one > 1.0}
    return {"most_jobs": MAX_JOBS, "gathered": found} if found else {}


def _said(name: str, like: str, source: str, load_fraction: float, drawn: Drawn, node_chips: int) -> list[str]:
    """How the stream was made, for the report."""
    said = [
        f"{name}: {len(drawn.gpus):,} jobs like {like}, fitted to {source}; offered load "
        f"{load_fraction * drawn.offered:.0%} of the chips beside services and stated runs, as they come and go",
        f"{name}: {drawn.rule(f'whole nodes of {node_chips} chips')}",
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
    mark: int = -1,
    state: Ints | int = -1,
) -> Columns:
    """Columns of `JOBS` but for the id, marks of stages, and how jobs end; constants spread over all rows."""
    rows = len(submit)
    given = {
        "tenant_index": index, "user_index": user, "kind_index": kind, "submit_s": submit, "run_s": run,
        "estimate_s": estimate, "gpus": gpus, "priority": priority, "checkpoint_s": checkpoint, "mark": mark,
        "state": state,
    }  # fmt: skip
    return {name: np.broadcast_to(np.asarray(value), rows) for name, value in given.items()}


def _endings(state: Ints) -> Table:
    """Jobs that do not succeed, by their position."""
    at = np.flatnonzero(state > int(State.COMPLETED))
    return Table(ENDINGS, {"job_id": at, "state": [State(code).name.lower() for code in state[at].tolist()]})


def _jobs(parts: list[Columns]) -> tuple[Table, Ints, Ints]:
    """All jobs in order of submission, ties in the order of tenants; the id is the position. And marks and endings."""
    if not parts:
        return JOBS.empty(), np.zeros(0, np.int64), np.zeros(0, np.int64)
    joined = {name: np.concatenate([one[name] for one in parts]) for name in parts[0]}
    order = np.argsort(joined["submit_s"], kind="stable")
    columns = {name: values[order] for name, values in joined.items()}
    mark, state = columns.pop("mark"), columns.pop("state")
    return Table(JOBS, {"job_id": np.arange(len(order)), **columns}), mark, state
