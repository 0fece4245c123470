"""What a replay says beside its jobs: who waited how long, what was stopped, where jobs stood, what became of chips."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

GROUPS = Spec(
    "replay_groups",
    "What users felt, by tenant, by user and by size; measured jobs only.",
    (
        C("grouped_by", "str", "", "tenant, user or size."),
        C("name", "str", "", "Tenant, user, or class of size in chips."),
        C("jobs", "i8", "", "Jobs submitted in the measured window."),
        C("finished", "i8", "", "Those of them that finished; the figures below cover these."),
        C("gpu_hours", "f8", "GPU h", "Useful chip-hours."),
        C("wait_mean_s", "f8", "s", "Mean wait; NaN where no job finished."),
        C("wait_p50_s", "f8", "s", "Median wait."),
        C("wait_p90_s", "f8", "s", "Wait that nine in ten stay below."),
        C("wait_p99_s", "f8", "s", "Wait that 99 in 100 stay below."),
        C("wait_mean_by_gpu_hour_s", "f8", "s", "Mean wait, each job weighing as its chip-hours."),
        C("jct_mean_s", "f8", "s", "Mean completion time."),
        C("jct_p50_s", "f8", "s", "Median completion time."),
        C("jct_p99_s", "f8", "s", "Completion time that 99 in 100 stay below."),
        C("slowdown_mean_fraction", "f8", "", "Mean of completion time over run time, run times below 10 s as 10 s."),
    ),
)
STOPS = Spec(
    "replay_stops",
    "Attempts that were stopped before the job was done, in order of time.",
    (
        C("job_id", "str", "", "Id as in the trace."),
        C("from_s", "i8", "s", "When the attempt started."),
        C("until_s", "i8", "s", "When it was stopped."),
        C("gpus", "i8", "chips", "Chips it held."),
        C("lost_s", "i8", "s", "Work of it that is done again."),
        C("overhead_s", "i8", "s", "Restart cost at its beginning."),
        C("cause", "str", "", "preempted, failed, maintenance or limit."),
    ),
)
PLACES = Spec(
    "replay_places",
    "Where jobs stood: ranges of neighbouring nodes of the node list, in the order of the trace.",
    (
        C("job_id", "str", "", "Id as in the trace."),
        C("first_node", "str", "", "First node of the range."),
        C("last_node", "str", "", "Last node of the range; the same where it is one node."),
        C("nodes", "i8", "nodes", "Nodes in the range."),
    ),
)
BACKTEST = Spec(
    "replay_backtest",
    "Recorded against simulated waits, by size, of jobs whose start the log records.",
    (
        C("size", "str", "", "Class of size in chips; all for all jobs."),
        C("jobs", "i8", "", "Jobs."),
        C("recorded_mean_s", "f8", "s", "Mean recorded wait, first start less submission."),
        C("simulated_mean_s", "f8", "s", "Mean simulated wait."),
        C("recorded_p50_s", "f8", "s", "Median recorded wait."),
        C("simulated_p50_s", "f8", "s", "Median simulated wait."),
        C("recorded_p90_s", "f8", "s", "Recorded wait that nine in ten stay below."),
        C("simulated_p90_s", "f8", "s", "Simulated wait that nine in ten stay below."),
        C("same_minute_fraction", "f8", "", "Share of jobs whose simulated wait is within a minute of the recorded."),
    ),
)
PAIRED = Spec(
    "replay_paired",
    "Differences between policies on the same jobs: the second less the first, job by job.",
    (
        C("first", "str", "", "Policy."),
        C("second", "str", "", "Policy compared with it."),
        C("measure", "str", "", "wait_s, jct_s, slowdown_fraction, or wait_by_gpu_hour_s."),
        C("jobs", "i8", "", "Measured jobs that finish under both."),
        C("first_mean", "f8", "", "Mean under the first, in the unit that the measure ends in."),
        C("second_mean", "f8", "", "Mean under the second."),
        C("difference", "f8", "", "Mean of the differences."),
        C("half_width", "f8", "", "Half its 95 % confidence interval, by batch means; NaN below 300 jobs."),
        C("better_fraction", "f8", "", "Share of jobs that are better off under the second."),
        C("worse_fraction", "f8", "", "Share of jobs that are worse off under the second."),
    ),
)
QUEUE = Spec(
    "replay_queue",
    "The queue at one instant: what runs and what waits, in order of submission. `replay --warm-start` takes it.",
    (
        C("job_id", "str", "", "Id as in the trace."),
        C("submit_s", "i8", "s", "When it was submitted."),
        C("start_s", "f8", "s", "When it started to run; NaN where it waits."),
        C("run_s", "i8", "s", "Useful run time, from its start."),
        C("estimate_s", "i8", "s", "Expected length that policies see."),
        C("gpus", "i8", "chips", "Chips it holds or asks for."),
        C("priority", "i8", "", "Higher goes first; 0 where the log has none."),
        C("user", "str", "", "User; empty where unknown."),
        C("tenant", "str", "", "Virtual cluster, queue or account; empty where unknown."),
    ),
)
