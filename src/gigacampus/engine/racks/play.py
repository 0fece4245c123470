"""Set the desk, play, and hand back what happened: the one door between numpy and the fast loop on alike racks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.given import Layout, Limits, Outages, Rules
from gigacampus.engine.order import order_by
from gigacampus.engine.outcome import Who, later
from gigacampus.engine.play import Jobs, check_times, last_end
from gigacampus.engine.racks import desk as at
from gigacampus.engine.racks.desk import Desk
from gigacampus.engine.racks.lanes import Lanes, lane_rows, lanes_of, ranked
from gigacampus.engine.racks.loop import play_racks
from gigacampus.kernels.packing import WHOLE
from gigacampus.kernels.schedule.calendar import calendar
from gigacampus.kernels.schedule.rackmasks import rack_masks
from gigacampus.kernels.schedule.sumtree import sumtree_size
from gigacampus.kernels.schedule.waiting import GONE, waiting_size

STEP_S = 15
"""Step of the series of power, s."""
BUCKET_S = 8
"""Expected ends share a bucket of about so many seconds: small enough for few of them, large enough for the cache."""
IN_LINE = ("fcfs", "easy", "fair")
"""Orders that are those of submission within a lane."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept beside the jobs' own times."""

    stays: bool = False
    books: bool = False
    power: bool = False


@dataclass(frozen=True, slots=True)
class Racked:
    """What happened on alike racks: arrays in the order of the jobs, times on their clock, NEVER where none came."""

    start_s: Ints
    since_s: Ints
    end_s: Ints
    tries: NDArray[np.int32]
    kept_s: Ints
    lost_s: Ints
    reason: NDArray[np.int8]
    attempts: Ints
    """Broken-off attempts, shape (n, 7): job, from, to, work saved, overhead, why, GPU-seconds lost."""
    stays: Ints
    """Where jobs stood, shape (n, 6): job, from, to, rack, mask of nodes, GPUs of the one node (0: whole nodes).

    Or on whole racks: number of their 64, mask of the racks, MANY.
    """
    books: Ints
    """After each instant, shape (n, 6): time, free, used, down, running, 0; GPUs."""
    outages: Ints
    """What each outage cost, shape (n, OUTAGE_ROW)."""
    power_j: Ints
    """Energy of each tenant in each step of STEP_S from the first job on, J, shape (steps, tenants)."""
    down_gpu_s: int
    """GPU-seconds out of service until the last instant played."""
    events: int
    end_at_s: int
    """The last instant played."""


def play_on_racks(
    rules: Rules, jobs: Jobs, who: Who, layout: Layout, gpus: int, *, outages: Outages | None = None,
    limits: Limits | None = None, watts: Ints | None = None, keep: Keep = Keep(),
) -> Racked:  # fmt: skip
    """Play jobs (in order of submission; each fits the empty racks) on alike nodes of so many GPUs, by `packed`.

    `limits` may hold caps of tenants, nothing else; `outages` are not announced. `watts` is the power of each whole
    job. Policies: fcfs, sjf, priority and fair, strict or with `-easy`, and easy.
    """
    outages, limits = outages or Outages.nothing(), limits or Limits.nothing()
    who = replace(who, tenant=rules.counted(who.tenant, limits))
    lanes = lanes_of(who, is_fair=rules.policy.startswith("fair"), has_caps=len(limits.at_s) > 0)
    base = _base(jobs, gpus * len(layout.rack), outages, limits, rules)
    tenants = 1 + max(int(who.tenant.max(initial=0)), int(limits.which.max(initial=0)))
    d = empty_desk(rules, layout, gpus, tenants, lanes, outages, limits, base, longest_s(jobs, rules), keep)
    if len(jobs.submit_s) and keep.power:
        d = _with_power(d, jobs, base)
    _check(jobs, d, rules)
    order = order_by(rules.policy.partition("-")[0], jobs.submit_s, jobs.estimate_s, who.priority)
    d = with_jobs(d, jobs, who, lanes, base, order, watts)
    d = play_on(d)
    return _read(d, base)


def _base(jobs: Jobs, total: int, outages: Outages, limits: Limits, rules: Rules) -> int:
    """Where times of the kernel count from: 0, so that nothing need be copied, where that is in bounds; else the first.

    The bounds are those of `_check`.
    """
    if not len(jobs.submit_s):
        return 0
    bits = max(len(jobs.run_s), total, len(outages.at_s)).bit_length()
    first, latest = int(jobs.submit_s[0]), max(int(one.max(initial=0)) for one in (outages.until_s, limits.at_s))
    is_small = first >= 0 and max(last_end(jobs, int(jobs.submit_s[-1]), rules.restart_s), latest) < 1 << (62 - bits)
    return 0 if is_small else first


def longest_s(jobs: Jobs, rules: Rules) -> int:
    """The longest time that any attempt is expected to take."""
    longest = int(jobs.estimate_s.max(initial=0))
    if rules.write_s:
        often = np.where(jobs.checkpoint_s > 0, jobs.estimate_s // np.maximum(jobs.checkpoint_s, 1), 0)
        longest = int((jobs.estimate_s + often * rules.write_s).max(initial=0))
    return longest + rules.restart_s


def _check(jobs: Jobs, d: Desk, rules: Rules) -> None:
    """Times share 63 bits of a heap key with the number of a job, a slot or an outage."""
    bits = max(len(jobs.run_s).bit_length(), int(d.s[at.SLOT_BITS]), int(d.s[at.STRIKE_BITS]))
    last = int(jobs.submit_s[-1]) if len(jobs.submit_s) else 0
    check_times(jobs, [last], int(jobs.submit_s[0]) if len(jobs.submit_s) else 0, bits, rules.restart_s)


def empty_desk(
    rules: Rules, layout: Layout, gpus: int, tenants: int, lanes: Lanes, outages: Outages, limits: Limits,
    base_s: int, longest: int, keep: Keep,
) -> Desk:  # fmt: skip
    """A desk without jobs: empty racks, and all that will befall them."""
    total, strikes, steps = gpus * len(layout.rack), len(outages.at_s), len(limits.at_s)
    rule, _, backfill = rules.policy.partition("-")
    levels, ring = sumtree_size(max(256, min(longest // BUCKET_S + 2, 1 << 20)))
    s = np.zeros(at.REGISTERS, dtype=np.int64)
    for register, value in (
        (at.FREE, total), (at.TOTAL, total), (at.LANES, lanes.count), (at.TENANTS, tenants),
        (at.EASY, int("easy" in (rule, backfill))), (at.FAIR, int(rule == "fair")), (at.IN_LINE, int(rule in IN_LINE)),
        (at.RESTART, rules.restart_s), (at.WRITE, rules.write_s), (at.FREE_SLOTS, total),
        (at.SLOT_BITS, total.bit_length()), (at.HEAD, -1), (at.RING_LEVELS, levels),
        (at.RING_SHIFT, (longest // (16**levels - 2)).bit_length()), (at.STRIKES, strikes), (at.STEPS, steps),
        (at.STRIKE_BITS, strikes.bit_length()), (at.POWER_STEP, STEP_S if keep.power else 0),
        (at.BACK_OFF, rules.backoff_s if rules.requeue == "backoff" else 0),
        (at.UNTIL, rules.until_s if rules.until_s == NEVER else rules.until_s - base_s),
        (at.ATTEMPT_ROOM, 1024 if strikes + steps else 0), (at.STAY_ROOM, 2 * total if keep.stays else 0),
        (at.BOOK_ROOM, 1024 if keep.books else 0), (at.POWER_ROOM, 4096 if keep.power else 0),
        (at.SOLE, int(rules.is_sole)),
    ):  # fmt: skip
        s[register] = value
    rows = np.zeros((tenants, at.TENANT_ROW), dtype=np.int64)
    rows[:, at.CAP], rows[:, at.BLOCKED] = NEVER, -1
    seconds, links, marks = calendar(total)
    none = np.zeros(1, dtype=np.int64)
    slots = np.zeros((total, at.SLOT), dtype=np.int64)
    slots[:, at.JOB] = -1
    return Desk(
        s=s, racks=rack_masks(layout.first_nodes(), gpus, total), submit=none, run=none, estimate=none, gpus=none,
        watts=none, checkpoint=none, lane=none, key=none, rank=none, order=none, start=none, since=none, end=none,
        tries=none, kept=none, lost=none, reason=none, lanes=none, tenants=rows.reshape(-1),
        use=np.zeros(lanes.count), tenant_use=np.zeros(tenants), lane_held=np.zeros(lanes.count, np.int64),
        turn=np.arange(lanes.count, dtype=np.int32),
        slots=slots.reshape(-1), vacant=np.arange(total - 1, -1, -1, dtype=np.int32),
        serial=np.zeros(total if steps else 1, np.int64), queue=none, ring=np.zeros(ring, np.int32),
        ring_head=np.full(16**levels, -1, np.int32), ring_links=np.zeros(2 * total, np.int32), seconds=seconds,
        links=links, marks=marks, far=np.zeros(total + 1, np.int64), again=none,
        outages=_outage_rows(outages, base_s), mends=np.zeros(strikes + 1, np.int64),
        steps=_step_rows(limits, base_s), node_rack=layout.rack.astype(np.int32),
        node_down=np.zeros(len(layout.rack) if strikes else 1, np.int64),
        attempts=_rows(s[at.ATTEMPT_ROOM], at.ATTEMPT_ROW),
        stays=_rows(s[at.STAY_ROOM], at.STAY_ROW), books=_rows(s[at.BOOK_ROOM], at.BOOK_ROW),
        power=_rows(s[at.POWER_ROOM], tenants),
    )  # fmt: skip


def _with_power(d: Desk, jobs: Jobs, base_s: int) -> Desk:
    """The desk with room for the power of all steps until the last job comes."""
    s = d.s
    s[at.POWER_FROM] = int(jobs.submit_s[0]) - base_s
    last = min(int(jobs.submit_s[-1]) - base_s, int(s[at.UNTIL]))
    s[at.POWER_ROOM] += max(last - int(s[at.POWER_FROM]), 0) // STEP_S
    return d._replace(power=_rows(s[at.POWER_ROOM], int(s[at.TENANTS])))


def _rows(count: int, width: int) -> Ints:
    return np.zeros(max(int(count), 1) * width, dtype=np.int64)


def with_jobs(
    d: Desk, jobs: Jobs, who: Who, lanes: Lanes, base_s: int, order: Ints | None, watts: Ints | None
) -> Desk:  # fmt: skip
    """The desk with jobs that are still to come."""
    n, s = len(jobs.run_s), d.s
    few = n if int(s[at.STRIKES] + s[at.STEPS]) else 1
    s[at.JOBS], s[at.BITS] = n, n.bit_length()
    key, rank, by_rank = np.zeros(1, np.int64), np.empty(max(n, 1), np.int32), np.empty(max(n, 1), np.int32)
    if order is not None and n:
        key, rank, by_rank = ranked(lanes, order)

    def blank() -> Ints:
        return np.empty(max(n, 1), dtype=np.int64)

    return d._replace(
        submit=jobs.submit_s - base_s if base_s else jobs.submit_s, run=jobs.run_s, estimate=jobs.estimate_s,
        gpus=jobs.gpus, watts=np.zeros(1, np.int64) if watts is None else watts,
        checkpoint=jobs.checkpoint_s if len(jobs.checkpoint_s) else np.zeros(max(n, 1), np.int64), lane=lanes.of_job,
        key=key, rank=rank, order=by_rank, start=blank(), since=blank(), end=blank(),
        tries=np.zeros(max(n, 1), np.int32), kept=np.zeros(max(n, 1), np.int64), lost=np.zeros(max(n, 1), np.int64),
        reason=np.zeros(max(n, 1), np.int8), lanes=lane_rows(lanes, n),
        queue=np.full(waiting_size(n)[1], GONE, dtype=np.int32), again=np.zeros(few + 1, np.int64),
    )  # fmt: skip


TABLES = {
    at.MORE_ATTEMPTS: ("attempts", at.ATTEMPT_ROOM), at.MORE_STAYS: ("stays", at.STAY_ROOM),
    at.MORE_BOOKS: ("books", at.BOOK_ROOM), at.MORE_POWER: ("power", at.POWER_ROOM),
}  # fmt: skip
"""Which table is full, by status, and the register of its room."""


def play_on(d: Desk) -> Desk:
    """Play until the horizon; whenever a table is full, it is given as much room again."""
    while True:
        status = play_racks(d)
        if status == at.OK:
            return d
        name, room = TABLES[status]
        table, wanted = getattr(d, name), 2 * int(d.s[room])
        if status == at.MORE_ATTEMPTS:
            wanted = max(wanted, int(d.s[at.ATTEMPTS] + d.s[at.RUNNING]))
        larger = np.zeros(len(table) // int(d.s[room]) * wanted, dtype=np.int64)
        larger[: len(table)] = table
        d.s[room] = wanted
        d = d._replace(**{name: larger})


def _outage_rows(outages: Outages, base_s: int) -> Ints:
    rows = np.zeros((len(outages.at_s), at.OUTAGE_ROW), dtype=np.int64)
    rows[:, at.AT], rows[:, at.BACK] = outages.at_s - base_s, outages.until_s - base_s
    rows[:, at.LOW], rows[:, at.HIGH] = outages.first, outages.last
    rows[:, at.IS_DRAIN], rows[:, at.TOLD], rows[:, at.VICTIM] = outages.is_drain, NEVER, -1
    return rows.reshape(-1) if len(rows) else np.zeros(1, np.int64)


def _step_rows(limits: Limits, base_s: int) -> Ints:
    """Caps in whole GPUs: half a one lets nobody start."""
    if not len(limits.at_s):
        return np.zeros(1, np.int64)
    return np.stack((limits.at_s - base_s, limits.which, limits.value // WHOLE), axis=1).reshape(-1).astype(np.int64)


def _read(d: Desk, base_s: int) -> Racked:
    s, n, arrived = d.s, int(d.s[at.JOBS]), int(d.s[at.ARRIVED])
    for column in (d.start, d.since, d.end):
        column[arrived:] = NEVER
    attempts = d.attempts[: s[at.ATTEMPTS] * at.ATTEMPT_ROW].reshape(-1, at.ATTEMPT_ROW)
    attempts[:, 1:3] += base_s
    stays = d.stays[: s[at.STAYS] * at.STAY_ROW].reshape(-1, at.STAY_ROW)
    stays[:, 1] += base_s
    stays[:, 2] = later(stays[:, 2], base_s)
    books = d.books[: s[at.BOOKS] * at.BOOK_ROW].reshape(-1, at.BOOK_ROW)
    books[:, 0] += base_s
    outages = d.outages[: s[at.STRIKES] * at.OUTAGE_ROW].reshape(-1, at.OUTAGE_ROW)
    outages[:, : at.BACK + 1] += base_s
    power = np.zeros((0, int(s[at.TENANTS])), np.int64)
    if s[at.POWER_STEP]:
        steps = int(s[at.NOW] - s[at.POWER_FROM]) // STEP_S + 1
        power = d.power.reshape(-1, int(s[at.TENANTS]))[:steps]
        np.cumsum(power, axis=0, out=power)
    return Racked(
        later(d.start[:n], base_s), later(d.since[:n], base_s), later(d.end[:n], base_s), d.tries[:n], d.kept[:n],
        d.lost[:n], d.reason[:n], attempts, stays, books, outages, power, int(s[at.DOWN_S]), int(s[at.EVENTS]),
        int(s[at.NOW]) + base_s,
    )  # fmt: skip
