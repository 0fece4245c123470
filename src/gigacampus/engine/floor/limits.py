"""Tenants' chips and everybody's power: who may start, who must stop, and who runs slower."""

from __future__ import annotations

from gigacampus.clock import NEVER
from gigacampus.engine.floor.desk import (
    FREE,
    FULL,
    HALL_W,
    IS_CHANGED,
    LEAST_W,
    LIMIT_W,
    NOW,
    OK,
    OVER_LIMIT,
    POWER_W,
    RUNNING,
    SLOWS,
    SOLE,
    STATUS,
    STEPPED,
    TENANT_GPUS,
    TENANT_W,
    USED,
    Line,
)  # fmt: skip
from gigacampus.engine.floor.running import break_off, change_speed, released
from gigacampus.engine.floor.standing import is_in_hall, power_left, power_left_in_halls
from gigacampus.kernels.jit import kernel
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.floor import Floor


@kernel
def steps(line: Line, f: Floor) -> None:
    """Limits that change now; where less is allowed than is used, the jobs that started last stop until it fits.

    Where power limits slow jobs, none stops for want of power.
    """
    s = line.s
    while s[STEPPED] < len(line.steps) and line.steps[s[STEPPED]]["at"] == s[NOW]:
        step = line.steps[s[STEPPED]]
        kind, which = step["kind"], step["which"]
        s[STEPPED] += 1
        released(line)
        s[IS_CHANGED] = 1
        if kind == TENANT_GPUS:
            line.tenants[which]["cap"] = step["value"]
        elif kind == TENANT_W:
            line.tenants[which]["limit_w"] = step["value"]
        elif kind == HALL_W:
            f.hall_limit[which] = step["value"]
        else:
            s[LIMIT_W] = step["value"]
        while s[STATUS] == OK and _is_over(line, f, kind, which):
            job = _latest(line, f, kind, which)
            if job < 0:
                break
            break_off(line, f, job, OVER_LIMIT)


@kernel
def _is_over(line: Line, f: Floor, kind: int, which: int) -> bool:
    if kind == TENANT_GPUS:
        return line.tenants[which]["used"] > line.tenants[which]["cap"]
    if line.fixed[SLOWS] == 1:
        return False
    if kind == TENANT_W:
        return line.tenants[which]["used_w"] > line.tenants[which]["limit_w"]
    if kind == HALL_W:
        return f.hall_used[which] > f.hall_limit[which]
    return line.s[POWER_W] > line.s[LIMIT_W]


@kernel
def _latest(line: Line, f: Floor, kind: int, which: int) -> int:
    """The job under a limit that started last and counts against it; -1: none."""
    found, serial = -1, -1
    for i in range(line.s[RUNNING]):
        job = line.by_end[i]
        row = line.jobs[job]
        if row["serial"] <= serial or (kind != TENANT_GPUS and row["watts"] == 0):
            continue
        if kind == TENANT_GPUS and row["size"] == 0:
            continue
        if kind in (TENANT_GPUS, TENANT_W) and row["tenant"] != which:
            continue
        if kind == HALL_W and not is_in_hall(f, row["piece"], which):
            continue
        found, serial = job, row["serial"]
    return found


@kernel
def tenant_has_room(line: Line, job: int) -> bool:
    """Whether a job's tenant may have its GPUs now; a sole one, if it held no others."""
    row = line.jobs[job]
    tenant = line.tenants[row["tenant"]]
    return (0 if line.fixed[SOLE] == 1 else tenant["used"]) + row["size"] <= tenant["cap"]


@kernel
def tenant_has_power(line: Line, job: int) -> bool:
    """Whether a job's tenant may draw its power now."""
    row = line.jobs[job]
    tenant = line.tenants[row["tenant"]]
    return line.fixed[SLOWS] == 1 or row["power"] == 0 or tenant["used_w"] + row["power"] <= tenant["limit_w"]


@kernel
def room(line: Line) -> int:
    """GPUs that jobs may take now: those free, and no more than a sole tenant's limit leaves."""
    s = line.s
    return min(s[FREE], line.tenants[0]["cap"] - s[USED]) if line.fixed[SOLE] == 1 else s[FREE]


@kernel
def limit_w(line: Line) -> int:
    """What all jobs together may draw, W."""
    return min(line.s[LIMIT_W], line.tenants[0]["limit_w"]) if line.fixed[SOLE] == 1 else line.s[LIMIT_W]


@kernel
def campus_has_power(line: Line, job: int) -> bool:
    """Whether all together may draw a job's power more now."""
    row = line.jobs[job]
    return line.fixed[SLOWS] == 1 or row["power"] == 0 or line.s[POWER_W] + row["power"] <= limit_w(line)


@kernel
def most(line: Line) -> int:
    """No larger job can start now, by what a sole tenant may hold and draw; of several, each waiting job is asked."""
    least_w, limit = line.fixed[LEAST_W], limit_w(line)
    if line.fixed[SOLE] == 0 or line.fixed[SLOWS] == 1 or least_w == 0 or limit == NEVER:
        return room(line)
    left_w = max(limit - line.s[POWER_W], 0)
    return min(room(line), ((left_w + 1) * WHOLE - 1) // least_w)  # a job's power is rounded down


@kernel
def slow_down(line: Line, f: Floor) -> None:
    """Every running job's share of its speed: by the share of the power asked for that its tightest limit leaves.

    The limits of its tenant, of its halls and of all; the share of power is rounded down to a thousandth.
    """
    s, count = line.s, line.s[RUNNING]
    for i in range(count):
        line.scratch[i] = line.by_end[i]
    for i in range(count):
        job = line.scratch[i]
        row = line.jobs[job]
        tenant = line.tenants[row["tenant"]]
        power = min(
            power_left(s[POWER_W], s[LIMIT_W]), power_left(tenant["used_w"], tenant["limit_w"]),
            power_left_in_halls(f, row["piece"]),
        )  # fmt: skip
        change_speed(line, job, row["base"], FULL if row["watts"] == 0 else line.share_speed[power])
