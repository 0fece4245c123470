"""What no other loop plays on a floor: preemptive policies, quotas, conservative backfill, plans, one's own, overruns.

The general loop plays them, on the floor's nodes and through its outages and tenants' limits of GPUs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.consult import consulted
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor import desk as at
from gigacampus.engine.floor.given import CURVES, Layout, Limits, Needs, Outages, Rules, Speeds, none
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.floor.setting import ON_FLOOR, floor_of, told_in_order, widened
from gigacampus.engine.general import state as desk
from gigacampus.engine.general.play import Setting, Stage, attempts_of, places_of, play_state, played
from gigacampus.engine.on_nodes import Site
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs, Played
from gigacampus.engine.quotas import NO_QUOTAS, Quotas, open_to_all
from gigacampus.engine.schedule import waits_for
from gigacampus.kernels.packing import WHOLE, Packing


def play_generally(
    rules: Rules, jobs: Jobs, who: Who, here: Site, layout: Layout, needs: Needs, outages: Outages, limits: Limits,
    quotas: Quotas = NO_QUOTAS, speeds: Speeds | None = None,
) -> Floored:  # fmt: skip
    """Play jobs as `play_on_floor` does, under any policy and placement.

    Quotas are in thousandths of a GPU; without any all is lent to all.
    """
    is_built_in, count = rules.placement in ON_FLOOR, len(jobs.run_s)
    kind = ON_FLOOR.get(rules.placement, int(Packing.BESTFIT))
    gpus = int(here.nodes.gpus.sum())
    if not len(quotas.nominal) and rules.policy.startswith("quota"):
        quotas = open_to_all(who.tenant, here.nodes.gpu_milli)
    limited = rules.counted(who.tenant, limits)
    own = limits.which[(limits.kind == at.TENANT_GPUS) | (limits.kind == at.TENANT_W)]
    steps = (limits.at_s, limits.value, limits.which, limits.kind)
    speeds = speeds or Speeds.even()
    stage = Stage(
        # jobs lifted off their nodes for a moment keep their pieces while another takes new ones
        lambda: floor_of(here, layout, kind, 2 * count + gpus), kind, widened(here, needs, who.tenant), limited,
        _outage_rows(outages), told_in_order(outages), np.stack(steps, axis=1), needs.watts,
        max(int(limited.max(initial=0)), int(own.max())) + 1 if len(own) else 0,
        rules.backoff_s if rules.requeue == "backoff" else 0,
        at.REQUEUES[rules.requeue] if rules.requeue in ("head", "tail") else 0, waits_for(rules.policy),
        rules.is_sole, needs.kind, speeds.milli, speeds.stairs, CURVES[rules.slowing]() if rules.slowing else none(),
    )  # fmt: skip
    setting = Setting(
        0, here, rules.placement, rules.seed, quotas, restart_s=rules.restart_s, write_s=rules.write_s,
        until_s=rules.until_s, stage=stage,
    )  # fmt: skip
    g = consulted(play_state, rules.policy, "none" if is_built_in else rules.placement, jobs, who, setting)
    return _told(g, jobs, here, outages)


def _outage_rows(outages: Outages) -> Ints:
    rows = np.zeros((len(outages.at_s), desk.OUT_WIDTH), dtype=np.int64)
    for column, values in (
        (desk.AT, outages.at_s), (desk.UNTIL_S, outages.until_s), (desk.FIRST, outages.first),
        (desk.LAST, outages.last), (desk.DRAINS, outages.is_drain), (desk.TOLD_AT, outages.told_s), (desk.WHICH, -1),
    ):  # fmt: skip
        rows[:, column] = values
    return rows


def _told(g: desk.State, jobs: Jobs, here: Site, outages: Outages) -> Floored:
    """What happened, as any floor is told."""
    size = here.requests[:, 2] * here.requests[:, 3]
    stops = attempts_of(g)
    length = stops[:, 2] - stops[:, 1]
    saved = length - stops[:, 3] - stops[:, 4]
    attempts = np.column_stack([stops[:, :3], saved, stops[:, 4], stops[:, 5], (length - saved) * size[stops[:, 0]]])
    rows = g.outages[: desk.OUT_WIDTH * len(outages.at_s)].reshape(-1, desk.OUT_WIDTH)
    made = np.zeros(len(rows), dtype=at.OUTAGE)
    for name, column in (
        ("at", desk.AT), ("until", desk.UNTIL_S), ("first", desk.FIRST), ("last", desk.LAST),
        ("is_drain", desk.DRAINS), ("told", desk.TOLD_AT), ("killed", desk.KILLED), ("job", desk.WHICH),
        ("lost", desk.LOSS), ("down", desk.LOSES),
    ):  # fmt: skip
        made[name] = rows[:, column]
    slowed = g.more[: desk.MORE * len(size)].reshape(-1, desk.MORE)[:, desk.SLOWED].copy()
    found = played(g, jobs)
    job = g.job.reshape(-1, desk.W)[: len(jobs.run_s)]
    found = replace(found, reason=np.where(found.start_s > jobs.submit_s, job[:, desk.REASON], 0))
    idle = desk.IDLE_BEFORE_END if g.fixed[desk.UNTIL] == NEVER else desk.IDLE_MILLI_S
    return Floored(
        found, _stays(g, found, stops), attempts, made, slowed,
        float(g.s[idle]) / WHOLE, size, outages.cause,
        float(g.s[desk.DOWN_MILLI_S]) / WHOLE, np.zeros((0, 6), dtype=np.int64), int(g.s[desk.NOW]),
    )  # fmt: skip


def _stays(g: desk.State, found: Played, stops: Ints) -> Ints:
    """Stays node by node: job, node, from, to, thousandths of GPUs; not those that another job ended as they began."""
    rows = places_of(g)
    lasting = np.flatnonzero(found.since_s < NEVER)
    job = np.concatenate((stops[:, 0], lasting))
    order = np.argsort(job, kind="stable")  # by job, attempt after attempt, the last one last
    since = np.concatenate((stops[:, 1], found.since_s[lasting]))[order]
    until = np.concatenate((stops[:, 2], found.end_s[lasting]))[order]
    first = np.searchsorted(job[order], rows[:, 0])
    which = first + rows[:, 2] - 1
    stays = np.stack((rows[:, 0], rows[:, 1], since[which], until[which], rows[:, 3]), axis=1)
    kept: Ints = stays[(since[which] < until[which]) | (rows[:, 2] == found.tries[rows[:, 0]])]
    return kept
