"""Where rows come from: a delimited text read in batches of strings, however large, or records already in memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from gigacampus.errors import Fault, TraceError
from gigacampus.tables.arrow import from_texts
from gigacampus.workload.readers.convert import NULLS
from gigacampus.workload.readers.faults import Faults

BLOCK_BYTES = 8 << 20
_MAGIC = {b"\x1f\x8b": "gzip", b"BZ": "bz2", b"(\xb5": "zstd"}


class Source(Protocol):
    """Rows of strings, by batches; `names` are the columns that the file has."""

    path: str
    names: list[str]
    delimiter: str

    def batches(self, wanted: list[str], faults: Faults) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """Pairs of row numbers (from 0, headers and comments left out) and a record batch of the wanted columns."""
        ...

    def lines(self, rows: set[int]) -> dict[int, tuple[int, str]]:
        """Line number (from 1) and text of each of these rows, where the file has lines."""
        ...


def open_bytes(path: str | Path) -> Any:
    """The file's bytes as a stream, unpacked where its first bytes say gzip, bzip2 or Zstandard."""
    try:
        with Path(path).open("rb") as file:
            kind = _MAGIC.get(file.read(2))
        return pa.CompressedInputStream(pa.OSFile(str(path)), kind) if kind else pa.OSFile(str(path))
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from None


def read_all(path: str | Path) -> bytes:
    """All bytes of a file, unpacked."""
    try:
        with open_bytes(path) as stream:
            read: bytes = stream.read()
            return read
    except OSError as error:
        raise unreadable(path, str(error)) from None


def unreadable(path: str | Path, why: str) -> TraceError:
    """The error for a file that is no trace at all."""
    return TraceError(
        Fault("T001", f"cannot read the trace: {why}", str(path), fix="check the path and the file's format")
    )


def head(path: str | Path, size: int = 1 << 16) -> str:
    """The first bytes of the file as text, for telling its format."""
    with open_bytes(path) as stream:
        try:
            raw: bytes = stream.read(size)
        except OSError as error:
            raise unreadable(path, str(error)) from None
    return raw.decode("utf-8-sig", errors="replace")


def separator(line: str) -> str:
    """What parts the fields of a CSV-like file, told by its first line: a comma, else `;`, a tab or `|`."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",;\t|", key=lambda mark: (mark == "," and mark in bare, bare.count(mark)))


@dataclass(slots=True)
class Delimited:
    """A CSV-like file. Without `names` the first line names the columns; `squeeze` prepares raw blocks (SWF)."""

    path: str
    delimiter: str = ","
    quote: bool = True
    names: list[str] = field(default_factory=list)
    has_header: bool = True
    wrap: Callable[[Any], Any] | None = None
    is_comment: Callable[[str], bool] | None = None
    header: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.has_header and not self.names:
            lines = [line for line in head(self.path).splitlines() if line.strip()]
            if not lines:
                raise unreadable(self.path, "it is empty")
            first = lines[0]
            cells = next(csv.reader([first], delimiter=self.delimiter)) if self.quote else first.split(self.delimiter)
            self.names = [name.strip() for name in cells]

    def batches(self, wanted: list[str], faults: Faults) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """Pairs of row numbers and batches of strings; rows with too few or too many fields become faults."""
        broken: list[int] = []
        first = 2 if self.has_header else 1

        def take_down(row: Any) -> str:
            number = int(row.number) - first
            message = f"expected {row.expected_columns} fields, found {row.actual_columns}"
            faults.refuse(np.array([number]), "T003", "", lambda _: message)
            broken.append(number)
            return "skip"

        stream = open_bytes(self.path)
        seen = 0
        try:
            reader = pacsv.open_csv(
                self.wrap(stream) if self.wrap else stream,
                pacsv.ReadOptions(
                    use_threads=False, block_size=BLOCK_BYTES, column_names=self.names, skip_rows=first - 1
                ),
                pacsv.ParseOptions(
                    delimiter=self.delimiter,
                    quote_char='"' if self.quote else False,
                    invalid_row_handler=take_down,
                    newlines_in_values=self.quote,
                ),
                pacsv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(self.names, pa.string()),
                    null_values=NULLS,
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
            for batch in reader:
                yield _numbered(np.arange(seen, seen + len(batch)), broken, self.has_header), batch
                seen += len(batch)
        except pa.ArrowInvalid as error:
            if "mpty CSV" in str(error):
                return
            raise unreadable(self.path, str(error).split("\n")[0]) from None
        except OSError as error:
            raise unreadable(self.path, str(error)) from None

    def lines(self, rows: set[int]) -> dict[int, tuple[int, str]]:
        """Line and text of each row: the file is read again, as only a broken file needs it."""
        found: dict[int, tuple[int, str]] = {}
        row = -1 if self.has_header else 0
        last = max(rows, default=-1)
        with io.TextIOWrapper(open_bytes(self.path), encoding="utf-8-sig", errors="replace") as text:
            for number, line in enumerate(text, 1):
                if not line.strip() or (self.is_comment and self.is_comment(line)):
                    continue
                if row in rows:
                    found[row] = (number, line.rstrip("\r\n"))
                if row >= last:
                    break
                row += 1
        return found


def _numbered(valid: NDArray[np.int64], broken: list[int], has_header: bool) -> NDArray[np.int64]:
    """Row numbers of well-formed rows, given the numbers of the broken ones between them."""
    if not broken:
        return valid
    gaps = np.sort(np.array(broken)) - np.arange(len(broken))
    numbered: NDArray[np.int64] = valid + np.searchsorted(gaps, valid, side="right")
    return numbered


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that could not be made, with why, and its line and text where the file has lines."""

    message: str
    line: int = 0
    text: str = ""


@dataclass(slots=True)
class Records:
    """Records already in memory (JSON logs), one dict a job, and those that are broken."""

    path: str
    records: Sequence[Mapping[str, Any] | Broken]
    names: list[str]
    delimiter: str = ","
    numbers: Sequence[int] = ()
    """Place of each record in the file's list (from 0) where they stand in another order."""

    def batches(self, wanted: list[str], faults: Faults) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """One batch: every value as text, absent ones null; broken records become faults."""
        rows, good = [], []
        for number, record in zip(self.numbers or range(len(self.records)), self.records, strict=True):
            if isinstance(record, Broken):
                faults.refuse(np.array([number]), "T003", "", lambda _, one=record: one.message)  # type: ignore[misc]
            else:
                rows.append(number)
                good.append(record)
        columns = [from_texts([_text(record.get(name)) for record in good]) for name in wanted]
        if good:
            yield np.array(rows, dtype=np.int64), pa.record_batch(columns, names=wanted)

    def lines(self, rows: set[int]) -> dict[int, tuple[int, str]]:
        """Line and text of broken records that have them; JSON has no lines to speak of."""
        picked = dict(zip(self.numbers or range(len(self.records)), self.records, strict=True))
        picked = {row: picked[row] for row in rows}
        return {row: (one.line, one.text) for row, one in picked.items() if isinstance(one, Broken) and one.line}


def _text(value: Any) -> str | None:
    return None if value is None or str(value) in NULLS else str(value)
