"""One run of a study: what goes to a worker as plain bytes, and what comes back as one file's bytes."""

from __future__ import annotations

import io
import json
import pickle
import time
import traceback
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gigacampus.errors import GigacampusError

MOST_ROWS = 2_000
"""Rows of the tables that a run keeps; longer ones are made again by `gigacampus run` on its scenario."""
STAMP = (1980, 1, 1, 0, 0, 0)
TABLES, STREAM = "tables/", ".arrows.lz4"
END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""What ends an Arrow stream."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs for one run. `base` is the scenario's tree, or a replay's options, pickled once a study."""

    key: str
    kind: str
    base: bytes
    variants: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    keep_tables: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job: the bytes of its file, or why it failed."""

    key: str
    content: bytes = b""
    error: str = ""
    busy_s: float = 0.0
    worker: str = ""


@lru_cache(maxsize=4)
def _base(content: bytes) -> Any:
    """The tree or the options, unpickled once a worker. It is only ever read."""
    return pickle.loads(content)


def play(job: Job) -> Done:
    """Play one job; whatever goes wrong in it is told, not raised, so that the others go on."""
    import os
    import socket

    begun = time.perf_counter()
    worker = f"{socket.gethostname()}:{os.getpid()}"
    try:
        numbers, tables = PLAYERS[job.kind](job)
        content = packed(job, numbers, tables)
    except GigacampusError as error:
        return Done(job.key, error=str(error), busy_s=time.perf_counter() - begun, worker=worker)
    except Exception:
        last = traceback.format_exc(limit=-3)
        return Done(job.key, error=last, busy_s=time.perf_counter() - begun, worker=worker)
    return Done(job.key, content, busy_s=time.perf_counter() - begun, worker=worker)


def warm() -> None:
    """Import what a run needs, so that the first one does not wait for it."""
    import gigacampus.compare.case
    import gigacampus.plan
    import gigacampus.run  # noqa: F401


def _scenario(job: Job) -> Any:
    from gigacampus.scenario.load import from_source

    source = _base(job.base)
    return from_source(source, job.variants, job.overrides, job.seed)


def _run(job: Job) -> tuple[dict[str, float], Mapping[str, Any]]:
    from gigacampus.compare.case import of_results
    from gigacampus.run import run

    found = run(_scenario(job))
    return of_results("", found, hashed=False).numbers, found.tables


def _plan(job: Job) -> tuple[dict[str, float], Mapping[str, Any]]:
    from gigacampus.compare.player import planned_tables

    case, tables = planned_tables("", _scenario(job))
    return case.numbers, tables


def _replay(job: Job) -> tuple[dict[str, float], Mapping[str, Any]]:
    from gigacampus.sweep.replays import replayed

    return replayed(_base(job.base), job.overrides, job.seed), {}


def _function(job: Job) -> tuple[dict[str, float], Mapping[str, Any]]:
    """A function of the caller's own: it takes the varied values by name and returns numbers by name."""
    function = _base(job.base)
    values = dict(one.split("=", 1) for one in job.overrides)
    found = function(**{name: float(text) for name, text in values.items()})
    return {str(key): float(value) for key, value in found.items()}, {}


PLAYERS = {"run": _run, "plan": _plan, "replay": _replay, "function": _function}
KINDS = ("run", "plan", "replay")


def packed(job: Job, numbers: Mapping[str, float], tables: Mapping[str, Any]) -> bytes:
    """A run as the bytes of one zip: `record.json` with its numbers, and its short tables as Arrow streams in LZ4."""
    record = {"key": job.key, "kind": job.kind, "numbers": dict(sorted(numbers.items()))}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo("record.json", STAMP), json.dumps(record))
        if job.keep_tables and tables:
            for name, table in sorted(tables.items()):
                if 0 < len(table) <= MOST_ROWS:
                    file.writestr(zipfile.ZipInfo(f"{TABLES}{name}{STREAM}", STAMP), _stream(table))
    return out.getvalue()


def _stream(table: Any) -> bytes:
    """One frame of LZ4 around schema, rows and end: Arrow's own compression costs some 0.05 ms a column."""
    import pyarrow as pa

    arrow = table.to_arrow()
    stream = b"".join([arrow.schema.serialize(), *(batch.serialize() for batch in arrow.to_batches()), END])
    return bytes(pa.compress(stream, codec="lz4", asbytes=True))


def unpacked(content: bytes) -> Any:
    """The inverse of one table, as Arrow."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(content), "lz4") as stream:
        return pa.ipc.open_stream(stream).read_all()
