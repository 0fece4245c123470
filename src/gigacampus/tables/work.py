"""What the workload room hands on: jobs to schedule, and the standing load of inference services."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

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


STAGES = Spec(
    "run_stages",
    "Stages of the stated training runs: each is a job, submitted when the stage before it has ended.",
    (
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("run", "str", "", "Run, a key of the tenant's `runs`."),
        C("stage", "str", "", "ramp-up, full, or elastic where it holds less than all chips."),
        C("job_id", "i8", "", "Job of the stage."),
        C("after_id", "i8", "", "Job of the stage before; -1 for the first."),
        C("gpus", "i8", "chips", "Chips of the stage."),
        C("run_s", "i8", "s", "Useful run time, evaluations included."),
        C("done_fraction", "f8", "", "Share of the whole run's training that the stage does."),
        C("evaluate_every_s", "i8", "s", "Training between two evaluations; 0 where there are none."),
        C("evaluate_s", "i8", "s", "Length of an evaluation, on all chips of the stage."),
    ),
)

TRAINING = Spec(
    "training_runs",
    "Stated training runs whose length follows from the model of training: a row each.",
    (
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("run", "str", "", "Run, a key of the tenant's `runs`."),
        C("model", "str", "", "Model of the catalog."),
        C("chip", "str", "", "Chip that it is reckoned on."),
        C("gpus", "i8", "chips", "Chips of the full stage."),
        C("tokens", "f8", "", "Tokens to train on."),
        C("precision", "str", "", "Format of the matrix products."),
        C("layout", "str", "", "Tensor, pipeline, context and expert parallelism, chunks, micro-batch, recomputation."),
        C("step_s", "f8", "s", "One optimiser step."),
        C("tokens_per_s", "f8", "1/s", "Tokens a second on all chips while nothing fails."),
        C("mfu_fraction", "f8", "", "Model FLOP rate over the dense peak at that precision."),
        C("goodput_fraction", "f8", "", "Effective share of time by the renewal form, at the scenario's failure rate."),
        C("checkpoint_s", "f8", "s", "Time between checkpoints."),
        C("dip_s", "f8", "s", "How long power dips at the end of each step."),
        C("body_w", "f8", "W", "Power of a system (node or rack) while the step computes."),
        C("dip_w", "f8", "W", "Power of a system in the dip."),
    ),
)

SERVING = Spec(
    "serving",
    "Services that state what they run: month by month, what the fleet held, answered, drew and cost.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("service", "str", "", "Service, a key of the tenant's `services`."),
        C("model", "str", "", "Model of the catalog."),
        C("chip", "str", "", "Chip that it is reckoned on."),
        C("held_gpu_h", "f8", "GPU h", "Chip-hours held by replicas, start-up included."),
        C(
            "yielded_gpu_h",
            "f8",
            "GPU h",
            "Chip-hours left to other work, against the month's highest number all the time.",
        ),
        C("requests", "f8", "", "Requests that came."),
        C("output_tokens", "f8", "", "Tokens answered."),
        C("output_tokens_per_s", "f8", "1/s", "The same a second."),
        C("kept_fraction", "f8", "", "Share of requests in hours that keep the target for the first token."),
        C("ttft_s", "f8", "s", "Time to the first token at the target's percentile, median hour by requests."),
        C("energy_j", "f8", "J", "Energy of the systems that hold the chips, by the model of serving."),
        C("energy_per_token_j", "f8", "J", "The same for each output token; NaN where there are none."),
        C(
            "usd_per_million_tokens",
            "f8",
            "USD",
            "Chip-hours held at the list price, for a million tokens; NaN without.",
        ),
    ),
)


ENDINGS = Spec(
    "job_endings",
    "Jobs that end of themselves without success, as in the log that they are like; they hold their chips till then.",
    (
        C("job_id", "i8", "", "Job."),
        C("state", "str", "", "failed, cancelled, timeout, node_fail or preempted."),
    ),
)


@dataclass(frozen=True, slots=True)
class Work:
    """Who asks for what."""

    jobs: Table
    demand: Table
    notes: tuple[str, ...] = ()
    """How the work was made: source trace, scaling rule, limits. The report prints them."""
    stages: Table = field(default_factory=STAGES.empty)
    training: Table = field(default_factory=TRAINING.empty)
    serving: Table = field(default_factory=SERVING.empty)
    endings: Table = field(default_factory=ENDINGS.empty)
    summary: dict[str, Any] = field(default_factory=dict)
    """What the stated runs take, what the stated services come to, and what share of the work ends without success."""
