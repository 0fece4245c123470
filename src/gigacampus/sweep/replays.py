"""Replays within a study: the log is read once a process, and only the figures are made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine import measures
from gigacampus.engine.desk import Ints
from gigacampus.engine.estimates import cut, estimates
from gigacampus.engine.machine import machine_of
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.schedule import schedule
from gigacampus.errors import Fault, UsageError
from gigacampus.replay import Asked, replay
from gigacampus.replay.asked import sound
from gigacampus.results import flat
from gigacampus.workload.readers import locate, read_trace
from gigacampus.workload.trace import Trace

LEAN = frozenset(
    {"trace", "format", "columns", "zone", "skip_bad", "gpus", "policy", "estimates", "overrun", "restart_s",
     "submit_at_start", "seed", "placement"}
)  # fmt: skip
"""Options of replays that need no tables; with any other the whole replay is played."""
NAMES = {one.name: one for one in fields(Asked)}


def asked_of(base: Asked, overrides: Sequence[str], seed: int | None) -> Asked:
    """The options with some of them changed; UsageError for one that there is not, or whose value does not fit."""
    changed: dict[str, Any] = {}
    for text in overrides:
        name, _, value = text.partition("=")
        if name not in NAMES or name in ("trace", "columns", "against"):
            known = ", ".join(sorted(set(NAMES) - {"trace", "columns", "against"}))
            raise UsageError(Fault("Y002", f"replay has no option {name}", fix=f"one of {known}"))
        changed[name] = _read(name, value)
    if seed is not None:
        changed["seed"] = seed
    return sound(replace(base, **changed))


def _read(name: str, text: str) -> Any:
    kind = str(NAMES[name].type)
    try:
        if "int" in kind:
            number = float(text)
            if number != int(number):
                raise ValueError
            return int(number)
        if "float" in kind:
            return float(text)
        if "bool" in kind:
            return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError):
        raise UsageError(Fault("Y002", f"{name} is {kind}, found {text!r}", fix=f"write {name}=4")) from None
    return text


def trace_stamp(asked: Asked) -> str:
    """What tells one log from another: its path, size and time of change, and how it is read."""
    path = Path(locate(asked.trace))
    stat = path.stat()
    return json.dumps([str(path.resolve()), stat.st_size, stat.st_mtime_ns, asked.format, asked.columns, asked.zone])


@lru_cache(maxsize=2)
def _trace(stamp: str, path: str, form: str, columns: tuple[tuple[str, str], ...], zone: str, skip_bad: bool) -> Trace:
    return read_trace(path, form, dict(columns) or None, skip_bad, zone)


def replayed(base: Asked, overrides: Sequence[str], seed: int | None) -> dict[str, float]:
    """The numbers of one replay."""
    asked = asked_of(base, overrides, seed)
    plain = Asked(asked.trace)
    if asked.rule != "none" or any(getattr(asked, name) != getattr(plain, name) for name in NAMES if name not in LEAN):
        return flat(replay(asked).summary)
    columns = tuple(sorted((asked.columns or {}).items()))
    trace = _trace(trace_stamp(asked), asked.trace, asked.format, columns, asked.zone, asked.skip_bad)
    machine = machine_of(asked.gpus or trace.machine_gpus, None, None)
    if not bool((trace.jobs["gpus"] <= machine.gpus).all()):
        return flat(replay(asked).summary)  # it says which job does not fit
    return _figures(asked, trace, machine.gpus)


class _Made(NamedTuple):
    """A log as it is queued, the same for every machine and policy: arrays in its own order, and in the queue's."""

    submit: Ints
    run: Ints
    rows: Ints
    queue: Jobs
    who: Who
    clairvoyant: float


@lru_cache(maxsize=4)
def _made(stamp: str, trace: _Same, estimate: str, overrun: str, at_start: bool, seed: int) -> _Made:
    jobs = trace.value.jobs
    submit = np.zeros(len(trace.value), np.int64) if at_start else jobs["submit_s"].astype(np.int64)
    stated = estimates(estimate, jobs["estimate_s"], jobs["run_s"], submit, jobs["user_index"], seed)
    run = (cut(jobs["run_s"], stated) if overrun == "kill" else jobs["run_s"]).astype(np.int64)
    expected = np.where(stated > 0, stated, run) if overrun == "extend" else np.maximum(stated, run)
    rows = np.flatnonzero(jobs["gpus"] > 0)
    if not bool((submit[rows][1:] >= submit[rows][:-1]).all()):
        rows = rows[np.argsort(submit[rows], kind="stable")]

    def taken(values: Any) -> Any:
        return np.ascontiguousarray(values[rows].astype(np.int64))

    queue = Jobs(taken(submit), taken(run), taken(expected), taken(jobs["gpus"]), np.zeros(len(rows), np.int64))
    who = Who(*(taken(jobs[name]) for name in ("priority", "user_index", "tenant_index")))
    return _Made(submit, run, rows, queue, who, measures.clairvoyant_fraction(run, expected))


@dataclass(frozen=True)
class _Same:
    """A trace that is the same as any other: which one it is, the stamp beside it says."""

    value: Trace = field(compare=False)


def _figures(asked: Asked, trace: Trace, gpus: int) -> dict[str, float]:
    seed = asked.seed if asked.estimates.startswith("factor") else 0
    stamp = trace_stamp(asked)
    made = _made(stamp, _Same(trace), asked.estimates, asked.overrun, asked.submit_at_start, seed)
    played = schedule(
        asked.policy, made.queue, made.who, gpus, restart_s=asked.restart_s, extends=asked.overrun == "extend"
    )
    start, end = made.submit.copy(), made.submit + made.run
    start[made.rows], end[made.rows] = played.start_s, played.end_s
    found = measures.felt(made.submit, start, end, made.run, trace.jobs["gpus"])
    done = played.end_s < NEVER
    held = float((made.queue.gpus * (made.queue.run_s + played.lost_s))[done].sum())
    room = gpus * found["makespan_s"]
    found |= {
        "utilisation_fraction": held / room if room else None,
        "restarts": int(np.maximum(played.tries - 1, 0).sum()),
        "gpus": gpus,
        "clairvoyant_jobs_fraction": made.clairvoyant,
    }
    return flat(found)


def said(asked: Asked) -> str:
    """The options as text, for hashes."""
    return json.dumps(asdict(asked), sort_keys=True)
