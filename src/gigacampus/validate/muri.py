"""Preemptive scheduling on the Muri traces: mean completion time under SRTF and SRSF on 64 GPUs, as published.

Zhao et al., "Multi-Resource Interleaving for Deep Learning Training", SIGCOMM 2022, figures 9 and 10. Their simulator
charges each restart some time and ours none, so ours may lie up to 8 % below and 2 % above.
"""

from __future__ import annotations

import csv
from pathlib import Path

from gigacampus.catalog.traces import trace as bundled
from gigacampus.errors import Fault, UsageError
from gigacampus.validate.frame import Case

TITLE = "Preemption: SRTF and SRSF on the Muri traces, 64 GPUs (SIGCOMM'22)"
SOURCE = "Zhao et al., SIGCOMM'22; numbers of the authors' figure script, simulator/draw_fig9-10.py"
BELOW, ABOVE = 0.08, 0.02
GPUS = 64


def cases(data: Path | None) -> list[Case]:
    """One case for each trace, submission (as recorded, all at 0) and policy; makespan and P99 are listed."""
    if data is not None:
        raise UsageError(Fault("V003", "the muri suite takes no --data", fix="replay your own log instead"))
    from gigacampus.replay import Asked, replay

    with bundled("muri-expected").path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["policy"] in ("SRTF", "SRSF")]
    found = []
    for row in rows:
        name, policy = row["trace"], row["policy"]
        is_at_start = name.endswith("_all_at_0")
        asked = Asked(
            f"muri-{name.removesuffix('_all_at_0')}", format="muri", gpus=GPUS, placement="none",
            policy=policy.lower(), submit_at_start=is_at_start,
        )  # fmt: skip
        ours = replay(asked).summary
        for key, column in (("jct_mean_s", "avg_jct_s"), ("makespan_s", "makespan_s"), ("jct_p99_s", "p99_jct_s")):
            found.append(
                Case(
                    f"{name}/{policy}/{key}", float(row[column]), float(ours[key]), ABOVE, "third-party-estimate",
                    SOURCE, "s", counts=key == "jct_mean_s", below=BELOW,
                    note="" if key == "jct_mean_s" else "listed: the published one includes restarts",
                )
            )  # fmt: skip
    return found
