"""The stated training runs of a tenant: how long by the model of training, in which stages, as which jobs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from gigacampus.clock import DAY_S, HOUR_S
from gigacampus.errors import UsageError
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import placing
from gigacampus.scenario.tenants import TrainingRun
from gigacampus.workload.llm.goodput import Recovery
from gigacampus.workload.llm.plan import RECOVER_S, Question, TrainingPlan, plan, usual_recovery
from gigacampus.workload.stages import Ints, Room, Stage, stages


@dataclass(frozen=True, slots=True)
class Planned:
    """A run, planned."""

    name: str
    run: TrainingRun
    stages: tuple[Stage, ...]
    checkpoint_s: int
    training: dict[str, Any] | None
    """Row of `tables.work.TRAINING`; None where its length is stated."""


def planned(scenario: Scenario, tenant: str, index: int, room: Room) -> list[Planned]:
    """A tenant's runs in the order of the scenario; a later one counts on what the earlier ones leave."""
    made: list[Planned] = []
    for name, run in scenario.tenants[tenant].runs.items():
        with placing(scenario, "tenants", tenant, "runs", name):
            made.append(_planned(scenario, name, run, index, _beside(room, made)))
    return made


def node_chips_of(scenario: Scenario) -> int:
    """Chips of the campus's largest node."""
    return max((rack.chips_per_node for rack in scenario.campus.racks.values()), default=1)


def trained(scenario: Scenario, tenant: str, name: str) -> TrainingPlan:
    """The model of training for a run on all its chips; ScenarioError where it has no answer."""
    run = scenario.tenants[tenant].runs[name]
    with placing(scenario, "tenants", tenant, "runs", name):
        return _asked(scenario, run, int(run.chips), node_chips_of(scenario))


def chips_of(runs: list[Planned], hours_s: Ints) -> Ints:
    """Chips that runs are expected to hold at these instants."""
    total = np.zeros(len(hours_s), np.int64)
    for one in runs:
        for stage in one.stages:
            total += stage.chips * ((hours_s >= stage.start_s) & (hours_s < stage.start_s + stage.run_s))
    return total


def _beside(room: Room, runs: list[Planned]) -> Room:
    """What earlier runs leave."""
    edges = [at for one in runs for s in one.stages for at in (s.start_s, s.start_s + s.run_s)]
    at_s = np.unique(np.concatenate([room.at_s, np.array(edges, np.int64)]))
    there = np.array([room.at(at) for at in at_s.tolist()], np.int64)
    return Room(at_s, np.maximum(there - chips_of(runs, at_s), 0), room.node_chips)


def _planned(scenario: Scenario, name: str, run: TrainingRun, index: int, room: Room) -> Planned:
    start_s = scenario.clock.seconds(run.start)
    checkpoint = 0 if run.checkpoint is None else int(run.checkpoint)
    if not run.model:
        assert run.length is not None
        made = stages(run, start_s, float(int(run.length)), room, lambda chips: chips / float(run.chips))
        return Planned(name, run, tuple(made), checkpoint, None)
    full = _asked(scenario, run, int(run.chips), room.node_chips)
    rate = full.tokens_per_s_per_chip * full.run.chips
    known = {int(run.chips): 1.0}

    def pace(chips: int) -> float:
        if chips not in known:
            try:
                other = _asked(scenario, run, chips, room.node_chips)
                known[chips] = other.tokens_per_s_per_chip * chips / rate
            except UsageError:
                # no layout divides the batch over so many chips: replicas are uneven, so reckon by their number
                known[chips] = chips / float(run.chips)
        return known[chips]

    made = stages(run, start_s, full.tokens / rate, room, pace)
    checkpoint = checkpoint or max(1, round(full.goodput.interval_s))
    return Planned(name, run, tuple(made), checkpoint, _row(name, run, index, full, checkpoint))


def _asked(scenario: Scenario, run: TrainingRun, chips: int, node_chips: int) -> TrainingPlan:
    """The model of training on so many chips, failing as the scenario's nodes do."""
    assert run.tokens is not None
    chip = run.chip or next(iter(scenario.campus.racks), "")
    question = Question(run.model, chip, chips, float(run.tokens), precision=run.precision)
    found = plan(question)
    failures = scenario.operations.failures
    usual = usual_recovery(found.run.architecture)
    rate = 0.0 if failures is None else float(failures.per_1000_node_days) / 1000.0 / (DAY_S / HOUR_S) / node_chips
    recovery = Recovery(
        rate,
        float(scenario.operations.checkpoint_write or 0.0) or usual.write_s,
        RECOVER_S if failures is None else float(failures.restart),
        0.0 if run.checkpoint is None else float(run.checkpoint),
    )
    return plan(dataclasses.replace(question, layout=found.layout, recovery=recovery))


def _row(name: str, run: TrainingRun, index: int, full: TrainingPlan, checkpoint_s: int) -> dict[str, Any]:
    layout, wave = full.layout, full.waveform
    parts = " ".join(f"{key}{getattr(layout, key)}" for key in ("tp", "pp", "cp", "ep", "vp"))
    return {
        "tenant_index": index, "run": name, "model": full.run.architecture.model, "chip": full.run.machine.chip,
        "gpus": full.run.chips, "tokens": full.tokens, "precision": full.run.precision,
        "layout": f"{parts} mbs{layout.micro_batch} recompute {layout.recompute}", "step_s": full.step_s,
        "tokens_per_s": full.tokens_per_s_per_chip * full.run.chips, "mfu_fraction": full.mfu_fraction,
        "goodput_fraction": full.goodput.ettr_fraction, "checkpoint_s": float(checkpoint_s),
        "dip_s": wave.tail_s, "body_w": wave.body_w, "dip_w": wave.tail_w,
    }  # fmt: skip
