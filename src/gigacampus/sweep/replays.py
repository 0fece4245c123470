"""Replays within a study: the log is read once a process, and only the figures are made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache, partial
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
from gigacampus.replay.floor.asked import FloorAsked
from gigacampus.results import flat
from gigacampus.scenario.diagnose import suggest
from gigacampus.shared import shared
from gigacampus.workload.readers import locate, read_trace
from gigacampus.workload.trace import Trace

LEAN = frozenset(
    {"trace", "format", "columns", "zone", "skip_bad", "gpus", "policy", "estimates", "overrun", "restart_s",
     "submit_at_start", "seed", "placement"}
)  # fmt: skip
"""Options of replays that need no tables; with any other the whole replay is played."""
_OWN = {one.name: one for one in fields(Asked) if one.name not in ("trace", "columns", "against", "floor")}
_FLOOR = {one.name: one for one in fields(FloorAsked)}
OPTIONS = _OWN | _FLOOR
"""Options of `gigacampus replay` that a study may vary or set."""


def asked_of(base: Asked, overrides: Sequence[str], seed: int | None) -> Asked:
    """The options with some of them changed; UsageError for one that there is not, or whose value does not fit."""
    changed: dict[str, Any] = {}
    for text in overrides:
        name, _, value = text.partition("=")
        if name not in OPTIONS:
            fix = suggest(name, sorted(OPTIONS))
            raise UsageError(Fault("Y002", f"replay has no option {name}", fix=fix))
        changed[name] = _read(name, value)
    on_floor = {name: changed.pop(name) for name in list(changed) if name in _FLOOR}
    if seed is not None:
        changed["seed"] = seed
    return sound(replace(base, floor=replace(base.floor, **on_floor), **changed))


def _read(name: str, text: str) -> Any:
    kind = str(OPTIONS[name].type)
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
    except (ValueError, KeyError, OverflowError):
        raise UsageError(Fault("Y002", f"{name} is {kind}, found {text!r}", fix=f"write {name}=4")) from None
    return text


def trace_stamp(asked: Asked) -> str:
    """What tells one log from another: its path, size and time of change, and how it is read."""
    path = Path(locate(asked.trace))
    stat = path.stat()
    return json.dumps([str(path.resolve()), stat.st_size, stat.st_mtime_ns, asked.format, asked.columns, asked.zone])


@lru_cache(maxsize=2)
def _trace(stamp: str, path: str, form: str, columns: tuple[tuple[str, str], ...], zone: str, skip_bad: bool) -> Trace:
    read = partial(read_trace, path, form, dict(columns) or None, skip_bad, zone)
    return shared(f"log {stamp} {skip_bad}", read)


def replayed(base: Asked, overrides: Sequence[str], seed: int | None) -> dict[str, float]:
    """The numbers of one replay."""
    asked = asked_of(base, overrides, seed)
    if asked.rule != "none" or _asks_more(asked):
        return flat(replay(asked).summary)
    columns = tuple(sorted((asked.columns or {}).items()))
    trace = _trace(trace_stamp(asked), asked.trace, asked.format, columns, asked.zone, asked.skip_bad)
    machine = machine_of(asked.gpus or trace.machine_gpus, None, None)
    if not bool((trace.jobs["gpus"] <= machine.gpus).all()):
        return flat(replay(asked).summary)  # it says which job does not fit
    return _figures(asked, trace, machine.gpus)


def _asks_more(asked: Asked) -> bool:
    """Whether an option is given that needs the whole replay."""
    plain = Asked(asked.trace)
    names = [one.name for one in fields(Asked) if one.name not in LEAN]
    return any(getattr(asked, name) != getattr(plain, name) for name in names)


class _Made(NamedTuple):
    """A log as it is queued, the same for every machine and policy: arrays in its own order, and in the queue's."""

    submit: Ints
    run: Ints
    rows: Ints | None
    """The rows of the log in the order of the queue; None: all of them, as they stand."""
    queue: Jobs
    who: Who
    chip_s: int
    """What the jobs hold if each runs once."""
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
    is_whole = bool((rows == np.arange(len(submit))).all()) if len(rows) == len(submit) else False
    chip_s, clairvoyant = int((queue.gpus * queue.run_s).sum()), measures.clairvoyant_fraction(run, expected)
    return _Made(submit, run, None if is_whole else rows, queue, who, chip_s, clairvoyant)


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
    start, end = played.start_s, played.end_s
    if made.rows is not None:
        start, end = made.submit.copy(), made.submit + made.run
        start[made.rows], end[made.rows] = played.start_s, played.end_s
    found = measures.felt(made.submit, start, end, made.run, trace.jobs["gpus"])
    done = played.end_s < NEVER
    held = float(made.chip_s)
    if played.lost_s.any() or not done.all():
        held = float((made.queue.gpus * (made.queue.run_s + played.lost_s))[done].sum())
    room = gpus * found["makespan_s"]
    found |= {
        "utilisation_fraction": held / room if room else None,
        "restarts": int(played.tries.sum()) - int(np.count_nonzero(played.tries)),
        "gpus": gpus,
        "clairvoyant_jobs_fraction": made.clairvoyant,
    }
    return flat(found)


def said(asked: Asked) -> str:
    """The options as text, for hashes, with what the files that they name hold (policies of one's own, tables)."""
    options: dict[str, Any] = {one.name: getattr(asked, one.name) for one in fields(asked)}
    options["floor"] = {one.name: getattr(asked.floor, one.name) for one in fields(asked.floor)}
    named = [one for one in (*options.values(), *options["floor"].values()) if isinstance(one, str)]
    held = {one: _held(one) for one in named if one != asked.trace}
    return json.dumps([options, {name: digest for name, digest in held.items() if digest}], sort_keys=True)


def _held(text: str) -> str:
    """The digest of the file that an option names, `FILE` or `FILE.py:function`; empty where it names none."""
    path = Path(text.rpartition(":")[0] or text)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
