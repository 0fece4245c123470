"""Digests of schedules under every policy on small random workloads; run as a script it prints them as JSON.

`python -m tests.engine.digests` under NUMBA_DISABLE_JIT=1 must print what compiled code prints.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from gigacampus.engine.on_nodes import PLACEMENTS, schedule_on_nodes, site
from gigacampus.engine.outcome import Who
from gigacampus.engine.packing import Nodes, Requests
from gigacampus.engine.play import Steps, Strikes, play_queue
from gigacampus.engine.schedule import POLICIES, schedule
from tests.engine.test_queue import columns, troubles, workload

OWN = """
from gigacampus.engine import NONE, policy

@policy
def largest_first(view):
    best, best_gpus = NONE, 0
    for j in view.waiting:
        job = view.jobs[j]
        if best_gpus < job["gpus"] <= view.gpus_free:
            best, best_gpus = j, job["gpus"]
    return best
"""


def digest(*arrays: Any) -> str:
    made = hashlib.sha256()
    for array in arrays:
        made.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    return made.hexdigest()[:16]


def digests(own: str) -> dict[str, str]:
    found = {}
    for seed in range(4):
        rows = workload(seed, 40)
        jobs, priority = columns(rows)
        n = len(rows)
        who = Who(priority, np.arange(n) % 5, np.arange(n) % 3)
        for policy in (*POLICIES, own):
            played = schedule(policy, jobs, who, 16, restart_s=seed if policy in ("srtf", "srsf", "las", "spot") else 0)
            name = policy.rpartition(":")[2]
            found[f"{name}/{seed}"] = digest(played.start_s, played.end_s, played.reason, played.tries)
        steps, strikes = troubles(seed, 300)
        broken = play_queue(
            jobs, 16, None, is_easy=True, steps=Steps(*np.array(steps).T.copy()), restart_s=3, write_s=1,
            strikes=Strikes(*np.array(strikes).T.copy()),
        )  # fmt: skip
        found[f"trouble/{seed}"] = digest(broken.start_s, broken.end_s, broken.attempts, broken.hit_down, broken.lost_s)
        nodes = Nodes(np.full(4, 96_000), np.full(4, 10**6), np.array([2, 4, 4, 8]), ("A", "B", "A", "B"))
        share = np.where(jobs.gpus == 1, 500, 1000)
        asked = Requests(jobs.gpus * 2_000, jobs.gpus * 100, np.minimum(jobs.gpus, 12), share, ("",) * n)
        here = site(nodes, asked)
        for placement in PLACEMENTS:
            played, places = schedule_on_nodes("easy", jobs, who, here, placement, seed)
            found[f"{placement}/{seed}"] = digest(played.start_s, played.end_s, places)
    return found


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(OWN)
    sys.stdout.write(json.dumps(digests(f"{path}:largest_first")))
