"""The walk of a replay on a floor: the ground, what befalls it, the schedule, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.conditions.components import draw
from gigacampus.engine.desk import REASONS, Ints
from gigacampus.engine.floor.desk import TENANT_GPUS
from gigacampus.engine.floor.given import Limits, Needs, Outages, Rules, Speeds
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.floor.play import never_fits_floor, play_on_floor
from gigacampus.engine.machine import Machine
from gigacampus.engine.on_nodes import Site, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.quotas import Quotas
from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.packing import WHOLE
from gigacampus.replay.asked import Asked
from gigacampus.replay.floor import files
from gigacampus.replay.floor.asked import FloorAsked
from gigacampus.replay.floor.ground import Ground, ground
from gigacampus.replay.floor.told import told
from gigacampus.replay.happened import Outcome
from gigacampus.replay.wishes import tenants_of, told_of
from gigacampus.workload.trace import Trace

Admit = Callable[[NDArray[np.bool_]], NDArray[np.bool_]]
DOUBLINGS = 6
"""How often the horizon of failures is doubled before a replay goes on without more."""
ENDLESS = "Failures end at {} s: some jobs would not finish between them. Shorter checkpoint intervals may help."


def on_floor(
    asked: Asked, trace: Trace, machine: Machine, jobs: Jobs, due: Ints, quotas: Quotas, admit: Admit
) -> Outcome:  # fmt: skip
    """Play a trace on its floor; arrays and rows in the order of the trace.

    `due` are deadlines; `admit` gets a mask of the jobs that fit and leaves those that may play. Raises
    InputError for tables that cannot be used.
    """
    floor = asked.floor
    stands = ground(floor, asked.cluster, machine, trace.tenants)
    nodes = stands.machine.nodes
    assert nodes is not None
    speeds = files.throughput(floor.throughput, sorted(set(nodes.model))) if floor.throughput else Speeds.even()
    wants, models = files.needs(
        floor.needs, trace, stands.layout, stands.machine, speeds.classes, floor.domain_gpus, floor.watts or 0
    )
    here = site(nodes, stands.machine.requests(trace.jobs, trace.gpu_specs))
    if models.any():
        here.requests[:, 4] = np.where(models != 0, models, here.requests[:, 4])
    tenant = trace.jobs["tenant_index"].astype(np.int64)
    fits = np.ones(len(trace), dtype=np.bool_)
    fits[never_fits_floor(here, stands.layout, wants, tenant, asked.rule)] = False
    fits = admit(fits)
    asks = (here.requests[:, :3] > 0).sum(axis=1) > 0
    rows = np.flatnonzero(fits & asks)
    rows = rows[np.argsort(jobs.submit_s[rows], kind="stable")]
    limits = files.limits(floor.limits, stands.layout, trace) if floor.limits else Limits.nothing()
    if (limits.kind != TENANT_GPUS).any() and not (wants.watts * trace.jobs["gpus"]).any():
        why = "no job has power, so that limits of power hold nothing"
        raise UsageError(Fault("E301", why, fix="--watts N, or watts_per_gpu in --needs"))
    stated = files.outages(floor.outages, stands.layout, stands.machine) if floor.outages else Outages.nothing()
    tenants = tenants_of(trace) if len(quotas.nominal) else tenant
    seen = (trace.jobs["priority"], trace.jobs["user_index"], tenants, due, trace.jobs["planned_s"])
    who = Who(*(_rows(one, rows) for one in seen), named=lambda job: told_of(trace, job, int(rows[job])))
    found, notes = _played(asked, who, jobs, rows, here, stands, wants.of(rows), limits, stated, speeds, quotas,
                           is_sole=not trace.tenants)  # fmt: skip
    outcome = _in_order(found, rows, jobs, fits, asks, stands)
    return told(asked, trace, jobs, outcome, found, rows, stands, (*stands.notes, *notes))


def _played(
    asked: Asked, who: Who, jobs: Jobs, rows: Ints, here: Site, stands: Ground, wants: Needs, limits: Limits,
    stated: Outages, speeds: Speeds, quotas: Quotas, *, is_sole: bool,
) -> tuple[Floored, list[str]]:  # fmt: skip
    """Play, with failures drawn farther until the last job is through; those drawn before stay as they were."""
    floor = asked.floor
    submit, run, estimate, gpus = (_rows(one, rows) for one in (jobs.submit_s, jobs.run_s, jobs.estimate_s, jobs.gpus))
    every = np.where(gpus > 0, floor.checkpoint_s, 0).astype(np.int64)
    queue = Jobs(submit, run, estimate, gpus, every)
    own = replace(here, requests=np.ascontiguousarray(here.requests[rows]))
    rules = Rules(
        asked.policy, asked.rule, asked.seed, asked.restart_s + floor.detection_s, floor.checkpoint_write_s,
        floor.requeue, floor.backoff_s, floor.power_slows, is_sole=is_sole,
    )  # fmt: skip
    first, last = (int(submit[0]), int(submit[-1])) if len(submit) else (0, 0)
    until = files.horizon_s(first, last, int(run.max(initial=0)))
    for attempt in range(DOUBLINGS + 1):
        struck = _failures(floor, stands, first, until, asked.seed)
        found = play_on_floor(
            rules, queue, who, own, stands.layout, needs=wants, outages=stated.and_(struck), limits=limits,
            speeds=speeds, quotas=quotas.times(WHOLE),
        )  # fmt: skip
        if floor.failures is None or found.end_s <= until:
            return found, []
        if attempt < DOUBLINGS:
            until = first + 2 * (until - first)
    return found, [ENDLESS.format(until)]


def _failures(floor: FloorAsked, stands: Ground, first_s: int, until_s: int, seed: int) -> Outages:
    """Failures of the components as outages of nodes."""
    if floor.failures is None or stands.machine.nodes is None:
        return Outages.nothing()
    listed = files.components(floor.failures)
    gpus = stands.machine.nodes.gpus
    spans = [files.blast(one, stands.layout, gpus) for one in listed]
    born = [np.full(len(low), first_s, dtype=np.int64) for low, _ in spans]
    strikes = draw(listed, born, until_s, seed)
    low, high = np.zeros(len(strikes.at_s), dtype=np.int64), np.zeros(len(strikes.at_s), dtype=np.int64)
    for k, (first, last) in enumerate(spans):
        chosen = strikes.component == k
        low[chosen], high[chosen] = first[strikes.unit[chosen]], last[strikes.unit[chosen]]
    surprise = np.full(len(low), NEVER, dtype=np.int64)
    cause = tuple(listed[k].name for k in strikes.component.tolist())
    return Outages(strikes.at_s, strikes.until_s, low, high, np.zeros_like(low), surprise, cause)


def _rows(values: Ints, rows: Ints) -> Ints:
    return np.ascontiguousarray(values[rows].astype(np.int64))


def _in_order(found: Floored, rows: Ints, jobs: Jobs, fits: Any, asks: Any, stands: Ground) -> Outcome:
    """What became of the jobs, in the order of the trace; jobs that ask for nothing run when they come."""
    played = found.played
    at_once = fits & ~asks
    start = np.where(at_once, jobs.submit_s, NEVER)
    end = np.where(at_once, jobs.submit_s + jobs.run_s, NEVER)
    since, reason = start.copy(), np.where(fits, 0, REASONS.index("unfit"))
    restarts, lost = np.zeros(len(start), np.int64), np.zeros(len(start), np.int64)
    start[rows], end[rows], since[rows] = played.start_s, played.end_s, played.since_s
    restarts[rows], lost[rows] = np.maximum(played.tries - 1, 0), played.lost_s
    reason[rows] = played.reason
    stops = np.array(played.attempts, dtype=np.int64).reshape(-1, 5)
    stops[:, 0] = rows[stops[:, 0]] if len(stops) else stops[:, 0]
    # of a job that was broken off, the nodes of its last attempt
    stays = found.places
    latest = stays[stays[:, 2] == played.since_s[stays[:, 0]]] if len(stays) else stays
    places = (
        np.stack((rows[latest[:, 0]], stands.origin[latest[:, 1]]), axis=1)
        if len(latest)
        else np.zeros((0, 2), np.int64)
    )
    node = np.full(len(start), "", dtype=object)
    held: dict[int, list[int]] = {}
    names = np.empty(len(stands.origin), dtype=object)
    names[stands.origin] = stands.machine.names
    for job, one in places.tolist():
        held.setdefault(job, []).append(one)
    for job, listed in held.items():
        node[job] = ";".join(names[one] for one in sorted(listed))
    return Outcome(start, end, restarts, lost, reason, since, stops, places, node)
