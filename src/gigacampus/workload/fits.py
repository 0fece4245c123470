"""The bundled fits, by the names that a tenant's mix may be `like`."""

from __future__ import annotations

from functools import cache

from gigacampus.catalog.traces import trace as bundled
from gigacampus.errors import Fault, UsageError
from gigacampus.workload import acme
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
    return fit_trace(
        read_trace(log.path), machine, name, f"{log.title} ({log.citation}), a machine of {machine:,} GPUs"
    )
