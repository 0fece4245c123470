"""The options of `replay` that put it on a floor of racks and halls, with all that may befall it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gigacampus.bounds import FLOOR
from gigacampus.cli.numbers import within

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--nodes-per-rack", type=within(FLOOR["nodes_per_rack"]), help="Put nodes into racks of so many."),
    click.option("--racks-per-pod", type=within(FLOOR["racks_per_pod"]), help="Racks under one layer of switches."),
    click.option("--racks-per-hall", type=within(FLOOR["racks_per_hall"]), help="Racks in a hall."),
    click.option(
        "--fabric", type=click.Choice(["fat-tree", "rail"]), default="fat-tree", show_default=True,
        help="How links between nodes are counted.",
    ),
    click.option("--domain", "domain_gpus", metavar="GPUS|rack",
                 help="Gangs take so many GPUs of each rack as one scale-up domain; rack: whole racks."),
    click.option("--failures", metavar="FILE|default", help="Draw failures by a table of components."),
    click.option("--outages", metavar="FILE", help="Stated outages and maintenance, with notice to drain."),
    click.option("--limits", metavar="FILE", help="Tenants' GPUs and everybody's power by date."),
    click.option("--needs", metavar="FILE", help="Models, halls, domains, power and class by job, tenant or user."),
    click.option("--throughput", metavar="FILE", help="Speeds by class, model, nodes, racks and neighbours."),
    click.option("--watts", type=within(FLOOR["watts"]), help="Power of a GPU of jobs without their own."),
    click.option("--power-slows", type=click.Choice(["linear", "cube-root"]),
                 help="Where power is short jobs run slower by this rule, instead of waiting."),
    click.option("--requeue", type=click.Choice(["place", "head", "tail", "backoff"]), default="place",
                 show_default=True, help="Where a job that was broken off queues."),
    click.option("--backoff", "backoff_s", type=within(FLOOR["backoff_s"]), default=600, metavar="SECONDS",
                 show_default=True, help="With --requeue backoff: doubled at every stop."),
    click.option("--checkpoint", "checkpoint_s", type=within(FLOOR["checkpoint_s"]), default=0, metavar="SECONDS",
                 help="Time between checkpoints; none: a stop loses all work."),
    click.option("--checkpoint-write", "checkpoint_write_s", type=within(FLOOR["checkpoint_write_s"]), default=0,
                 metavar="SECONDS", help="What writing one takes."),
    click.option("--detection", "detection_s", type=within(FLOOR["detection_s"]), default=0, metavar="SECONDS",
                 help="Until a failure is noticed; counted at the restart, beside --restart."),
)  # fmt: skip
NAMES = (
    "nodes_per_rack", "racks_per_pod", "racks_per_hall", "fabric", "domain_gpus", "failures", "outages", "limits",
    "needs", "throughput", "watts", "power_slows", "requeue", "backoff_s", "checkpoint_s", "checkpoint_write_s",
    "detection_s",
)  # fmt: skip


def takes_floor(command: Command) -> Command:
    """Give a command the options."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def floor_of(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options out of a command's."""
    return {name: options.pop(name) for name in NAMES}


def floor_lines(found: dict[str, Any]) -> list[str]:
    """The figures of a floor, for reading."""
    lines = []
    if found.get("gang_racks_mean") is not None:
        racks, hops = found["gang_racks_mean"], found["gang_hops_mean"]
        lines.append(f"  gangs           on {racks:,.2f} racks, {hops:.2f} links between two nodes (mean by GPU)")
    if "failures" in found:
        stops = "; ".join(
            f"{name} {found[f'broken_off_{name}']:,} ({found[f'lost_{name}_gpu_h']:,.1f} GPU-h again)"
            for name in ("failed", "maintenance", "limit")
        )
        lines += [
            f"  failures        {found['failures']:,}; {found['down_gpu_h']:,.1f} GPU-h out of service",
            f"  broken off      {stops}; restarts {found['lost_restart_gpu_h']:,.1f} GPU-h",
        ]
    if "held_back_for_power_gpu_h" in found:
        lines.append(
            f"  power           {found['held_back_for_power_gpu_h']:,.1f} GPU-h free but held back, "
            f"{found['lost_slowed_gpu_h']:,.1f} GPU-h lost to slower running"
        )
    return lines
