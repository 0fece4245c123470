"""Batches to a `Trace`: the rules that hold for every format, each counted, none silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.errors import Fault, TraceError
from gigacampus.tables import Table
from gigacampus.tables.arrow import from_numbers, from_texts
from gigacampus.tables.trace import JOBS
from gigacampus.tables.work import Kind
from gigacampus.workload.readers import convert, rules
from gigacampus.workload.readers.faults import Faults
from gigacampus.workload.readers.mapper import Batch, Format, read_batch, resolve
from gigacampus.workload.readers.repeats import has_repeats
from gigacampus.workload.readers.source import Source
from gigacampus.workload.trace import Trace

Ints = NDArray[np.int64]
TEXTS = {"user": "user_index", "tenant": "tenant_index", "gpu_spec": "gpu_spec_index"}
PLAIN = {"priority": 0, "nodes": 0, "cpu_milli": 0, "memory_mib": 0, "gpu_milli": 1000}
"""Columns taken as they stand, with what stands where the file has none."""


WISHES = ("begin_s", "planned_s", "deadline_s")
"""Times that a job is wished to begin or end by."""


class Names:
    """Texts numbered in order of appearance over all batches."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}

    def number(self, text: Any) -> NDArray[np.int32]:
        """The numbers of a batch's texts; -1 where absent."""
        indices, words = convert.codes(text)
        table = np.array([self.index.setdefault(word, len(self.index)) for word in words] + [-1], np.int32)
        return table[indices]


class Assembly:
    """The canonical columns of a file while its batches come in."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.parts: dict[str, list[NDArray[Any]]] = {}
        self.ids: list[Any] = []
        self.rows: list[Ints] = []
        self.names = {text: Names() for text in TEXTS}
        self.counts: Counter[str] = Counter()

    def take(self, batch: Batch) -> None:
        """Apply the rules to one batch and keep its jobs."""
        state = rules.states(self.form, batch)
        columns: dict[str, NDArray[Any]] = {"submit_s": rules.submits(batch)}
        if "state" in batch.texts:
            columns["state_index"] = state
        columns["run_s"] = rules.runs(self.form, batch, state, self.counts)
        columns["gpus"] = rules.gpus_held(batch, columns["run_s"])
        if "estimate_s" in batch.values:
            columns["estimate_s"] = np.maximum(batch.whole("estimate_s", 0), 0)
        for name in ("start_s", "end_s", *WISHES):
            if name in batch.values:
                seconds = np.floor(batch.values[name]).astype(np.int64)
                columns[name] = np.where(batch.known[name], seconds, NEVER)
        for name, absent in PLAIN.items():
            if name in batch.values:
                columns[name] = batch.whole(name, absent)
        for text, target in TEXTS.items():
            if text in batch.texts:
                columns[target] = self.names[text].number(batch.texts[text])
        if "kind" in batch.texts:
            kind = batch.each_word("kind", lambda word: self.form.kinds.get(word.lower(), Kind.BATCH))
            columns["kind_index"] = np.where(np.isnan(kind), int(Kind.BATCH), kind).astype(np.int32)
        self.counts["left_out"] += len(batch.rows) - int(batch.keep.sum())
        whole = bool(batch.keep.all())
        for name, values in columns.items():
            self.parts.setdefault(name, []).append(values if whole else values[batch.keep])
        rows = batch.rows if whole else batch.rows[batch.keep]
        # half the memory: rows are put back to 64 bits when they are needed, which is for faults only
        self.rows.append(rows.astype(np.uint32) if len(rows) and rows[-1] < 2**32 else rows)
        if "job_id" in batch.texts:
            ids = batch.texts["job_id"]
            self.ids.append(_compact(ids if whole else ids.filter(from_numbers(batch.keep))))

    def file_rows(self) -> Ints:
        """Row of the file that each job came from: put together only where a fault must be placed."""
        return np.concatenate(self.rows).astype(np.int64) if self.rows else np.zeros(0, np.int64)

    def column(self, name: str) -> NDArray[Any] | None:
        """A canonical column over all batches, and forget its parts; None where the file has none."""
        parts = self.parts.pop(name, None)
        return None if parts is None else parts[0] if len(parts) == 1 else np.concatenate(parts)


def assemble(form: Format, source: Source, zone: str, skip_bad: bool) -> Trace:
    """Read all of a source as one format. TraceError tells every fault, unless bad rows are to be skipped."""
    faults = Faults(source.path)
    resolved = resolve(form, source)
    made = Assembly(form)
    for rows, columns in source.batches(list({name for name, _ in resolved.values()}), faults):
        batch = read_batch(form, resolved, rows, columns, faults, zone)
        rows_before = int(batch.keep.sum())
        if form.finish:
            form.finish(batch)
        made.counts["not_jobs"] += rows_before - int(batch.keep.sum())
        made.take(batch)
    ids = _ids(made.ids)
    made.ids.clear()
    if form.has_ids and ids is not None and has_repeats(ids.drop_null() if ids.null_count else ids):
        submits = np.concatenate(made.parts["submit_s"]) if form.has_attempts else None
        ids = _told_apart(ids, submits, made, resolved["job_id"][0], faults)
    if not skip_bad:
        faults.raise_if_any(source.lines, source.delimiter, source.names)
    good = _good(made.file_rows(), faults) if faults.bad_rows else None
    pa.default_memory_pool().release_unused()
    return _trace(form, source, made, ids, good, len(faults.bad_rows))


def _good(rows: Ints, faults: Faults) -> NDArray[np.bool_] | None:
    """Which rows are left after skipping bad ones; None where all are."""
    good: NDArray[np.bool_] = ~np.isin(rows, np.array(sorted(faults.bad_rows)))
    return None if good.all() else good


def _trace(
    form: Format, source: Source, made: Assembly, ids: Any, good: NDArray[np.bool_] | None, skipped: int
) -> Trace:
    rows = sum(len(part) for part in made.rows) if good is None else int(good.sum())
    if not rows:
        raise TraceError(Fault("T007", "the trace holds no jobs", source.path, fix="check the file and --format"))
    defaults = {
        "start_s": NEVER,
        "end_s": NEVER,
        **dict.fromkeys(WISHES, NEVER),
        "kind_index": int(Kind.BATCH),
        "gpu_milli": 1000,
        "state_index": -1,
    } | dict.fromkeys(TEXTS.values(), -1)
    columns: dict[str, NDArray[Any]] = {}
    for one in JOBS.columns:
        values = made.column(one.name)
        if values is None:
            dtype = np.int32 if one.dtype == "i4" else np.int64
            columns[one.name] = np.broadcast_to(np.array(defaults.get(one.name, 0), dtype), rows)
        else:
            columns[one.name] = values if good is None else values[good]
    if bool((columns["gpus"] == 0).any()):
        columns["gpu_milli"] = np.where(columns["gpus"] > 0, columns["gpu_milli"], 0)
    epoch = _told_epoch(getattr(source, "header", {}))
    if form.has_dates:
        origin = int(columns["submit_s"].min())
        epoch = datetime.fromtimestamp(origin, UTC).isoformat()
        for name in ("submit_s", "start_s", "end_s", *WISHES):
            columns[name] = np.where(columns[name] == NEVER, NEVER, columns[name] - origin)
    counts = made.counts
    counts["never_ran"] = int(np.count_nonzero(columns["run_s"] == 0))
    counts["without_gpus"] = int(np.count_nonzero(columns["gpus"] == 0))
    counts["without_estimate"] = int(np.count_nonzero(columns["estimate_s"] <= 0))
    counts["out_of_order"] = int(np.count_nonzero(columns["submit_s"][1:] < columns["submit_s"][:-1]))
    if ids is not None and good is not None:
        ids = ids.filter(from_numbers(good))
    names = {text: tuple(numbered.index) for text, numbered in made.names.items()}
    return Trace(
        Table(JOBS, columns), from_numbers(np.arange(rows)) if ids is None else ids, names["user"], names["tenant"],
        names["gpu_spec"], form.name, source.path, epoch, dict(getattr(source, "header", {})), skipped,
        dict(counts), notes(form, counts, rows, skipped, epoch), form.citation,
    )  # fmt: skip


def _told_epoch(header: Mapping[str, str]) -> str:
    """The instant of second 0 where a file's header says it (SWF's UnixStartTime); empty where none does."""
    stated = header.get("UnixStartTime", "")
    seconds = int(stated) if stated.isdecimal() and len(stated) < 12 else 0
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""


def notes(form: Format, counts: Counter[str], rows: int, skipped: int, epoch: str) -> tuple[str, ...]:
    """What was done to the file, in sentences."""
    said = list(form.semantics)
    if form.has_dates:
        said.append(f"Dates are seconds since the earliest submission, {epoch}.")
    else:
        said.append("The file's own clock is kept" + (f"; its second 0 is {epoch}." if epoch else "."))
    told = {
        "without_estimate": "carry no requested time: wherever a policy needs one it is the run time (clairvoyant)",
        "never_ran": "have a run time of 0: cancelled before they started, or shorter than the log resolves",
        "without_gpus": "ask for no GPU",
        "attempts": "rows are further attempts of requeued jobs: kept, each under its number",
        "still_running": "were unfinished when the log ended and have no run time: left out",
        "not_jobs": "rows are no jobs of their own (steps, partial executions): left out",
        "out_of_order": "are out of order of submission: kept as they stand; a replay sorts them stably",
    }
    said += [f"{counts[key]:,} of {rows:,} {text}." for key, text in told.items() if counts[key]]
    if skipped:
        said.append(f"{skipped:,} malformed rows were skipped on request.")
    return tuple(said)


def _compact(ids: Any) -> Any:
    """Ids as int64 where all are whole numbers that read back the same, else as text."""
    try:
        numbers = pc.cast(ids, pa.int64())
        return numbers if pc.all(pc.equal(pc.cast(numbers, pa.string()), ids)).as_py() in (True, None) else ids
    except pa.ArrowInvalid:
        return ids


def _ids(parts: list[Any]) -> Any:
    if not parts:
        return None
    if len({part.type for part in parts}) > 1:
        parts = [pc.cast(part, pa.string()) for part in parts]
    joined = pa.chunked_array(parts).combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined


def _told_apart(ids: Any, submits: Ints | None, made: Assembly, column: str, faults: Faults) -> Any:
    """Ids with later attempts of requeued jobs numbered (7~2) where a format has such; other repeats are refused."""
    codes, words = convert.codes(ids)
    order = np.argsort(codes, kind="stable") if submits is None else np.lexsort((submits, codes))
    again = np.zeros(len(order), bool)
    again[1:] = (codes[order][1:] == codes[order][:-1]) & (codes[order][1:] >= 0)
    is_attempt = np.zeros(len(order), bool)
    if submits is not None:
        is_attempt[1:] = again[1:] & (submits[order][1:] != submits[order][:-1])
    repeated = np.sort(order[again & ~is_attempt])
    faults.refuse(
        made.file_rows()[repeated],
        "T006",
        column,
        lambda k: f"id {ids[int(repeated[k])].as_py()} was there before; ids must be unique",
    )
    if not is_attempt.any():
        return ids
    made.counts["attempts"] = int(is_attempt.sum())
    count = np.arange(len(order)) - np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))
    names = pc.cast(ids, pa.string()).to_pylist()
    for row, number in zip(order[is_attempt].tolist(), count[is_attempt].tolist(), strict=True):
        names[row] = f"{words[codes[row]]}~{number + 1}"
    return from_texts(names)
