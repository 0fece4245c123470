"""What is to be replayed on what, under which rules, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from gigacampus.errors import Fault, UsageError

STATIC = ("random", "bestfit", "dotprod", "gpuclustering", "gpupacking", "fgd")
"""Placements of a packing study."""
PLACEMENTS = ("none", "packed", "spread", *STATIC)
ON_NODES = ("fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy")
"""Policies that place jobs on nodes."""
OVERRUNS = ("keep", "kill", "extend")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a replay; they bear the names of the command line's."""

    trace: str
    format: str = "auto"
    columns: dict[str, str] | None = None
    zone: str = "UTC"
    skip_bad: bool = False
    gpus: int | None = None
    gpus_per_node: int | None = None
    cluster: str | None = None
    policy: str = "fcfs"
    placement: str | None = None
    """None: on no nodes with a count of GPUs, bestfit with a node list or a static replay."""
    estimates: str = "trace"
    overrun: str = "keep"
    restart_s: int = 0
    submit_at_start: bool = False
    skip_unfit: bool = False
    static: bool = False
    inflate: float | None = None
    seed: int = 1

    @property
    def rule(self) -> str:
        """The placement, never None."""
        return self.placement or "none"


def sound(asked: Asked) -> Asked:
    """The same with every default filled in; UsageError where options do not go together."""
    from gigacampus.engine.schedule import POLICIES, PREEMPTIVE

    _machine(asked)
    if asked.policy not in POLICIES and ":" not in asked.policy:
        known = ", ".join(POLICIES)
        raise UsageError(Fault("E202", f'no policy "{asked.policy}"', fix=f"one of {known}, or FILE.py:function"))
    if asked.placement is None:
        asked = replace(asked, placement="bestfit" if asked.cluster or asked.static else "none")
    if asked.rule not in PLACEMENTS:
        raise UsageError(Fault("E301", f'no placement "{asked.rule}"', fix=f"one of {', '.join(PLACEMENTS)}"))
    if asked.static:
        _static(asked)
    elif asked.inflate is not None:
        _refuse("--inflate is for packing studies", "add --static")
    elif asked.rule != "none":
        _placed(asked)
    if asked.restart_s and asked.policy not in PREEMPTIVE:
        _refuse(f"{asked.policy} stops no job, so that --restart costs nothing", f"one of {', '.join(PREEMPTIVE)}")
    return asked


def _machine(asked: Asked) -> None:
    if asked.cluster and (asked.gpus or asked.gpus_per_node):
        _refuse("--cluster says how many GPUs there are", "leave out --gpus and --gpus-per-node")
    if asked.gpus_per_node and not asked.gpus:
        _refuse("--gpus-per-node goes with --gpus", "say --gpus N, or --cluster NODES.csv")


def _static(asked: Asked) -> None:
    if asked.rule not in STATIC:
        _refuse(f"--static places on nodes, not by {asked.rule}", f"--placement {'|'.join(STATIC)}")
    if asked.policy != "fcfs":
        _refuse(f"--static places jobs in order, not by {asked.policy}", "leave --policy out")
    _nodes_stated(asked)


def _placed(asked: Asked) -> None:
    if asked.policy not in ON_NODES:
        fix = f"--policy {'|'.join(ON_NODES)}, or --placement none, which takes every policy"
        _refuse(f"{asked.policy} does not place jobs on nodes", fix)
    _nodes_stated(asked)


def _nodes_stated(asked: Asked) -> None:
    if not asked.cluster and not asked.gpus_per_node:
        _refuse(f"--placement {asked.rule} needs nodes", "say --gpus N --gpus-per-node G, or --cluster NODES.csv")


def _refuse(told: str, fix: str) -> NoReturn:
    raise UsageError(Fault("E301", told, fix=fix))
