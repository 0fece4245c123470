"""Inference services: replicas and load that follow measured request rates, over and over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.scenario.tenants import Service
from gigacampus.workload.fit import Floats
from gigacampus.workload.llm.curves import curve
from gigacampus.workload.llm.scaling import NIGHT_FROM_H, NIGHT_UNTIL_H
from gigacampus.workload.serving import Served, held_by_fleet

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Demand:
    """What services hold, from each instant on: shape (steps,)."""

    at_s: Ints
    reserved_chips: Ints
    load_fraction: Floats
    served: dict[str, Served]
    """Services that state what they run."""


@cache
def hourly(load: str) -> tuple[Floats, Floats]:
    """Mean and highest rate of each hour of a load, as shares of its highest window; shape (hours,).

    Two weeks of ten-minute windows, or the one hour that a log of requests covers.
    """
    found = curve(load)
    an_hour = min(round(HOUR_S / found.window_s), len(found.rate_rps))
    share = found.rate_rps / found.rate_rps.max()
    hours = share[: len(share) // an_hour * an_hour].reshape(-1, an_hour)
    return hours.mean(axis=1), hours.max(axis=1)


def levels(service: Service, hour: Ints, utc_offset_h: float = 0.0) -> tuple[Floats, Floats]:
    """Replicas held and requests served in these hours, both as shares of what the highest load needs.

    Replicas follow the hour's highest window, never below the floor, and stay where the policy does not let them go.
    """
    mean, peak = hourly(service.load)
    at = hour % len(mean)
    return np.where(kept(service, hour, utc_offset_h), 1.0, np.maximum(peak[at], float(service.floor))), mean[at]


def kept(service: Service, hour: Ints, utc_offset_h: float) -> NDArray[np.bool_]:
    """Hours in which all replicas stay, whatever the load."""
    local = (hour + utc_offset_h) % 24.0
    is_day = (local >= NIGHT_UNTIL_H) & (local < NIGHT_FROM_H)
    return np.asarray(is_day if service.yields == "night" else np.full(len(hour), service.yields == "never"))


def demand(
    services: dict[str, Service], at_s: Ints, chips: Ints, node_chips: int, chip: str = "", utc_offset_h: float = 0.0
) -> Demand:
    """Chips that the services hold from each instant on and how busy they are, given the tenant's chips there.

    Each service holds whole nodes; together they never hold more than the tenant has. Busy is requests served over what
    the held replicas could serve, weighted by chips. `chip` is what a fleet runs on that does not say.
    """
    held = np.zeros(len(at_s), np.int64)
    busy = np.zeros(len(at_s))
    served: dict[str, Served] = {}
    for name, service in services.items():
        full = chips * float(service.share)
        room = np.minimum(np.ceil(full / node_chips - 1e-9).astype(np.int64) * node_chips, chips - held)
        if service.fleet is None:
            replicas, asked = levels(service, at_s // HOUR_S, utc_offset_h)
            mine = np.minimum(np.ceil(full * replicas / node_chips - 1e-9).astype(np.int64) * node_chips, chips - held)
            used = np.minimum(full * asked, mine)
        else:
            served[name] = held_by_fleet(service, service.fleet, at_s, room, (node_chips, chip, utc_offset_h))
            mine, used = served[name].held_chips, served[name].busy_chips
        held = held + mine
        busy = busy + used
    load = np.divide(busy, held, out=np.zeros(len(at_s)), where=held > 0)
    return Demand(at_s, held, load, served)
