"""First come first served and shortest first on Microsoft's ITP traces, 128 nodes of 8 GPUs, against another replay.

The reference is an independent strict replay of the same jobs (whole free nodes first for a gang, the rest on the
tightest node), whose figures were stated before ours were run.
"""

from __future__ import annotations

from pathlib import Path

from gigacampus.errors import Fault, UsageError
from gigacampus.validate.frame import Case

TITLE = "Queues on nodes: FCFS and SJF on Microsoft ITP traces, 128 x 8 GPUs"
SOURCE = "an independent replay of microsoft/elasticflow-traces (Gu et al., ASPLOS'23)"
GPUS, PER_NODE = 1024, 8
PUBLISHED = {
    "itp-cluster04": {"gpu_hours": 705_682.9, "makespan_s": 5_175_866, "fcfs": 20_119, "sjf": 20_098},
    "itp-cluster07": {"gpu_hours": 366_799.8, "makespan_s": 5_176_743, "fcfs": 26_003, "sjf": 25_976},
}


def cases(data: Path | None) -> list[Case]:
    """Mean completion time within 1 %, makespan to the second, GPU-hours to a tenth."""
    if data is not None:
        raise UsageError(Fault("V003", "the itp suite takes no --data", fix="replay your own log instead"))
    from gigacampus.replay import Asked, replay

    found = []
    for name, published in PUBLISHED.items():
        for policy in ("fcfs", "sjf"):
            asked = Asked(
                name, format="itp", gpus=GPUS, gpus_per_node=PER_NODE, placement="bestfit", policy=policy
            )  # fmt: skip
            ours = replay(asked).summary
            case = f"{name}/{policy}"
            found += [
                Case(
                    f"{case}/jct_mean_s", published[policy], ours["jct_mean_s"], 0.01, "own-derivation", SOURCE, "s"
                ),
                Case(
                    f"{case}/makespan_s", published["makespan_s"], ours["makespan_s"], 0, "own-derivation", SOURCE, "s",
                    is_absolute=True,
                ),
                Case(
                    f"{case}/gpu_hours", published["gpu_hours"], ours["gpu_hours"], 0.1, "own-derivation", SOURCE,
                    "GPU h", is_absolute=True,
                ),
            ]  # fmt: skip
    return found
