"""A fleet over time: replicas started ahead of the load and stopped behind it, by the queue's percentiles.

The load of a window is known when its replicas must be started (it follows measured weeks): a replica is held from
`start_up_s` before it is needed until it is needed no more, so that a short dip keeps it. What is not held is free for
other work, where the policy says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.curves import Curve
from gigacampus.workload.llm.fleet import Fleet, fewest
from gigacampus.workload.llm.layout import Array

Whole = NDArray[np.int64]
Yields = Literal["always", "night", "never"]
LEVELS = 200
"""Rates are rounded up to so many parts of the highest before replicas are counted."""
NIGHT_FROM_H, NIGHT_UNTIL_H = 22.0, 6.0
"""Local hours that count as night."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When replicas may go. `floor_fraction` is the least share of the highest number that is always held."""

    start_up_s: float = 300.0
    floor_fraction: float = 0.0
    yields: Yields = "always"
    utc_offset_h: float = 0.0
    most_replicas: int = 0
    """Never more than this; 0 is no limit."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A fleet window by window, shape (windows,) each."""

    fleet: Fleet
    window_s: float
    rate_rps: Array
    needed: Whole
    """Replicas that keep the target at this rate."""
    held: Whole
    """Replicas that hold chips: needed now, needed before they could be started again, or kept by the policy."""
    ttft_s: Array
    """Time to the first token at the target's percentile; infinite where the load is more than the fleet."""

    @property
    def chips(self) -> Whole:
        """Chips held."""
        return np.asarray(self.held * self.fleet.replica.chips, dtype=np.int64)

    @property
    def served_rps(self) -> Array:
        """Requests answered: all, but for what is more than the held replicas can do."""
        most = self.held / max(self.fleet.service_s / self.fleet.batch, self.fleet.prompt_s)
        return np.minimum(self.rate_rps, most)

    @property
    def busy_fraction(self) -> Array:
        """Share of places in use."""
        places = self.held * self.fleet.batch
        used = self.served_rps * self.fleet.service_s
        return np.divide(used, places, out=np.zeros(len(places)), where=places > 0)

    @property
    def it_power_w(self) -> Array:
        """Mean power of the systems that hold the chips."""
        k, chip = values("power"), self.fleet.replica.machine
        level = k["idle"] + (k["serve"] - k["idle"]) * self.busy_fraction
        return np.asarray(self.chips / chip.node_chips * 1000.0 * chip.node_kw * level, dtype=np.float64)

    @property
    def output_tokens(self) -> float:
        """Tokens of all windows."""
        return float(self.served_rps.sum()) * self.window_s * self.fleet.load.osl

    @property
    def chip_hours(self) -> float:
        """Chip-hours held."""
        return float(self.chips.sum()) * self.window_s / 3600.0

    @property
    def yielded_chip_hours(self) -> float:
        """Chip-hours free for other work, against holding the highest number all the time."""
        return float((self.chips.max(initial=0) - self.chips).sum()) * self.window_s / 3600.0

    @property
    def energy_j(self) -> float:
        """IT energy of all windows."""
        return float(self.it_power_w.sum()) * self.window_s

    @property
    def kept_fraction(self) -> float:
        """Share of requests in windows that keep the target."""
        is_kept = self.ttft_s <= self.fleet.load.ttft_s
        return float(self.rate_rps[is_kept].sum() / max(float(self.rate_rps.sum()), 1e-300))

    def usd_per_million_tokens(self, usd_per_chip_h: float) -> float:
        """Cost of a million output tokens at a price of a chip-hour held."""
        return self.chip_hours * usd_per_chip_h / max(self.output_tokens, 1e-300) * 1e6


def needed(fleet: Fleet, rate_rps: Array, highest_rps: float = 0.0) -> Whole:
    """Replicas that keep the target at each rate; rates are rounded up to parts of the highest first."""
    top = max(highest_rps, float(rate_rps.max(initial=0.0)))
    if top <= 0.0:
        return np.zeros(len(rate_rps), np.int64)
    level = np.ceil(rate_rps / top * LEVELS - 1e-9).astype(np.int64)
    counts = {one: fewest(fleet, top * one / LEVELS) for one in np.unique(level).tolist()}
    most = max((count for count in counts.values() if count is not None), default=1)
    return np.array([most if counts[one] is None else counts[one] for one in level.tolist()], np.int64)


def hold(wanted: Whole, window_s: float, policy: Policy) -> Whole:
    """Replicas held, given those needed: the highest of this window and of those within a start-up's reach."""
    ahead = int(np.ceil(policy.start_up_s / window_s - 1e-9)) if len(wanted) else 0
    held = wanted.copy()
    for k in range(1, min(ahead, len(wanted) - 1) + 1):
        held[:-k] = np.maximum(held[:-k], wanted[k:])
    top = int(wanted.max(initial=0))
    held = np.maximum(held, int(np.ceil(policy.floor_fraction * top - 1e-9)))
    if policy.yields == "never":
        held[:] = top
    elif policy.yields == "night":
        hour = (np.arange(len(held)) * window_s / 3600.0 + policy.utc_offset_h) % 24.0
        held = np.where((hour >= NIGHT_FROM_H) | (hour < NIGHT_UNTIL_H), held, top)
    return np.minimum(held, policy.most_replicas) if policy.most_replicas else held


def scale(fleet: Fleet, curve: Curve, policy: Policy) -> Scaled:
    """The fleet's kind of replica along a curve of rates, window by window."""
    wanted = needed(fleet, curve.rate_rps)
    held = hold(wanted, curve.window_s, policy)
    pairs = np.stack([np.ceil(curve.rate_rps / max(float(curve.rate_rps.max()), 1e-300) * LEVELS), held], axis=1)
    distinct, back = np.unique(pairs, axis=0, return_inverse=True)
    top = float(curve.rate_rps.max(initial=0.0)) / LEVELS
    found = [
        fleet.prompt_s + fleet.step_s
        if level <= 0
        else fleet.first_token_s(int(count), level * top)
        if count
        else np.inf
        for level, count in distinct.tolist()
    ]
    return Scaled(
        replace(fleet, replicas=int(held.max(initial=0))), curve.window_s, curve.rate_rps, wanted, held,
        np.array(found)[back.ravel()],
    )  # fmt: skip
