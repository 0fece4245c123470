"""What the engine hands on: what became of every job, and how many chips were busy when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gigacampus.tables.table import Column, Spec, Table

C = Column

JOBS = Spec(
    "jobs",
    "One row a job, in the order of the trace.",
    (
        C("job_id", "i8", "", "Position in the trace."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("user_index", "i4", "", "User within the tenant; -1 where unknown."),
        C("kind_index", "i4", "", "Class of work, a `Kind`."),
        C("submit_s", "i8", "s", "When it was submitted."),
        C("start_s", "i8", "s", "First start; the largest int64 where it never started."),
        C("end_s", "i8", "s", "Final end; the largest int64 where it did not finish."),
        C(
            "wait_s",
            "i8",
            "s",
            "End less submit less run for a finished job: queueing, redone work and repairs; -1 else.",
        ),
        C("run_s", "i8", "s", "Useful run time."),
        C("gpus", "i8", "chips", "Chips it holds while it runs."),
        C("restarts", "i4", "", "How often it was started again after a failure or preemption."),
        C("lost_s", "i8", "s", "Running time whose work was lost and done again."),
        C("outcome", "str", "", "finished, running, waiting or unplaced (it can never fit)."),
        C(
            "reason",
            "str",
            "",
            "Why it did not start at once: none, head, capacity, quota, reservation, outage, power, unfit.",
        ),
    ),
)

BUSY = Spec(
    "busy",
    "Changes in busy chips, in order of time: the number of busy chips at any instant is the running sum.",
    (
        C("at_s", "i8", "s", "When."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("kind_index", "i4", "", "Class of work, a `Kind`."),
        C("chips", "i8", "chips", "Change in busy chips."),
    ),
)

OUTAGES = Spec(
    "outages",
    "Failures that struck, and what they cost.",
    (
        C("at_s", "i8", "s", "When."),
        C("cause", "str", "", "Component that failed."),
        C("job_id", "i8", "", "Job that it killed; -1 where the node was idle."),
        C("chips_down", "i8", "chips", "Chips out until repaired."),
        C("repair_s", "i8", "s", "How long."),
        C("lost_gpu_s", "i8", "chip s", "Chip-seconds of work since the last checkpoint that are lost."),
    ),
)

USAGE = Spec(
    "usage",
    "GPU-hours by tenant and month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("entitled_gpu_h", "f8", "GPU h", "Chips the tenant may use, times hours."),
        C("batch_gpu_h", "f8", "GPU h", "Held by jobs."),
        C("serve_gpu_h", "f8", "GPU h", "Held by inference services."),
        C("useful_gpu_h", "f8", "GPU h", "Held by jobs or services less lost work: goodput."),
        C("lost_gpu_h", "f8", "GPU h", "Redone after failures."),
        C("down_gpu_h", "f8", "GPU h", "Out of service for repair."),
        C("useful_h100e_h", "f8", "H100e h", "Useful GPU-hours in H100 equivalents."),
    ),
)

LOSSES = Spec(
    "losses",
    "GPU-hours that did no useful work, by tenant, month and cause.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C(
            "cause", "str", "",
            "redone (work since the last checkpoint), restart, checkpoint (writing it), down (under repair), idle.",
        ),
        C("gpu_h", "f8", "GPU h", "Chip-hours; redone, restart and checkpoint make up `usage.lost_gpu_h`."),
    ),
)  # fmt: skip

ATTEMPTS = Spec(
    "attempts",
    "Attempts of jobs that were broken off, in order of time; what came after is another row or the job's own end.",
    (
        C("job_id", "i8", "", "Position in the trace."),
        C("from_s", "i8", "s", "When the attempt started."),
        C("until_s", "i8", "s", "When it was broken off."),
        C("gpus", "i8", "chips", "Chips it held."),
        C("lost_s", "i8", "s", "Its time since the last checkpoint: work that is done again."),
        C("overhead_s", "i8", "s", "Restart at its beginning."),
        C("cause", "str", "", "failure, or capacity where chips were taken away."),
    ),
)


@dataclass(frozen=True, slots=True)
class Log:
    """What happened."""

    jobs: Table
    busy: Table
    outages: Table
    usage: Table
    summary: dict[str, Any] = field(default_factory=dict)
    """Waits, JCT, utilisation, goodput and the rest, keys as in the command-line reference."""
    attempts: Table = field(default_factory=ATTEMPTS.empty)
    losses: Table = field(default_factory=LOSSES.empty)
