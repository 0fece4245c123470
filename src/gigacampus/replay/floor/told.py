"""What a replay on a floor says beside its jobs: stays, outages, figures and notes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.desk import DRAINED, FAILED, FULL, OVER_LIMIT
from gigacampus.engine.floor.given import Layout
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.play import Jobs
from gigacampus.kernels.packing import WHOLE
from gigacampus.replay.asked import Asked
from gigacampus.replay.floor.ground import Ground
from gigacampus.replay.happened import Outcome
from gigacampus.tables import Table
from gigacampus.tables.floor import FLOOR_OUTAGES, STAYS
from gigacampus.workload.trace import Trace

CAUSES = {FAILED: "failed", DRAINED: "maintenance", OVER_LIMIT: "limit"}
HOPS = {"fat-tree": (2, 4, 6), "rail": (2, 2, 4)}
"""Links between two nodes in one rack, in one pod, and beyond. Fat tree: leaf, aggregation, core. Rail: the GPUs of one
number in all nodes of a pod share a switch, whatever the rack."""


def told(
    asked: Asked, trace: Trace, jobs: Jobs, outcome: Outcome, found: Floored, rows: Ints, stands: Ground,
    notes: tuple[str, ...],
) -> Outcome:  # fmt: skip
    """The outcome with tables, figures and notes of the floor."""
    stays = _stays(asked, trace, found, rows, stands)
    outages = _outages(found, stands, asked)
    more = _figures(asked, jobs, found, rows, stays, outages)
    said = [*notes, *_said(asked)]
    causes = tuple(CAUSES.get(int(why), "preempted") for why in found.attempts[:, 5])
    tables = {"stays": stays} | ({"outages": outages} if asked.floor.may_break else {})
    return replace(outcome, tables=tables, more=more, notes=tuple(said), causes=causes)


def _said(asked: Asked) -> list[str]:
    """What the reader should know about how the floor was played."""
    floor, said = asked.floor, []
    if floor.throughput:
        said.append(
            "Run times of the trace count as work: a job takes its recorded time over the speed of where it stands. "
            "Recorded times already contain the placement of their own machine, so speeds below 1 count it twice "
            "unless the table is relative to it."
        )
    if floor.failures:
        said.append("Recorded run times already contain the failures of their own machine: these come on top.")
    if floor.power_slows:
        said.append(f"Where power is short, jobs run slower by the rule {floor.power_slows}; nobody waits for power.")
    return said


def _per_attempt(found: Floored) -> tuple[Ints, Ints]:
    """First row of each attempt in the log of places, and the attempt of each row."""
    places = found.places
    if not len(places):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_new = np.ones(len(places), dtype=bool)
    is_new[1:] = (np.diff(places[:, 0]) != 0) | (np.diff(places[:, 2]) != 0)
    return np.flatnonzero(is_new), np.cumsum(is_new) - 1


def _distinct(attempt: Ints, value: Ints, attempts: int) -> Ints:
    """How many values each attempt has."""
    pairs = np.unique(np.stack((attempt, value)), axis=1)
    return np.bincount(pairs[0], minlength=attempts).astype(np.int64)


def _pairs_in(attempt: Ints, value: Ints, attempts: int) -> NDArray[np.float64]:
    """Pairs of nodes of each attempt that share a value."""
    pairs, count = np.unique(np.stack((attempt, value)), axis=1, return_counts=True)
    return np.bincount(pairs[0], weights=count * (count - 1) / 2.0, minlength=attempts).astype(np.float64)


def hops(fabric: str, attempt: Ints, node: Ints, layout: Layout, attempts: int) -> NDArray[np.float64]:
    """Mean links between two nodes of each attempt; 0 where it stands on one."""
    near, middle, far = HOPS[fabric]
    rack = layout.rack[node]
    in_rack = _pairs_in(attempt, rack, attempts)
    in_pod = _pairs_in(attempt, layout.pod[rack], attempts)
    count = np.bincount(attempt, minlength=attempts).astype(np.float64)
    every = count * (count - 1) / 2.0
    total = near * in_rack + middle * (in_pod - in_rack) + far * (every - in_pod)
    return np.divide(total, every, out=np.zeros(attempts), where=every > 0)


def _stays(asked: Asked, trace: Trace, found: Floored, rows: Ints, stands: Ground) -> Table:
    first, attempt = _per_attempt(found)
    places, layout, count = found.places, stands.layout, len(first)
    if not count:
        return STAYS.empty()
    node = places[:, 1]
    lowest = np.full(count, len(layout.rack), dtype=np.int64)
    np.minimum.at(lowest, attempt, node)
    ids = np.array([trace.id_of(int(row)) for row in rows[places[first, 0]]], dtype=object)
    names = np.array(stands.machine.names, dtype=object)
    return Table(STAYS, {
        "job_id": ids, "from_s": places[first, 2], "until_s": places[first, 3],
        "gpus": np.bincount(attempt, weights=places[:, 4], minlength=count) / WHOLE,
        "nodes": np.bincount(attempt, minlength=count), "racks": _distinct(attempt, layout.rack[node], count),
        "pods": _distinct(attempt, layout.pod[layout.rack[node]], count),
        "halls": _distinct(attempt, layout.hall[node], count),
        "hops_mean": hops(asked.floor.fabric, attempt, node, layout, count), "first_node": names[lowest],
    })  # fmt: skip


def _outages(found: Floored, stands: Ground, asked: Asked) -> Table:
    rows = found.outages
    seen = np.flatnonzero(rows["at"] <= found.end_s)
    rows = rows[seen]
    names = np.array(stands.machine.names, dtype=object)
    return Table(FLOOR_OUTAGES, {
        "at_s": rows["at"], "until_s": rows["until"], "cause": np.array(found.causes, dtype=object)[seen],
        "is_planned": rows["is_drain"] == 1, "first_node": names[rows["first"]], "nodes": rows["last"] - rows["first"],
        "gpus_down": rows["down"] / WHOLE, "jobs_killed": rows["killed"], "lost_gpu_s": rows["lost"] / WHOLE,
    })  # fmt: skip


def _figures(
    asked: Asked, jobs: Jobs, found: Floored, rows: Ints, stays: Table, outages: Table
) -> dict[str, Any]:  # fmt: skip
    """GPU-hours lost by cause, and how far apart gangs stand."""
    floor, attempts = asked.floor, found.attempts
    figures: dict[str, Any] = {}
    if len(stays):
        gang = stays["nodes"] > 1
        weight = stays["gpus"][gang]
        for name, column in (("gang_racks_mean", "racks"), ("gang_hops_mean", "hops_mean")):
            figures[name] = float(np.average(stays[column][gang], weights=weight)) if gang.any() else None
    if floor.may_break:
        length = attempts[:, 2] - attempts[:, 1]
        size = found.gpus_milli[attempts[:, 0]] / WHOLE
        overhead, saved = attempts[:, 4], attempts[:, 3]
        for why, name in CAUSES.items():
            mine = attempts[:, 5] == why
            figures[f"broken_off_{name}"] = int(mine.sum())
            redone = ((length - overhead - saved) * size)[mine].sum()
            figures[f"lost_{name}_gpu_h"] = float(redone) / 3600.0
        resumed = (found.played.end_s < NEVER) & (found.played.tries > 1)
        restart_s = asked.restart_s + floor.detection_s
        spent = float((overhead * size).sum() + restart_s * (found.gpus_milli[resumed] / WHOLE).sum())
        figures["lost_restart_gpu_h"] = spent / 3600.0
        figures["failures"] = int((~outages["is_planned"]).sum())
        figures["jobs_killed"] = int(outages["jobs_killed"].sum())
        figures["down_gpu_h"] = found.down_gpu_s / 3600.0
    if floor.limits:
        figures["held_back_for_power_gpu_h"] = found.held_back_gpu_s / 3600.0
        slowed = found.slowed_ms / FULL * (found.gpus_milli / WHOLE)
        figures["lost_slowed_gpu_h"] = float(slowed.sum()) / 3600.0
    return figures
