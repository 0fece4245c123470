"""Set the desk, play, and hand back what happened: the one door between numpy and the event loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gigacampus.engine import desk as at
from gigacampus.engine.desk import Desk, Ints
from gigacampus.engine.easy import play_easy
from gigacampus.engine.fifo import play_fifo
from gigacampus.engine.loop import play
from gigacampus.errors import Fault, InputError
from gigacampus.kernels.schedule.ring import FIELDS
from gigacampus.kernels.schedule.sumtree import sumtree_size
from gigacampus.kernels.schedule.waiting import GONE, waiting_size

RING_BUCKETS = 16**4
"""Buckets of expected ends: the tree stays in the second-level cache."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs in order of submission (ties in the order of the trace): equal-length int64 arrays."""

    submit_s: Ints
    run_s: Ints
    estimate_s: Ints
    """Expected length; at least the run time unless jobs may run on beyond it."""
    gpus: Ints
    checkpoint_s: Ints
    """Time between checkpoints; 0 where breaking off loses all work."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Levels from given times on, in order of time. The level before the first is that of `Machine.chips`."""

    at_s: Ints
    level: Ints
    """Chips that jobs may use."""
    serving: Ints
    """Chips held by services beside them."""


@dataclass(frozen=True, slots=True)
class Strikes:
    """Failures of nodes, in order of time."""

    at_s: Ints
    chip: Ints
    """Which chip is hit, counted from 0 over all chips: those of jobs first, then services, free ones, those down."""
    size: Ints
    """Chips of the node."""
    repair_s: Ints


@dataclass(frozen=True, slots=True)
class Played:
    """What became of the jobs (in their order) and of the strikes. Times that never come are NEVER."""

    start_s: Ints
    since_s: Ints
    """Start of the attempt that ended or still runs; NEVER for a job that waits."""
    end_s: Ints
    tries: Ints
    kept_s: Ints
    """Useful run time that checkpoints of broken-off attempts hold."""
    lost_s: Ints
    """Time on chips beyond useful run time: work done again, restarts, checkpoint writes."""
    reason: Ints
    attempts: Ints
    """Broken-off attempts, shape (n, 5): job, from, to, lost, restart overhead."""
    hit_job: Ints
    hit_down: Ints
    hit_back: Ints
    hit_short: Ints
    step_gone: Ints
    hit_lost_chip_s: Ints
    events: int


def nothing() -> Ints:
    """No rows."""
    return np.zeros(0, dtype=np.int64)


NO_STEPS = Steps(nothing(), nothing(), nothing())
NO_STRIKES = Strikes(nothing(), nothing(), nothing(), nothing())


def play_queue(
    jobs: Jobs,
    chips: int,
    order: Ints | None = None,
    *,
    is_easy: bool = False,
    extends: bool = False,
    steps: Steps = NO_STEPS,
    strikes: Strikes = NO_STRIKES,
    restart_s: int = 0,
    write_s: int = 0,
    until_s: int = at.NEVER,
) -> Played:
    """Play the queue on `chips` chips; `order` lists the jobs by rank (None: in line).

    Every job must fit on some level that is still to come; one that does not would block the queue for good.
    `restart_s` is time on chips that every start but the first costs; `write_s` what writing a checkpoint does. With
    `extends` a job may run on beyond its estimate, and is then expected to take twice as long; nothing may break then.
    """
    if extends and len(steps.at_s) + len(strikes.at_s) > 0:
        raise ValueError("what is left of a broken-off job that ran beyond its estimate is not defined")
    slots = _slots_wanted(jobs, chips, steps)
    room = len(strikes.at_s) + 64
    may_break = len(steps.at_s) + len(strikes.at_s) > 0 or until_s < at.NEVER
    if order is None and not may_break and not is_easy:
        return _in_line(jobs, chips, slots)
    if order is None and not may_break and not extends:
        return _easy(jobs, chips, slots)
    while True:
        base = _base(jobs, steps, strikes, max(slots.bit_length(), len(strikes.at_s).bit_length()), restart_s)
        d = _set(jobs, chips, order, steps, strikes, slots, room, base, is_easy, restart_s, write_s, may_break)
        s = d.s
        s[at.IS_EASY], s[at.IN_LINE] = int(is_easy), int(order is None)
        s[at.RESTART], s[at.WRITE] = restart_s, write_s
        s[at.UNTIL] = until_s if until_s == at.NEVER else until_s - base
        s[at.MAY_BREAK], s[at.EXTENDS] = int(may_break), int(extends)
        status = play(d)
        if status == at.OK:
            return _read(d, jobs, base, len(strikes.at_s))
        if status == at.NO_SLOT:
            slots *= 2
        else:
            room *= 4


def _in_line(jobs: Jobs, chips: int, slots: int) -> Played:
    """Fcfs where nothing changes."""
    n, bits = len(jobs.run_s), slots.bit_length()
    base = _base(jobs, NO_STEPS, NO_STRIKES, bits, 0)
    start, reason = np.empty(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    submit = jobs.submit_s - base if base else jobs.submit_s
    vacant = np.arange(slots - 1, -1, -1, dtype=np.int64)
    heap, held = np.zeros(slots + 1, dtype=np.int64), np.zeros(slots, dtype=np.int64)
    events = play_fifo(submit, jobs.run_s, jobs.gpus, start, reason, heap, held, vacant, chips, bits)
    return _unbroken(start + base if base else start, jobs, reason, events)


def _easy(jobs: Jobs, chips: int, slots: int) -> Played:
    """EASY in line where nothing changes."""
    n, bits = len(jobs.run_s), slots.bit_length()
    base = _base(jobs, NO_STEPS, NO_STRIKES, bits, 0)
    start, reason = np.empty(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    levels, ring, heads = _ring(min(RING_BUCKETS, 8 * slots))
    submit = jobs.submit_s - base if base else jobs.submit_s
    vacant = np.arange(slots - 1, -1, -1, dtype=np.int64)
    ends, held = np.zeros(slots + 1, dtype=np.int64), np.empty(slots * FIELDS, dtype=np.int64)
    queue = np.full(waiting_size(n)[1], GONE, dtype=np.int32)
    shift = _shift(int(jobs.estimate_s.max(initial=0)), levels)
    events = play_easy(
        submit, jobs.run_s, jobs.estimate_s, jobs.gpus, start, reason, ends, held, vacant, queue, ring, heads, chips,
        bits, levels, shift,
    )  # fmt: skip
    return _unbroken(start + base if base else start, jobs, reason, events)


def _ring(buckets: int) -> tuple[int, Ints, Ints]:
    """An empty ring of so many buckets or some more: levels, sum tree and the buckets' first slots."""
    levels, size = sumtree_size(buckets)
    return levels, np.zeros(size, dtype=np.int64), np.full(16**levels, -1, dtype=np.int64)


def _shift(longest: int, levels: int) -> int:
    """How many bits of a time fall within a bucket, where nothing is expected to take longer than that."""
    return (longest // (16**levels - 2)).bit_length()


def _unbroken(start: Ints, jobs: Jobs, reason: Ints, events: int) -> Played:
    """Results where all jobs have started and none has stopped before its end."""
    zeros, ones = (np.broadcast_to(np.int64(k), len(start)) for k in (0, 1))
    none = nothing()
    return Played(
        start_s=start, since_s=start, end_s=start + jobs.run_s, tries=ones, kept_s=zeros, lost_s=zeros, reason=reason,
        attempts=none.reshape(0, 5), hit_job=none, hit_down=none, hit_back=none, hit_short=none, step_gone=none,
        hit_lost_chip_s=none, events=events,
    )  # fmt: skip


def _base(jobs: Jobs, steps: Steps, strikes: Strikes, bits: int, restart_s: int) -> int:
    """Where heap keys count from: 0 where all times fit beside `bits`, else the earliest time."""
    times = [times for times in (jobs.submit_s, steps.at_s, strikes.at_s) if len(times)]
    first, last = min((int(one[0]) for one in times), default=0), max((int(one[-1]) for one in times), default=0)
    if first >= 0 and last_end(jobs, last, restart_s) < 1 << (62 - bits):
        return 0
    check_times(jobs, [last], first, bits, restart_s)
    return first


def last_end(jobs: Jobs, last: int, restart_s: int) -> int:
    """A time that no job outlasts: all of them one after another from `last` on."""
    total = int(jobs.run_s.sum(dtype=np.float64)) + restart_s * len(jobs.run_s)
    return last + max(total, int(jobs.estimate_s.max(initial=0)))


def _slots_wanted(jobs: Jobs, chips: int, steps: Steps) -> int:
    """Running slots that are enough unless many jobs are broken off."""
    most = max(chips, int(steps.level.max(initial=0)))
    smallest = int(jobs.gpus.min(initial=1))
    return max(1, min(len(jobs.run_s), most // smallest if smallest > 0 else len(jobs.run_s))) + 64


def check_times(jobs: Jobs, lasts: list[int], base: int, bits: int, restart_s: int) -> None:
    """Times share 63 bits with `bits` of a slot's or job's number: refuse a trace whose times could run over."""
    if not len(jobs.run_s):
        return
    latest = last_end(jobs, max(lasts), restart_s) - base
    if latest >= 1 << (62 - bits):
        row = int(np.argmax(jobs.estimate_s))
        raise InputError(Fault(
            "E101", f"times run over: job in place {row} runs {int(jobs.run_s[row])} s (expected "
            f"{int(jobs.estimate_s[row])} s), all jobs one after another {latest} s",
            fix="is a column in milliseconds? times must be seconds",
        ))  # fmt: skip


def _set(
    jobs: Jobs,
    chips: int,
    order: Ints | None,
    steps: Steps,
    strikes: Strikes,
    slots: int,
    room: int,
    base: int,
    is_easy: bool,
    restart_s: int,
    write_s: int,
    may_break: bool,
) -> Desk:
    """A desk with everything on it, before the first event."""
    n, f = len(jobs.run_s), len(strikes.at_s)
    _, queue_size = waiting_size(n)
    slot_levels, by_slot = sumtree_size(slots)
    few = n if may_break else 0
    """Columns that only breaking off needs are one long without it."""
    rank = np.empty(0 if order is None else n, dtype=np.int64)
    if order is not None:
        rank[order] = np.arange(n, dtype=np.int64)

    def blank(size: int, value: int = 0) -> Ints:
        if value == 0:
            return np.zeros(max(size, 1), dtype=np.int64)  # pages never touched cost nothing
        return np.full(max(size, 1), value, dtype=np.int64)

    s = blank(at.REGISTERS)
    s[at.FREE] = s[at.LEVEL] = chips
    s[at.JOBS], s[at.STEPS], s[at.STRIKES] = n, len(steps.at_s), f
    s[at.SLOTS] = s[at.FREE_SLOTS] = slots
    s[at.SLOT_BITS] = slots.bit_length()
    s[at.STRIKE_BITS] = f.bit_length()
    s[at.SLOT_LEVELS] = slot_levels
    s[at.ATTEMPT_ROOM] = room
    ring_levels, ring, heads = _ring(RING_BUCKETS if is_easy else 1)
    longest = max(int(jobs.estimate_s.max(initial=0)), 2 * int(jobs.run_s.max(initial=0))) + restart_s
    if write_s:
        often = np.where(jobs.checkpoint_s > 0, jobs.estimate_s // np.maximum(jobs.checkpoint_s, 1), 0)
        longest = int((jobs.estimate_s + often * write_s).max(initial=0)) + restart_s
    s[at.RING_LEVELS], s[at.RING_SHIFT] = ring_levels, _shift(longest, ring_levels)
    has_breaks = len(steps.at_s) + f > 0
    return Desk(
        s=s, submit=jobs.submit_s - base if base else jobs.submit_s,
        run=jobs.run_s, estimate=jobs.estimate_s, gpus=jobs.gpus,
        checkpoint=jobs.checkpoint_s, rank=rank, order=rank if order is None else order,
        step_at=steps.at_s - base, step_level=steps.level, step_serving=steps.serving,
        step_gone=blank(len(steps.at_s)),
        strike_at=strikes.at_s - base, strike_chip=strikes.chip, strike_size=strikes.size,
        strike_repair=strikes.repair_s,
        start=blank(few, at.NEVER) if may_break else np.empty(max(n, 1), dtype=np.int64),
        since=blank(few, at.NEVER), end=blank(few, at.NEVER), tries=blank(few), kept=blank(few), lost=blank(few),
        reason=blank(n), hit_job=blank(f, -1), hit_down=blank(f), hit_back=blank(f),
        hit_short=blank(f), hit_lost=blank(f),
        attempts=blank(5 * room), slots=np.empty(slots * FIELDS, dtype=np.int64),
        vacant=np.arange(slots - 1, -1, -1, dtype=np.int64),
        ends=blank(slots + 1), repairs=blank(f + 1), starts=blank(6 * slots if has_breaks else 1),
        queue=np.full(queue_size, GONE, dtype=np.int32), ring=ring, ring_head=heads,
        by_slot=blank(by_slot if f else 1),
    )  # fmt: skip


def _read(d: Desk, jobs: Jobs, base: int, strikes: int) -> Played:
    """The results, times counted from where the trace counts them."""
    n = int(d.s[at.JOBS])

    def when(times: Ints) -> Ints:
        return np.where(times == at.NEVER, at.NEVER, times + base)[:n] if base else times[:n]

    if not d.s[at.MAY_BREAK]:
        start = d.start[:n] + base if base else d.start[:n]
        return _unbroken(start, jobs, d.reason[:n], int(d.s[at.EVENTS]))
    attempts = d.attempts[: 5 * int(d.s[at.ATTEMPTS])].reshape(-1, 5)
    attempts[:, 1:3] += base
    return Played(
        start_s=when(d.start), since_s=when(d.since), end_s=when(d.end), tries=d.tries[:n], kept_s=d.kept[:n],
        lost_s=d.lost[:n], reason=d.reason[:n],
        attempts=attempts, hit_job=d.hit_job[:strikes], hit_down=d.hit_down[:strikes], hit_back=d.hit_back[:strikes],
        hit_short=d.hit_short[:strikes], step_gone=d.step_gone[: int(d.s[at.STEPS])],
        hit_lost_chip_s=d.hit_lost[:strikes], events=int(d.s[at.EVENTS]),
    )  # fmt: skip
