"""The panels of a log's plot."""

from __future__ import annotations

from typing import Any

from gigacampus.cli.drawing import Line, Panel

SPANS = (
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3_600.0, "1 h"),
    (86_400.0, "1 d"),
    (604_800.0, "7 d"),
    (2_592_000.0, "30 d"),
)
WEEK_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def panels(trace: Any, gpus: int) -> list[Panel]:
    """Chips over time against the machine, arrivals, run times and sizes by jobs and by GPU-time, and the week."""
    from gigacampus.workload.looks import SHARES, series

    seen = series(trace)
    days = seen.days.tolist()
    first = "day of the week" if trace.epoch_utc else "day of the week (the log's first day counts as Monday)"
    longest = max(float(seen.run_s.max()), 1.0)
    classes = list(range(len(seen.sizes)))
    return [
        Panel(
            "GPUs held", "days", "GPUs",
            [
                Line("mean", days, seen.held_gpus.tolist(), is_step=True),
                Line("highest", days, seen.most_gpus.tolist(), is_step=True),
                Line("machine", [days[0], days[-1]], [float(gpus)] * 2, is_dashed=True),
            ],
        ),
        Panel("Jobs submitted", "days", "jobs", [Line("", days, seen.jobs.tolist(), is_step=True)]),
        Panel(
            "Run times", "run time", "share of all that is at most as long",
            [
                Line("of jobs", seen.run_s.tolist(), SHARES),
                Line("of GPU-time", seen.run_of_gpu_time_s.tolist(), SHARES),
            ],
            is_log_x=True, x_ticks=[one for one in SPANS if 1.0 <= one[0] <= longest],
        ),
        Panel(
            "Sizes", "GPUs of a job, from", "share",
            [
                Line("of jobs", classes, seen.jobs_fraction.tolist(), is_bars=True),
                Line("of GPU-time", classes, seen.gpu_time_fraction.tolist(), is_bars=True),
            ],
            x_ticks=list(zip(map(float, classes), seen.sizes, strict=True)),
        ),
        Panel(
            "The week", first, "arrivals against their mean",
            [Line("", list(range(168)), seen.week.tolist(), is_step=True)],
            x_ticks=[(24.0 * k + 12, day) for k, day in enumerate(WEEK_DAYS)],
        ),
    ]  # fmt: skip
