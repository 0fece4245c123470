"""What happened on a floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gigacampus.engine.desk import Ints
from gigacampus.engine.play import Played


@dataclass(frozen=True, slots=True)
class Floored:
    """What happened on a floor. Times are on the clock of the jobs."""

    played: Played
    places: Ints
    """Where jobs stood, shape (n, 5): job, node, from, to, thousandths of GPUs."""
    attempts: Ints
    """Broken-off attempts, shape (n, 7): job, from, to, work saved, overhead, why, chip-milliseconds lost."""
    outages: Any
    """Rows of `desk.OUTAGE`: what each outage cost."""
    slowed_ms: Ints
    """Time that each job lost to power limits, at the speed it would have had."""
    held_back_gpu_s: float
    """GPU-seconds that stood free because power alone kept jobs from starting; without a horizon until the last end."""
    gpus_milli: Ints
    """Thousandths of GPUs that each job holds."""
    causes: tuple[str, ...]
    """Cause of each outage."""
    down_gpu_s: float
    """GPU-seconds out of service until the last instant played."""
    books: Ints
    """After each instant, shape (n, 6): time, free, used, down, running, W; thousandths of GPUs."""
    end_s: int
    """The last instant played."""
