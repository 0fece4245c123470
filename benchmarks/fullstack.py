"""The stack in one loop: 16 tenants with quotas, EASY, jobs placed on nodes in racks, failures; CPU seconds.

    python benchmarks/fullstack.py                                    # 20,000 jobs on 125,000 nodes of 4
    python benchmarks/fullstack.py --jobs 200000 1000000

The jobs are those of `benchmarks/engine.py` at 90 % load. *nodes*: the loop on nodes, best fit; *floor*: the loop on a
floor of racks of 18 nodes, packed. *failures*: a node a minute is out for four hours. Compiling is not counted.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engine import workload
from gigacampus.clock import NEVER
from gigacampus.engine.floor.desk import TENANT_GPUS
from gigacampus.engine.floor.given import Limits, Outages, Rules, rows_of
from gigacampus.engine.floor.play import play_on_floor
from gigacampus.engine.on_nodes import Site, alike, schedule_on_nodes, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Requests
from gigacampus.engine.play import Jobs
from gigacampus.kernels.packing import WHOLE

TENANTS = 16
PER_NODE, PER_RACK, RACKS_A_POD, RACKS_A_HALL = 4, 18, 16, 96
REPAIR_S = 4 * 3600


def asked_for(jobs: Jobs, nodes: int) -> Site:
    """Nodes alike, and requests for whole GPUs."""
    nothing = np.zeros(len(jobs.gpus), dtype=np.int64)
    whole = np.full(len(jobs.gpus), WHOLE, dtype=np.int64)
    return site(alike(nodes * PER_NODE, PER_NODE), Requests(nothing, nothing, jobs.gpus, whole, ("",) * len(whole)))


def failing(nodes: int, until_s: int, seed: int = 2) -> Outages:
    """One node a minute."""
    at = np.arange(0, until_s, 60, dtype=np.int64)
    first = np.random.default_rng(seed).integers(0, nodes, len(at))
    no = np.zeros_like(at)
    return Outages(at, at + REPAIR_S, first, first + 1, no, np.full_like(at, NEVER), ("node",) * len(at))


def quotas(gpus: int) -> Limits:
    """Each tenant may use an eighth: twice its share."""
    which = np.arange(TENANTS, dtype=np.int64)
    no = np.zeros_like(which)
    return Limits(no, no + TENANT_GPUS, which, no + gpus * WHOLE // 8)


def stacks(jobs: Jobs, nodes: int, policy: str) -> dict[str, Callable[[], Any]]:
    """What is measured, by name."""
    here = asked_for(jobs, nodes)
    nobody = np.zeros(len(jobs.gpus), dtype=np.int64)
    who = Who(nobody, nobody, np.random.default_rng(3).integers(0, TENANTS, len(nobody)))
    layout = rows_of(nodes, PER_RACK, RACKS_A_POD, RACKS_A_HALL)
    rules, until_s = Rules(policy, "packed"), int(jobs.submit_s[-1])
    limits, outages = quotas(nodes * PER_NODE), failing(nodes, until_s)
    return {
        "nodes": lambda: schedule_on_nodes(policy, jobs, who, here, "bestfit")[0],
        "floor": lambda: play_on_floor(rules, jobs, who, here, layout).played,
        "floor, quotas": lambda: play_on_floor(rules, jobs, who, here, layout, limits=limits).played,
        "floor, quotas, failures": lambda: (
            play_on_floor(rules, jobs, who, here, layout, limits=limits, outages=outages).played
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="*", default=[20_000])
    parser.add_argument("--nodes", type=int, default=125_000)
    parser.add_argument("--load", type=float, default=0.9)
    parser.add_argument("--only", default="")
    parser.add_argument("--policies", nargs="*", default=["fcfs", "easy"])
    asked = parser.parse_args()
    for run in stacks(workload(100, 400, 0.5), 100, "easy").values():
        run()
    print(f"{'stack':<24}{'policy':<7}{'jobs':>10}{'CPU s':>8}{'us/job':>8}{'events':>11}{'mean wait s':>12}{'MiB':>7}")
    for count in asked.jobs:
        jobs = workload(count, asked.nodes * PER_NODE, asked.load)
        for policy in asked.policies:
            for name, run in stacks(jobs, asked.nodes, policy).items():
                if asked.only and name != asked.only:
                    continue
                begun = time.thread_time()
                played = run()
                cpu = time.thread_time() - begun
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
                wait = float((played.start_s - jobs.submit_s).mean())
                print(
                    f"{name:<24}{policy:<7}{count:>10,}{cpu:>8.2f}{1e6 * cpu / count:>8.1f}{played.events:>11,}"
                    f"{wait:>12.1f}{peak:>7}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
