"""Failures component by component: GPUs, memories, links, nodes, switches, racks, cooling units, halls.

Every unit of every component draws from a stream of its own (a counter-based generator keyed by seed, component and
unit): another policy, another hall, a longer horizon leave its failures where they are.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Bits = NDArray[np.uint64]

YEAR_S = 365.25 * 86_400.0
UNITS = ("gpu", "node", "rack", "pod", "hall")
"""What there is one of a component for; also `8 racks` for every so many racks."""
MOST_STRIKES = 5_000_000
"""Failures drawn at the most; a component that fails more often is refused by its reader."""


@dataclass(frozen=True, slots=True)
class Component:
    """What may fail, how often, what it takes with it, and how long that lasts."""

    name: str
    unit: str
    """One of it for each `gpu`, `node`, `rack`, `pod`, `hall` or `N racks`."""
    takes: str
    """What is out with it: `node`, `rack`, `pod`, `hall` or `N racks`."""
    per_year: float
    """Failures a year of one that is past its early days."""
    repair_s: float
    """Mean time to repair (exponential)."""
    spares: int = 0
    """Parts on the shelf; one goes in after `swap_s`, the broken one comes back after its repair."""
    swap_s: float = 0.0
    early_s: float = 0.0
    """How long a new or repaired one fails more often."""
    early_factor: float = 1.0
    """How much more often then."""
    source: str = ""


LLAMA = "Llama 3, arXiv:2407.21783, table 5: 419 interruptions in 54 days on 16,384 H100 (2,422 GPU-years)"
HPN = "Alibaba HPN, SIGCOMM 2024: 0.051 % of leaf switches and 0.057 % of links fail a month"
DEFAULT = (
    Component("GPU", "gpu", "node", 148 / 2422, 4 * 3600.0, source=LLAMA),
    Component("HBM", "gpu", "node", 72 / 2422, 4 * 3600.0, source=LLAMA),
    Component("GPU, other", "gpu", "node", 48 / 2422, 4 * 3600.0, source=LLAMA),
    Component("NIC", "gpu", "node", 7 / 2422, 4 * 3600.0, source=LLAMA),
    Component("cable", "gpu", "node", 35 / 2422, 2 * 3600.0, source=LLAMA),
    Component("node", "node", "node", 14 / 302.8, 12 * 3600.0, source=LLAMA + "; 302.8 node-years"),
    Component("software", "node", "node", 54 / 302.8, 600.0, source=LLAMA + "; 302.8 node-years"),
    Component("switch", "rack", "rack", 0.00051 * 12, 4 * 3600.0, source=HPN),
    Component("rack", "rack", "rack", 0.01, 8 * 3600.0, source="assumption: power shelf or busbar once in 100 years"),
    Component("cooling unit", "8 racks", "8 racks", 0.05, 6 * 3600.0, source="assumption: once in 20 years"),
    Component("hall", "hall", "hall", 0.02, 12 * 3600.0, source="assumption: once in 50 years"),
)  # fmt: skip
"""Rates where none are stated. Repair times are assumptions; none is early, no part is on the shelf."""


@dataclass(frozen=True, slots=True)
class Strikes:
    """Failures in order of time; equal-length arrays."""

    at_s: Whole
    until_s: Whole
    component: Whole
    """Place of the component in the list that was drawn."""
    unit: Whole
    """Which of its units."""


def _mixed(keys: Bits) -> Bits:
    """SplitMix64's finaliser (Steele, Lea and Flood, OOPSLA 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def _keys(seed: int, name: str, units: Whole) -> Bits:
    first = hashlib.blake2b(f"{seed}/failures/{name}".encode(), digest_size=8).digest()
    start = np.full(len(units), int.from_bytes(first, "little"), dtype=np.uint64)
    return _mixed(start + _mixed(units.astype(np.uint64) + np.uint64(1)))


def _draw(keys: Bits, count: Whole) -> Array:
    """The draw number `count` of each stream, from 0 (excluded) to 1."""
    step = np.full(len(keys), 0x9E3779B97F4A7C15, dtype=np.uint64)
    mixed = _mixed(keys + step * (count.astype(np.uint64) + np.uint64(1)))
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _age_s(wear: Array, one: Component) -> Array:
    """Age at which so many failures were to be expected: the inverse of the summed hazard."""
    rate = one.per_year / YEAR_S
    early = one.early_s * rate * one.early_factor
    if one.early_factor <= 0.0 or one.early_s <= 0.0:
        return wear / rate + (one.early_s if one.early_factor <= 0.0 else 0.0)
    return np.where(wear < early, wear / (rate * one.early_factor), one.early_s + (wear - early) / rate)


def lives(one: Component, born_s: Whole, end_s: int, seed: int) -> tuple[Whole, Whole, Whole]:
    """Failures of one component's units before `end_s`: times, repair times, units; unordered.

    A unit is new at `born_s` and again after every repair. Repairs as drawn, without regard to spares.
    """
    if one.per_year <= 0.0 or not len(born_s):
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    unit = np.arange(len(born_s), dtype=np.int64)
    keys, since = _keys(seed, one.name, unit), born_s.astype(np.float64)
    found: list[tuple[Whole, Whole, Whole]] = []
    count = np.int64(0)
    while len(unit):
        at = since + _age_s(-np.log(_draw(keys, np.full(len(unit), count))), one)
        alive = at < end_s
        unit, keys, at = unit[alive], keys[alive], at[alive]
        repair = np.maximum(np.rint(-np.log(_draw(keys, np.full(len(unit), count + 1))) * one.repair_s), 1.0)
        found.append((at.astype(np.int64), repair.astype(np.int64), unit))
        since = np.floor(at) + repair
        count += np.int64(2)
    times, repairs, units = (np.concatenate([part[k] for part in found]) for k in range(3))
    return times, repairs, units


def draw(components: Sequence[Component], born_s: Sequence[Whole], end_s: int, seed: int) -> Strikes:
    """All failures before `end_s`; `born_s[k]` says when each unit of component k came into being."""
    at, until, which, unit = ([np.zeros(0, dtype=np.int64)] for _ in range(4))
    for k, (one, born) in enumerate(zip(components, born_s, strict=True)):
        times, repairs, units = lives(one, born, end_s, seed)
        order = np.lexsort((units, times))
        times, repairs, units = times[order], repairs[order], units[order]
        at.append(times)
        until.append(times + (with_spares(one, times, repairs) if one.spares else repairs))
        which.append(np.full(len(times), k, dtype=np.int64))
        unit.append(units)
    joined = [np.concatenate(parts) for parts in (at, until, which, unit)]
    order = np.lexsort((joined[3], joined[2], joined[0]))
    return Strikes(*(part[order] for part in joined))


def with_spares(one: Component, at_s: Whole, repair_s: Whole) -> Whole:
    """How long each failure lasts where parts stand on the shelf: until one is there, and the time to put it in.

    First come, first served. A broken part is on the shelf once it is repaired.
    """
    shelf = [0] * one.spares
    lasts = np.zeros(len(at_s), dtype=np.int64)
    swap = max(1, round(one.swap_s))
    for i, (at, repair) in enumerate(zip(at_s.tolist(), repair_s.tolist(), strict=True)):
        heapq.heappush(shelf, at + repair)
        lasts[i] = max(heapq.heappop(shelf) - at, 0) + swap
    return lasts
