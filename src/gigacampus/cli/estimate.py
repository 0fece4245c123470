"""How long a run will take and how much memory it will need, from a stated formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gigacampus.scenario import Scenario
    from gigacampus.tables.timeline import Timeline

START_S = 2.5
PER_HOUR_S = 120e-6
PER_JOB_S = 30e-6
COMPILE_S = 40.0
START_BYTES = 350e6
PER_HOUR_BYTES = 2_000.0
PER_JOB_BYTES = 1_500.0
FORMULA = (
    f"{START_S:g} s + {PER_HOUR_S * 1e6:g} µs an hour of the horizon + {PER_JOB_S * 1e6:g} µs a job; "
    f"{START_BYTES / 1e6:g} MB + {PER_HOUR_BYTES / 1e3:g} kB an hour + {PER_JOB_BYTES / 1e3:g} kB a job; "
    f"the very first run compiles for about {COMPILE_S:g} s more"
)
"""Measured on two cores of 2.5 GHz (`benchmarks/`); jobs are those that the tenants' streams are expected to have."""


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
    """The size of a run: hours of its horizon, and jobs by each tenant's load for as long as it has chips."""
    from gigacampus.workload.fits import fit
    from gigacampus.workload.generate import gather

    end_s, capacity = scenario.clock.end_s, timeline.capacity
    jobs = 0
    for position, tenant in enumerate(scenario.tenants.values()):
        jobs += len(tenant.runs)
        has = capacity["at_s"][(capacity["tenant_index"] == position) & (capacity["chips"] > 0)]
        if tenant.mix is not None and len(has):
            active_s = float(end_s - np.min(has))
            jobs += gather(fit(tenant.mix.like), float(tenant.mix.load), active_s)[3]
    return Estimate(end_s // 3600, jobs)
