"""How long a run will take and how much memory it will need, from a stated formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gigacampus.scenario import Scenario
    from gigacampus.tables.timeline import Timeline

START_S = 1.5
PER_HOUR_S = 30e-6
PER_JOB_S = 12e-6
COMPILE_S = 30.0
START_BYTES = 310e6
PER_HOUR_BYTES = 1_000.0
PER_JOB_BYTES = 800.0
FORMULA = (
    f"{START_S:g} s + {PER_HOUR_S * 1e6:g} µs an hour of the horizon + {PER_JOB_S * 1e6:g} µs a job; "
    f"{START_BYTES / 1e6:g} MB + {PER_HOUR_BYTES / 1e3:g} kB an hour + {PER_JOB_BYTES / 1e3:g} kB a job; "
    f"the very first run compiles for about {COMPILE_S:g} s more"
)
"""Fitted to runs of the built-in scenarios on two cores."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is expected to take."""

    hours: int
    jobs: int

    @property
    def run_s(self) -> float:
        """Seconds of a warm run."""
        return START_S + PER_HOUR_S * self.hours + PER_JOB_S * self.jobs

    @property
    def memory_bytes(self) -> float:
        """Peak memory."""
        return START_BYTES + PER_HOUR_BYTES * self.hours + PER_JOB_BYTES * self.jobs


def estimate(scenario: Scenario, timeline: Timeline) -> Estimate:
    """The size of a run: hours of its horizon, and the jobs that its tenants draw."""
    from gigacampus import workload

    return Estimate(scenario.clock.end_s // 3600, len(workload.draw(scenario, timeline).jobs))
