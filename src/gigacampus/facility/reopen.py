"""A finished run, taken up again: its scenario and the bundles that the facility reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import ResultsError
from gigacampus.results import Results, read
from gigacampus.scenario import Scenario, load
from gigacampus.scenario.checkpoints import written_every_s
from gigacampus.tables import conditions, log, timeline
from gigacampus.tables import work as work_tables
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.log import Log
from gigacampus.tables.table import Spec, Table
from gigacampus.tables.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Reopened:
    """A run folder's scenario and tables as the rooms handed them on."""

    scenario: Scenario
    timeline: Timeline
    outside: Conditions
    log: Log
    found: Results

    @property
    def written_every_s(self) -> NDArray[np.int64]:
        """Time between checkpoints by job of the log, seconds; 0 for jobs that write none."""
        jobs, work = self.log.jobs, self.found.tables.get(work_tables.JOBS.name)
        named = np.zeros(len(jobs), dtype=np.int64) if work is None else work["checkpoint_s"][jobs["job_id"]]
        return written_every_s(self.scenario, jobs["gpus"], named)


def reopen(folder: Path) -> Reopened:
    """Read a run folder; ResultsError where it holds no jobs (a plan) or a table is missing."""
    found = read(folder)

    def table(spec: Spec) -> Table:
        if spec.name not in found.tables:
            raise ResultsError(f"{folder}: no table {spec.name}; this needs a run with jobs (gigacampus run)")
        return found.tables[spec.name]

    stands = Timeline(
        table(timeline.HALLS), table(timeline.INSTALLS), table(timeline.MONTHS), table(timeline.CAPACITY),
        table(timeline.TENANTS), {str(chip): float(w) for chip, w in found.meta["chip_it_w"].items()},
    )  # fmt: skip
    outside = Conditions(
        table(conditions.HOURS), table(conditions.FAILURES), str(found.meta["carbon_boundary"]),
        events=found.tables.get(conditions.EVENTS.name, conditions.EVENTS.empty()),
    )  # fmt: skip
    happened = Log(table(log.JOBS), table(log.BUSY), table(log.OUTAGES), table(log.USAGE))
    return Reopened(load(folder / "scenario.yaml"), stands, outside, happened, found)
