"""Inference services: replicas and load that follow two measured weeks of request rates, over and over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gigacampus.catalog.traces import trace as bundled
from gigacampus.clock import HOUR_S
from gigacampus.scenario.tenants import Service
from gigacampus.workload.fit import Floats
from gigacampus.workload.readers.servegen import read_rates

Ints = NDArray[np.int64]
COLUMNS = {"servegen_large": "m_large_rps", "servegen_mid": "m_mid_rps", "servegen_small": "m_small_rps"}
WINDOWS_PER_HOUR = 6


@dataclass(frozen=True, slots=True)
class Demand:
    """What services hold, from each instant on: shape (steps,)."""

    at_s: Ints
    reserved_chips: Ints
    load_fraction: Floats


@cache
def hourly(load: str) -> tuple[Floats, Floats]:
    """Mean and highest rate of each hour of the two weeks, as shares of the highest 10 minutes; shape (336,).

    Gaps in the log are filled in a straight line.
    """
    table = read_rates(bundled("servegen-rates").path)
    rate = table["rate_rps"][table["service"] == COLUMNS[load]]
    known = np.flatnonzero(~np.isnan(rate))
    rate = np.interp(np.arange(len(rate)), known, rate[known])
    hours = (rate / rate.max())[: len(rate) // WINDOWS_PER_HOUR * WINDOWS_PER_HOUR].reshape(-1, WINDOWS_PER_HOUR)
    return hours.mean(axis=1), hours.max(axis=1)


def levels(service: Service, hour: Ints) -> tuple[Floats, Floats]:
    """Replicas held and requests served in these hours, both as shares of what the highest load needs.

    Replicas follow the hour's highest 10 minutes, never below the floor.
    """
    mean, peak = hourly(service.load)
    at = hour % len(mean)
    return np.maximum(peak[at], float(service.floor)), mean[at]


def demand(services: dict[str, Service], at_s: Ints, chips: Ints, node_chips: int) -> Demand:
    """Chips that the services hold from each instant on and how busy they are, given the tenant's chips there.

    Each service holds whole nodes; together they never hold more than the tenant has. Busy is requests served over what
    the held replicas could serve, weighted by chips.
    """
    held = np.zeros(len(at_s), np.int64)
    busy = np.zeros(len(at_s))
    for service in services.values():
        replicas, served = levels(service, at_s // HOUR_S)
        full = chips * float(service.share)
        mine = np.ceil(full * replicas / node_chips - 1e-9).astype(np.int64) * node_chips
        mine = np.minimum(mine, chips - held)
        held = held + mine
        busy = busy + np.minimum(full * served, mine)
    load = np.divide(busy, held, out=np.zeros(len(at_s)), where=held > 0)
    return Demand(at_s, held, load)
