"""Schedules against a textbook: start and end of every job on random workloads, job by job. The right number is 0.

Workloads have ties, bursts, jobs of no length, missing estimates and estimates too short. The textbook is plain Python
and shares nothing with the engine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.dice import stream
from gigacampus.validate._textbook import Job, preemptive, queue
from gigacampus.validate.frame import Case

TITLE = "Schedules: starts and ends that differ from a textbook scheduler's"
SOURCE = "a textbook scheduler in plain Python, run beside ours"
WORKLOADS, GPUS = 100, (4, 16, 100)
POLICIES = ("fcfs", "sjf", "priority", "easy", "conservative", "srtf", "srsf")


def cases(data: Path | None) -> list[Case]:
    """One case a policy: jobs whose start or end differs."""
    if data is not None:
        raise UsageError(Fault("V003", "the schedule suite takes no --data", fix="replay your own log instead"))
    workloads = [workload(seed, GPUS[seed % len(GPUS)]) for seed in range(WORKLOADS)]
    jobs = sum(len(one) for one in workloads)
    found = []
    for policy in POLICIES:
        differing = 0
        for seed, one in enumerate(workloads):
            gpus = GPUS[seed % len(GPUS)]
            expected = (preemptive if policy in ("srtf", "srsf") else queue)(one, gpus, policy)
            differing += sum(a != b for a, b in zip(expected, ours(one, gpus, policy), strict=True))
        note = f"{jobs:,} jobs in {WORKLOADS} workloads"
        found.append(Case(policy, 0, differing, 0, "self-consistency", SOURCE, "jobs", is_absolute=True, note=note))
    return found


def workload(seed: int, gpus: int) -> list[Job]:
    """Random jobs in order of submission; the offered load is around what the machine can do."""
    dice = stream(seed, "validate/schedule")
    count = int(dice.integers(20, 60))
    gap = int(dice.choice([0, 2, 10, 40]))
    submit = np.sort(dice.integers(0, 1 + count * gap, count) // 5 * 5)
    run = dice.geometric(1 / float(dice.choice([3, 30, 200])), count) - dice.integers(0, 2, count)
    factor = dice.choice([0.5, 1.0, 2.0, 5.0], count)
    estimate = np.where(dice.random(count) < 0.2, dice.choice([-1, 0], count), np.round(run * factor).astype(np.int64))
    size = np.minimum(dice.geometric(1 / float(dice.choice([1.5, 5, 30])), count), gpus)
    rows = zip(submit, run, estimate, size, dice.integers(0, 4, count), strict=True)
    return [(int(s), int(r), int(e), int(g), int(p)) for s, r, e, g, p in rows]


def ours(jobs: list[Job], gpus: int, policy: str) -> list[tuple[int, int]]:
    """Start and end of each by the engine."""
    from gigacampus.engine.outcome import Who
    from gigacampus.engine.play import Jobs
    from gigacampus.engine.schedule import schedule

    submit, run, estimate, size, priority = (np.array(one, dtype=np.int64) for one in zip(*jobs, strict=True))
    nobody = np.full(len(jobs), -1, dtype=np.int64)
    expected = np.where(estimate > 0, np.maximum(estimate, run), run)
    listed = Jobs(submit, run, expected, size, np.zeros(len(jobs), dtype=np.int64))
    played = schedule(policy, listed, Who(priority, nobody, nobody), gpus)
    return list(zip(played.start_s.tolist(), played.end_s.tolist(), strict=True))
