"""The whole stack in one loop: tenants with caps, fair share, EASY, jobs on nodes in racks, failures, power.

    python benchmarks/fullstack.py                        # 1 and 10 million jobs on 125,000 nodes of 4 GPUs
    python benchmarks/fullstack.py --stream 100000000     # so many more, window by window
    python benchmarks/fullstack.py --others               # and the loops that play whatever else is asked, 20,000 jobs

The jobs are those of `benchmarks/engine.py` at 90 % load, by 16 tenants that may use twice their share each. Racks of
18 nodes, packed. *failures*: a node a minute is out for four hours; jobs write a checkpoint every 10 minutes and take 5
to restart. *power*: each tenant's, in steps of 15 seconds. CPU seconds; compiling and drawing the jobs not counted.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from engine import workload
from gigacampus.clock import NEVER
from gigacampus.engine.floor.desk import TENANT_GPUS
from gigacampus.engine.floor.given import Limits, Outages, Rules, rows_of
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.racks.play import STEP_S, Keep, longest_s, play_on_racks
from gigacampus.engine.racks.stream import Window, play_windows, stream
from gigacampus.kernels.packing import WHOLE

TENANTS = 16
PER_NODE, PER_RACK, RACKS_A_POD, RACKS_A_HALL = 4, 18, 16, 96
REPAIR_S, CHECKPOINT_S, RESTART_S = 4 * 3600, 600, 300
WATTS = 1400
"""Of a GPU with its share of the node."""
WINDOW = 4_000_000


def failing(nodes: int, until_s: int, seed: int = 2) -> Outages:
    """One node a minute."""
    at = np.arange(0, until_s, 60, dtype=np.int64)
    first = np.random.default_rng(seed).integers(0, nodes, len(at))
    no = np.zeros_like(at)
    return Outages(at, at + REPAIR_S, first, first + 1, no, np.full_like(at, NEVER), ("node",) * len(at))


def caps(gpus: int) -> Limits:
    """Each tenant may use an eighth: twice its share."""
    which = np.arange(TENANTS, dtype=np.int64)
    no = np.zeros_like(which)
    return Limits(no, no + TENANT_GPUS, which, no + gpus * WHOLE // 8)


def with_checkpoints(jobs: Jobs) -> Jobs:
    """The jobs, writing checkpoints."""
    return replace(jobs, checkpoint_s=np.full(len(jobs.run_s), CHECKPOINT_S, dtype=np.int64))


def owners(jobs: int, seed: int = 3) -> Who:
    """Jobs of tenants, one user each."""
    nobody = np.zeros(jobs, dtype=np.int64)
    return Who(nobody, nobody, np.random.default_rng(seed).integers(0, TENANTS, jobs))


def rules(policy: str) -> Rules:
    """How the floor is run."""
    return Rules(policy, "packed", restart_s=RESTART_S)


def on_racks(jobs: Jobs, nodes: int, policy: str, parts: str) -> Callable[[], Any]:
    """The stack with some of its parts."""
    who, layout, until_s = (
        owners(len(jobs.run_s)),
        rows_of(nodes, PER_RACK, RACKS_A_POD, RACKS_A_HALL),
        int(jobs.submit_s[-1]),
    )
    limits = caps(nodes * PER_NODE) if "caps" in parts else None
    outages = failing(nodes, until_s) if "failures" in parts else None
    watts = jobs.gpus * WATTS if "power" in parts else None
    given = {"limits": limits, "outages": outages, "watts": watts, "keep": Keep(power="power" in parts)}
    return lambda: play_on_racks(rules(policy), jobs, who, layout, PER_NODE, **given)


def told(stack: str, policy: str, jobs: int, cpu_s: float, wait_s: float, attempts: int, more: str = "") -> None:
    """One line."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    cells = f"{jobs:>11,}{cpu_s:>8.2f}{1e6 * cpu_s / jobs:>8.2f}{wait_s:>12.1f}{attempts:>11,}{peak:>7}"
    print(f"{stack:<33}{policy:<10}{cells}{more}", flush=True)


def measured(stack: str, policy: str, jobs: Jobs, nodes: int) -> None:
    """One row of the table."""
    run = on_racks(jobs, nodes, policy, stack)
    begun = time.thread_time()
    found = run()
    cpu_s = time.thread_time() - begun
    wait_s = float((found.start_s - jobs.submit_s).mean())
    more = f"   {len(found.power_j):,} steps of {STEP_S} s" if len(found.power_j) else ""
    told(stack, policy, len(jobs.run_s), cpu_s, wait_s, len(found.attempts), more)


def windows(jobs: int, gpus: int, load: float) -> Iterator[tuple[Window, float]]:
    """A stream of jobs window by window, and the CPU seconds that drawing it took."""
    at_s, done = 0, 0
    while done < jobs:
        begun = time.thread_time()
        count = min(WINDOW, jobs - done)
        drawn = workload(count, gpus, load, seed=100 + done)
        drawn = with_checkpoints(replace(drawn, submit_s=drawn.submit_s + at_s))
        at_s, done = int(drawn.submit_s[-1]) + 1, done + count
        window = Window(drawn, owners(count, done).tenant, drawn.gpus * WATTS)
        yield window, time.thread_time() - begun


def streamed(jobs: int, nodes: int, load: float, policy: str) -> None:
    """The whole stack, window by window."""
    gpus, drawing, waited, ended, attempts = nodes * PER_NODE, 0.0, 0.0, 0, 0

    def drawn() -> Iterator[Window]:
        nonlocal drawing
        for window, cpu_s in windows(jobs, gpus, load):
            drawing += cpu_s
            yield window

    first = next(windows(WINDOW, gpus, load))[0].jobs
    days_s = int((int(first.submit_s[-1]) + 1) * (jobs / len(first.run_s)) * 1.02)
    begun = time.thread_time()
    state = stream(
        rules(policy), rows_of(nodes, PER_RACK, RACKS_A_POD, RACKS_A_HALL), PER_NODE, TENANTS,
        outages=failing(nodes, days_s), limits=caps(gpus), base_s=0, longest_s=longest_s(first, rules(policy)) * 2,
    )  # fmt: skip
    for one in play_windows(state, drawn()):
        waited += float((one.start_s - one.submit_s).sum())
        ended, attempts = ended + len(one.number), attempts + one.attempts
    steps = len(state.power_j())
    cpu_s = time.thread_time() - begun - drawing
    assert ended == jobs
    told(
        "caps, failures, power, streamed",
        policy,
        jobs,
        cpu_s,
        waited / jobs,
        attempts,
        f"   {steps:,} steps of {STEP_S} s",
    )


def others(jobs: Jobs, nodes: int, policy: str) -> None:
    """The loops that play whatever else is asked: nodes without racks, and any floor at all."""
    from gigacampus.engine.floor import play
    from gigacampus.engine.on_nodes import alike, schedule_on_nodes, site
    from gigacampus.engine.packing import Requests

    count = len(jobs.gpus)
    nothing, whole = np.zeros(count, dtype=np.int64), np.full(count, WHOLE, dtype=np.int64)
    here = site(alike(nodes * PER_NODE, PER_NODE), Requests(nothing, nothing, jobs.gpus, whole, ("",) * count))
    layout, who = rows_of(nodes, PER_RACK, RACKS_A_POD, RACKS_A_HALL), owners(count)
    until_s = int(jobs.submit_s[-1])
    play.suits = lambda *given: False  # type: ignore[assignment]
    runs: dict[str, Callable[[], Any]] = {
        "nodes, bestfit": lambda: schedule_on_nodes(policy, jobs, who, here, "bestfit")[0],
        "any floor: caps, failures": lambda: (
            play.play_on_floor(
                rules(policy), jobs, who, here, layout, limits=caps(nodes * PER_NODE), outages=failing(nodes, until_s)
            ).played
        ),
    }
    for name, run in runs.items():
        begun = time.thread_time()
        played = run()
        cpu_s = time.thread_time() - begun
        if nodes > 100:
            wait_s = float((played.start_s - jobs.submit_s).mean())
            told(name, policy, count, cpu_s, wait_s, len(played.attempts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--nodes", type=int, default=125_000)
    parser.add_argument("--load", type=float, default=0.9)
    parser.add_argument("--only", default="")
    parser.add_argument("--policies", nargs="*", default=["easy", "fair-easy"])
    parser.add_argument("--stream", type=int, default=0)
    parser.add_argument("--others", action="store_true")
    asked = parser.parse_args()
    on_racks(with_checkpoints(workload(100, 400, 0.5)), 100, "fair-easy", "caps, failures, power")()
    titles = (("jobs", 11), ("CPU s", 8), ("us/job", 8), ("mean wait s", 12), ("broken off", 11), ("MiB", 7))
    print(f"{'stack':<33}{'policy':<10}" + "".join(f"{title:>{width}}" for title, width in titles))
    for count in asked.jobs:
        jobs = with_checkpoints(workload(count, asked.nodes * PER_NODE, asked.load))
        for policy in asked.policies:
            for stack in ("racks", "caps, failures, power"):
                if asked.only in stack:
                    measured(stack, policy, jobs, asked.nodes)
        del jobs
    if asked.stream:
        streamed(min(asked.stream, 1000), asked.nodes, asked.load, "fair-easy")
        streamed(asked.stream, asked.nodes, asked.load, "fair-easy")
    if asked.others:
        others(workload(100, 400, 0.5), 100, "easy")
        others(with_checkpoints(workload(20_000, asked.nodes * PER_NODE, asked.load)), asked.nodes, "easy")


if __name__ == "__main__":
    main()
