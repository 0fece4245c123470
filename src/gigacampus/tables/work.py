"""What the workload room hands on: jobs to schedule, and the standing load of inference services."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from gigacampus.tables.table import Column, Spec, Table

C = Column


class Kind(IntEnum):
    """Classes of work, by what they do to a chip's power. The order is part of the tables."""

    PRETRAIN = 0
    FINETUNE = 1
    EVALUATE = 2
    BATCH = 3
    SERVE = 4
    IDLE = 5


JOBS = Spec(
    "work_jobs",
    "Jobs as submitted, in order of submission (ties in the order of the trace).",
    (
        C("job_id", "i8", "", "Position in the trace; the tie-breaker after the submit time."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("user_index", "i4", "", "User within the tenant; -1 where the trace names none."),
        C("kind_index", "i4", "", "Class of work, a `Kind`."),
        C("submit_s", "i8", "s", "When it is submitted."),
        C("run_s", "i8", "s", "Useful run time on the chips it asks for."),
        C("estimate_s", "i8", "s", "Requested time; 0 or less where the trace has none."),
        C("gpus", "i8", "chips", "Chips, all or nothing (a gang)."),
        C("priority", "i8", "", "Higher goes first under policies that look at it."),
        C(
            "checkpoint_s",
            "i8",
            "s",
            "Time between checkpoints; 0 where the job names none and the scenario's interval holds.",
        ),
    ),
)

DEMAND = Spec(
    "demand",
    "Standing load of inference services: a step function by tenant, each row the new level.",
    (
        C("at_s", "i8", "s", "From when."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("reserved_chips", "i8", "chips", "Chips held by the service's replicas, out of the tenant's capacity."),
        C("load_fraction", "f8", "", "How busy those chips are, 0 to 1."),
    ),
)


@dataclass(frozen=True, slots=True)
class Work:
    """Who asks for what."""

    jobs: Table
    demand: Table
    notes: tuple[str, ...] = ()
    """How the work was made: source trace, scaling rule, limits. The report prints them."""
