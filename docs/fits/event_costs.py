"""Prints what `event_costs` tells of grid events beside what the same run does more without them, on `one-hall`.

Run: python docs/fits/event_costs.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from gigacampus.results import Results
from gigacampus.run import run
from gigacampus.scenario import load

FIRST = np.datetime64("2026-01-01T00:00")
LENGTHS_H = (3, 6, 12, 24, 48, 72)
EACH, LIMIT_MW, SEED = 5, 2.2, 5
HOUR = 3_600


def done_gpu_h(found: Results, tenant: int, first: int, last: int) -> float:
    """GPU-hours that a tenant's chips were busy between two seconds of the run."""
    rows = found.tables["busy"]
    mine = rows["tenant_index"] == tenant
    inside = np.clip(last - np.maximum(rows["at_s"][mine], first), 0, None)
    return float((inside * rows["chips"][mine]).sum() / HOUR)


def main() -> None:
    """One line for each length of the events, then all."""
    stream = np.random.default_rng(SEED)
    base = load("one-hall")
    one = run(base)
    days = base.clock.end_s // 86_400
    told: list[tuple[int, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        for hours in LENGTHS_H:
            for _ in range(EACH):
                start = FIRST + np.timedelta64(int(stream.integers(15 * 24, days * 24 - hours - 24)), "h")
                end = start + np.timedelta64(hours, "h")
                path.write_text(f"start,end,limit_mw,notice_s,kind\n{start},{end},{LIMIT_MW},0,curtail\n")
                two = run(load("one-hall", overrides=[f"site.events={path}"]))
                first = base.clock.seconds(start.item().date()) + start.item().hour * HOUR
                last = first + hours * HOUR
                for row in two.tables["event_costs"].rows():
                    tenant = row["tenant_index"]
                    more = done_gpu_h(one, tenant, first, last) - done_gpu_h(two, tenant, first, last)
                    told.append((hours, row["shed_gpu_h"], more))
    print("event      told   by two runs   told over it   mean error over it")
    for name, chosen in [*((f"{h} h", (h,)) for h in LENGTHS_H), ("all", LENGTHS_H)]:
        ours, true = np.array([(a, b) for h, a, b in told if h in chosen]).T
        error = np.abs(ours - true).sum() / true.sum()
        print(f"{name:6}{ours.sum():9,.0f}{true.sum():14,.0f}{ours.sum() / true.sum():15.2f}{error:21.2f}")


if __name__ == "__main__":
    main()
