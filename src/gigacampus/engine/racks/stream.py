"""A stream of jobs on alike racks, played window by window: memory is that of a window, however long the stream.

Each window is played up to the first job of the next. What still waits or runs then is carried into it, in the order of
submission; so the schedule is the one that all jobs at once would have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.given import Layout, Limits, Outages, Rules
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.racks import desk as at
from gigacampus.engine.racks.desk import Desk
from gigacampus.engine.racks.lanes import Lanes, lane_rows
from gigacampus.engine.racks.loop import wait_again
from gigacampus.engine.racks.play import IN_LINE, STEP_S, Keep, empty_desk, play_on, with_jobs
from gigacampus.errors import Fault, UsageError

TIMES = ("start", "since", "end")
CARRIED = ("submit", "run", "estimate", "gpus", "checkpoint", "watts", "lane", *TIMES, "tries", "kept", "lost")
"""Columns of the desk by job that are carried from window to window."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some jobs of a stream, in order of submission."""

    jobs: Jobs
    tenant: Ints
    watts: Ints
    """Power of each whole job, W."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Jobs that ended in a window; times on the clock of the jobs."""

    number: Ints
    """Which job of the stream, counted from 0."""
    submit_s: Ints
    start_s: Ints
    end_s: Ints
    tries: Ints
    lost_s: Ints
    attempts: int
    """Attempts that were broken off in this window."""
    events: int
    """Instants played so far."""


@dataclass(slots=True)
class Stream:
    """The desk between windows."""

    desk: Desk
    lanes: Lanes
    base_s: int
    columns: dict[str, Any]
    """What is carried, by CARRIED, and `number`."""
    seen: int = 0

    def power_j(self) -> Ints:
        """Energy of each tenant in each step so far, J, shape (steps, tenants)."""
        steps, tenants = int(self.desk.s[at.NOW]) // STEP_S + 1, int(self.desk.s[at.TENANTS])
        return np.cumsum(self.desk.power.reshape(-1, tenants)[:steps], axis=0)


def stream(
    rules: Rules, layout: Layout, gpus: int, tenants: int, *, outages: Outages, limits: Limits, base_s: int,
    longest_s: int,
) -> Stream:  # fmt: skip
    """Racks that wait for windows of jobs, from `base_s` on; no attempt is expected to take more than `longest_s`.

    Policies: fcfs, easy, and fair share by tenant, strict or with `-easy`; broken-off jobs queue at their own place.
    """
    if rules.policy.removesuffix("-easy") not in IN_LINE or rules.requeue != "place":
        told = "a stream is played in line or by fair share, and broken-off jobs queue at their own place"
        raise UsageError(Fault("E301", told, fix=f"one of {', '.join(IN_LINE)}, requeue place"))
    lanes = Lanes(np.zeros(1, np.int32), np.arange(tenants, dtype=np.int64), 0)
    desk = empty_desk(rules, layout, gpus, tenants, lanes, outages, limits, base_s, longest_s, Keep(power=True))
    desk.s[at.ATTEMPT_ROOM] = max(int(desk.s[at.ATTEMPT_ROOM]), 1)
    return Stream(desk, lanes, base_s, {})


def play_windows(state: Stream, windows: Iterable[Window]) -> Iterator[Ended]:
    """Play a stream; tells after each window which jobs have ended."""
    last: Window | None = None
    for window in windows:
        if last is not None:
            yield _play(state, last, int(window.jobs.submit_s[0]))
        last = window
    if last is not None:
        yield _play(state, last, NEVER)


def _play(state: Stream, window: Window, until_s: int) -> Ended:
    """Play a window until a time, and carry what has not ended."""
    jobs, s = window.jobs, state.desk.s
    fresh: dict[str, Any] = {
        "submit": jobs.submit_s - state.base_s, "run": jobs.run_s, "estimate": jobs.estimate_s, "gpus": jobs.gpus,
        "checkpoint": jobs.checkpoint_s, "watts": window.watts, "lane": window.tenant.astype(np.int32),
        "number": np.arange(state.seen, state.seen + len(jobs.run_s), dtype=np.int64),
    }  # fmt: skip
    state.seen += len(jobs.run_s)
    carried, here = state.columns, len(state.columns["number"]) if state.columns else 0
    joined: dict[str, Any] = {
        name: np.concatenate((carried[name], column)) if here else column for name, column in fresh.items()
    }
    desk = _with(state, joined, here)
    s[at.UNTIL] = until_s if until_s == NEVER else until_s - state.base_s
    struck = int(s[at.STRUCK])
    desk = play_on(desk)
    number, arrived = joined["number"], int(s[at.ARRIVED])
    for name in TIMES:
        getattr(desk, name)[arrived:] = NEVER
    victims = desk.outages.reshape(-1, at.OUTAGE_ROW)[struck : int(s[at.STRUCK]), at.VICTIM]
    victims[victims >= 0] = number[victims[victims >= 0]]
    has_ended = desk.end[: len(number)] < NEVER
    gone, left = np.flatnonzero(has_ended), np.flatnonzero(~has_ended)
    attempts, s[at.ATTEMPTS] = int(s[at.ATTEMPTS]), 0
    ended = Ended(
        number[gone], desk.submit[gone] + state.base_s, desk.start[gone] + state.base_s,
        desk.end[gone] + state.base_s, desk.tries[gone].astype(np.int64), desk.lost[gone], attempts,
        int(s[at.EVENTS]),
    )  # fmt: skip
    state.columns = {name: getattr(desk, name)[left] for name in CARRIED} | {"number": number[left]}
    slots = desk.slots.reshape(-1, at.SLOT)
    runs = slots[:, at.JOB] >= 0
    place = np.cumsum(~has_ended) - 1
    slots[runs, at.JOB] = place[slots[runs, at.JOB]]
    s[at.ARRIVED] = int((left < arrived).sum())
    state.desk = desk
    return ended


def _with(state: Stream, joined: dict[str, Any], here: int) -> Desk:
    """The desk with the jobs of a window, of which the first so many are carried."""
    s, lanes = state.desk.s, replace(state.lanes, of_job=joined["lane"])
    jobs = Jobs(joined["submit"], joined["run"], joined["estimate"], joined["gpus"], joined["checkpoint"])
    none = np.zeros(0, np.int64)
    desk = with_jobs(state.desk, jobs, Who(none, none, none), lanes, 0, None, joined["watts"])
    arrived = int(s[at.ARRIVED])
    for name in (*TIMES, "tries", "kept", "lost") if here else ():
        getattr(desk, name)[:here] = state.columns[name]
    # those that had come keep their order in their lanes
    rows = lane_rows(lanes, len(jobs.run_s)).reshape(-1, at.LANE_ROW)
    lane = joined["lane"][:arrived]
    counts = np.bincount(lane, minlength=lanes.count)
    by_lane = np.argsort(lane, kind="stable")
    first = rows[:, at.FIRST_RANK] - np.cumsum(counts) + counts
    ranks = first[lane[by_lane]] + np.arange(arrived)
    desk.rank[by_lane], desk.order[ranks] = ranks, by_lane
    rows[:, at.NEXT_RANK] += counts
    s[at.HEAD], s[at.WAITING] = -1, 0
    desk = desk._replace(lanes=rows.reshape(-1))
    wait_again(desk)
    return desk
