"""What jobs and tenants wish for beside chips: deadlines, planned starts, earliest starts, and quotas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gigacampus.bounds import SECOND
from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.play import Jobs
from gigacampus.engine.quotas import NO_QUOTAS, WITHOUT_LIMIT, Quotas
from gigacampus.errors import Fault, TraceError, UsageError
from gigacampus.tables import Table
from gigacampus.tables.trace import JOBS
from gigacampus.workload.trace import Trace

WISHES = ("begin_s", "planned_s", "deadline_s")
QUOTA_COLUMNS = ("tenant", "gpus", "borrow", "lend", "cohort")
UNKNOWN = -1


def wished(trace: Trace, path: str | None) -> Trace:
    """The trace with the wishes of a CSV file put in: `job_id` and any of WISHES. TraceError for its faults."""
    if path is None:
        return trace
    columns: dict[str, Any] = {name: np.array(trace.jobs[name]) for name in WISHES}
    row_of = {str(one): row for row, one in enumerate(trace.ids.to_pylist())}
    faults = []
    first: dict[int, int] = {}
    for line, row in _rows(path, ("job_id",), WISHES):
        job = row_of.get(row["job_id"])
        if job is None:
            faults.append(_fault(path, line, "job_id", f"the trace has no job {row['job_id']!r}", "an id of the trace"))
            continue
        if job in first:
            told = f"job {row['job_id']!r} stands in line {first[job]} already"
            faults.append(_fault(path, line, "job_id", told, "one row a job, with all that it wishes"))
            continue
        first[job] = line
        for name in WISHES:
            if row.get(name):
                try:
                    columns[name][job] = SECOND.read(row[name])
                except ValueError as expected:
                    told = f"{row[name]!r} is no second of the trace's clock: expected {expected}"
                    faults.append(_fault(path, line, name, told, f"write {expected}, or nothing"))
    if faults:
        raise TraceError(faults)
    return replace(trace, jobs=Table(JOBS, {**trace.jobs.columns, **columns}))


def quotas_of(path: str | None, trace: Trace, gpus: int) -> Quotas:
    """The quotas of a CSV file: `tenant` and `gpus`, and `borrow`, `lend` and `cohort` where it has them.

    An empty limit is none, an empty cohort the one of all who name none. Tenants of the trace without a row have no
    quota and may only borrow. TraceError for a faulty file and for quotas of more chips than the machine has.
    """
    if path is None:
        return NO_QUOTAS
    number = {name: i for i, name in enumerate(trace.tenants)}
    count = len(trace.tenants) + 1  # the last is for jobs without a tenant
    nominal, lend = np.zeros(count, np.int64), np.full(count, WITHOUT_LIMIT)
    borrow, cohort = np.full(count, WITHOUT_LIMIT), np.zeros(count, np.int64)
    cohorts: dict[str, int] = {"": 0}
    faults, total, seen = [], 0, set()
    for line, row in _rows(path, ("tenant", "gpus"), QUOTA_COLUMNS[2:]):
        name = row["tenant"]
        values = {key: _number(row.get(key) or "", 0) for key in ("gpus", "borrow", "lend")}
        fix = f"a whole number from 0 to {WITHOUT_LIMIT - 1:,}"
        for key, value in values.items():
            if value is None and (key == "gpus" or row.get(key)):
                faults.append(_fault(path, line, key, f"{row.get(key)!r} is no number of GPUs", fix))
        if name in seen:
            faults.append(_fault(path, line, "tenant", f"{name} was there before", "one row a tenant"))
        seen.add(name)
        total += values["gpus"] or 0
        group = cohorts.setdefault(row.get("cohort") or "", len(cohorts))
        index = number.get(name, len(trace.tenants) if not name else UNKNOWN)
        if index == UNKNOWN:
            # nobody of the trace: what it lends is there for the others all the same
            nominal, lend = np.append(nominal, values["gpus"] or 0), np.append(lend, _or_none(values["lend"]))
            borrow, cohort = np.append(borrow, 0), np.append(cohort, group)
            continue
        nominal[index], cohort[index] = values["gpus"] or 0, group
        borrow[index], lend[index] = _or_none(values["borrow"]), _or_none(values["lend"])
    if total > gpus:
        faults.append(
            _fault(path, 1, "gpus", f"the quotas come to {total:,} GPUs, the machine has {gpus:,}", "smaller quotas")
        )
    if faults:
        raise TraceError(faults)
    none = np.zeros(0, dtype=np.int64)
    return Quotas(nominal, borrow, lend, cohort, none, none, none)


def tenants_of(trace: Trace) -> Ints:
    """Tenant of each job as quotas count them: those without one come after the named."""
    index = trace.jobs["tenant_index"].astype(np.int64)
    found: Ints = np.where(index < 0, len(trace.tenants), index)
    return found


def told_of(trace: Trace, job: int, row: int) -> str:
    """A job of the queue in words, by its row of the log."""
    return f"{job} (row {row + 1} of the trace, id {trace.id_of(row)})"


def held_back(jobs: Jobs, trace: Trace) -> Jobs:
    """The jobs as they come into the queue: not before their earliest start."""
    begin = trace.jobs["begin_s"]
    if not (begin < NEVER).any():
        return jobs
    come = np.where(begin < NEVER, np.maximum(jobs.submit_s, begin), jobs.submit_s)
    return replace(jobs, submit_s=come)


def deadlines(trace: Trace, jobs: Jobs, slack: float | None, policies: tuple[str, ...]) -> Ints:
    """Deadlines: the trace's own, else submission + slack x expected length; NEVER without either.

    UsageError where a policy goes by deadlines and there is none.
    """
    stated: Ints = trace.jobs["deadline_s"]
    if slack is not None:
        by_rule = jobs.submit_s + np.ceil(slack * jobs.estimate_s).astype(np.int64)
        stated = np.where(stated < NEVER, stated, by_rule)
    wanting = [one for one in policies if one.partition("-")[0] == "deadline"]
    if wanting and not (stated < NEVER).any():
        told = f"{wanting[0]} goes by deadlines, and the trace has none"
        fix = "a column deadline_s, --plan FILE.csv, or --slack X: due X times the expected length after submission"
        raise UsageError(Fault("E301", told, fix=fix))
    return stated


def kept(trace: Trace, start_s: Ints, end_s: Ints, deadline_s: Ints) -> dict[str, Any]:
    """Figures on wishes; without wishes there are none."""
    figures: dict[str, Any] = {}
    due = deadline_s < NEVER
    if due.any():
        missed = int((end_s[due] > deadline_s[due]).sum())
        late = np.maximum(end_s[due] - deadline_s[due], 0)[end_s[due] < NEVER]
        figures |= {
            "deadline_jobs": int(due.sum()), "deadline_missed": missed,
            "deadline_missed_fraction": missed / int(due.sum()),
            "tardiness_mean_s": float(late.mean()) if len(late) else None,
        }  # fmt: skip
    planned = trace.jobs["planned_s"] < NEVER
    if planned.any():
        late_runs = start_s[planned] > np.maximum(trace.jobs["planned_s"], trace.jobs["submit_s"])[planned]
        figures |= {"planned_runs": int(planned.sum()), "planned_late": int(late_runs.sum())}
    return figures


def _rows(path: str, needed: tuple[str, ...], more: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of each row; UsageError for a file that cannot be read, TraceError for its header."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(Fault("E302", f"cannot read it: {error}", path)) from None
    reader = csv.DictReader(text.splitlines())
    names = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = names
    missing, other = set(needed) - set(names), set(names) - {*needed, *more}
    if missing or other:
        told = f"its columns are {', '.join(names) or 'none'}; expected {', '.join((*needed, *more))}"
        raise TraceError(Fault("T002", told, path, 1, fix=f"{', '.join(needed)} must be there, the others may"))
    for row in reader:
        yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}


def _number(text: str, least: int) -> int | None:
    try:
        value = int(text)
    except ValueError:
        return None
    return value if least <= value < WITHOUT_LIMIT else None


def _or_none(value: int | None) -> int:
    return WITHOUT_LIMIT if value is None else value


def _fault(path: str, line: int, column: str, told: str, fix: str = "") -> Fault:
    return Fault("T003", told, path, line, path=column, fix=fix)
