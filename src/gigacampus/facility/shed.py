"""What a grid event kept a tenant from running, told from the log: the demand that was there less what ran.

Jobs: those that run or wait when the campus begins to give way, and those submitted until the event's end, are taken to
run at once for as long as they still need; what finds no room within the tenant's chips runs as soon as there is some.
What was busy is taken off, and so is what stood still before for other reasons. Services: what they held before, less
what they hold. It is an estimate: work that waits fills room to the last chip here, gangs do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.facility.it import shares
from gigacampus.facility.series import Series
from gigacampus.scenario import Scenario
from gigacampus.tables.log import Log
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind

Whole = NDArray[np.int64]
Steps = tuple[Whole, Whole]
"""A step function: its moments, ascending, and the level from each on; before the first it is zero."""

SERVICES = (Kind.SERVE, Kind.IDLE)
"""Services hold chips that serve or wait."""
JOBS = tuple(kind for kind in Kind if kind not in SERVICES)
"""Classes of work that come as jobs."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What one tenant ran, wanted to run and may use, over the whole run."""

    busy: dict[Kind, Steps]
    jobs: dict[Kind, dict[str, Whole]]
    """Columns `submit_s`, `start_s`, `end_s`, `run_s` and `gpus` of its jobs by class of work."""
    room: Steps


def demands(timeline: Timeline, log: Log) -> list[Demand]:
    """The demand of every tenant."""
    tenants = range(len(timeline.tenants))
    jobs, places = log.jobs, log.jobs["outcome"] != "unplaced"
    found = []
    for tenant in tenants:
        mine = np.flatnonzero((jobs["tenant_index"] == tenant) & places)
        kinds = jobs["kind_index"][mine]
        split = {
            kind: {name: jobs[name][mine[kinds == kind]] for name in ("submit_s", "start_s", "end_s", "run_s", "gpus")}
            for kind in JOBS
        }
        found.append(Demand(_busy(log, tenant), split, _capacity(timeline, tenant)))
    return found


def shed(scenario: Scenario, demand: Demand, found: Series, when_s: tuple[int, int, int]) -> tuple[float, float]:
    """Chip-seconds kept from running, and the joules at the meter that they would have drawn.

    `when_s`: until when nothing was cut, when the campus begins to give way, and the event's end.
    """
    calm, start, end = when_s
    if end <= start:
        return 0.0, 0.0
    busy = demand.busy
    wanted = {kind: _wanted(demand.jobs[kind], start, end) for kind in JOBS}
    inside = [_inside(times, start, end) for times, _ in (*busy.values(), *wanted.values(), demand.room)]
    edges = np.unique(np.concatenate(([start, end], *inside)))
    at, lasting = edges[:-1], np.diff(edges)

    held = sum(_before(busy[kind], calm) for kind in SERVICES)
    gone = np.maximum(held - sum(_during(busy[kind], at) for kind in SERVICES), 0)
    served = np.maximum(_before(busy[Kind.SERVE], calm) - _during(busy[Kind.SERVE], at), 0)

    asked, ran = (np.stack([_during(one[kind], at) for kind in JOBS]) for one in (wanted, busy))
    stuck, unfilled = _still(demand, calm, held)
    room = np.maximum(_during(demand.room, at) - held - unfilled, 0)
    would = worked(np.maximum(asked.sum(axis=0) - stuck, 0), room, lasting)
    lost = float(np.maximum(would - ran.sum(axis=0) * lasting, 0.0).sum())

    share = np.maximum(shares(scenario.site.draw) - shares(scenario.site.draw)[Kind.IDLE], 0.0)
    short = np.maximum(asked - ran, 0) @ lasting
    mean = float(share[list(JOBS)] @ short) / max(float(short.sum()), 1.0)
    hour = min(start // HOUR_S, len(found.facility_w) - 1)
    chip_w = float(found.it.chip_w[hour]) * float(np.nan_to_num(found.pue_fraction[hour], nan=1.0))
    joules = (lost * mean + float((served * lasting).sum()) * share[Kind.SERVE]) * chip_w
    return lost + float((gone * lasting).sum()), joules


def worked(asked: Whole, room: Whole, lasting: Whole) -> NDArray[np.float64]:
    """Chip-seconds worked in each span within the room; what finds none waits until there is some. Shapes (spans,).

    Work done by a moment is the least, over moments before, of what was asked until then and the
    room since.
    """
    came, could = (np.concatenate(([0.0], np.cumsum(one * lasting, dtype=np.float64))) for one in (asked, room))
    return np.diff(could + np.minimum.accumulate(came - could))


def _still(demand: Demand, calm: int, held: int) -> tuple[int, int]:
    """Chips that stood still just before though there was work and room: those jobs waited for, and room left over.

    Where all work would have found room, jobs wait for other reasons; else gangs leave room unfilled.
    """
    last = calm - 1
    asked = sum(_before(_wanted(demand.jobs[kind], last, last), calm) for kind in JOBS)
    ran = sum(_before(demand.busy[kind], calm) for kind in JOBS)
    room = _before(demand.room, calm) - held
    still = max(min(asked, room) - ran, 0)
    return (still, 0) if asked <= room else (0, still)


def _inside(times: Whole, start: int, end: int) -> Whole:
    """The moments between two instants."""
    return times[np.searchsorted(times, start, side="right") : np.searchsorted(times, end, side="left")]


def _during(steps: Steps, at: Whole) -> Whole:
    """Levels in force at given instants."""
    times, level = steps
    if not len(times):
        return np.zeros(len(at), dtype=np.int64)
    place = np.searchsorted(times, at, side="right") - 1
    return np.where(place >= 0, level[np.maximum(place, 0)], 0)


def _before(steps: Steps, at: int) -> int:
    """The level just before an instant."""
    return int(_during(steps, np.array([at - 1]))[0])


def _level(at_s: Whole, change: Whole) -> Steps:
    """Changes summed into levels."""
    moments, first = np.unique(at_s, return_inverse=True)
    return moments, np.cumsum(np.bincount(first, change, minlength=len(moments))).astype(np.int64)


def _busy(log: Log, tenant: int) -> dict[Kind, Steps]:
    """Busy chips by class of work."""
    rows = np.flatnonzero(log.busy["tenant_index"] == tenant)
    at_s, chips, kinds = log.busy["at_s"][rows], log.busy["chips"][rows], log.busy["kind_index"][rows]
    return {kind: _level(at_s[kinds == kind], chips[kinds == kind]) for kind in Kind}


def _wanted(jobs: dict[str, Whole], start: int, end: int) -> Steps:
    """Chips of the jobs that want to run from the start on, each for what it then still needs."""
    mine = np.flatnonzero((jobs["submit_s"] <= end) & (jobs["end_s"] > start))
    gpus, since = jobs["gpus"][mine], np.maximum(jobs["submit_s"][mine], start)
    done = np.maximum(start - jobs["start_s"][mine], 0)
    until = since + np.maximum(jobs["run_s"][mine] - done, 0)
    return _level(np.concatenate((since, until)), np.concatenate((gpus, -gpus)))


def _capacity(timeline: Timeline, tenant: int) -> Steps:
    """Chips that the tenant may use."""
    rows = np.flatnonzero(timeline.capacity["tenant_index"] == tenant)
    rows = rows[np.argsort(timeline.capacity["at_s"][rows], kind="stable")]
    return timeline.capacity["at_s"][rows], timeline.capacity["chips"][rows]
