"""Power faster than the hour: job starts and stops to the second, steps and checkpoints of synchronous training.

Jobs are summed as independent (their steps are not in phase); one job on the whole campus, and all in step, are shown
beside as worst cases. Voltage, frequency, faults and harmonics of the mains are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S, NEVER
from gigacampus.facility.it import shares
from gigacampus.facility.node import H100, Phase, node_w
from gigacampus.facility.reopen import Reopened
from gigacampus.facility.series import Series
from gigacampus.kernels.dice import stream
from gigacampus.kernels.swing import dip, half_cycle_j, harmonic_fraction, largest_steps_w, rms_fraction, together_w
from gigacampus.scenario import Scenario
from gigacampus.tables.load import SWINGS
from gigacampus.tables.log import Log
from gigacampus.tables.table import Table
from gigacampus.tables.work import Kind

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
WINDOWS_S = (1, 60, 600)


@dataclass(frozen=True, slots=True)
class Beat:
    """How a class of work swings: a dip of `depth_fraction` for `duty_fraction` of every `period_s`."""

    period_s: float
    depth_fraction: float
    duty_fraction: float
    source: str


MLPERF = (
    "MLPerf Training v4.0 power logs, GPT-3 on 512 H100: every step of 10.76 s a dip from 455 to 395 kW for about 2 s"
)
BEATS: dict[Kind, Beat] = {
    Kind.PRETRAIN: Beat(10.76, 0.132, 0.186, MLPERF),
    Kind.FINETUNE: Beat(2.0, 0.132, 0.186, f"{MLPERF}; the shorter step is an assumption"),
}
"""Classes that swing in step. Evaluation, batch and inference are many small unsynchronised tasks: no common beat."""
WRITE_S = 30.0
"""How long a job waits while its state is copied off the chips, where the scenario does not say (assumption: copies to
the hosts' memory, written out from there while the chips compute)."""
WRITE_DEPTH = 1.0 - node_w(H100, Phase.CHECKPOINT) / node_w(H100, Phase.TRAIN)
"""Power lost while a checkpoint is written over that of training, by the model of a server."""
WRITE_SOURCE = "model of a server (GPUs wait with clocks up); as often as the job or the scenario says"
LEAST_CHIPS = 64
"""Jobs with fewer chips are left out of single-job swings: hundreds of them average out."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Power at the meter as a step function of job starts and stops; shape (edges,) each."""

    at_s: Whole
    meter_w: Array


def meter_edges(scenario: Scenario, log: Log, found: Series) -> Edges:
    """Meter power at every change of busy chips: the hour's base plus what each start adds, at the hour's PUE.

    Within an hour the base (idle chips, weather) is held; at the full hour it steps to the next hour's, which is left
    out here so that only work moves the meter.
    """
    busy = log.busy
    order = np.argsort(busy["at_s"], kind="stable")
    at_s = busy["at_s"][order]
    is_inside = (at_s >= 0) & (at_s < scenario.clock.end_s)
    order, at_s = order[is_inside], at_s[is_inside]
    hour = at_s // HOUR_S
    share = shares(scenario.site.draw)
    pue = np.nan_to_num(found.pue_fraction, nan=1.0)[hour]
    added_w = busy["chips"][order] * (share[busy["kind_index"][order]] - share[Kind.IDLE])
    change = added_w * found.it.chip_w[hour] * pue
    moments, first = np.unique(at_s, return_index=True)
    if not len(moments):
        return Edges(np.zeros(1, dtype=np.int64), found.facility_w[:1])
    level = np.cumsum(np.add.reduceat(change, first))
    start = float(found.facility_w[moments[0] // HOUR_S])
    return Edges(moments, start + level)


def steps_w(edges: Edges) -> dict[int, tuple[float, float]]:
    """Largest rise and fall of the meter by job starts and stops within 1 s, 1 min and 10 min."""
    return {
        window: largest_steps_w(edges.at_s.astype(np.float64), edges.meter_w, float(window)) for window in WINDOWS_S
    }


def running(log: Log, at_s: int) -> Whole:
    """Rows of the jobs of at least `LEAST_CHIPS` that run at an instant.

    The log keeps a job's first start and final end, not its interruptions: by tenant and class, jobs are taken from the
    last started on until the chips that were then busy are used up.
    """
    jobs, busy = log.jobs, log.busy
    is_on = (jobs["start_s"] <= at_s) & (jobs["end_s"] > at_s) & (jobs["start_s"] < NEVER)
    rows = np.flatnonzero(is_on & (jobs["gpus"] >= LEAST_CHIPS))
    kinds = len(Kind)
    past = busy["at_s"] <= at_s
    group = busy["tenant_index"].astype(np.int64) * kinds + busy["kind_index"]
    room = np.bincount(group[past], busy["chips"][past], minlength=int(group.max(initial=0)) + 1)
    taken = []
    for row in rows[np.argsort(-jobs["start_s"][rows], kind="stable")]:
        own = int(jobs["tenant_index"][row]) * kinds + int(jobs["kind_index"][row])
        if own < len(room) and room[own] >= jobs["gpus"][row]:
            room[own] -= jobs["gpus"][row]
            taken.append(int(row))
    return np.array(taken, dtype=np.int64)


def write_s(scenario: Scenario) -> float:
    """How long writing a checkpoint dips a job's power, seconds."""
    stated = scenario.operations.checkpoint_write
    return float(stated) if stated else WRITE_S


def swings_at(scenario: Scenario, log: Log, found: Series, at_s: int, every_s: Whole) -> Table:
    """The steps and the checkpoints of each synchronous class at an instant.

    `every_s` is the time between checkpoints by job of the log, 0 where none are written.
    """
    hour = min(at_s // HOUR_S, len(found.facility_w) - 1)
    pue = float(np.nan_to_num(found.pue_fraction[hour], nan=1.0))
    share, chip_w = shares(scenario.site.draw), float(found.it.chip_w[hour])
    rows = running(log, at_s)
    out, lasts_s = [], write_s(scenario)
    for kind, beat in BEATS.items():
        mine = rows[log.jobs["kind_index"][rows] == kind]
        each_w = log.jobs["gpus"][mine] * share[kind] * chip_w * pue
        swing = beat.depth_fraction / (1.0 - beat.depth_fraction * beat.duty_fraction)
        storage_j = half_cycle_j(float(each_w.sum()) * swing, beat.period_s)
        out.append(
            _row(kind, "step", each_w, log.jobs["gpus"][mine], beat.period_s, beat.depth_fraction, beat.duty_fraction)
            | {"storage_j": storage_j, "source": beat.source}
        )
        mine = mine[every_s[mine] > 0]
        if not len(mine):
            continue
        each_w, gpus = log.jobs["gpus"][mine] * share[kind] * chip_w * pue, log.jobs["gpus"][mine]
        # jobs of one class may write at different intervals: their mean by power stands for the class
        period_s = float(np.average(every_s[mine], weights=each_w)) + lasts_s
        out.append(
            _row(kind, "checkpoint", each_w, gpus, period_s, WRITE_DEPTH, lasts_s / period_s)
            | {"storage_j": float(each_w.sum()) * WRITE_DEPTH * lasts_s, "source": WRITE_SOURCE}
        )
    return Table.from_rows(SWINGS, out)


def _row(
    kind: Kind, beat: str, each_w: Array, gpus: Whole, period_s: float, depth: float, duty: float
) -> dict[str, object]:
    """Amplitudes of a dip of `depth` for `duty` of every period, over jobs of mean powers `each_w`."""
    first, _ = together_w(each_w * harmonic_fraction(depth, duty, 1))
    second, _ = together_w(each_w * harmonic_fraction(depth, duty, 2))
    spread, _ = together_w(each_w * rms_fraction(depth, duty))
    swing_w = each_w * depth / (1.0 - depth * duty)
    return {
        "kind": kind.name.lower(), "beat": beat, "jobs": len(gpus), "chips": int(gpus.sum()), "period_s": period_s,
        "dip_s": duty * period_s, "base_w": float(each_w.sum()), "first_w": first, "second_w": second, "rms_w": spread,
        "one_w": float(swing_w.max(initial=0.0)), "in_step_w": float(swing_w.sum()),
    }  # fmt: skip


def window_w(
    again: Reopened, found: Series, around_s: float, window_s: float, step_s: float, every_s: Whole
) -> tuple[Array, Array]:
    """Meter power in a window around an instant, at a step of a second or less: times and watts, shape (samples,).

    The hour's mean, moved by starts and stops inside the window, plus each large training job's steps with a phase
    drawn once from its number, and the checkpoints that it writes from its start on, as often as `every_s` says by job
    (0: none; interruptions, which shift them, are left out). While a grid event holds, the meter keeps its limit.
    Nothing outside of the window is stepped.
    """
    scenario, log = again.scenario, again.log
    count = round(window_s / step_s) + 1
    times = around_s - window_s / 2.0 + step_s * np.arange(count, dtype=np.float64)
    hour = np.clip((times // HOUR_S).astype(np.int64), 0, len(found.facility_w) - 1)
    middle = min(max(int(around_s), 0), scenario.clock.end_s - 1)
    edges = meter_edges(scenario, log, found)
    place = np.searchsorted(edges.at_s, times, side="right") - 1
    level = np.where(place >= 0, edges.meter_w[np.maximum(place, 0)], edges.meter_w[0])
    limit_w, is_cut = _limits(again.outside.events, times, hour)
    last = len(is_cut)
    means_w = np.where(
        is_cut, found.wanted_w[:last], found.facility_w[:last]
    )  # an event in a part of an hour is laid on below
    power = _hour_means_kept(means_w, hour, level, edges)
    rows = running(log, middle)
    share, pue = shares(scenario.site.draw), float(np.nan_to_num(found.pue_fraction[middle // HOUR_S], nan=1.0))
    chip_w = float(found.it.chip_w[middle // HOUR_S])
    for row in rows:
        beat = BEATS.get(Kind(int(log.jobs["kind_index"][row])))
        if beat is None:
            continue
        phase = float(stream(scenario.seed, f"swing/{int(log.jobs['job_id'][row])}").random())
        is_on = (times >= log.jobs["start_s"][row]) & (times < log.jobs["end_s"][row])
        base = float(log.jobs["gpus"][row]) * share[int(log.jobs["kind_index"][row])] * chip_w * pue
        swing = dip(times, beat.period_s, phase, beat.depth_fraction, beat.duty_fraction) - 1.0
        if every_s[row]:
            lasts_s = write_s(scenario)
            period_s = float(every_s[row]) + lasts_s
            since = times - float(log.jobs["start_s"][row])
            writes = dip(since, period_s, 0.0, WRITE_DEPTH, lasts_s / period_s) - 1.0
            swing = np.where(writes < 0.0, writes, swing + writes)
        power = power + np.where(is_on, base * swing, 0.0)
    return times, np.minimum(power, limit_w)


def _limits(events: Table, times: Array, hour: Whole) -> tuple[Array, NDArray[np.bool_]]:
    """What grid events allow at given times, infinite where none holds; and which hours of the run they touch."""
    limit_w, is_cut = np.full(len(times), np.inf), np.zeros(int(hour.max(initial=0)) + 1, dtype=bool)
    for event in events.rows():
        inside = (times >= event["start_s"]) & (times < event["end_s"])
        limit_w[inside] = np.minimum(limit_w[inside], event["limit_w"])
        is_cut[max(event["start_s"] // HOUR_S, 0) : -(-event["end_s"] // HOUR_S)] = True
    return limit_w, is_cut


def _hour_means_kept(facility_w: Array, hour: Whole, level: Array, edges: Edges) -> Array:
    """Shift the step function of starts and stops so that each hour keeps its mean at the meter."""
    out = np.empty_like(level)
    for one in np.unique(hour):
        start = one * HOUR_S
        inside = (edges.at_s > start) & (edges.at_s < start + HOUR_S)
        at = np.concatenate(([start], edges.at_s[inside], [start + HOUR_S])).astype(np.float64)
        before = int(np.searchsorted(edges.at_s, start, side="right")) - 1
        values = np.concatenate(([edges.meter_w[max(before, 0)]], edges.meter_w[inside]))
        mean = float((values * np.diff(at)).sum() / HOUR_S)
        mine = hour == one
        out[mine] = level[mine] - mean + facility_w[one]
    return out
