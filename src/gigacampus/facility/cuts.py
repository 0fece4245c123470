"""Power at any step, from exact integrals: between changes of busy chips it is constant, so its integral is linear.

A start or stop moves its tenant's IT power by chips x (share of its work - share of an idle chip) x rated power, as in
`facility/swings.py`; what the rest of the hour draws (idle chips, network) is held, so that every hour keeps the mean
that `hours` and the books have. Series are differences of that integral: nothing is sampled, and memory grows with the
changes and one chunk of steps, not with chips x time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.facility.it import shares
from gigacampus.facility.series import Series
from gigacampus.scenario import Scenario
from gigacampus.tables.log import Log
from gigacampus.tables.work import Kind

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
CHUNK = 1 << 18
"""Steps at a time."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What starts and stops of one tenant move, in chips times share of rated power: its integral at given times."""

    at_s: Array
    integral: Array

    def until(self, times_s: Array) -> Array:
        """The integral from 0 to given times; linear between changes, so interpolation is exact."""
        return np.interp(times_s, self.at_s, self.integral)


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a series: steps that begin at `at_s`; powers are means over the step in watts."""

    at_s: Whole
    it_w: Array
    """Shape (steps, tenants + 1), the last column for chips that nobody may use."""
    facility_w: Array
    """At the meter, shape (steps,): IT power at the hour's ratio of the two."""


def moved(scenario: Scenario, log: Log, tenants: int, end_s: int) -> list[Moved]:
    """The integral for each tenant, from its changes in busy chips."""
    share = shares(scenario.site.draw)
    busy = log.busy
    change = busy["chips"] * (share[busy["kind_index"]] - share[Kind.IDLE])
    found = []
    for tenant in range(tenants):
        mine = np.flatnonzero(busy["tenant_index"] == tenant)
        at_s = np.clip(busy["at_s"][mine], 0, end_s)
        moments, which = np.unique(np.concatenate(([0, end_s], at_s)), return_inverse=True)
        level = np.cumsum(np.bincount(which.reshape(-1)[2:], change[mine], len(moments)))
        area = np.concatenate(([0.0], np.cumsum(level[:-1] * np.diff(moments))))
        found.append(Moved(moments.astype(np.float64), area))
    return found


def stretches(end_s: int, step_s: int) -> Iterator[Whole]:
    """Edges of equal steps from 0 to the end, a chunk at a time; the last step may be shorter."""
    for first in range(0, end_s, CHUNK * step_s):
        last = min(first + CHUNK * step_s, end_s)
        edges = np.arange(first, last, step_s, dtype=np.int64)
        yield np.append(edges, last)


def cuts(scenario: Scenario, log: Log, found: Series, stretch: Iterable[Whole]) -> Iterator[Cut]:
    """The series between neighbouring edges, stretch by stretch; edges ascend and lie within the horizon."""
    hours, columns = found.it.tenant_w.shape
    each = moved(scenario, log, columns - 1, hours * HOUR_S)
    ratio = np.divide(found.facility_w, found.it.it_w, out=np.ones(hours), where=found.it.it_w > 0.0)
    for edges in stretch:
        yield _cut(edges, each, found, ratio)


def _refined(edges: Whole) -> Whole:
    """Edges and the full hours between them, as bases and ratios change there."""
    full = np.arange(-(-int(edges[0]) // HOUR_S), int(edges[-1]) // HOUR_S + 1) * HOUR_S
    place = np.searchsorted(edges, full)
    is_new = edges[place] != full
    return np.insert(edges, place[is_new], full[is_new]) if is_new.any() else edges


def _cut(edges: Whole, each: list[Moved], found: Series, ratio: Array) -> Cut:
    """One stretch."""
    fine = _refined(edges)
    hour = fine[:-1] // HOUR_S
    lasting = np.diff(fine).astype(np.float64)
    energy = np.empty((len(hour), found.it.tenant_w.shape[1]))
    hours = np.unique(hour)
    for tenant, one in enumerate(each):
        inside = np.diff(one.until(fine.astype(np.float64)))
        full_hours = (np.stack((hours, hours + 1), axis=1).reshape(-1) * HOUR_S).astype(np.float64)
        hourly = np.diff(one.until(full_hours))[::2] / HOUR_S
        mean = hourly[np.searchsorted(hours, hour)]
        energy[:, tenant] = found.it.tenant_w[hour, tenant] * lasting
        energy[:, tenant] += found.it.chip_w[hour] * (inside - mean * lasting)
    energy[:, -1] = found.it.tenant_w[hour, -1] * lasting
    meter = energy.sum(axis=1) * ratio[hour]
    if fine is edges:
        return Cut(edges[:-1], energy / lasting[:, None], meter / lasting)
    begun, length = np.searchsorted(fine, edges[:-1]), np.diff(edges).astype(np.float64)
    return Cut(edges[:-1], np.add.reduceat(energy, begun) / length[:, None], np.add.reduceat(meter, begun) / length)
