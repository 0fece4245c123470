"""Sweeps: how busy two local workers are kept, what a run costs beside itself, memory, and 1,000 replays.

Run: python benchmarks/sweep.py [--runs 200] [--variants 1000]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gigacampus.replay import Asked
from gigacampus.sweep import Study, sweep
from gigacampus.sweep.job import packed, play
from gigacampus.sweep.study import planned

JOBS = 100_000
LOAD = 0.9
WORKERS = 2


def campus(runs: int) -> None:
    """Runs of the one-hall campus on two local workers."""
    study = Study("one-hall", "run", (f"campus.install_rate=4..20 racks/day:{runs}",))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        found = sweep(study, Path(folder), count=WORKERS)
        wall = time.perf_counter() - begun
    tally = found.tally
    idle_ms = 1e3 * (tally.wall_s * WORKERS - tally.busy_s) / tally.played
    print(f"{runs} runs of one-hall, {WORKERS} workers: {wall:.1f} s, {tally.failed} failed")
    print(f"  workers busy                    {100 * tally.busy_fraction:6.1f} %   (wanted: 90 % or more)")
    print(f"  a run in its worker             {1e3 * tally.busy_s / tally.played:6.0f} ms")
    print(f"  beside it, a run                {idle_ms:6.1f} ms  (its worker's time that no run filled)")


def beside() -> None:
    """What a worker does for a run beside the run itself: read the scenario's tree, pack the results."""
    from gigacampus.compare.case import of_results
    from gigacampus.run import run
    from gigacampus.sweep import job as room

    plan = planned(Study("one-hall", "run", ("campus.install_rate=9,10 racks/day",)))
    job = plan.job(next(iter(plan.points())))
    play(job)
    times: list[tuple[float, float, float, float]] = []
    for _ in range(7):
        marks = [time.thread_time()]
        plan.job(next(iter(plan.points())))
        marks.append(time.thread_time())
        scenario = room._scenario(job)
        marks.append(time.thread_time())
        found = run(scenario)
        marks.append(time.thread_time())
        packed(job, of_results("", found, hashed=False).numbers, found.tables)
        marks.append(time.thread_time())
        times.append(tuple(np.diff(marks)))  # type: ignore[arg-type]
    key, load, played, pack = (1e3 * one for one in np.median(times, axis=0))
    print("one run, taken apart (medians, CPU)")
    print(f"  key {key:.1f} ms, read {load:.1f} ms, run {played:.0f} ms, pack {pack:.1f} ms")
    print(f"  beside the run itself           {key + load + pack:6.1f} ms  (wanted: 20 ms or less)")


def memory() -> None:
    """Peak memory of the main process for few and for many runs."""
    code = (
        "import re, sys, tempfile; from pathlib import Path; from gigacampus.sweep import Study, sweep\n"
        "if __name__ == '__main__':\n"
        "    study = Study('one-hall', 'plan', (f'campus.install_rate=4..20 racks/day:{sys.argv[1]}',))\n"
        "    with tempfile.TemporaryDirectory() as folder: sweep(study, Path(folder), count=2)\n"
        "    told = Path('/proc/self/status').read_text()  # not ru_maxrss, which begins with that of the parent\n"
        "    print(int(re.search(r'VmHWM:\\s+(\\d+)', told)[1]) // 1024)\n"
    )
    told = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "peak.py"
        script.write_text(code)
        for runs in (20, 200):
            ran = subprocess.run([sys.executable, str(script), str(runs)], capture_output=True, text=True, check=True)
            told.append(f"{runs} runs {int(ran.stdout)} MiB")
    print(f"peak memory of the main process: {', '.join(told)}")


def trace(path: Path) -> int:
    """A made-up log at 90 % load; the GPUs that carry it."""
    dice = np.random.default_rng(1)
    submit = np.cumsum(dice.exponential(30, JOBS)).astype(int)
    run = np.maximum(1, dice.lognormal(6, 1.5, JOBS).astype(int))
    gpus = dice.choice([1, 1, 2, 4, 8], JOBS)
    estimate = (run * dice.uniform(1, 3, JOBS)).astype(int)
    rows = (f"{k},{s},{r},{g},{e}\n" for k, (s, r, g, e) in enumerate(zip(submit, run, gpus, estimate, strict=True)))
    path.write_text("job_id,submit_s,run_s,gpus,estimate_s\n" + "".join(rows))
    return int((run * gpus).sum() / submit[-1] / LOAD)


def replays(variants: int) -> None:
    """Variants of one replay of 100,000 jobs under EASY: machine sizes and policies of estimates."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        gpus = trace(path)
        columns = {name: name for name in ("job_id", "submit_s", "run_s", "gpus", "estimate_s")}
        base = Asked(str(path), format="csv", columns=columns, policy="easy")
        study = Study(
            kind="replay", replay=base, vary=(f"gpus={gpus}..{gpus + variants}:{variants}",), keep_tables=False
        )
        begun, cpu = time.perf_counter(), time.process_time()
        found = sweep(study, Path(folder) / "out", count=WORKERS)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    each = 1e3 * found.tally.busy_s / found.tally.played
    print(
        f"{len(found):,} variants of a replay of {JOBS:,} jobs, {WORKERS} threads: {wall:.1f} s (wanted: 10 s or less)"
    )
    print(f"  a replay in its thread          {each:6.1f} ms, threads busy {100 * found.tally.busy_fraction:.0f} %")
    print(f"  a replay with all around it     {1e3 * cpu / len(found):6.1f} ms of CPU")


def main() -> None:
    """Print it all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=200)
    asked.add_argument("--variants", type=int, default=1000)
    given = asked.parse_args()
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f} before the start")
    beside()  # compiles what a run needs
    campus(given.runs)
    memory()
    replays(given.variants)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main()
