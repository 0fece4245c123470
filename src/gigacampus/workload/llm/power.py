"""What a node draws while it trains: a level for each kind of phase, and the waveform that the step writes on it.

Levels are shares of the node's nameplate, calibrated on the metered MLPerf nodes (docs/fits/llm_power.py): chips at
work, waiting on links inside a micro-batch, and waiting for each other at the end of the step. Air-cooled nodes draw
more, for their fans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.layout import Array

WORKING = ("gemm", "attention", "memory")
LINKS = ("tensor", "context", "expert", "pipeline", "shard", "imbalance", "launch", "host")
"""Short gaps inside micro-batches, in which clocks and fans do not fall."""
TAIL = ("bubble", "data", "optimiser", "fixed", "straggler")
"""What gathers at the end of a step, in which all chips wait at once."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Watts of a node by phase."""

    idle_w: float
    work_w: float
    link_w: float
    tail_w: float
    evaluate_w: float


def levels(node_kw: float, cooling: str = "liquid") -> Levels:
    """A node's levels from its nameplate. `cooling` containing `air` adds the fans' share."""
    k = values("power")
    watts = 1000.0 * node_kw * (k["air"] if "air" in cooling.lower() else 1.0)
    return Levels(
        idle_w=watts * k["idle"], work_w=watts * k["work"], link_w=watts * k["link"], tail_w=watts * k["tail"],
        evaluate_w=watts * k["evaluate"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waveform:
    """The periodic shape of a step: `body_w` for most of it, then `tail_w` for `tail_s`. Watts of one node."""

    period_s: float
    tail_s: float
    body_w: float
    tail_w: float
    evaluate_w: float
    idle_w: float

    @property
    def mean_w(self) -> float:
        """Mean over a step."""
        return self.body_w + (self.tail_w - self.body_w) * self.tail_s / self.period_s

    @property
    def frequency_hz(self) -> float:
        """The line that the steps write into the spectrum."""
        return 1.0 / self.period_s

    @property
    def swing_fraction(self) -> float:
        """Depth of the dip against the body, before any smoothing by supplies or meters."""
        return 1.0 - self.tail_w / self.body_w


def waveform(shares: dict[str, float], step_s: float, level: Levels) -> Waveform:
    """The waveform of a step with these phase shares (they add up to one)."""
    work = sum(shares[name] for name in WORKING)
    links = sum(shares[name] for name in LINKS)
    tail = sum(shares[name] for name in TAIL)
    body = (work * level.work_w + links * level.link_w) / (work + links)
    return Waveform(step_s, tail * step_s, body, level.tail_w, level.evaluate_w, level.idle_w)


def series(
    wave: Waveform, seconds: float, every_steps: int = 0, evaluate_s: float = 0.0, sample_s: float = 2.0,
    clock_spread_s: float = 0.0,
) -> Array:  # fmt: skip
    """Power as meters with boxcar samples of `sample_s` see it, watts of one node, mean over many.

    After every `every_steps` steps an evaluation of `evaluate_s` runs; 0 means none. `clock_spread_s` is the width
    over which the nodes' meters are out of step with each other. The integral is exact: samples are differences of
    the cumulated energy.
    """
    cycle_s = wave.period_s * max(every_steps, 1) + (evaluate_s if every_steps else 0.0)
    edges, watts = [0.0], []
    for _ in range(max(every_steps, 1)):
        edges += [edges[-1] + wave.period_s - wave.tail_s, edges[-1] + wave.period_s]
        watts += [wave.body_w, wave.tail_w]
    if every_steps and evaluate_s:
        edges.append(edges[-1] + evaluate_s)
        watts.append(wave.evaluate_w)
    energy = np.concatenate([[0.0], np.cumsum(np.diff(edges) * np.array(watts))])
    times = np.arange(0.0, seconds + sample_s / 2.0, sample_s)
    offsets = (np.arange(16) - 7.5) / 16.0 * clock_spread_s if clock_spread_s else np.zeros(1)
    whole, rest = np.divmod(times[None, :] + offsets[:, None], cycle_s)
    cumulated = (whole * energy[-1] + np.interp(rest, edges, energy)).mean(axis=0)
    return np.asarray(np.diff(cumulated) / sample_s, dtype=np.float64)


def line_hz(samples: Array, sample_s: float, low_hz: float = 0.03) -> float:
    """The strongest line of a power series above `low_hz`, refined between bins by a parabola."""
    windowed = (samples - samples.mean()) * np.hanning(len(samples))
    size = np.abs(np.fft.rfft(windowed))
    first = int(np.ceil(low_hz * sample_s * len(samples)))
    top = first + int(np.argmax(size[first:-1]))
    left, middle, right = size[top - 1 : top + 2]
    shift = 0.5 * (left - right) / (left - 2.0 * middle + right) if left + right != 2.0 * middle else 0.0
    return float((top + shift) / (len(samples) * sample_s))


def dip_depth(samples: Array) -> float:
    """Depth of the dips of a power series: 1 - its 5th over its 95th percentile."""
    low, high = np.percentile(samples, [5.0, 95.0])
    return float(1.0 - low / high)
