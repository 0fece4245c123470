"""What a replay hands on: what became of every job of a real log."""

from __future__ import annotations

from dataclasses import replace

from gigacampus.tables.table import Column, Spec

C = Column

JOBS = Spec(
    "replay_jobs",
    "One row a job, in the order of the trace (`tables/jobs.parquet` of a replay).",
    (
        C("job_id", "str", "", "Id as in the trace: a whole number where all are, else text."),
        C("submit_s", "i8", "s", "When it was submitted, by the trace's clock."),
        C("start_s", "i8", "s", "First start; the largest int64 where it never started."),
        C("end_s", "i8", "s", "Final end; the largest int64 where it never ended."),
        C("wait_s", "i8", "s", "End less submit less run for a finished job; -1 else."),
        C("run_s", "i8", "s", "Useful run time."),
        C(
            "estimate_s",
            "i8",
            "s",
            "Expected length that policies saw at the start; the larger of estimate and run time unless asked otherwise.",
        ),
        C("gpus", "i8", "chips", "Chips it holds while it runs."),
        C("restarts", "i4", "", "How often it was started again after it had been stopped."),
        C("lost_s", "i8", "s", "Time on chips beyond its useful run time."),
        C(
            "reason",
            "str",
            "",
            "Why it did not start at once: none, head (jobs before it), capacity, reservation (it would have delayed a "
            "promised start), placement (enough GPUs free, but not together), choice (a policy of one's own passed it "
            "over), unfit (it can never fit).",
        ),
        C("user", "str", "", "User; the column is left out where the trace names none."),
        C("tenant", "str", "", "Virtual cluster, queue or account; the column is left out where the trace names none."),
        C(
            "node",
            "str",
            "",
            "Nodes it was placed on, parted by `;`; the column is left out where the machine is a count.",
        ),
    ),
)


def jobs_spec(*, has_numbers: bool, without: set[str]) -> Spec:
    """The declaration for a trace: ids as numbers where they are, columns in `without` left out."""
    columns = tuple(one for one in JOBS.columns if one.name not in without)
    if has_numbers:
        columns = (replace(columns[0], dtype="i8"), *columns[1:])
    return Spec(JOBS.name, JOBS.sentence, columns)
