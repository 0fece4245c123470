"""The log of a campus: the tenants' queues, played one by one, put together as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigacampus.engine.campus_summary import summarise
from gigacampus.engine.desk import CAPACITY, NEVER, OUTAGE, POWER, QUOTA, REASONS, Ints
from gigacampus.engine.evaluating import evaluations
from gigacampus.engine.play import Jobs, Played, nothing
from gigacampus.engine.pools import Aim, Level, Pool
from gigacampus.engine.reasons import held_at, spans_of
from gigacampus.engine.spans import Spans, between, steps_of
from gigacampus.scenario import Scenario
from gigacampus.tables import log as tables
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.log import Log
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind, Work


@dataclass(frozen=True, slots=True)
class Queue:
    """One tenant's queue, played."""

    pool: Pool
    rows: Ints
    """Its jobs' rows in the work table, in order of submission; those that never fit are left out."""
    unfit: Ints
    """Rows of jobs that ask for more chips than it will have at any time from their submission on."""
    hits: Ints
    """Rows of its failures in the conditions."""
    played: Played
    jobs: Jobs
    """The same jobs as the loop took them."""
    write_s: int
    """Time that writing a checkpoint takes."""
    restart_s: int
    """Time on chips that a restart costs."""


def campus_log(
    scenario: Scenario, timeline: Timeline, work: Work, outside: Conditions, aims: Aim, queues: list[Queue]
) -> Log:
    """All tables of the log, and the summary."""
    jobs = _jobs(work, queues)
    outages = _outages(work, outside, aims, queues)
    usage, losses = _usage(scenario, work, outside, queues)
    return Log(
        jobs, _busy(work, outside, queues), outages, usage, summarise(timeline, work, jobs, outages, usage, losses),
        _broken_off(work, outside, queues), losses,
    )  # fmt: skip


def _jobs(work: Work, queues: list[Queue]) -> Table:
    """One row a job, in the order of the work table."""
    rows = len(work.jobs)
    numbers = {name: np.full(rows, NEVER, dtype=np.int64) for name in ("start_s", "end_s")}
    numbers |= {name: np.zeros(rows, dtype=np.int64) for name in ("restarts", "lost_s")}
    outcome = np.full(rows, "unplaced", dtype=object)
    reason = np.full(rows, "unfit", dtype=object)
    for queue in queues:
        played, at = queue.played, queue.rows
        numbers["start_s"][at], numbers["end_s"][at] = played.start_s, played.end_s
        numbers["restarts"][at], numbers["lost_s"][at] = np.maximum(played.tries - 1, 0), played.lost_s
        outcome[at] = np.select([played.end_s < NEVER, played.since_s < NEVER], ["finished", "running"], "waiting")
        reason[at] = np.array(REASONS, dtype=object)[_reasons(queue)]
    is_done = numbers["end_s"] < NEVER
    kept = ("job_id", "tenant_index", "user_index", "kind_index", "submit_s", "run_s", "gpus")
    held = {name: work.jobs[name] for name in kept}
    held["submit_s"] = held["submit_s"].copy()
    for queue in queues:  # stages of a run are submitted when the one before ends
        held["submit_s"][queue.rows] = queue.jobs.submit_s
    wait = np.where(is_done, numbers["end_s"] - held["submit_s"] - held["run_s"], -1)
    return Table(tables.JOBS, {**held, **numbers, "wait_s": wait, "outcome": outcome, "reason": reason})


def _reasons(queue: Queue) -> Ints:
    """Why jobs did not start at once; power where the chips that the envelope had taken would have been enough."""
    played, jobs, steps = queue.played, queue.jobs, queue.pool.steps
    reason = played.reason.copy()
    is_short = np.isin(reason, (CAPACITY, QUOTA, OUTAGE))
    at_s = jobs.submit_s[is_short]
    usable = Level(steps.at_s, steps.level + steps.serving).at(at_s)
    cut = np.maximum(queue.pool.chips.at(at_s) - usable, 0)
    free = Level(steps.at_s, steps.level).at(at_s) - held_at(spans_of(played, jobs.gpus), at_s)
    reason[is_short] = np.where((cut > 0) & (jobs.gpus[is_short] <= free + cut), POWER, reason[is_short])
    return reason


def _attempts(work: Work, queue: Queue) -> tuple[Spans, Ints]:
    """Chips held by jobs, attempt by attempt, and the kind of work of each."""
    played, broken = queue.played, queue.played.attempts
    gpus = work.jobs["gpus"][queue.rows]
    lasting = np.flatnonzero(played.since_s < NEVER)
    index = np.concatenate((broken[:, 0], lasting))
    from_s = np.concatenate((broken[:, 1], played.since_s[lasting]))
    until_s = np.concatenate((broken[:, 2], played.end_s[lasting]))
    kind = work.jobs["kind_index"][queue.rows][index].astype(np.int64)
    return Spans(from_s, until_s, gpus[index]), kind


def _serving(outside: Conditions, queue: Queue) -> tuple[Ints, Ints, Ints]:
    """Chips of services: change times, chips held, and chips busy among them (held x load, rounded).

    A struck node that no spare chip replaces is missing until repaired.
    """
    pool, short = queue.pool, _short(outside, queue)
    missing_at, missing = short.changes()
    order = np.argsort(missing_at, kind="stable")
    missing_at, missing = missing_at[order], np.cumsum(missing[order])
    at_s = np.unique(np.concatenate((pool.reserved.at_s, pool.load_fraction.at_s, missing_at)))
    lacking = np.concatenate((missing, [0]))[np.searchsorted(missing_at, at_s, side="right") - 1]
    held = np.maximum(pool.reserved.at(at_s) - lacking, 0)
    busy = np.rint(held * pool.load_fraction.at(at_s)).astype(np.int64)
    return at_s, held, np.minimum(busy, held)


def _short(outside: Conditions, queue: Queue) -> Spans:
    at_s = outside.failures["at_s"][queue.hits]
    is_any = queue.played.hit_short > 0
    repair_s = outside.failures["repair_s"][queue.hits]
    return Spans(at_s[is_any], (at_s + repair_s)[is_any], queue.played.hit_short[is_any])


def _busy(work: Work, outside: Conditions, queues: list[Queue]) -> Table:
    """Changes in busy chips by tenant and kind; chips that a service holds and does not use are of kind IDLE."""
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for tenant, queue in enumerate(queues):
        spans, kind = _attempts(work, queue)
        at_s, chips = spans.changes()
        kind = np.concatenate((kind, kind[spans.until_s < NEVER]))
        parts.append((at_s, np.full(len(at_s), tenant), kind, chips))
        tested = evaluations(work, queue.rows, queue.played)
        for one, sign in ((Kind.EVALUATE, 1), (Kind.PRETRAIN, -1)):
            at_s, chips = tested.changes()
            parts.append((at_s, np.full(len(at_s), tenant), np.full(len(at_s), int(one)), sign * chips))
        when, held, busy = _serving(outside, queue)
        for one, level in ((Kind.SERVE, busy), (Kind.IDLE, held - busy)):
            at_s, chips = steps_of(when, level)
            parts.append((at_s, np.full(len(at_s), tenant), np.full(len(at_s), int(one)), chips))
    at_s, tenants, kinds, chips = (np.concatenate([nothing(), *(part[k] for part in parts)]) for k in range(4))
    order = np.lexsort((kinds, tenants, at_s))
    at_s, tenants, kinds, chips = at_s[order], tenants[order], kinds[order], chips[order]
    is_new = np.ones(len(at_s), dtype=bool)
    is_new[1:] = (np.diff(at_s) != 0) | (np.diff(tenants) != 0) | (np.diff(kinds) != 0)
    first = np.flatnonzero(is_new)
    change = np.add.reduceat(chips, first) if len(first) else chips
    kept = first[change != 0]
    return Table(
        tables.BUSY,
        {"at_s": at_s[kept], "tenant_index": tenants[kept], "kind_index": kinds[kept], "chips": change[change != 0]},
    )


def _outages(work: Work, outside: Conditions, aims: Aim, queues: list[Queue]) -> Table:
    """One row a failure that struck a live node; chips that were out already are not out twice."""
    failures = outside.failures
    job = np.full(len(failures), -1, dtype=np.int64)
    down, lost = np.zeros(len(failures), dtype=np.int64), np.zeros(len(failures), dtype=np.int64)
    nobody = aims.tenant == -1
    np.add.at(down, aims.row[nobody], aims.node[nobody])
    for queue in queues:
        played, at = queue.played, queue.hits
        job_id = work.jobs["job_id"][queue.rows]
        is_hit = played.hit_job >= 0
        job[at[is_hit]] = job_id[played.hit_job[is_hit]]
        down[at] += played.hit_down + played.hit_short
        lost[at] += played.hit_lost_chip_s
    is_live = np.zeros(len(failures), dtype=np.bool_)
    is_live[aims.row[aims.tenant >= -1]] = True
    return Table(
        tables.OUTAGES,
        {
            "at_s": failures["at_s"][is_live], "cause": failures["cause"][is_live], "job_id": job[is_live],
            "chips_down": down[is_live], "repair_s": failures["repair_s"][is_live], "lost_gpu_s": lost[is_live],
        },
    )  # fmt: skip


def _usage(scenario: Scenario, work: Work, outside: Conditions, queues: list[Queue]) -> tuple[Table, Table]:
    """GPU-hours by tenant and month, and those lost by cause. Entitled = batch + serve + down + idle, exactly."""
    edges = scenario.clock.month_starts_s()
    months = len(edges) - 1
    parts: dict[str, list[Ints]] = {name: [] for name in tables.USAGE.names}
    lost_parts: dict[str, list[Any]] = {name: [] for name in tables.LOSSES.names}
    for tenant, queue in enumerate(queues):
        pool, played = queue.pool, queue.played
        entitled = between(*steps_of(pool.chips.at_s, pool.chips.value), edges)
        when, held, _ = _serving(outside, queue)
        serve = between(*steps_of(when, held), edges)
        reserved = between(*steps_of(pool.reserved.at_s, pool.reserved.value), edges)
        at_s, repair_s = (outside.failures[name][queue.hits] for name in ("at_s", "repair_s"))
        down = between(
            np.concatenate((at_s, at_s + repair_s, pool.steps.at_s)),
            np.concatenate((played.hit_down, -played.hit_back, -played.step_gone)), edges,
        )  # fmt: skip
        batch = _attempts(work, queue)[0].integral(edges)
        losses = _lost_chip_s(work, queue, edges)
        lost = losses["redone"] + losses["restart"] + losses["checkpoint"]
        h100e = between(pool.h100e.at_s, np.diff(pool.h100e.value, prepend=0.0), edges)
        useful = batch + serve - lost
        rate = np.divide(h100e, entitled, out=np.zeros(months), where=entitled > 0)
        row = {
            "month_s": edges[:-1], "tenant_index": np.full(months, tenant), "entitled_gpu_h": entitled / 3600,
            "batch_gpu_h": batch / 3600, "serve_gpu_h": serve / 3600, "useful_gpu_h": useful / 3600,
            "lost_gpu_h": lost / 3600, "down_gpu_h": (down + reserved - serve) / 3600,
            "useful_h100e_h": useful * rate / 3600,
        }  # fmt: skip
        for name, values in row.items():
            parts[name].append(values)
        out = row["down_gpu_h"] * 3600
        for cause, chip_s in (losses | {"down": out, "idle": entitled - batch - serve - out}).items():
            lost_parts["month_s"].append(edges[:-1])
            lost_parts["tenant_index"].append(np.full(months, tenant))
            lost_parts["cause"].append(np.full(months, cause, dtype=object))
            lost_parts["gpu_h"].append(chip_s / 3600)
    usage = Table(tables.USAGE, {name: np.concatenate([nothing(), *arrays]) for name, arrays in parts.items()})
    if not queues:
        return usage, tables.LOSSES.empty()
    return usage, Table(tables.LOSSES, {name: np.concatenate(arrays) for name, arrays in lost_parts.items()})


def _lost_chip_s(work: Work, queue: Queue, edges: Ints) -> dict[str, Ints]:
    """Chip-seconds between neighbouring edges held for what is done again, for restarts and for checkpoint writes.

    A broken-off attempt loses its restart and then its last stretch; writes of the others are spread over the attempt.
    """
    played, broken = queue.played, queue.played.attempts
    gpus = work.jobs["gpus"][queue.rows]
    index, from_s, until_s, lost_s, overhead_s = broken.T
    last = np.flatnonzero(played.since_s < NEVER)
    since = played.since_s[last]
    until = np.minimum(played.end_s[last], edges[-1])
    overhead = np.minimum(np.where(played.tries[last] > 1, queue.restart_s, 0), until - since)
    working = until - since - overhead
    useful = np.minimum(queue.jobs.run_s[last] - played.kept_s[last], working)
    is_open = played.end_s[last] == NEVER
    cycle = queue.jobs.checkpoint_s[last]
    written = np.where(cycle > 0, working // np.maximum(cycle + queue.write_s, 1) * queue.write_s, 0)
    writes = np.where(is_open, written, working - useful)
    redone = Spans(until_s - lost_s, until_s, gpus[index])
    restarts = Spans.joined(
        [Spans(from_s, from_s + overhead_s, gpus[index]), Spans(since, since + overhead, gpus[last])]
    )
    spread = np.divide(gpus[last] * writes, working, out=np.zeros(len(last)), where=working > 0)
    slow = Spans(since + overhead, until, spread)
    return {
        "redone": redone.integral(edges), "restart": restarts.integral(edges),
        "checkpoint": np.rint(slow.integral(edges)).astype(np.int64),
    }  # fmt: skip


def _broken_off(work: Work, outside: Conditions, queues: list[Queue]) -> Table:
    """One row an attempt that did not end with its job."""
    parts: dict[str, list[Any]] = {name: [] for name in tables.ATTEMPTS.names}
    for queue in queues:
        job, from_s, until_s, lost_s, overhead_s = queue.played.attempts.T
        is_failure = np.isin(until_s, outside.failures["at_s"][queue.hits])
        row = {
            "job_id": work.jobs["job_id"][queue.rows][job], "from_s": from_s, "until_s": until_s,
            "gpus": queue.jobs.gpus[job], "lost_s": lost_s, "overhead_s": overhead_s,
            "cause": np.where(is_failure, "failure", "capacity").astype(object),
        }  # fmt: skip
        for name, values in row.items():
            parts[name].append(values)
    if not queues:
        return tables.ATTEMPTS.empty()
    found = Table(tables.ATTEMPTS, {name: np.concatenate(arrays) for name, arrays in parts.items()})
    return found.where(np.lexsort((found["job_id"], found["until_s"])))
