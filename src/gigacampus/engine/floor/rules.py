"""Which policies play with what on a floor."""

from __future__ import annotations

from gigacampus.errors import Fault

IN_LINE = ("fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy")
"""Policies that play on a floor with everything. All others play there too, but for what `not_played` names."""


def not_played(policy: str, *, is_slowed: bool, has_speeds: bool, has_plans: bool = False) -> list[Fault]:
    """All that a policy does not play with on a floor, each with what is possible instead."""
    if policy in IN_LINE and not has_plans:
        return []
    who = "a queue with planned runs" if policy in IN_LINE else policy
    line = "leave the planned starts out" if policy in IN_LINE else f"--policy {'|'.join(IN_LINE)}"
    faults = []
    if is_slowed:
        told = f"no limit of power slows the jobs of {who}"
        faults.append(Fault("E301", told, fix=f"leave --power-slows out, or {line}"))
    if has_speeds:
        told = f"{who} does not play with speeds by where jobs stand"
        faults.append(Fault("E301", told, fix=f"leave --throughput out, or {line}"))
    return faults
