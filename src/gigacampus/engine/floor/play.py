"""Set the floor, play, and hand back what happened: the one door between numpy and the loop on a floor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor import desk as at
from gigacampus.engine.floor.alike import is_plain, on_alike_racks, suits
from gigacampus.engine.floor.given import CURVES, Layout, Limits, Needs, Outages, Rules, Speeds, linear
from gigacampus.engine.floor.happened import Floored
from gigacampus.engine.floor.rules import IN_LINE
from gigacampus.engine.floor.setting import ON_FLOOR, floor_of, told_in_order, widened
from gigacampus.engine.on_nodes import Site
from gigacampus.engine.order import order_by
from gigacampus.engine.outcome import Who, blank, clock_of, later, simply
from gigacampus.engine.play import Jobs
from gigacampus.engine.quotas import NO_QUOTAS, Quotas
from gigacampus.kernels.dice import stream
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.floor import GPUS, Floor, vacate
from gigacampus.kernels.schedule.waiting import GONE, waiting_size


def never_fits_floor(here: Site, layout: Layout, needs: Needs, tenant: Ints, placement: str) -> Ints:
    """Rows of requests that find no room even on the empty floor; under one's own placement, as if it were packed."""
    placement = placement if placement in ON_FLOOR else "packed"
    if is_plain(here, layout, needs, placement):
        return np.flatnonzero(here.requests[:, GPUS] > int(here.nodes.gpus.sum()))
    from gigacampus.kernels.schedule.racks import settle_on_floor

    wide = widened(here, needs, tenant)
    kinds, which = np.unique(wide, axis=0, return_inverse=True)
    kind = ON_FLOOR[placement]
    empty = floor_of(here, layout, kind, 1)
    is_fit = np.zeros(len(kinds), dtype=bool)
    for k, request in enumerate(kinds):
        one = np.ascontiguousarray(request)
        chain = settle_on_floor(empty, kind, one, 0.0, 0, 0)
        if chain >= 0:
            vacate(empty, kind, chain, one, 0)
            is_fit[k] = True
    return np.flatnonzero(~is_fit[which.reshape(-1)])


def play_on_floor(
    rules: Rules,
    jobs: Jobs,
    who: Who,
    here: Site,
    layout: Layout,
    *,
    needs: Needs | None = None,
    outages: Outages | None = None,
    limits: Limits | None = None,
    speeds: Speeds | None = None,
    quotas: Quotas = NO_QUOTAS,
    keeps_books: bool = False,
) -> Floored:
    """Play jobs (in order of submission; each fits the empty floor) on nodes in racks.

    Jobs that never start, for want of a limit that lets them, stay without a start. Quotas are in thousandths of a GPU.
    Raises KeyError for an unknown requeue rule, UsageError for an unknown placement.
    """
    needs = needs or Needs.nothing(len(jobs.run_s))
    outages, limits = outages or Outages.nothing(), limits or Limits.nothing()
    if not (limits.kind != at.TENANT_GPUS).any():  # power without a limit holds nothing back
        needs = replace(needs, watts=np.zeros_like(needs.watts))
    speeds = speeds or Speeds.even()
    # that jobs run beyond their estimates, and what is left of them then, the general loop alone knows
    is_general = who.has_plans or bool((jobs.estimate_s < jobs.run_s).any())
    if not is_general and suits(rules, here, layout, needs, outages, limits, speeds):
        return on_alike_racks(rules, jobs, who, here, layout, outages, limits, keeps_books)
    if is_general or rules.policy not in IN_LINE or rules.placement not in ON_FLOOR:
        from gigacampus.engine.floor.general import play_generally

        return play_generally(rules, jobs, who, here, layout, needs, outages, limits, quotas, speeds)
    from gigacampus.engine.floor.loop import play_floor
    from gigacampus.kernels.schedule.racks import settle_on_floor

    room = len(jobs.run_s) + 8 * len(outages.at_s) + 1024
    while True:
        line, floor, base = _set(rules, jobs, who, here, layout, needs, outages, limits, speeds, room, keeps_books)
        if play_floor(line, floor, settle_on_floor) == at.OK:
            return _read(line, jobs, base, outages.cause)
        room *= 4


def _set(
    rules: Rules, jobs: Jobs, who: Who, here: Site, layout: Layout, needs: Needs, outages: Outages, limits: Limits,
    speeds: Speeds, room: int, keeps_books: bool,
) -> tuple[at.Line, Floor, int]:  # fmt: skip
    """Everything on the desk before the first event."""
    n = len(jobs.run_s)
    rule, _, backfill = rules.policy.partition("-")
    base, bits = clock_of(jobs)
    kind = ON_FLOOR[rules.placement]
    order = order_by(rule, jobs.submit_s, jobs.estimate_s, who.priority)
    order = np.arange(n, dtype=np.int64) if order is None else order
    extra = room if len(outages.at_s) + len(limits.at_s) else 1
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(extra, extra + n)
    spare = np.zeros(extra, dtype=np.int64)
    request, tenant = widened(here, needs, who.tenant), rules.counted(who.tenant, limits)
    rows = np.zeros(max(n, 1), dtype=at.JOB)[:n]
    for name, values in (
        ("submit", jobs.submit_s - base), ("run", jobs.run_s), ("estimate", jobs.estimate_s),
        ("size", request[:, 2] * request[:, 3]), ("checkpoint", jobs.checkpoint_s), ("watts", needs.watts),
        ("class", needs.kind), ("rank", rank), ("tenant", tenant),
        ("power", needs.watts * request[:, 2] * request[:, 3] // WHOLE),
    ):  # fmt: skip
        rows[name] = values
    shapes, shape = np.unique(np.column_stack([request, needs.watts]), axis=0, return_inverse=True)
    rows["shape"] = shape.reshape(-1)
    rows["start"] = rows["since"] = rows["finish"] = NEVER
    rows["piece"] = -1
    s = blank(at.REGISTERS)
    s[at.FREE], s[at.BLOCKED], s[at.LIMIT_W] = here.nodes.gpu_milli, -1, NEVER
    s[at.HEAD_RANK], s[at.TAIL_RANK] = extra, extra + n
    fixed = blank(at.FIXED)
    for register, value in (
        (at.POLICY, kind), (at.EASY, int("easy" in (rule, backfill))), (at.BITS, bits),
        (at.RESTART, rules.restart_s), (at.WRITE, rules.write_s), (at.REQUEUE, at.REQUEUES[rules.requeue]),
        (at.BACKOFF, rules.backoff_s), (at.SLOWS, int(rules.slowing is not None)),
        (at.NEIGHBOURS, int(speeds.milli.shape[-1] > 1)), (at.BITS_O, len(outages.at_s).bit_length()),
        (at.ALIKE, int(len(np.unique(here.nodes.gpus)) == 1)), (at.SOLE, int(rules.is_sole)),
        (at.LEAST_W, int(needs.watts.min(initial=NEVER))),
        (at.UNTIL, rules.until_s if rules.until_s == NEVER else rules.until_s - base),
    ):  # fmt: skip
        fixed[register] = value
    floor = floor_of(here, layout, kind, n)
    pieces = len(floor.c.piece_node)
    tenants = np.zeros(max(int(tenant.max(initial=0)), int(limits.which.max(initial=0))) + 1, dtype=at.TENANT)
    tenants["cap"] = tenants["limit_w"] = NEVER
    told, broken = _outage_rows(outages, base)
    line = at.Line(
        s, fixed, rows, request, stream(rules.seed, "engine/placement").random(n),
        order=np.concatenate((spare, order, spare)),
        queue=np.full(waiting_size(n + 2 * extra)[1], GONE, dtype=np.int32),
        end=blank(n, NEVER), ends=blank(n + 1), spot=blank(n), by_end=blank(n), again=blank(n + 1),
        outages=broken, told=told, mends=blank(len(outages.at_s) + 1), steps=_step_rows(limits, base),
        tenants=tenants, speed=speeds.milli, stairs=speeds.stairs,
        share_speed=CURVES[rules.slowing]() if rules.slowing else linear(), links=np.zeros(pieces, dtype=at.LINK),
        first_on=blank(len(here.nodes.gpus), -1), attempts=np.zeros((extra, 7), dtype=np.int64),
        places=np.zeros((_most_places(request, here) + 8 * extra, 5), dtype=np.int64),
        books=np.zeros((8 * room if keeps_books else 0, 6), dtype=np.int64),
        scratch=blank(n), refusals=np.full((max(len(shapes), 1), 2), -1, dtype=np.int64),
    )  # fmt: skip
    return line, floor, base


def _most_places(request: Ints, here: Site) -> int:
    """Pieces of all jobs, each started once: whole nodes, and one part on each rack of a domain."""
    sizes = here.nodes.gpus[here.nodes.gpus > 0]
    smallest = int(sizes.min()) if len(sizes) else 1
    parts = np.where(request[:, 8] > 0, -(-request[:, 2] // np.maximum(request[:, 8], 1)), 1)
    return int((request[:, 2] // smallest + parts).sum()) + 1


def _outage_rows(outages: Outages, base: int) -> tuple[Ints, Any]:
    """The announcements in order of time, and the outages."""
    rows = np.zeros(len(outages.at_s), dtype=at.OUTAGE)
    rows["at"], rows["until"], rows["first"], rows["last"] = (
        outages.at_s - base, outages.until_s - base, outages.first, outages.last,
    )  # fmt: skip
    rows["is_drain"], rows["told"], rows["job"] = outages.is_drain, _since(outages.told_s, base), -1
    return told_in_order(outages), rows


def _since(times: Ints, base: int) -> Ints:
    return np.where(times == NEVER, NEVER, times - base)


def _step_rows(limits: Limits, base: int) -> Any:
    rows = np.zeros(len(limits.at_s), dtype=at.STEP)
    rows["at"], rows["kind"], rows["which"], rows["value"] = limits.at_s - base, limits.kind, limits.which, limits.value
    return rows


def _read(line: at.Line, jobs: Jobs, base: int, causes: tuple[str, ...]) -> Floored:
    rows, s = line.jobs, line.s
    start, since, end = (later(np.ascontiguousarray(rows[name]), base) for name in ("start", "since", "finish"))
    attempts = line.attempts[: s[at.ATTEMPTS]].copy()
    attempts[:, 1:3] += base
    places = line.places[: s[at.PLACES]].copy()
    places[:, 2] += base
    places[:, 3] = later(places[:, 3], base)
    books = line.books[: s[at.BOOKS]].copy()
    books[:, 0] += base
    outages = line.outages.copy()
    for name in ("at", "until", "told"):
        outages[name] = later(outages[name], base)
    # as the other loops tell it: job, from, to, work done again, overhead
    length = attempts[:, 2] - attempts[:, 1]
    told = np.column_stack(
        [attempts[:, 0], attempts[:, 1], attempts[:, 2], length - attempts[:, 3] - attempts[:, 4], attempts[:, 4]]
    )
    played = simply(
        start, since, end, rows["tries"].copy(), jobs.submit_s, int(s[at.EVENTS]), kept_s=rows["kept"].copy(),
        lost_s=rows["lost"].copy(), reason=rows["reason"].copy(), attempts=told,
    )  # fmt: skip
    idle = at.IDLE_BEFORE_END if line.fixed[at.UNTIL] == NEVER else at.IDLE_MILLI_S
    return Floored(
        replace(played), places, attempts, outages, rows["slowed"].copy(), float(s[idle]) / WHOLE,
        rows["size"].copy(), causes, float(s[at.DOWN_MILLI_S]) / WHOLE, books, int(s[at.NOW]) + base,
    )  # fmt: skip
