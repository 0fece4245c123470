"""What became of the jobs, as a table in the order of the trace and as figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine import measures
from gigacampus.engine.desk import REASONS, Ints
from gigacampus.engine.machine import Machine
from gigacampus.engine.play import Jobs
from gigacampus.kernels.packing import WHOLE
from gigacampus.replay import beside as side
from gigacampus.replay import window
from gigacampus.replay.asked import Asked
from gigacampus.replay.begin import Begin
from gigacampus.replay.happened import Outcome, Texts
from gigacampus.results.collect import Results
from gigacampus.results.summary import plain
from gigacampus.tables import Table, arrow
from gigacampus.tables.replay import jobs_spec
from gigacampus.workload.trace import Trace


def results(
    asked: Asked,
    trace: Trace,
    machine: Machine,
    jobs: Jobs,
    outcome: Outcome,
    *,
    rows: Ints | None = None,
    cut_jobs: int = 0,
    begin: Begin | None = None,
    more: dict[str, Any] | None = None,
) -> Results:
    """Tables, summary and notes; `rows` are the trace's rows of the jobs (None: all), `more` goes into the summary."""
    table = _table(trace, jobs, outcome, rows)
    clairvoyant = measures.clairvoyant_fraction(jobs.run_s, jobs.estimate_s)
    from_s, to_s = asked.measure_from_s, asked.measure_to_s
    if from_s is None and begin is not None:
        from_s = begin.at_s
    chosen = window.measured(jobs, from_s, to_s)
    summary = window.of_jobs(jobs, outcome, chosen) | window.beside(jobs, outcome, from_s, to_s)
    held = _held(asked, trace, jobs, rows)
    summary["utilisation_fraction"] = None
    if not asked.static:
        summary |= window.of_chips(jobs, outcome, held, machine.gpus, from_s, to_s)
    groups = side.groups(trace, jobs, outcome, rows, chosen)
    is_unfit = outcome.reason == REASONS.index("unfit")
    unfinished = int(((outcome.end_s == NEVER) & ~is_unfit).sum())
    by_reason = np.bincount(outcome.reason[(outcome.start_s == NEVER) & ~is_unfit], minlength=len(REASONS))
    summary |= (
        side.fairness(groups)
        | {
            "allocation_fraction": None,
            "unplaced": int(is_unfit.sum()),
            "unfinished": unfinished,
            "never_started": int(by_reason.sum()),
            "never_started_by_reason": {
                REASONS[k]: int(by_reason[k]) for k in np.argsort(-by_reason, kind="stable") if by_reason[k]
            },
            "clairvoyant_jobs_fraction": clairvoyant,
            "restarts": int(outcome.restarts.sum()),
            "cut_jobs": cut_jobs,
            "skipped_rows": trace.skipped,
            "policy": asked.policy,
            "placement": asked.rule,
            "estimates": asked.estimates,
            "gpus": machine.gpus,
            "nodes": len(machine.names) or None,
            "format": trace.format,
            "epoch_utc": trace.epoch_utc or None,
        }
        | outcome.more
        | (more or {})
    )
    notes = [*(begin.notes if begin else ()), *outcome.notes, *_notes(asked, trace, machine, jobs, clairvoyant)]
    tables = {"jobs": table, "groups": groups} | side.tables(asked, trace, machine, jobs, outcome, table, rows)
    tables |= outcome.tables
    if asked.backtest:
        tables["backtest"], told = side.backtest(trace, jobs, outcome)
        notes.append(told)
        summary["backtest"] = list(tables["backtest"].rows())
    summary["notes"] = notes
    meta = {"title": f"Replay of {Path(trace.path).name}", "seed": asked.seed, "kind": "replay", "asked": asdict(asked)}
    return Results(_text(asked), tables, plain(summary), plain(meta))


def _held(asked: Asked, trace: Trace, jobs: Jobs, rows: Ints | None) -> NDArray[np.float64]:
    """GPUs that each job holds: whole ones in a count, its share of them on nodes."""
    if asked.rule == "none":
        return jobs.gpus.astype(np.float64)
    share = trace.jobs["gpu_milli"] if rows is None else trace.jobs["gpu_milli"][rows]
    held = jobs.gpus * np.where(jobs.gpus == 1, share / WHOLE, 1.0)
    return np.asarray(held, dtype=np.float64)


def _table(trace: Trace, jobs: Jobs, outcome: Outcome, rows: Ints | None) -> Table:
    ids = trace.ids if rows is None else trace.ids.take(rows)
    are_numbers = str(ids.type) == "int64"
    users, tenants = trace.jobs["user_index"], trace.jobs["tenant_index"]
    if rows is not None:
        users, tenants = users[rows], tenants[rows]
    done = outcome.end_s < NEVER
    columns: dict[str, Any] = {
        "job_id": arrow.numbers(ids) if are_numbers else arrow.texts(ids),
        "submit_s": jobs.submit_s,
        "start_s": outcome.start_s,
        "end_s": outcome.end_s,
        "wait_s": np.where(done, outcome.end_s - jobs.submit_s - jobs.run_s, -1),
        "run_s": jobs.run_s,
        "estimate_s": jobs.estimate_s,
        "gpus": jobs.gpus,
        "restarts": outcome.restarts,
        "lost_s": outcome.lost_s,
        "reason": np.array(REASONS, dtype=object)[outcome.reason],
    }
    if trace.users:
        columns["user"] = _named(trace.users, users)
    if trace.tenants:
        columns["tenant"] = _named(trace.tenants, tenants)
    if outcome.node is not None:
        columns["node"] = outcome.node
    return Table(jobs_spec(has_numbers=are_numbers, without={"user", "tenant", "node"} - set(columns)), columns)


def _named(names: tuple[str, ...], index: Ints) -> Texts:
    """Names behind an index; -1 (the last, when counted from the end) is unknown."""
    found: Texts = np.array([*names, ""], dtype=object)[index]
    return found


def _notes(asked: Asked, trace: Trace, machine: Machine, jobs: Jobs, clairvoyant: float) -> list[str]:
    """What a reader of the figures should know, in sentences."""
    notes = list(trace.notes)
    if clairvoyant and not asked.static:
        notes.append(
            f"The expected length of {clairvoyant:.1%} of the jobs is their run time: policies that look at it are "
            "clairvoyant on those."
        )
    if not asked.static and asked.rule == "none" and not jobs.gpus.all():
        notes.append("Jobs without GPUs start when they are submitted: a count of GPUs holds nothing against them.")
    if asked.rule == "none" and bool((trace.jobs["gpu_milli"][jobs.gpus == 1] < 1000).any()):
        notes.append("In a count of GPUs a job that asks for a share of a GPU holds a whole one.")
    if machine.is_made_up and asked.rule != "none":
        notes.append("Nodes of a stated size have neither CPUs, memory nor a GPU type: none of these limits anything.")
    if asked.submit_at_start:
        notes.append("All jobs are submitted at second 0.")
    if asked.skip_unfit:
        notes.append("Jobs that can never fit are skipped and counted as unplaced.")
    notes.append("Recorded run times already contain the placement, contention and failures of their machine.")
    return notes


def _text(asked: Asked) -> str:
    """What was asked for, as YAML: JSON values are YAML."""
    lines = [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in asdict(asked).items()]
    return "replay:\n" + "\n".join(lines) + "\n"
