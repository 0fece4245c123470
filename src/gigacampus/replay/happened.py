"""What became of the jobs of a replay, before it becomes tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.engine.desk import Ints
from gigacampus.tables import Table

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of jobs: arrays in the order of the trace."""

    start_s: Ints
    end_s: Ints
    restarts: Ints
    lost_s: Ints
    reason: Ints
    since_s: Ints
    """Start of the attempt that ended or still runs; NEVER for a job that never started."""
    stops: Ints
    """Attempts that were stopped, shape (n, 5): job, from, to, work done again, restart overhead."""
    places: Ints | None = None
    """Job and node of every piece, shape (n, 2); None in a count of chips."""
    node: Texts | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    """Further tables."""
    more: dict[str, Any] = field(default_factory=dict)
    """Further figures of the summary."""
    notes: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    """Why each of the stops; none where all were preempted."""
