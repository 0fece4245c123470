"""Serving a load from sources in merit order, step by step, with storage. Powers are means over the step, in watts."""

from __future__ import annotations

from enum import IntEnum

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


STORE = np.dtype(
    [
        ("limit_w", "f8"), ("power_w", "f8"), ("energy_j", "f8"), ("efficiency", "f8"), ("floor", "f8"),
        ("ceiling", "f8"), ("fade_per_h", "f8"), ("fade_per_cycle", "f8"), ("minimum", "f8"),
    ]
)  # fmt: skip
"""One row a source: meter limit; terminal power, energy when new, one-way efficiency, window of charge, fade; least
output as a share of the hour's capacity. Zeros where a source has no such thing."""


@kernel
def dispatch(
    load_w: Array, capacity_w: Array, kinds: Whole, stores: NDArray[np.void], available_h: Whole, step_s: float
) -> tuple[Array, Array, Array, Array]:
    """Serve each step's load; a step lasts `step_s`, mostly an hour.

    `capacity_w` has shape (hours, sources): what can be had, or generation for solar.

    Returns, each of shape (hours, sources): power served to the campus's bus, power drawn from that bus to charge,
    generation spilled, and the charge held at the hour's end in joules. On the bus, the sum of served less
    charged is the load less what stays unserved.
    """
    hours, sources = capacity_w.shape
    served = np.zeros((hours, sources))
    charged = np.zeros((hours, sources))
    spilled = np.zeros((hours, sources))
    held = np.zeros((hours, sources))
    charge_j = np.zeros(sources)
    cycles = np.zeros(sources)
    for s in range(sources):
        charge_j[s] = stores[s]["floor"] * stores[s]["energy_j"]
    for h in range(hours):
        rest = load_w[h]
        for s in range(sources):
            store = stores[s]
            kind = kinds[s]
            if h < available_h[s]:
                held[h, s] = 0.0
                continue
            if kind == 0 or kind == 4:
                take = min(rest, capacity_w[h, s])
                least = store["minimum"] * capacity_w[h, s]
                if kind == 4 and 0.0 < take < least:
                    for back in range(s - 1, -1, -1):
                        if kinds[back] == 0 and take < least:
                            give = min(least - take, served[h, back])
                            served[h, back] -= give
                            rest += give
                            take += give
                served[h, s] = take
                rest -= take
            elif kind == 1:
                take = min(rest, capacity_w[h, s])
                served[h, s] = take
                spilled[h, s] = capacity_w[h, s] - take
                rest -= take
            else:
                fresh = 1.0 - store["fade_per_h"] * (h - available_h[s]) - store["fade_per_cycle"] * cycles[s]
                room_j = store["energy_j"] * max(fresh, 0.0)
                low, high = store["floor"] * room_j, store["ceiling"] * room_j
                charge_j[s] = min(max(charge_j[s], low), high)
                before = charge_j[s]
                direct = 0.0
                if kind == 2:
                    want = min(rest, store["limit_w"])
                    direct = min(capacity_w[h, s], want)
                    want -= direct
                else:
                    want = min(rest, store["limit_w"])
                out = min(want, min(store["power_w"], (charge_j[s] - low) * store["efficiency"] / step_s))
                out = max(out, 0.0)
                charge_j[s] -= out * step_s / store["efficiency"]
                served[h, s] = direct + out
                rest -= direct + out
                spare = min(store["power_w"], (high - charge_j[s]) / store["efficiency"] / step_s)
                if out > 0.0 or spare < 0.0:
                    spare = 0.0
                if kind == 2:
                    surplus = capacity_w[h, s] - direct
                    taken = min(spare, surplus)
                    spilled[h, s] = surplus - taken
                else:
                    taken = 0.0
                    for back in range(s):
                        if kinds[back] > 1 or h < available_h[back]:
                            continue
                        give = min(spare - taken, capacity_w[h, back] - served[h, back])
                        if give > 0.0:
                            served[h, back] += give
                            if kinds[back] == 1:
                                spilled[h, back] -= give
                            taken += give
                    charged[h, s] = taken
                charge_j[s] += taken * step_s * store["efficiency"]
                if charge_j[s] < before and store["energy_j"] > 0.0:
                    cycles[s] += (before - charge_j[s]) / store["energy_j"]
                held[h, s] = charge_j[s]
    return served, charged, spilled, held
