"""The bundled fits, by the names that a tenant's mix may be `like`."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from gigacampus.catalog.traces import trace as bundled
from gigacampus.errors import Fault, TraceError, UsageError
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import beside
from gigacampus.scenario.tenants import Mix
from gigacampus.shared import shared
from gigacampus.workload import acme
from gigacampus.workload.describe import machine as describe_machine
from gigacampus.workload.fit import Fit, fit_trace
from gigacampus.workload.readers import read_trace

TRACES = {"itp": "itp-cluster04", "philly": "philly", "openb": "openb"}
"""Bundled log behind each fit that has one."""


@cache
def fit(name: str) -> Fit:
    """A bundled fit; UsageError where there is none of that name."""
    if name in ("acme", "acme_kalos"):
        return acme.fit(acme.KALOS)
    if name == "acme_seren":
        return acme.fit(acme.SEREN)
    if name not in TRACES:
        raise UsageError(Fault("T010", f"no fit {name!r}", fix=f"one of acme, acme_seren, {', '.join(TRACES)}"))
    log = bundled(TRACES[name])
    machine = log.machine_gpus
    told = f"{log.title} ({log.citation}), a machine of {machine:,} GPUs"
    return shared(f"fit {name}", lambda: fit_trace(read_trace(log.path), machine, name, told))


@lru_cache(maxsize=16)
def fit_log(log: Log, changed_ns: int) -> Fit:
    """A fit to somebody's own log, made once for each state of the file."""
    return shared(f"fit {log} {changed_ns}", lambda: _fit_log(log))


class Log(NamedTuple):
    """A log of one's own: file, chips of its machine (0: what the log itself says), columns' names, time zone."""

    path: str
    chips: int
    columns: tuple[tuple[str, str], ...]
    zone: str


def _fit_log(log: Log) -> Fit:
    trace = read_trace(log.path, columns=dict(log.columns) or None, zone=log.zone)
    jobs = trace.jobs
    size = jobs["gpus"] * (jobs["gpu_milli"] / 1000.0)
    machine = log.chips or describe_machine(trace, 0, size)["gpus"]
    if not float((size * jobs["run_s"]).sum()):
        raise TraceError(Fault("T007", "no job of the log held a chip for any time", log.path))
    name = Path(log.path).name
    return fit_trace(trace, machine, name, f"the log {name}, a machine of {machine:,} chips")


def fit_of(scenario: Scenario, tenant: str, mix: Mix) -> Fit:
    """The fit that a tenant's stream is drawn from."""
    if mix.like:
        return fit(mix.like)
    path = beside(scenario, mix.log, ("tenants", tenant, "mix", "log"))
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return fit_log(Log(str(path), int(mix.log_chips or 0), tuple(mix.columns.items()), mix.zone), changed)
