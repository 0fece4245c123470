"""Serving a load from sources in merit order, step by step, with storage. Powers are means over the step, in watts."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.jit import kernel

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


class Serve(IntEnum):
    """How a source serves: what it can give is there to be taken, or comes out of a store, or has a least output."""

    TAKE = 0
    """Up to its capacity of the hour; what is not taken is not made."""
    SOLAR = 1
    """Up to its generation of the hour; what is not taken is spilled, or charges a later battery."""
    BLOCK = 2
    """Generation with its own battery behind one meter, up to its limit."""
    BATTERY = 3
    """A battery at the campus: charged by what the sources before it have to spare."""
    MINIMUM = 4
    """Like TAKE, but never under its least output while it runs: the sources before it give way."""
    TRADER = 5
    """A battery at the campus that trades by price. Its capacity of the hour says what it may do: above zero, give so
    much in place of the sources before it; below zero, charge with so much; zero, only serve what they cannot."""


TAKE, SOLAR, BLOCK, BATTERY, MINIMUM, TRADER = (int(kind) for kind in Serve)
ROUNDING = 1e-12
"""A rest below this share of the load is what its parts were rounded by: no source runs for it."""

STORE = np.dtype(
    [
        ("limit_w", "f8"), ("power_w", "f8"), ("energy_j", "f8"), ("efficiency", "f8"), ("floor", "f8"),
        ("ceiling", "f8"), ("fade_per_h", "f8"), ("fade_per_cycle", "f8"), ("minimum", "f8"),
    ]
)  # fmt: skip
"""One row a source: meter limit; terminal power, energy when new, one-way efficiency, window of charge, fade; least
output as a share of the hour's capacity. Zeros where a source has no such thing."""


class Sources(NamedTuple):
    """What is given: capacity or generation, shape (steps, sources); kind, store and first step of each source."""

    capacity_w: Array
    kinds: Whole
    stores: NDArray[np.void]
    available: Whole
    step_s: float


class Books(NamedTuple):
    """What is found, shape (steps, sources) each, and the state of the stores, shape (sources,)."""

    served_w: Array
    charged_w: Array
    spilled_w: Array
    held_j: Array
    charge_j: Array
    cycles: Array


@kernel
def dispatch(
    load_w: Array, capacity_w: Array, kinds: Whole, stores: NDArray[np.void], available: Whole, step_s: float
) -> tuple[Array, Array, Array, Array]:
    """Serve each step's load; a step lasts `step_s`, mostly an hour.

    `capacity_w` has shape (steps, sources): what can be had, or generation for solar; `available` is each source's
    first step. Returns, in that shape: power served to the campus's bus, power drawn from that bus to charge,
    generation spilled, and the charge held at the step's end in joules. On the bus, the sum of served less charged is
    the load less what stays unserved.
    """
    steps, count = capacity_w.shape
    sources = Sources(capacity_w, kinds, stores, available, step_s)
    books = Books(
        np.zeros((steps, count)), np.zeros((steps, count)), np.zeros((steps, count)), np.zeros((steps, count)),
        np.zeros(count), np.zeros(count),
    )  # fmt: skip
    for s in range(count):
        books.charge_j[s] = stores[s]["floor"] * stores[s]["energy_j"]
    for h in range(steps):
        rest = load_w[h]
        for s in range(count):
            if h < available[s]:
                continue
            if kinds[s] == BLOCK or kinds[s] == BATTERY or kinds[s] == TRADER:
                rest -= serve_from_store(sources, books, h, s, rest)
            else:
                rest -= serve_fresh(sources, books, h, s, rest)
            if rest < ROUNDING * load_w[h]:
                rest = 0.0
    return books.served_w, books.charged_w, books.spilled_w, books.held_j


@kernel
def serve_fresh(sources: Sources, books: Books, h: int, s: int, rest_w: float) -> float:
    """Serve from a source without a store; returns by how much the rest of the load falls.

    A source with a least output runs at it once it runs at all: what sources before it gave then gives way.
    """
    capacity = sources.capacity_w[h, s]
    take = max(min(rest_w, capacity), 0.0)
    books.served_w[h, s] = take
    if sources.kinds[s] == SOLAR:
        books.spilled_w[h, s] = capacity - take
    least = sources.stores[s]["minimum"] * capacity
    if sources.kinds[s] != MINIMUM or take <= 0.0 or take >= least:
        return take
    books.served_w[h, s] += take_over(sources, books, h, s, least - take)
    return take


@kernel
def take_over(sources: Sources, books: Books, h: int, s: int, wanted_w: float) -> float:
    """Let the sources before one give way, the last first, by so much of what they serve; returns by how much."""
    taken = 0.0
    for back in range(s - 1, -1, -1):
        if sources.kinds[back] == TAKE and wanted_w > taken:
            give = min(wanted_w - taken, books.served_w[h, back])
            books.served_w[h, back] -= give
            taken += give
    return taken


@kernel
def serve_from_store(sources: Sources, books: Books, h: int, s: int, rest_w: float) -> float:
    """Serve from a battery, alone or with its own generation, and charge it where it gave nothing.

    Returns by how much the rest of the load falls.
    """
    store, step_s = sources.stores[s], sources.step_s
    fresh = 1.0 - store["fade_per_h"] * (h - sources.available[s]) * (step_s / 3600.0)
    room_j = store["energy_j"] * max(fresh - store["fade_per_cycle"] * books.cycles[s], 0.0)
    low, high = store["floor"] * room_j, store["ceiling"] * room_j
    before = min(max(books.charge_j[s], low), high)
    want = max(min(rest_w, store["limit_w"]), 0.0)
    direct = min(sources.capacity_w[h, s], want) if sources.kinds[s] == BLOCK else 0.0
    most = max(min(store["power_w"], (before - low) * store["efficiency"] / step_s), 0.0)
    out, over = max(min(want - direct, most), 0.0), 0.0
    if sources.kinds[s] == TRADER and sources.capacity_w[h, s] > 0.0:
        room = min(min(most, store["limit_w"]) - out, sources.capacity_w[h, s])
        over = take_over(sources, books, h, s, max(room, 0.0))
        out += over
    charge = before - out * step_s / store["efficiency"]
    spare = max(min(store["power_w"], (high - charge) / store["efficiency"] / step_s), 0.0) if out <= 0.0 else 0.0
    if sources.kinds[s] == TRADER:
        spare = min(spare, max(-sources.capacity_w[h, s], 0.0))
    if sources.kinds[s] == BLOCK:
        taken = min(spare, sources.capacity_w[h, s] - direct)
        books.spilled_w[h, s] = sources.capacity_w[h, s] - direct - taken
    else:
        taken = charge_from_spare(sources, books, h, s, spare)
        books.charged_w[h, s] = taken
    charge += taken * step_s * store["efficiency"]
    if charge < before and store["energy_j"] > 0.0:
        books.cycles[s] += (before - charge) / store["energy_j"]
    books.served_w[h, s] = direct + out
    books.charge_j[s] = charge
    books.held_j[h, s] = charge
    return direct + out - over


@kernel
def charge_from_spare(sources: Sources, books: Books, h: int, s: int, room_w: float) -> float:
    """Let the sources before a battery give what they have to spare, in their order; returns what it took."""
    taken = 0.0
    for back in range(s):
        if sources.kinds[back] > SOLAR or h < sources.available[back]:
            continue
        give = min(room_w - taken, sources.capacity_w[h, back] - books.served_w[h, back])
        if give > 0.0:
            books.served_w[h, back] += give
            taken += give
            if sources.kinds[back] == SOLAR:
                books.spilled_w[h, back] -= give
    return taken
