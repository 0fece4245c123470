"""Functions of one's own, and digests of schedules under them; run as a script it prints the digests as JSON.

`python -m tests.engine.owned FILE` under NUMBA_DISABLE_JIT=1 must print what compiled code prints.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from gigacampus.engine.on_nodes import schedule_on_nodes, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.quotas import open_to_all
from gigacampus.engine.rules import RULES
from gigacampus.engine.schedule import schedule
from tests.engine.digests import digest
from tests.engine.test_queue import columns, workload

NEVER = 2**63 - 1
FILE = """
from gigacampus.engine import NONE, order_key, placement, policy, preemption

@order_key
def shortest(view, j):
    return view.jobs[j]["estimate_s"]

@preemption
def all_stop(view):
    return view.running[0] if len(view.running) else NONE

@policy(preempt=all_stop)
def least_left(view):
    best, least = NONE, 0
    for j in view.waiting:
        job = view.jobs[j]
        left = job["estimate_s"] - job["done_s"]
        if job["gpus"] <= view.gpus_free and (best == NONE or left < least):
            best, least = j, left
    return best

@placement
def roomiest(view, j):
    best, most = NONE, 0
    for n in range(len(view.nodes)):
        if view.nodes[n]["gpus_free"] > most:
            best, most = n, view.nodes[n]["gpus_free"]
    return best if most >= min(view.jobs[j]["gpus"], view.nodes[best]["gpus"]) else NONE

@placement
def halves(view, j):
    for n in range(len(view.nodes)):
        if view.nodes[n]["cpu_milli_free"] > 4000:
            return 1000
    best, most = NONE, 0
    for n in range(len(view.nodes)):
        if view.nodes[n]["gpus_free"] > most:
            best, most = n, view.nodes[n]["gpus_free"]
    return best

@placement
def elsewhere(view, j):
    return 1000

@placement
def crowded(view, j):
    return 0

@preemption
def stop_the_idle(view):
    return view.waiting[0] if len(view.waiting) else NONE

@policy(preempt=stop_the_idle)
def confused(view):
    return view.waiting[0] if view.jobs[view.waiting[0]]["gpus"] <= view.gpus_free else NONE
"""


def machine(n: int, gpus: np.ndarray) -> object:
    """Four nodes of four GPUs."""
    zero = np.zeros(4, dtype=np.int64)
    nothing = np.zeros(n, dtype=np.int64)
    nodes = Nodes(zero, zero, np.full(4, 4), ("",) * 4)
    return site(nodes, Requests(nothing, nothing, gpus, np.full(n, 1000), ("",) * n))


def digests(path: str) -> dict[str, str]:
    """Digests under every rule of the general loop and every function of the file."""
    found = {}
    for seed in range(3):
        jobs, priority = columns([(s, r, e, min(g, 12), p, 0) for s, r, e, g, p, _ in workload(seed, 40)])
        n = len(priority)
        dice = np.random.default_rng(seed)
        planned = np.where(dice.random(n) < 0.1, jobs.submit_s + 30, NEVER)
        who = Who(priority, np.arange(n) % 5, np.arange(n) % 3, jobs.submit_s + 3 * jobs.estimate_s, planned)
        for policy in (*RULES, f"{path}:shortest-easy", f"{path}:shortest-conservative", f"{path}:least_left"):
            played = schedule(policy, jobs, who, 16, restart_s=2)
            found[f"{policy.rpartition(':')[2]}/{seed}"] = digest(played.start_s, played.end_s, played.tries)
            rule = f"{path}:roomiest" if seed == 1 else "bestfit"
            quotas = open_to_all(who.tenant, 16).times(1000)
            here = machine(n, jobs.gpus)
            played, places = schedule_on_nodes(policy, jobs, who, here, rule, quotas=quotas)  # type: ignore[arg-type]
            found[f"{policy.rpartition(':')[2]} on nodes/{seed}"] = digest(played.start_s, played.end_s, places)
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(FILE)
    sys.stdout.write(json.dumps(digests(sys.argv[1])))
