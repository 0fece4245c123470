"""Play a list of jobs on a machine under any policy: the door that `replay` and the suites use."""

from __future__ import annotations

import numpy as np

from gigacampus.engine import conservative, fair, preempt
from gigacampus.engine.desk import CAPACITY, CHOICE, HEAD, NEVER, QUOTA, RESERVATION, Ints
from gigacampus.engine.general import state as at
from gigacampus.engine.order import order_by
from gigacampus.engine.outcome import Who, blank, clock_of, later, simply
from gigacampus.engine.own import is_own
from gigacampus.engine.play import Jobs, Played, play_queue
from gigacampus.engine.quotas import NO_QUOTAS, Quotas, open_to_all
from gigacampus.engine.reasons import explained
from gigacampus.engine.rules import LAS_THRESHOLD, RULES
from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.schedule.waiting import GONE, waiting_size

QUEUES = ("fcfs", "sjf", "priority", "deadline", "easy", "sjf-easy", "priority-easy", "deadline-easy")
PREEMPTIVE = {"srtf": preempt.SRTF, "srsf": preempt.SRSF, "las": preempt.LAS, "spot": preempt.SPOT}
FAIR = ("fair", "fair-easy")
CONSERVATIVE = ("conservative", "sjf-conservative", "priority-conservative", "deadline-conservative")
POLICIES = tuple(RULES)
"""Policies by name. NAME-easy and NAME-conservative: backfill over that order instead of over the line."""


def schedule(
    policy: str, jobs: Jobs, who: Who, chips: int, *, restart_s: int = 0, extends: bool = False,
    quotas: Quotas = NO_QUOTAS,
) -> Played:  # fmt: skip
    """Play jobs (in order of submission; each fits the machine) on `chips` chips.

    `policy` is a name of `POLICIES`, `FILE.py:function` or an installed one's name. `restart_s` is what every
    resumption costs under a policy that stops jobs. With `extends` jobs may run on beyond their estimates, and are then
    expected to take twice as long, and twice again. Without quotas a policy that keeps them lends all to all. Raises
    UsageError for an unknown policy, InputError for one that answers nonsense.
    """
    order, _, backfill = policy.partition("-") if policy in POLICIES else (policy, "", "")
    if who.has_plans or policy not in (*QUEUES, *FAIR, *CONSERVATIVE, *PREEMPTIVE):
        return _generally(policy, jobs, who, chips, restart_s, quotas)
    if policy in QUEUES:
        rank = order_by(order, jobs.submit_s, jobs.estimate_s, who.priority, who.deadline_s)
        return play_queue(jobs, chips, rank, is_easy="easy" in (order, backfill), extends=extends)
    if policy in FAIR:
        is_easy = backfill == "easy"
        return explained(_fair(jobs, who, chips, is_easy=is_easy), jobs, chips, RESERVATION if is_easy else HEAD)
    if policy in PREEMPTIVE:
        return explained(_preemptive(PREEMPTIVE[policy], jobs, who, chips, restart_s), jobs, chips, CAPACITY)
    rank = order_by(order, jobs.submit_s, jobs.estimate_s, who.priority, who.deadline_s)
    return explained(_conservative(jobs, chips, rank), jobs, chips, RESERVATION)


def _generally(policy: str, jobs: Jobs, who: Who, chips: int, restart_s: int, quotas: Quotas) -> Played:
    """Play what only the general loop plays."""
    from gigacampus.engine.consult import consult
    from gigacampus.engine.general.play import Setting

    known(policy)
    if not len(quotas.nominal) and policy.startswith("quota"):
        quotas = open_to_all(who.tenant, chips)
    setting = Setting(chips, quotas=quotas, restart_s=restart_s)
    return explained(consult(policy, "none", jobs, who, setting)[0], jobs, chips, waits_for(policy))


def known(policy: str) -> None:
    """UsageError for a name that is no policy's."""
    if policy not in POLICIES and not is_own(policy):
        fix = f"one of {', '.join(POLICIES)}, FILE.py:function, or an installed one's name"
        raise UsageError(Fault("E202", f'no policy "{policy}"', fix=fix))


def waits_for(policy: str) -> int:
    """The reason why a job that fits in number does not start under a policy."""
    if policy not in RULES:
        return CHOICE
    walk = RULES[policy].walk
    if walk in (at.QUOTA, at.QUOTA_EASY):
        return QUOTA
    return {at.STRICT: HEAD, at.PREEMPTIVE: CAPACITY}.get(walk, RESERVATION)


def _preemptive(rule: int, jobs: Jobs, who: Who, chips: int, restart_s: int) -> Played:
    n = len(jobs.run_s)
    room = 4 * n + 64
    while True:
        fixed = np.array([chips, rule, LAS_THRESHOLD, restart_s, room], dtype=np.int64)
        t = preempt.Table(
            blank(preempt.REGISTERS), fixed, jobs.submit_s, jobs.run_s, jobs.gpus, who.priority,
            start=blank(n, NEVER), since=blank(n, NEVER), end=blank(n, NEVER), tries=blank(n), done=blank(n),
            lost=blank(n), waiting=blank(n), running=blank(n), picked=blank(n), keys=blank(n),
            stopped=blank(n), attempts=blank(5 * room),
        )  # fmt: skip
        t.s[preempt.JOBS] = n
        if preempt.play_preemptive(t) == preempt.OK:
            break
        room *= 4
    rows = int(t.s[preempt.ATTEMPTS])
    return simply(
        t.start[:n], t.since[:n], t.end[:n], t.tries[:n], jobs.submit_s, int(t.s[preempt.EVENTS]), kept_s=t.done[:n],
        lost_s=t.lost[:n], attempts=t.attempts[: 5 * rows].reshape(-1, 5),
    )  # fmt: skip


def _fair(jobs: Jobs, who: Who, chips: int, *, is_easy: bool) -> Played:
    n = len(jobs.run_s)
    pairs, account = np.unique(np.stack([who.tenant, who.user], axis=1), axis=0, return_inverse=True)
    tenants, tenant = np.unique(pairs[:, 0], return_inverse=True)
    base, bits = clock_of(jobs)
    s = blank(fair.REGISTERS)
    s[fair.FREE], s[fair.EASY], s[fair.BITS] = chips, int(is_easy), bits
    many, some = len(pairs), len(tenants)
    s[fair.JOBS], s[fair.ACCOUNTS], s[fair.TENANTS] = n, many, some
    f = fair.Shares(
        s, jobs.submit_s - base, jobs.run_s, jobs.estimate_s, jobs.gpus, account.reshape(-1).astype(np.int64),
        tenant.reshape(-1).astype(np.int64),
        start=blank(n, NEVER), expected=blank(n, NEVER), end=blank(n, NEVER), ends=blank(n + 1), by_end=blank(n),
        following=blank(n, -1), first=blank(many, -1), last=blank(many, -1), cursor=blank(many, -1),
        used=np.zeros(many), tenant_used=np.zeros(some), held=blank(many), tenant_held=blank(some),
    )  # fmt: skip
    fair.play_fair(f)
    start, end = later(f.start[:n], base), later(f.end[:n], base)
    return simply(start, start, end, (start < NEVER).astype(np.int64), jobs.submit_s, int(s[fair.EVENTS]))


def _conservative(jobs: Jobs, chips: int, order: Ints | None) -> Played:
    n = len(jobs.run_s)
    order = np.arange(n, dtype=np.int64) if order is None else order
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n, dtype=np.int64)
    base, bits = clock_of(jobs)
    s = blank(conservative.REGISTERS)
    s[conservative.FREE], s[conservative.JOBS] = chips, n
    p = conservative.Plan(
        s, jobs.submit_s - base, jobs.run_s, jobs.estimate_s, jobs.gpus, rank, order, start=blank(n, NEVER),
        expected=blank(n, NEVER), end=blank(n, NEVER), ends=blank(n + 1),
        by_end=blank(n), times=blank(3 * n + 4), free=blank(3 * n + 4),
        count=blank(1), queue=np.full(waiting_size(n)[1], GONE, dtype=np.int32),
    )  # fmt: skip
    conservative.play_conservative(p, bits)
    start, end = later(p.start[:n], base), later(p.end[:n], base)
    return simply(start, start, end, (start < NEVER).astype(np.int64), jobs.submit_s, int(s[conservative.EVENTS]))
