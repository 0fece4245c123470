"""Faults of a trace, collected over the whole file and told at once: file, line, column, expected, found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, TraceError

LIMIT = 20
"""Faults that are told in full; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One bad cell or row: `row` counts the file's rows from 0, header and comments left out."""

    row: int
    code: str
    column: str
    message: str


@dataclass(slots=True)
class Faults:
    """What is wrong with a file so far."""

    path: str
    listed: list[Complaint] = field(default_factory=list)
    bad_rows: set[int] = field(default_factory=set)
    count: int = 0

    def refuse(self, rows: NDArray[np.int64], code: str, column: str, messages: Callable[[int], str]) -> None:
        """Take down rows (numbers in the file) that break a rule; `messages(k)` speaks of the k-th of them."""
        self.count += len(rows)
        self.bad_rows.update(rows.tolist())
        for k, row in enumerate(rows[: LIMIT - len(self.listed)].tolist()):
            self.listed.append(Complaint(row, code, column, messages(k)))

    def refuse_cells(
        self, rows: NDArray[np.int64], bad: NDArray[np.bool_], column: str, text: Any, expected: str
    ) -> None:
        """Take down the cells of a text column that are not what was expected, each with what it holds."""
        at = np.flatnonzero(bad)
        if len(at):
            self.refuse(
                rows[at],
                "T004",
                column,
                lambda k: f"{column}: expected {expected}, found {_shown(text[int(at[k])].as_py())}",
            )

    def raise_if_any(
        self, lines: Callable[[set[int]], dict[int, tuple[int, str]]], delimiter: str, names: list[str]
    ) -> None:
        """TraceError with all that was taken down, each placed by line and column of the file."""
        if not self.count:
            return
        self.listed.sort(key=lambda complaint: complaint.row)
        places = lines({complaint.row for complaint in self.listed})
        faults = [_placed(self.path, one, places, delimiter, names) for one in self.listed]
        if self.count > len(faults):
            faults.append(
                Fault(
                    "T009",
                    f"and {self.count - len(faults):,} more",
                    self.path,
                    fix="--skip-bad leaves bad rows out and counts them",
                )
            )
        raise TraceError(faults)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _placed(path: str, one: Complaint, places: dict[int, tuple[int, str]], delimiter: str, names: list[str]) -> Fault:
    line, text = places.get(one.row, (0, ""))
    column, width = 0, 1
    message = one.message if line else f"row {one.row + 1}: {one.message}"
    if one.column in names and text:
        column, width = _span(text, delimiter, names.index(one.column))
    return Fault(
        one.code, message, path, line, column, width, one.column, text[:200],
        "correct the row, or leave bad rows out with --skip-bad",
    )  # fmt: skip


def _span(text: str, delimiter: str, index: int) -> tuple[int, int]:
    """First character (from 1) and width of the field at `index`; (0, 1) where the line has no such field."""
    at = 0
    pieces: Iterator[str] = iter(text.split(delimiter) if delimiter != " " else text.split())
    for position, piece in enumerate(pieces):
        start = text.find(piece, at)
        if position == index:
            return start + 1, max(1, len(piece))
        at = start + len(piece) + (0 if delimiter == " " else len(delimiter))
    return 0, 1
