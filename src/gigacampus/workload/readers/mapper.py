"""The one mapper: a format is a table of fields; this turns any of them into the canonical job table."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from gigacampus.errors import Fault, TraceError
from gigacampus.tables import arrow
from gigacampus.tables.trace import State
from gigacampus.workload.readers import convert
from gigacampus.workload.readers.faults import Faults
from gigacampus.workload.readers.source import Source

Array = NDArray[Any]
How = Literal["number", "time", "span", "text", "state", "id"]
TARGETS: dict[str, How] = {
    "job_id": "id", "submit_s": "time", "run_s": "number", "estimate_s": "number", "gpus": "number", "user": "text",
    "tenant": "text", "kind": "text", "priority": "number", "state": "state", "start_s": "time", "end_s": "time",
    "nodes": "number", "cpu_milli": "number", "memory_mib": "number", "gpu_milli": "number", "gpu_spec": "text",
    "begin_s": "time", "planned_s": "time", "deadline_s": "time",
}  # fmt: skip
"""What a format may fill, and how its text is read by default."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where a value comes from: the first of `columns` that the file has, times `scale`."""

    columns: tuple[str, ...]
    how: How | None = None
    scale: float = 1.0
    required: bool = False


def one(*columns: str, how: How | None = None, scale: float = 1.0, required: bool = False) -> Field:
    """A field read from one of these columns."""
    return Field(columns, how, scale, required)


def need(*columns: str, how: How | None = None, scale: float = 1.0) -> Field:
    """A field without which the format cannot be read."""
    return Field(columns, how, scale, required=True)


@dataclass(slots=True)
class Batch:
    """A part of the file while it is mapped: numbers with masks of what is known, texts, and the rows' numbers."""

    rows: NDArray[np.int64]
    faults: Faults
    values: dict[str, Array] = field(default_factory=dict)
    known: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    keep: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    """Rows that are jobs; formats clear it for rows that are not (job steps, partial executions)."""

    def whole(self, name: str, absent: int) -> NDArray[np.int64]:
        """A number as int64 seconds or counts, `absent` where the file has none."""
        if name not in self.values:
            return np.full(len(self.rows), absent, np.int64)
        return np.where(self.known[name], convert.whole(self.values[name]), absent)

    def has(self, name: str) -> NDArray[np.bool_]:
        """Where a number is known."""
        return self.known.get(name, np.zeros(len(self.rows), bool))

    def put(self, name: str, values: Array, known: NDArray[np.bool_] | None = None) -> None:
        """Set a computed column."""
        self.values[name] = values
        self.known[name] = np.ones(len(self.rows), bool) if known is None else known

    def each_word(self, name: str, meaning: Callable[[str], float]) -> NDArray[np.float64]:
        """A number for each row from its text, computed once for each distinct text; NaN where absent."""
        indices, distinct = convert.codes(self.texts[name])
        table = np.array([meaning(word) for word in distinct] + [np.nan])
        picked: NDArray[np.float64] = table[indices]
        return picked

    def refuse(self, mask: NDArray[np.bool_], code: str, target: str, say: Callable[[int], str]) -> None:
        """Take down the rows of a mask as faults; `say(position)` speaks of one, by its position in the batch."""
        at = np.flatnonzero(mask & self.keep)
        if len(at):
            self.faults.refuse(self.rows[at], code, self.columns.get(target, target), lambda k: say(int(at[k])))


@dataclass(frozen=True, slots=True)
class Format:
    """A trace format: how it is told, what its columns mean, and its semantics in sentences."""

    name: str
    title: str
    signature: tuple[str, ...]
    """Columns by which a header is known to be of this format."""
    fields: Mapping[str, Field]
    states: Mapping[str, State] = field(default_factory=dict)
    """The format's words for how a job ended (upper case) and what they mean here; without states all completed."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """The format's words (lower case) for classes of work."""
    finish: Callable[[Batch], None] | None = None
    """What needs more than a table: computed on the batch, vectorised."""
    open: Callable[[str, Format], Source] | None = None
    """How its rows are found, where it is no plain CSV."""
    has_dates: bool = False
    """Whether times are dates, so that the clock starts at the earliest submission."""
    has_ids: bool = True
    """Whether a repeated id is an error."""
    has_attempts: bool = False
    """Whether an id comes again, at another submission, where a job was requeued."""
    missing_mark: float | None = None
    """A number that means absent in every column, such as -1 in SWF."""
    semantics: tuple[str, ...] = ()
    citation: str = ""


def resolve(form: Format, source: Source) -> dict[str, tuple[str, Field]]:
    """Which column of the file fills which target; TraceError names all required ones that are missing."""
    found: dict[str, tuple[str, Field]] = {}
    faults = []
    lower = {name.lower(): name for name in source.names}
    for target, spec in form.fields.items():
        name = next((lower[c.lower()] for c in spec.columns if c.lower() in lower), None)
        if name is not None:
            found[target] = (name, spec)
        elif spec.required:
            wanted = " or ".join(f'"{column}"' for column in spec.columns)
            near = difflib.get_close_matches(spec.columns[0], source.names, 1, 0.6)
            hint = f'did you mean "{near[0]}"? ' if near else ""
            faults.append(
                Fault(
                    "T002", f"no column {wanted} for {target}; the file has {', '.join(source.names[:30])}",
                    source.path, 1, path=target,
                    fix=f"{hint}name the format with --format, or the column with --columns {target}=NAME",
                )
            )  # fmt: skip
    if faults:
        raise TraceError(faults)
    return found


def read_batch(
    form: Format, resolved: dict[str, tuple[str, Field]], rows: Array, columns: Any, faults: Faults, zone: str
) -> Batch:
    """Turn a batch of strings into numbers, instants and texts by the format's table of fields."""
    batch = Batch(rows, faults, keep=np.ones(len(rows), bool))
    for target, (name, spec) in resolved.items():
        batch.columns[target] = name
        how = spec.how or TARGETS[target]
        text = columns.column(name)
        if how in ("text", "state", "id"):
            batch.texts[target] = (
                text if form.missing_mark is None or how == "id" else _without(text, form.missing_mark)
            )
            continue
        values, known, bad = _read(text, how, zone, form.has_dates)
        if form.missing_mark is not None:
            known = known & (values != form.missing_mark)
        batch.put(target, values * spec.scale if spec.scale != 1.0 else values, known)
        if bad.any():
            expected = "a date and time" if how == "time" and form.has_dates else "a number"
            faults.refuse_cells(rows, bad & batch.keep, name, text, expected)
            batch.keep &= ~bad
    return batch


def _without(text: Any, mark: float) -> Any:
    """A text column whose mark for a missing value, such as -1, is made absent."""
    return pc.if_else(pc.equal(text, arrow.text(f"{mark:g}")), convert.ABSENT, text)


def _read(text: Any, how: How, zone: str, has_dates: bool) -> tuple[Array, Array, Array]:
    if how == "span":
        return convert.spans(text)
    if how == "time" and has_dates:
        return convert.instants(text, zone)
    return convert.numbers(text)
