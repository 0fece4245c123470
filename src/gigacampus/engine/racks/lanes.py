"""Which lane each job waits in, and the ranks of the lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.engine.desk import Ints
from gigacampus.engine.outcome import Who
from gigacampus.engine.racks import desk as at


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes of waiting jobs."""

    of_job: NDArray[np.int32]
    """Lane of each job; one long where there is one lane."""
    tenant: Ints
    """Tenant of each lane."""
    users: int
    """Users that are told apart; 0 where only tenants are, or nobody is."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.tenant)


def lanes_of(who: Who, *, is_fair: bool, has_caps: bool) -> Lanes:
    """One lane a user of each tenant under fair share, one a tenant under caps, else one for all."""
    if not (is_fair or has_caps):
        return Lanes(np.zeros(1, np.int32), np.zeros(1, np.int64), 0)
    tenant = who.tenant
    count = int(tenant.max(initial=0)) + 1
    users = int(who.user.max(initial=-1)) - int(who.user.min(initial=0)) + 1 if is_fair else 1
    if users == 1:
        return Lanes(tenant.astype(np.int32), np.arange(count, dtype=np.int64), 0)
    account = tenant * users + (who.user - int(who.user.min(initial=0)))
    known, lane = np.unique(account, return_inverse=True)
    return Lanes(lane.reshape(-1).astype(np.int32), (known // users).astype(np.int64), users)


def lane_rows(lanes: Lanes, jobs: int) -> Ints:
    """The rows of empty lanes, side by side in order of rank."""
    sizes = np.array([jobs])
    if lanes.count > 1:  # in pieces: each is copied as wider integers
        pieces = (lanes.of_job[first : first + (1 << 16)] for first in range(0, max(jobs, 1), 1 << 16))
        sizes = sum((np.bincount(piece, minlength=lanes.count) for piece in pieces), np.zeros(lanes.count, np.int64))
    rows = np.zeros((lanes.count, at.LANE_ROW), dtype=np.int64)
    rows[:, at.LAST_RANK] = np.cumsum(sizes)
    rows[:, at.FIRST_RANK] = rows[:, at.NEXT_RANK] = rows[:, at.LAST_RANK] - sizes
    rows[:, at.TENANT], rows[:, at.NEXT_FIT] = lanes.tenant, -1
    return rows.reshape(-1)


def ranked(lanes: Lanes, order: Ints) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32]]:
    """What orders each job, its rank, and the job of each rank, where jobs are sorted: `order` lists them so."""
    key = np.empty(len(order), dtype=np.int64)
    key[order] = np.arange(len(order))
    by_rank = order[np.argsort(lanes.of_job[order], kind="stable")] if lanes.count > 1 else order
    rank = np.empty(len(order), dtype=np.int32)
    rank[by_rank] = np.arange(len(order), dtype=np.int32)
    return key, rank, by_rank.astype(np.int32)
