"""What a replay with many seeds hands on."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

SEEDS = Spec(
    "replay_seeds",
    "Figures of a replay under one seed a row: the same jobs, estimates drawn anew.",
    (
        C("seed", "i8", "", "Seed of the draws."),
        C("wait_mean_s", "f8", "s", "Mean wait of finished jobs."),
        C("wait_p99_s", "f8", "s", "Wait that 99 in 100 stay below, without interpolation."),
        C("wait_mean_by_gpu_hour_s", "f8", "s", "Mean wait, each job weighing as its chip-hours."),
        C("slowdown_mean_fraction", "f8", "", "Mean of completion time over run time, run times below 10 s as 10 s."),
        C("waited_fraction", "f8", "", "Share of jobs that did not start at once."),
        C("makespan_s", "i8", "s", "Last end less first submission."),
    ),
)
