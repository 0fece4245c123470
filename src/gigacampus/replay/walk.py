"""The walk of a replay, read aloud: the trace, the machine, the queue, the schedule, the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.desk import REASONS, Ints
from gigacampus.engine.estimates import cut, estimates
from gigacampus.engine.machine import Machine, machine_of
from gigacampus.engine.on_nodes import Site, never_fits, schedule_on_nodes, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.quotas import Quotas
from gigacampus.engine.schedule import schedule
from gigacampus.errors import Fault, TraceError, UsageError
from gigacampus.kernels.packing import WHOLE
from gigacampus.replay.asked import Asked, sound
from gigacampus.replay.begin import Begin, most_held, starts_known, warm
from gigacampus.replay.begin import cut as cut_out
from gigacampus.replay.happened import Outcome, Texts
from gigacampus.replay.outcome import results
from gigacampus.replay.paired import together
from gigacampus.replay.wishes import deadlines, held_back, kept, quotas_of, tenants_of, told_of, wished
from gigacampus.results.collect import Results
from gigacampus.workload.readers import locate, read_nodes, read_trace
from gigacampus.workload.trace import Trace

Mask = NDArray[np.bool_]
UNFIT = REASONS.index("unfit")


def replay(asked: Asked, tell: Callable[[str], None] = lambda step: None) -> Results:
    """Replay a trace; the results hold the table `jobs` (`tables.replay.JOBS`), in the order of the trace, and more.

    Raises UsageError where options do not go together, TraceError where the trace or a job of it cannot be used.
    """
    asked = sound(asked)
    tell("the trace")
    trace = wished(read_trace(asked.trace, asked.format, asked.columns, asked.skip_bad, asked.zone), asked.plan)
    if asked.backtest:
        starts_known(trace)
    listed = read_nodes(locate(asked.cluster)) if asked.cluster else None
    machine = machine_of(_gpus(asked, trace), asked.gpus_per_node, listed)
    tell("the schedule")
    if asked.static:
        from gigacampus.replay.static import static

        return static(asked, trace, machine)
    begin = _begin(asked, trace)
    trace = begin.trace
    _refuse_plans(asked, trace)
    submit = np.zeros(len(trace), np.int64) if asked.submit_at_start else trace.jobs["submit_s"]
    stated, took, user = (trace.jobs[name] for name in ("estimate_s", "run_s", "user_index"))
    estimate = estimates(asked.estimates, stated, took, submit, user, asked.seed)
    run = cut(trace.jobs["run_s"], estimate) if asked.overrun == "kill" else trace.jobs["run_s"]
    expected = np.where(estimate > 0, estimate, run) if asked.overrun == "extend" else np.maximum(estimate, run)
    jobs = Jobs(submit, run, expected, trace.jobs["gpus"], np.zeros(0, np.int64))
    cut_jobs = int((run < trace.jobs["run_s"]).sum())
    due = deadlines(trace, jobs, asked.slack, asked.policies)
    quotas = quotas_of(asked.quotas, trace, machine.gpus)
    found = []
    for policy in (asked.policy, *asked.against):
        outcome = _play(replace(asked, policy=policy), begin, machine, jobs, due, quotas)
        tell(f"the figures of {policy}" if asked.against else "the figures")
        one = replace(asked, policy=policy)
        more = kept(trace, outcome.start_s, outcome.end_s, due)
        made = results(one, trace, machine, jobs, outcome, cut_jobs=cut_jobs, begin=begin, more=more)
        found.append((policy, outcome, made))
    return found[0][2] if len(found) == 1 else together(asked, begin, jobs, found)


def _gpus(asked: Asked, trace: Trace) -> int:
    """GPUs of the machine: as stated, else by the log's header, else, in a backtest, the most that the log shows."""
    gpus = asked.gpus or trace.machine_gpus
    return gpus or (most_held(trace) if asked.backtest and not asked.cluster else 0)


def _begin(asked: Asked, trace: Trace) -> Begin:
    """How the replay begins."""
    if asked.warm_start:
        return warm(trace, read_trace(asked.warm_start, zone=asked.zone), asked.warm_at_s)
    if asked.cut_from_s is not None or asked.cut_to_s is not None:
        from_s = int(trace.jobs["submit_s"].min()) if asked.cut_from_s is None else asked.cut_from_s
        return cut_out(trace, from_s, NEVER if asked.cut_to_s is None else asked.cut_to_s)
    return Begin(trace)


def _play(asked: Asked, begin: Begin, machine: Machine, recorded: Jobs, due: Ints, quotas: Quotas) -> Outcome:
    """Sort by submission (stably), play, and put what happened back into the order of the trace."""
    trace = begin.trace
    jobs = held_back(begin.shifted(recorded), trace)

    def admitted(fits: Mask) -> Mask:
        _refuse_unfit(asked, trace, machine, fits)
        return fits & _within_quotas(asked, trace, jobs, quotas) if len(quotas.nominal) else fits

    if asked.is_on_floor:
        from gigacampus.replay.floor.play import on_floor

        return begin.restored(on_floor(asked, trace, machine, jobs, due, quotas, admitted))
    here: Site | None = None
    if asked.rule != "none" and machine.nodes is not None:
        here = site(machine.nodes, machine.requests(trace.jobs, trace.gpu_specs))
    fits, asks = _fitting(jobs, machine, here)
    fits = admitted(fits)
    rows = np.flatnonzero(fits & asks)
    rows = rows[np.argsort(jobs.submit_s[rows], kind="stable")]
    if begin.at_s is not None:  # those that waited when it began all come then, in the order of their submission
        rows = rows[np.argsort(recorded.submit_s[rows], kind="stable")]
        rows = rows[np.argsort(jobs.submit_s[rows], kind="stable")]
    submit, run, estimate, gpus = (_rows(one, rows) for one in (jobs.submit_s, jobs.run_s, jobs.estimate_s, jobs.gpus))
    # no checkpoints: a recorded duration holds the failures that it met
    queue = Jobs(submit, run, estimate, gpus, np.zeros(len(rows), np.int64))
    tenant = tenants_of(trace) if len(quotas.nominal) else trace.jobs["tenant_index"]
    seen = (trace.jobs["priority"], trace.jobs["user_index"], tenant, due, trace.jobs["planned_s"])
    who = Who(*(_rows(one, rows) for one in seen), named=lambda job: told_of(trace, job, int(rows[job])))
    if here is None:
        played = schedule(
            asked.policy, queue, who, machine.gpus, restart_s=asked.restart_s, extends=asked.overrun == "extend",
            quotas=quotas,
        )  # fmt: skip
        return begin.restored(_in_trace_order(played, rows, jobs, fits, asks))
    queued = replace(here, requests=np.ascontiguousarray(here.requests[rows]))
    played, places = schedule_on_nodes(
        asked.policy, queue, who, queued, asked.rule, asked.seed, restart_s=asked.restart_s, quotas=quotas.times(WHOLE)
    )
    node = np.full(len(jobs.run_s), "", dtype=object)
    node[rows] = machine.texts(places, len(rows))
    where = np.stack((rows[places[:, 0]], places[:, 1]), axis=1)
    return begin.restored(_in_trace_order(played, rows, jobs, fits, asks, where, node))


def _refuse_plans(asked: Asked, trace: Trace) -> None:
    """UsageError where planned runs meet what cannot keep chips free for them."""
    if not (trace.jobs["planned_s"] < NEVER).any():
        return
    if asked.quotas:
        told = "planned runs and quotas do not go together: quotas say who may start, not what is kept free"
        raise UsageError(Fault("E301", told, fix="a quota for the planned runs' tenant, or another policy"))


def _within_quotas(asked: Asked, trace: Trace, jobs: Jobs, quotas: Quotas) -> Mask:
    """Which jobs their tenant could ever hold; TraceError that names the first other, unless those are skipped."""
    most = quotas.most()[tenants_of(trace)]
    fits: Mask = jobs.gpus <= most
    other = np.flatnonzero(~fits)
    if len(other) and not asked.skip_unfit:
        row = int(other[0])
        told = (
            f"job {row + 1} of the trace (id {trace.id_of(row)}) asks for {int(jobs.gpus[row])} GPUs; with all that it "
            f"may borrow its tenant may hold {int(most[row])}"
        )
        raise TraceError(Fault("E304", told, trace.path, path="gpus", fix="larger quotas, or --skip-unfit"))
    return fits


def _fitting(jobs: Jobs, machine: Machine, here: Site | None) -> tuple[Mask, Mask]:
    """Which jobs fit the empty machine, and which ask for anything that could make them wait."""
    if here is None:
        return jobs.gpus <= machine.gpus, jobs.gpus > 0
    fits = np.ones(len(jobs.gpus), dtype=np.bool_)
    fits[never_fits(here)] = False
    asks: Mask = (here.requests[:, :3] > 0).sum(axis=1) > 0
    return fits, asks


def _rows(values: Ints, rows: Ints) -> Ints:
    return np.ascontiguousarray(values[rows].astype(np.int64))


def _in_trace_order(
    played: Played,
    rows: Ints,
    jobs: Jobs,
    fits: Mask,
    asks: Mask,
    places: Ints | None = None,
    node: Texts | None = None,
) -> Outcome:
    at_once = fits & ~asks
    start = np.where(at_once, jobs.submit_s, NEVER)
    end = np.where(at_once, jobs.submit_s + jobs.run_s, NEVER)
    restarts, lost = np.zeros(len(start), np.int64), np.zeros(len(start), np.int64)
    reason = np.where(fits, 0, UNFIT)
    start[rows], end[rows] = played.start_s, played.end_s
    restarts[rows] = np.maximum(played.tries - 1, 0)
    lost[rows] = played.lost_s
    reason[rows] = played.reason
    since = start
    stops = np.array(played.attempts, dtype=np.int64).reshape(-1, 5)
    if len(stops):
        since = start.copy()
        since[rows] = played.since_s
        stops[:, 0] = rows[stops[:, 0]]
    return Outcome(start, end, restarts, lost, reason, since, stops, places, node)


def _refuse_unfit(asked: Asked, trace: Trace, machine: Machine, fits: Mask) -> None:
    """TraceError that names the first job that can never fit, unless such jobs are to be skipped."""
    unfit = np.flatnonzero(~fits)
    if not len(unfit) or asked.skip_unfit:
        return
    row = int(unfit[0])
    gpus = int(trace.jobs["gpus"][row])
    others = f", and {len(unfit) - 1:,} more jobs do so too" if len(unfit) > 1 else ""
    room = f"there are {machine.gpus}" if asked.rule == "none" else f"no nodes of the {machine.gpus} hold it"
    told = f"job {row + 1} of the trace (id {trace.id_of(row)}) asks for {gpus} GPUs, {room}{others}"
    raise TraceError(Fault("E304", told, trace.path, path="gpus", fix="a larger machine, or --skip-unfit"))
