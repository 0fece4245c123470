"""`Trace`: what a reader returns, whatever the format: a table of jobs, and how it was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gigacampus.tables import Table
from gigacampus.tables import work as work_tables


@dataclass(frozen=True, slots=True)
class Trace:
    """Jobs of a log (`tables.trace.JOBS`), with the names behind its indices and notes on what was done to them."""

    jobs: Table
    """One row a job, in the order of the file."""
    ids: Any
    """Ids as in the file: a pyarrow array of int64 or string, one a job; `id_of` reads one."""
    users: tuple[str, ...]
    """Names behind `user_index`."""
    tenants: tuple[str, ...]
    """Names behind `tenant_index`."""
    gpu_specs: tuple[str, ...]
    """Names behind `gpu_spec_index`."""
    format: str
    """Name of the format it was read as."""
    path: str
    """File it came from."""
    epoch_utc: str = ""
    """The instant of second 0 where the log carries dates; empty where it has a clock of its own."""
    header: dict[str, str] = field(default_factory=dict)
    """What the file says about its machine, such as `MaxProcs` in SWF."""
    skipped: int = 0
    """Malformed rows left out on request."""
    counts: dict[str, int] = field(default_factory=dict)
    """Rows touched by each rule: never_ran, without_gpus, without_estimate, left_out, ..."""
    notes: tuple[str, ...] = ()
    """The semantics that were applied, in sentences."""
    citation: str = ""
    """What the licence or the authors ask to be cited."""

    def __len__(self) -> int:
        """The number of jobs."""
        return len(self.jobs)

    def id_of(self, position: int) -> str:
        """The id of the job at a position, as text."""
        return str(self.ids[position].as_py())

    @property
    def machine_gpus(self) -> int:
        """Processors of the machine by the file's own header; 0 where it does not say."""
        text = self.header.get("MaxProcs") or self.header.get("MaxNodes") or "0"
        return int(text) if text.isdigit() else 0

    def work_jobs(self, tenant_index: int | None = 0) -> Table:
        """The jobs as the engine takes them (`tables.work.JOBS`), in the trace's order, not sorted.

        All go to one tenant; `tenant_index=None` keeps the log's own tenants. A recorded duration already contains
        failures and placement as they were, so jobs carry no checkpoints.
        """
        jobs, rows = self.jobs, len(self.jobs)
        tenants = jobs["tenant_index"] if tenant_index is None else np.full(rows, tenant_index, np.int32)
        return Table(
            work_tables.JOBS,
            {
                "job_id": np.arange(rows, dtype=np.int64),
                "tenant_index": tenants,
                "user_index": np.ascontiguousarray(jobs["user_index"]),
                "kind_index": np.ascontiguousarray(jobs["kind_index"]),
                "submit_s": jobs["submit_s"],
                "run_s": jobs["run_s"],
                "estimate_s": np.ascontiguousarray(jobs["estimate_s"]),
                "gpus": jobs["gpus"],
                "priority": np.ascontiguousarray(jobs["priority"]),
                "checkpoint_s": np.zeros(rows, np.int64),
            },
        )
