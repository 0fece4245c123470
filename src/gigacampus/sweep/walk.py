"""The walk of a sweep: plan the study, play what is not there yet, gather the results."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gigacampus.errors import GigacampusError
from gigacampus.shared import within
from gigacampus.sweep.executors import ClusterLostError, Workers, is_threaded, workers
from gigacampus.sweep.job import Done, Job
from gigacampus.sweep.outcome import Outcome, gathered, save
from gigacampus.sweep.store import Store
from gigacampus.sweep.study import Plan, Study, planned

MOST_DEATHS = 3
"""A run whose worker dies so often is recorded as failed."""
AHEAD = 3
"""Runs handed out for each worker, so that none waits for the next."""
PATIENCE_S = 0.2
LOOK_S = 1.0
"""How often it is looked whether the workers are still there, while none is done."""
WORTH_KEEPING_S = 0.05
"""Runs that took longer are made safe against a power cut, which costs some milliseconds."""


class UnfinishedError(GigacampusError):
    """A sweep that could not go on; what is finished stays, and the same command goes on from there."""


@dataclass
class Tally:
    """What a sweep has done so far."""

    total: int
    played: int = 0
    skipped: int = 0
    failed: int = 0
    deaths: int = 0
    busy_s: float = 0.0
    """Time that workers spent in runs."""
    wall_s: float = 0.0
    workers: int = 1
    keys: list[str] = field(default_factory=list)

    @property
    def busy_fraction(self) -> float:
        """Share of the workers' time that went into runs."""
        return self.busy_s / (self.wall_s * self.workers) if self.wall_s else 0.0


def sweep(
    study: Study,
    out: Path,
    *,
    count: int | None = None,
    cluster: str | None = None,
    tell: Callable[[Tally], None] = lambda tally: None,
) -> Outcome:
    """Play a study into the folder `out` and return its results; what is finished there already is not played again.

    InputError before anything runs where the study, the folder or the cluster cannot be used; UnfinishedError where the
    folder or the cluster is lost midway. A run that fails is recorded with its error, and the rest go on.
    """
    plan = planned(study)
    with study.placing(), playing(study, count, cluster) as place:
        store = Store(out)
        store.sweep_leftovers()
        tally = played(plan, store, place, tell)
    found = gathered(plan, store, tally.keys)
    found.tally = tally
    save(found, store)
    return found


@contextmanager
def playing(study: Study, count: int | None, cluster: str | None) -> Iterator[Workers]:
    """The workers, let go however the block ends; processes share logs and weather, threads have them in common."""
    kind = "function" if study.function is not None else study.kind
    with nullcontext() if is_threaded(kind, cluster) else within():
        place = workers(kind, count, cluster)
        try:
            yield place
        finally:
            place.close()


def played(plan: Plan, store: Store, place: Workers, tell: Callable[[Tally], None] = lambda tally: None) -> Tally:
    """Play every point that is not there yet; each run is kept as soon as it is done."""
    tally = Tally(plan.total, workers=place.count)
    begun = time.perf_counter()
    try:
        _Round(plan, store, place, tally, tell).run()
    except ClusterLostError as error:
        raise UnfinishedError(f"{error}; what is finished stays: the same command goes on from there") from error
    except OSError as error:
        told = f"{store.root} cannot be written ({error.strerror or error}); what is finished stays: make room, and"
        raise UnfinishedError(f"{told} the same command goes on from there") from error
    finally:
        for key in list(store.claimed):
            store.release(key)
        tally.wall_s = time.perf_counter() - begun
    return tally


class _Round:
    """One pass over the points: hand out, take in, hand out again."""

    def __init__(self, plan: Plan, store: Store, place: Workers, tally: Tally, tell: Callable[[Tally], None]) -> None:
        self.plan, self.store, self.place, self.tally, self.tell = plan, store, place, tally, tell
        self.flying: dict[Future[Done], Job] = {}
        self.elsewhere: deque[Job] = deque()
        self.again: deque[Job] = deque()
        self.deaths: dict[str, int] = {}
        self.seen: set[str] = set()
        self.is_warm = False

    def run(self) -> None:
        """Until every point is finished, failed, or finished by another sweep."""
        points = iter(self.plan.points())
        is_over = False
        while True:
            while len(self.flying) < self._room() and not is_over:
                job = self._next(points)
                if job is None:
                    is_over = True
                elif self.store.claim(job.key):
                    self._hand_out(job)
                else:
                    self.elsewhere.append(job)
            if is_over and self.elsewhere and len(self.flying) < self._room():
                self._look_elsewhere()
            if not self.flying:
                if is_over and not self.elsewhere and not self.again:
                    return
                time.sleep(PATIENCE_S if self.elsewhere else 0.0)
                is_over = is_over and not self.again
                continue
            self._take_in()
            is_over = is_over and not self.again

    def _room(self) -> int:
        """Runs that may be out at once: one until the first is back, so that its compiled code is there for all."""
        return AHEAD * self.place.count if self.is_warm else 1

    def _next(self, points: Iterator[Any]) -> Job | None:
        """The next job that is neither finished nor handed out."""
        if self.again:
            return self.again.popleft()
        for point in points:
            job = self.plan.job(point)
            self.tally.keys.append(job.key)
            if job.key in self.seen:
                self.tally.skipped += 1
                continue
            self.seen.add(job.key)
            if self.store.has(job.key):
                self.tally.skipped += 1
                self.tell(self.tally)
                continue
            return job
        return None

    def _hand_out(self, job: Job) -> None:
        if self.store.has(job.key):  # another sweep finished it between the look and the claim
            self.store.release(job.key)
            self.tally.skipped += 1
            return
        self.flying[self.place.submit(job)] = job

    def _look_elsewhere(self) -> None:
        """Runs that another sweep was at: finished by now, or given up and ours to play."""
        for _ in range(len(self.elsewhere)):
            job = self.elsewhere.popleft()
            if self.store.has(job.key):
                self.tally.skipped += 1
            elif self.store.claim(job.key):
                self._hand_out(job)
            else:
                self.elsewhere.append(job)

    def _take_in(self) -> None:
        patience_s = PATIENCE_S if self.elsewhere else LOOK_S
        done, _ = wait(self.flying, timeout=patience_s, return_when=FIRST_COMPLETED)
        if not done:
            self.place.check()
        # what is finished is kept first: a place that is gone ends the round
        for future in sorted(done, key=lambda one: _error(one) is not None):
            job = self.flying.pop(future)
            error = _error(future)
            if error is None:
                self._keep(job, future.result())
            elif self.place.broke(error):
                self._died(job)
            else:
                self._fail(job, f"{type(error).__name__}: {error}")
            self.is_warm = True
            self.tell(self.tally)

    def _keep(self, job: Job, done: Done) -> None:
        self.tally.busy_s += done.busy_s
        if done.error:
            self._fail(job, done.error)
            return
        self.store.keep(job.key, done.content, durable=done.busy_s > WORTH_KEEPING_S)
        self.store.release(job.key)
        self.tally.played += 1

    def _died(self, job: Job) -> None:
        """A worker died with this run or one beside it in its hands: played again, three times at the most."""
        self.tally.deaths += 1
        self.deaths[job.key] = self.deaths.get(job.key, 0) + 1
        if self.deaths[job.key] >= MOST_DEATHS * AHEAD * self.place.count:
            self._fail(job, "its worker died again and again (killed, or out of memory)")
            return
        self.store.release(job.key)
        self.again.append(job)
        if self.deaths[job.key] >= MOST_DEATHS:
            self.is_warm = False  # one at a time from here on, so that the run that kills workers is found

    def _fail(self, job: Job, error: str) -> None:
        self.store.fail(job.key, error, {"kind": job.kind, "variants": job.variants, "overrides": job.overrides,
                                         "seed": job.seed})  # fmt: skip
        self.store.release(job.key)
        self.tally.failed += 1


def _error(future: Future[Done]) -> BaseException | None:
    """What a future failed with, being cancelled by a place that is gone among it."""
    try:
        return future.exception()
    except CancelledError as error:
        return error
