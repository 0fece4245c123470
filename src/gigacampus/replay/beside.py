"""Tables beside the jobs of a replay: groups, stops, places, the queue at an instant, and the log's own waits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.groups import Felt, size_class, size_names
from gigacampus.engine.machine import Machine
from gigacampus.engine.measures import jain_fraction
from gigacampus.engine.play import Jobs
from gigacampus.replay.asked import Asked
from gigacampus.replay.happened import Outcome
from gigacampus.tables import Table
from gigacampus.tables.outcomes import BACKTEST, GROUPS, PLACES, QUEUE, STOPS
from gigacampus.workload.trace import Trace

Mask = NDArray[np.bool_]
NEAR_S = 60


def groups(trace: Trace, jobs: Jobs, outcome: Outcome, rows: Ints | None, chosen: Mask | None) -> Table:
    """Figures by tenant, user and size, of the measured jobs; a name that is unknown is empty."""

    def of(values: Any) -> Any:
        values = values if rows is None else values[rows]
        return values if chosen is None else values[chosen]

    submit, run, gpus = (one if chosen is None else one[chosen] for one in (jobs.submit_s, jobs.run_s, jobs.gpus))
    felt = Felt(submit, outcome.end_s if chosen is None else outcome.end_s[chosen], run, gpus)
    parts: list[dict[str, Any]] = []
    for by, names, index in (
        ("tenant", trace.tenants, "tenant_index"), ("user", trace.users, "user_index"), ("size", size_names(), ""),
    ):  # fmt: skip
        if not names:
            continue
        group = of(trace.jobs[index]) if index else size_class(gpus)
        group = np.where(group >= 0, group, len(names)).astype(np.int64)
        figures = felt.by(group, len(names) + 1)
        some = np.flatnonzero(figures["jobs"] > 0)
        label = np.array([*names, ""], dtype=object)[some]
        parts.append({
            "grouped_by": np.full(len(some), by, dtype=object), "name": label,
            **{name: values[some] for name, values in figures.items()},
        })  # fmt: skip
    if not parts:
        return GROUPS.empty()
    return Table(GROUPS, {name: np.concatenate([part[name] for part in parts]) for name in GROUPS.names})


def fairness(found: Table) -> dict[str, Any]:
    """Jain's index over tenants' and over users' mean slowdown; None where there is but one or none."""
    told: dict[str, Any] = {}
    for by in ("tenant", "user"):
        slowdown = found["slowdown_mean_fraction"][(found["grouped_by"] == by) & (found["finished"] > 0)]
        told[f"slowdown_jain_by_{by}_fraction"] = jain_fraction(slowdown) if len(slowdown) > 1 else None
    return told


def tables(
    asked: Asked, trace: Trace, machine: Machine, jobs: Jobs, outcome: Outcome, table: Table, rows: Ints | None
) -> dict[str, Table]:
    """Stops and places where there are any, and the queue where its instant is asked for."""
    found: dict[str, Table] = {}
    if len(outcome.stops):
        found["stops"] = _stops(jobs, outcome, table)
    if outcome.places is not None and len(outcome.places):
        found["places"] = _places(outcome.places, machine, table)
    if asked.snapshot_at_s is not None:
        found["queue"] = _queue(asked.snapshot_at_s, trace, jobs, outcome, table)
    return found


def _stops(jobs: Jobs, outcome: Outcome, table: Table) -> Table:
    order = np.argsort(outcome.stops[:, 2], kind="stable")
    stops = outcome.stops[order]
    cause = np.array(outcome.causes or ("preempted",) * len(stops), dtype=object)
    job, from_s, until_s, lost_s, overhead_s = stops.T
    return Table(STOPS, {
        "job_id": table["job_id"][job].astype(str).astype(object), "from_s": from_s, "until_s": until_s,
        "gpus": jobs.gpus[job], "lost_s": lost_s, "overhead_s": overhead_s,
        "cause": cause[order],
    })  # fmt: skip


def _places(places: Ints, machine: Machine, table: Table) -> Table:
    """Neighbouring nodes of one job as one range."""
    order = np.lexsort((places[:, 1], places[:, 0]))
    job, node = places[order].T
    is_first = np.ones(len(job), dtype=bool)
    is_first[1:] = (np.diff(job) != 0) | (np.diff(node) > 1)
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(job)) - 1
    names = np.array(machine.names, dtype=object)
    return Table(PLACES, {
        "job_id": table["job_id"][job[first]].astype(str).astype(object), "first_node": names[node[first]],
        "last_node": names[node[last]], "nodes": node[last] - node[first] + 1,
    })  # fmt: skip


def _queue(at_s: int, trace: Trace, jobs: Jobs, outcome: Outcome, table: Table) -> Table:
    """What runs or waits after all that happens at an instant. A job that was stopped waits with what it has done."""
    rows = np.flatnonzero((jobs.submit_s <= at_s) & (outcome.end_s > at_s) & (table["reason"] != "unfit"))
    rows = rows[np.argsort(jobs.submit_s[rows], kind="stable")]
    start = outcome.start_s[rows]
    names = {
        "user": np.array([*trace.users, ""], dtype=object)[trace.jobs["user_index"][rows]],
        "tenant": np.array([*trace.tenants, ""], dtype=object)[trace.jobs["tenant_index"][rows]],
    }
    return Table(QUEUE, {
        "job_id": table["job_id"][rows].astype(str).astype(object), "submit_s": jobs.submit_s[rows],
        "start_s": np.where(start <= at_s, start.astype(float), np.nan), "run_s": jobs.run_s[rows],
        "estimate_s": jobs.estimate_s[rows], "gpus": jobs.gpus[rows], "priority": trace.jobs["priority"][rows], **names,
    })  # fmt: skip


def backtest(trace: Trace, jobs: Jobs, outcome: Outcome) -> tuple[Table, str]:
    """Recorded against simulated waits by size; a recorded wait is first start less submission."""
    recorded = trace.jobs["start_s"] - jobs.submit_s
    is_known = (trace.jobs["start_s"] < NEVER) & (outcome.start_s < NEVER) & (jobs.gpus > 0)
    rows = np.flatnonzero(is_known)
    was, is_now = np.maximum(recorded[rows], 0), outcome.start_s[rows] - jobs.submit_s[rows]
    size = size_class(jobs.gpus[rows])
    parts = [("all", np.ones(len(rows), dtype=bool))]
    parts += [(name, size == k) for k, name in enumerate(size_names()) if (size == k).any()]
    made = []
    for name, mask in parts:
        before, after = was[mask].astype(float), is_now[mask].astype(float)
        row: dict[str, Any] = {"size": name, "jobs": len(before)}
        for title, values in (("recorded", before), ("simulated", after)):
            row[f"{title}_mean_s"] = float(values.mean()) if len(values) else np.nan
            row[f"{title}_p50_s"], row[f"{title}_p90_s"] = (
                np.percentile(values, (50, 90)) if len(values) else (np.nan, np.nan)
            )
        row["same_minute_fraction"] = float((np.abs(after - before) <= NEAR_S).mean()) if len(before) else np.nan
        made.append(row)
    told = (
        f"Backtest: {len(rows):,} of {len(jobs.run_s):,} jobs carry a recorded start. The log does not show the "
        "machine's quotas, reservations, outages and changes of size, nor jobs that it leaves out."
    )
    return Table.from_rows(BACKTEST, made), told
