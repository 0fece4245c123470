"""Whole GPUs of alike nodes, packed into racks: what the fast loop (`engine/racks`) plays, and how it is handed on.

It plays them by the same rules, job by job and node by node, at a small part of the time.
"""

from __future__ import annotations

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor import desk as at
from gigacampus.engine.floor.given import Layout, Limits, Needs, Outages, Rules, Speeds
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.on_nodes import Site
from gigacampus.engine.outcome import Who, simply
from gigacampus.engine.play import Jobs
from gigacampus.engine.racks.play import Keep, Racked, play_on_racks
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.floor import CPU, GPUS, MEMORY, MILLI, MODELS
from gigacampus.kernels.schedule.rackmasks import MANY, MOST_GPUS, MOST_NODES

POLICIES = ("fcfs", "easy", "sjf", "sjf-easy", "priority", "priority-easy", "fair", "fair-easy")
AT_A_TIME = 1 << 16
"""Stays that are spread out to nodes at a time."""


def is_plain(here: Site, layout: Layout, needs: Needs, placement: str) -> bool:
    """Whether nodes are alike and nobody asks for more than a number of whole GPUs."""
    asked, gpus = here.requests, here.nodes.gpus
    return (
        placement == "packed"
        and len(gpus) > 0
        and 1 <= int(gpus[0]) <= MOST_GPUS
        and bool((gpus == gpus[0]).all())
        and int(np.diff(layout.first_nodes()).max()) <= MOST_NODES
        and not layout.owner.any()
        and bool((asked[:, MILLI] == WHOLE).all() and (asked[:, GPUS] > 0).all())
        and not asked[:, [CPU, MEMORY, MODELS]].any()
        and not any(one.any() for one in (needs.halls, needs.likes_models, needs.likes_halls, needs.domain_gpus))
    )


def suits(
    rules: Rules, here: Site, layout: Layout, needs: Needs, outages: Outages, limits: Limits, speeds: Speeds
) -> bool:  # fmt: skip
    """Whether the fast loop plays it: besides, no maintenance announced, no limits of power, no speeds."""
    return (
        rules.policy in POLICIES
        and rules.requeue in ("place", "backoff")
        and rules.slowing is None
        and len(speeds.milli) == 0
        and bool((outages.told_s == NEVER).all())
        and bool((limits.kind == at.TENANT_GPUS).all())
        and is_plain(here, layout, needs, rules.placement)
    )


def on_alike_racks(
    rules: Rules, jobs: Jobs, who: Who, here: Site, layout: Layout, outages: Outages, limits: Limits, keeps_books: bool
) -> Floored:  # fmt: skip
    """Play it, and tell it as any floor is told: GPUs in thousandths, stays node by node."""
    gpus = int(here.nodes.gpus[0])
    keep = Keep(stays=True, books=keeps_books)
    found = play_on_racks(rules, jobs, who, layout, gpus, outages=outages, limits=limits, keep=keep)
    attempts = found.attempts.copy()
    attempts[:, 6] *= WHOLE
    books = found.books.copy()
    books[:, 1:4] *= WHOLE
    # as the other loops tell it: job, from, to, work done again, overhead
    length = attempts[:, 2] - attempts[:, 1]
    told = np.column_stack(
        [attempts[:, 0], attempts[:, 1], attempts[:, 2], length - attempts[:, 3] - attempts[:, 4], attempts[:, 4]]
    )
    played = simply(
        found.start_s, found.since_s, found.end_s, found.tries.astype(np.int64), jobs.submit_s, found.events,
        kept_s=found.kept_s, lost_s=found.lost_s, reason=found.reason.astype(np.int64), attempts=told,
    )  # fmt: skip
    return Floored(
        played, _places(found, layout, gpus), attempts, _outages(found), np.zeros(len(jobs.run_s), np.int64), 0.0,
        jobs.gpus * WHOLE, outages.cause, float(found.down_gpu_s), books, found.end_at_s,
    )  # fmt: skip


def _outages(found: Racked) -> np.ndarray:
    rows = np.zeros(len(found.outages), dtype=at.OUTAGE)
    for column, name in enumerate(at.OUTAGE.names or ()):
        scale = WHOLE if name in ("lost", "down") else 1
        rows[name] = found.outages[:, column] * scale
    return rows


def _places(found: Racked, layout: Layout, gpus: int) -> Ints:
    """Stays node by node: job, node, from, to, thousandths of GPUs; the last node first, as it was taken last."""
    first, made = layout.first_nodes(), [np.zeros((0, 5), dtype=np.int64)]
    all_nodes = (1 << int(np.diff(first).max())) - 1
    bits = np.arange(MOST_NODES - 1, -1, -1)
    for begin in range(0, len(found.stays), AT_A_TIME):
        stays = _rack_by_rack(found.stays[begin : begin + AT_A_TIME], all_nodes)
        row, column = np.nonzero((stays[:, 4, np.newaxis] >> bits) & 1)
        job, since, until, rack, _, share = stays[row].T
        given = np.where(share > 0, share, gpus) * WHOLE
        made.append(np.stack((job, first[rack] + bits[column], since, until, given), axis=1))
    return np.concatenate(made)


def _rack_by_rack(stays: Ints, all_nodes: int) -> Ints:
    """Stays on many whole racks as one each, the last first."""
    is_many = stays[:, 5] == MANY
    if not is_many.any():
        return stays
    each = np.where(is_many, np.bitwise_count(stays[:, 4]), 1)
    spread = np.repeat(stays, each, axis=0)
    many = np.flatnonzero(is_many)
    bits = np.arange(63, -1, -1)
    row, column = np.nonzero((stays[many, 4, np.newaxis] >> bits) & 1)
    to = np.repeat(is_many, each)
    spread[to, 3] = (stays[many, 3][row] << 6) + bits[column]
    spread[to, 4], spread[to, 5] = all_nodes, 0
    return spread
