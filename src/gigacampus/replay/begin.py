"""How a replay begins: on an empty machine, in the middle of its log, or with the queue of a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.play import Jobs
from gigacampus.errors import Fault, TraceError, UsageError
from gigacampus.replay.happened import Outcome
from gigacampus.tables import Table
from gigacampus.tables.trace import JOBS
from gigacampus.workload.trace import Trace

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Begin:
    """The jobs of a replay, and which of them hold chips when it begins."""

    trace: Trace
    at_s: int | None = None
    """When it begins; None on an empty machine."""
    is_running: Mask | None = None
    """Jobs that hold chips then."""
    notes: tuple[str, ...] = ()

    def shifted(self, jobs: Jobs) -> Jobs:
        """The jobs as the engine takes them.

        Those that run when it begins are submitted alone one second before, so that every policy starts them all, with
        what is left of them; those that wait come at its first second.
        """
        if self.at_s is None or self.is_running is None:
            return jobs
        before, running = self.at_s - 1, self.is_running
        start = self.trace.jobs["start_s"]
        # a start of NEVER would run over; only running jobs' starts are used
        gone = before - np.where(running, start, before)
        submit = np.where(running, before, np.maximum(jobs.submit_s, self.at_s))
        run = np.where(running, np.maximum(jobs.run_s - gone, 1), jobs.run_s)
        expected = np.where(running, np.maximum(jobs.estimate_s - gone, 1), jobs.estimate_s)
        return Jobs(submit, run, expected, jobs.gpus, jobs.checkpoint_s)

    def restored(self, outcome: Outcome) -> Outcome:
        """The same with the recorded starts of the jobs that ran when it began."""
        if self.at_s is None or self.is_running is None:
            return outcome
        kept = self.is_running & (outcome.start_s == self.at_s - 1)
        return replace(outcome, start_s=np.where(kept, self.trace.jobs["start_s"], outcome.start_s))


def starts_known(trace: Trace) -> None:
    """UsageError where the log records no starts, so that there is nothing to hold a schedule against."""
    if not bool((trace.jobs["start_s"] < NEVER).any()):
        told = f"{trace.path} ({trace.format}) records no starts: there are no waits to compare with"
        raise UsageError(Fault("E307", told, fix="leave out --backtest, or map the column with --columns start_s=NAME"))


def most_held(trace: Trace) -> int:
    """The most chips that the log's jobs held at one time; 0 where it records no starts."""
    jobs = trace.jobs
    is_on = (jobs["start_s"] < NEVER) & (jobs["run_s"] > 0)
    start, run, gpus = jobs["start_s"][is_on], jobs["run_s"][is_on], jobs["gpus"][is_on]
    at_s, change = np.concatenate((start + run, start)), np.concatenate((-gpus, gpus))
    order = np.argsort(at_s, kind="stable")
    return int(np.cumsum(change[order]).max(initial=0))


def cut(trace: Trace, from_s: int, to_s: int) -> Begin:
    """The jobs submitted from `from_s` on and before `to_s`, and those that ran or waited at `from_s`.

    What ran and what waited is the log's own record. A log without recorded starts says neither: there, jobs count as
    started when they were submitted.
    """
    jobs = trace.jobs
    is_known = jobs["start_s"] < NEVER
    start = np.where(is_known, jobs["start_s"], jobs["submit_s"])
    is_running = (start < from_s) & (start + jobs["run_s"] > from_s) & (jobs["gpus"] > 0)
    is_waiting = (jobs["submit_s"] < from_s) & (start >= from_s)
    is_new = (jobs["submit_s"] >= from_s) & (jobs["submit_s"] < to_s)
    rows = np.flatnonzero(is_running | is_waiting | is_new)
    if not len(rows):
        told = f"no job was submitted, waited or ran in [{from_s}, {to_s})"
        first, last = int(jobs["submit_s"].min()), int(jobs["submit_s"].max())
        raise UsageError(Fault("E305", told, fix=f"the log's submissions go from {first} s to {last} s"))
    notes = [
        f"Cut out of the log from {from_s} s on: {int(is_running.sum()):,} jobs that ran then keep their chips until "
        f"their recorded end, {int(is_waiting.sum()):,} that waited stand in line."
    ]
    if not is_known[rows].all():
        notes.append("Jobs without a recorded start count as started when they were submitted.")
    return Begin(_rows(trace, rows, start), from_s, is_running[rows], tuple(notes))


def warm(trace: Trace, queue: Trace, at_s: int | None) -> Begin:
    """The trace's jobs after the queue of a snapshot: its rows with a start run, the others wait, in its order.

    The snapshot is of `at_s`, or of the last submission or start in it. Jobs of the trace submitted before are left
    out: what is left of them must be in the snapshot.
    """
    starts = queue.jobs["start_s"]
    is_running = starts < NEVER
    latest = max(int(queue.jobs["submit_s"].max()), int(starts[is_running].max(initial=0)))
    if at_s is None:
        at_s = latest
    elif at_s < latest:
        raise UsageError(Fault("E306", f"the snapshot holds a job of {latest} s, after its instant {at_s} s"))
    # a limit is all that a snapshot of a live queue knows of the length of a job
    run = np.where(queue.jobs["run_s"] > 0, queue.jobs["run_s"], queue.jobs["estimate_s"])
    gone = is_running & (starts + run <= at_s)
    kept = np.flatnonzero(~gone)
    known = Table(JOBS, {**queue.jobs.columns, "run_s": run}).where(kept)
    # a snapshot tells what there is after all that happens at its instant: its jobs of that second are in it already
    there = set(_texts(queue).to_pylist())
    is_there = np.array([one in there for one in _texts(trace).to_pylist()], dtype=np.bool_)
    submit = trace.jobs["submit_s"]
    is_new = (submit > at_s) | ((submit == at_s) & ~is_there)
    joined = _joined(replace(queue, jobs=known, ids=queue.ids.take(kept)), _rows(trace, np.flatnonzero(is_new)))
    running = np.concatenate((is_running[kept], np.zeros(int(is_new.sum()), dtype=np.bool_)))
    left_out = int((submit < at_s).sum())
    notes = [
        f"Begins at {at_s} s with the queue of {queue.path}: {int(running.sum()):,} jobs run, "
        f"{len(kept) - int(running.sum()):,} wait."
    ]
    notes += [f"{left_out:,} jobs of the log were submitted before that: left out."] if left_out else []
    return Begin(joined, at_s, running, tuple(notes))


def _rows(trace: Trace, rows: Ints, start: Ints | None = None) -> Trace:
    jobs = trace.jobs if start is None else Table(JOBS, {**trace.jobs.columns, "start_s": start})
    return replace(trace, jobs=jobs.where(rows), ids=trace.ids.take(rows))


def _texts(trace: Trace) -> Any:
    """The ids as text: a snapshot's are, a log's may be numbers."""
    import pyarrow as pa

    return pa.compute.cast(trace.ids, pa.string())


def _joined(first: Trace, second: Trace) -> Trace:
    """Two traces as one, the names behind their indices numbered anew."""
    import pyarrow as pa

    ids = pa.concat_arrays([_texts(one) for one in (first, second)])
    seen = set(_texts(first).to_pylist())
    twice = next((one for one in _texts(second).to_pylist() if one in seen), None)
    if twice is not None:
        told = f"job {twice} is in the snapshot and is submitted after it"
        raise TraceError(Fault("T006", told, second.path, fix="ids must be unique over both"))
    columns: dict[str, Any] = {}
    names: dict[str, Any] = {}
    for name in JOBS.names:
        before, after = first.jobs[name], second.jobs[name]
        source = {"user_index": "users", "tenant_index": "tenants", "gpu_spec_index": "gpu_specs"}.get(name)
        if source:
            own, others = list(getattr(first, source)), list(getattr(second, source))
            number = {text: i for i, text in enumerate(dict.fromkeys([*own, *others]))}
            after = np.array([*(number[text] for text in others), -1], dtype=np.int32)[after]
            names[source] = tuple(number)
        columns[name] = np.concatenate((before, after))
    return replace(second, jobs=Table(JOBS, columns), ids=ids, **names)
