"""Failures and goodput of one synchronous run: mean time to failure, checkpoint interval, effective time.

With failures as a Poisson process of mean M, work cut into pieces of d seconds, each followed by a blocking checkpoint
write of w, and u seconds to detect, restart and reload after a failure (failures may strike those too), the expected
share of time that ends up as saved work is exact:

    ETTR = d / (M e^(u/M) (e^((d+w)/M) - 1))

The linear form 1 - w/d - (u + d/2)/M (Meta, arXiv:2410.21680) is its first order and turns negative on large machines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gigacampus.bounds import TRAIN
from gigacampus.catalog.traces import trace as bundled
from gigacampus.errors import Fault, UsageError

HOUR_S = 3600.0
DAY_H = 24.0
RSC1_PER_NODE_D = 6.50e-3
"""Hardware failures per 8-chip node and day on Meta's RSC-1 (A100), arXiv:2410.21680."""
RSC2_PER_NODE_D = 2.34e-3
"""Same on RSC-2."""
LLAMA3_CHIPS, LLAMA3_D = 16_384, 54.0
"""The snapshot of Llama 3 405B's pre-training, arXiv:2407.21783 section 3.3.4."""


def per_chip_h(per_node_d: float, chips_a_node: int = 8) -> float:
    """Failures per chip-hour from failures per node-day."""
    return per_node_d / (chips_a_node * DAY_H)


def llama3_rates() -> dict[str, float]:
    """Unexpected interruptions per chip-hour by cause during the Llama 3 snapshot (Table 5)."""
    import csv

    with bundled("llama3-interruptions").path.open(encoding="utf-8") as file:
        counts = {row["cause"]: float(row["count"]) for row in csv.DictReader(file)}
    return {cause: count / (LLAMA3_CHIPS * LLAMA3_D * DAY_H) for cause, count in counts.items()}


def llama3_rate() -> float:
    """All causes together: 1.97e-5 per chip-hour."""
    return sum(llama3_rates().values())


def mttf_s(chips: float, rate_per_chip_h: float) -> float:
    """Mean time between interruptions of a job on that many chips."""
    return HOUR_S / (chips * rate_per_chip_h) if chips * rate_per_chip_h > 0 else math.inf


def young_s(write_s: float, mttf: float) -> float:
    """Young's interval between checkpoints, sqrt(2 w M) (CACM 17(9), 1974)."""
    return math.sqrt(2.0 * write_s * mttf)


def daly_s(write_s: float, mttf: float) -> float:
    """Daly's interval to higher order (FGCS 22(3), 2006, equation 37); M itself where writing takes 2 M or more."""
    if write_s >= 2.0 * mttf:
        return mttf
    ratio = math.sqrt(write_s / (2.0 * mttf))
    return young_s(write_s, mttf) * (1.0 + ratio / 3.0 + ratio * ratio / 9.0) - write_s


def ettr(mttf: float, interval_s: float, write_s: float, recover_s: float) -> float:
    """Effective share of time, exact renewal form; 1 - w/(d+w) where nothing ever fails."""
    if not math.isfinite(mttf):
        return interval_s / (interval_s + write_s)
    exponent = (interval_s + write_s + recover_s) / mttf
    if exponent > 700.0:
        return 0.0
    return interval_s / (mttf * math.exp(recover_s / mttf) * math.expm1((interval_s + write_s) / mttf))


def ettr_linear(mttf: float, interval_s: float, write_s: float, recover_s: float) -> float:
    """The first order of `ettr`, for comparison; may be negative."""
    return 1.0 - write_s / interval_s - (recover_s + interval_s / 2.0) / mttf


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a run meets failures. `recover_s` is detection, restart and reload; `interval_s` 0 means Daly's."""

    rate_per_chip_h: float
    write_s: float
    recover_s: float
    interval_s: float = 0.0
    spare_fraction: float = 0.02
    """Chips kept ready beyond those of the job, as a share of them."""
    repair_s: float = 3.0 * 86400.0
    """Time that a failed node is away."""
    hardware_fraction: float = 0.78
    """Share of interruptions that take a node away (Llama 3, Table 5)."""


@dataclass(frozen=True, slots=True)
class Goodput:
    """What failures leave: interval used, effective share, and the share of time short of spares."""

    mttf_s: float
    interval_s: float
    ettr_fraction: float
    short_fraction: float

    @property
    def goodput_fraction(self) -> float:
        """Effective share, times the share of time in which enough nodes stand."""
        return self.ettr_fraction * (1.0 - self.short_fraction)


def goodput(chips: int, recovery: Recovery, chips_a_node: int = 8) -> Goodput:
    """Goodput of a job on that many chips; UsageError for times or rates out of bounds."""
    span = TRAIN["recover_s"]
    faults = [
        Fault("L030", f"{name} is {value:g}, expected {bounds}", path=name, fix=f"give {bounds}")
        for name, value, bounds in (
            ("failures per million chip-hours", 1e6 * recovery.rate_per_chip_h, TRAIN["failures"]),
            ("write_s", recovery.write_s, TRAIN["checkpoint_write_s"]), ("recover_s", recovery.recover_s, span),
            ("interval_s", recovery.interval_s, span),
        )
        if not bounds.holds(value)
    ]  # fmt: skip
    if faults:
        raise UsageError(faults)
    mean_s = mttf_s(chips, recovery.rate_per_chip_h)
    write_s = max(recovery.write_s, 1e-3)
    interval = recovery.interval_s or (daly_s(write_s, mean_s) if math.isfinite(mean_s) else 86400.0)
    share = ettr(mean_s, interval, write_s, recovery.recover_s)
    return Goodput(mean_s, interval, share, _short_fraction(chips, recovery, mean_s, chips_a_node))


def _short_fraction(chips: int, recovery: Recovery, mean_s: float, chips_a_node: int) -> float:
    """Share of time in which more nodes are in repair than there are spares: a Poisson tail (M/G/infinity)."""
    away = recovery.hardware_fraction * recovery.repair_s / mean_s if math.isfinite(mean_s) else 0.0
    spares = math.floor(recovery.spare_fraction * chips / chips_a_node)
    if away == 0.0:
        return 0.0
    term = math.exp(-away)
    below = term
    for count in range(1, spares + 1):
        term *= away / count
        below += term
    return max(0.0, 1.0 - below)


def checkpoint_gb(params: float) -> float:
    """Size of a checkpoint: 16-bit weights, 32-bit master weights, two moments: 14 bytes a parameter."""
    return 14.0 * params / 1e9
