"""Where runs are played: threads, spawned processes, or a Dask cluster. The only file that knows an executor."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Literal, Protocol

from gigacampus import shared
from gigacampus.errors import Fault, GigacampusError, UsageError
from gigacampus.sweep.job import Done, Job, play, warm

ANSWER_S = 15
"""Seconds in which a cluster must answer."""


class ClusterLostError(GigacampusError):
    """A cluster that does not answer any more; what is finished stays."""


class Workers(Protocol):
    """A place where jobs are played; `submit` gives a future of `Done`."""

    count: int

    def submit(self, job: Job) -> Future[Done]:
        """Have a job played."""

    def broke(self, error: BaseException) -> bool:
        """Whether a future's error means that a worker died, not that the job failed; the place is whole again then."""

    def check(self) -> None:
        """ClusterLostError where the place is gone for good."""

    def close(self) -> None:
        """Let the workers go; what is not begun is not played."""


class Local:
    """Workers on this machine."""

    def __init__(self, count: int, kind: Literal["threads", "processes"]) -> None:
        self.count, self.kind = count, kind
        self.pool = self._pool()

    def _pool(self) -> Executor:
        if self.kind == "threads":
            return ThreadPoolExecutor(self.count)
        made = ProcessPoolExecutor(self.count, multiprocessing.get_context("spawn"), initializer=_begin)
        for _ in range(self.count):  # a process begins with the first call that finds none idle: all begin at once
            made.submit(warm)
        return made

    def submit(self, job: Job) -> Future[Done]:
        """Have a job played; a pool that broke since is made anew."""
        try:
            return self.pool.submit(play, job)
        except BrokenExecutor:
            self._anew()
            return self.pool.submit(play, job)

    def broke(self, error: BaseException) -> bool:
        """A pool breaks as a whole when one of its processes dies."""
        return isinstance(error, BrokenExecutor)

    def check(self) -> None:
        """Never: it is this machine."""

    def _anew(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.pool = self._pool()

    def close(self) -> None:
        """Let the workers go."""
        self.pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """A worker process: it leaves Ctrl-C to its parent, ends with it however it ends, and imports what runs need."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    warm()


def _follow(parent: Any) -> None:
    parent.join()
    shared.forget()
    os._exit(1)


class Dask:
    """Workers of a Dask cluster, by its `concurrent.futures` executor."""

    def __init__(self, address: str, count: int) -> None:
        """`local` starts `count` worker processes that listen on loopback alone; else the scheduler's address."""
        distributed = _distributed()
        import dask

        dask.config.set({"distributed.comm.timeouts.connect": f"{ANSWER_S}s"})
        self.cluster: Any = None
        try:
            if address == "local":
                self.cluster = distributed.LocalCluster(
                    n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True,
                    scheduler_kwargs={"host": "127.0.0.1"}, silence_logs=50,
                )  # fmt: skip
            self.client = distributed.Client(self.cluster or address, timeout=ANSWER_S)
        except (OSError, TimeoutError, ValueError, TypeError, ImportError) as error:
            told = f"the cluster {address} does not answer ({error or type(error).__name__})"
            fault = Fault("Y005", told, f"--cluster {address}", fix="check that its scheduler runs, or leave it out")
            raise UsageError(fault) from None
        self.address = address
        self.count = max(1, sum(self.client.nthreads().values()))
        self.executor = self.client.get_executor(pure=False, retries=3)

    def submit(self, job: Job) -> Future[Done]:
        """Have a job played; Dask plays it elsewhere where its worker dies."""
        self.check()
        future: Future[Done] = self.executor.submit(play, job)
        return future

    def check(self) -> None:
        """A client that could not find its scheduler again has closed itself."""
        if self.client.status not in ("running", "connecting"):
            raise ClusterLostError(f"the cluster {self.address} was lost")

    def broke(self, error: BaseException) -> bool:
        """A job whose workers died again and again counts as one more death; a lost scheduler ends the sweep."""
        if type(error).__name__ == "KilledWorker":
            return True
        if isinstance(error, OSError) or type(error).__name__ in ("CancelledError", "FutureCancelledError"):
            raise ClusterLostError(f"the cluster {self.address} was lost ({type(error).__name__})") from error
        return False

    def close(self) -> None:
        """Let the workers go; a cluster that was started here ends."""
        with contextlib.suppress(Exception):
            self.executor.shutdown(wait=False)
        with contextlib.suppress(Exception):
            self.client.close(timeout=5)
        if self.cluster is not None:
            with contextlib.suppress(Exception):
                self.cluster.close(timeout=5)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        fault = Fault("U005", "--cluster needs dask.distributed", fix="pip install distributed")
        raise UsageError(fault) from None
    return distributed


def is_threaded(kind: str, cluster: str | None) -> bool:
    """Whether runs of a kind are played in threads of this process."""
    return not cluster and kind in ("replay", "function")


def workers(kind: str, count: int | None, cluster: str | None) -> Workers:
    """The place for runs of a kind: threads where the work is compiled and lets other threads run, processes else."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cluster:
        return Dask(cluster, count or cores)
    return Local(count or cores, "threads" if is_threaded(kind, cluster) else "processes")
