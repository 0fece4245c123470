"""A user's rows in the columns of a suite's table, CSV or Parquet, each with its line; all that is wrong at once."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from gigacampus.conditions.plain import lines
from gigacampus.errors import Fault, UsageError
from gigacampus.scenario.quantity import EARLIEST, LATEST

Row = dict[str, str]
NOT_TEXT = "\ufffd"
"""What the reader puts where bytes are no UTF-8."""
DAY = f"a date such as 2026-12-01, from {EARLIEST} to {LATEST}"


def own_rows(data: Path, columns: Sequence[str]) -> list[tuple[int, Row]]:
    """Line and cells of every row, missing cells empty; UsageError where the file is no such table."""
    text = whole_lines(data)
    reader = csv.DictReader(text)
    wanted = f"columns are {', '.join(columns)}"
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or [])]
        if missing:
            raise UsageError(Fault("V010", f"no column {', '.join(missing)}", str(data), 1, fix=wanted))
        found = [(reader.line_num, {key: value or "" for key, value in row.items() if key}) for row in reader]
    except csv.Error as error:
        told = f"expected a CSV table, found a line that is none: {error}"
        raise UsageError(Fault("V010", told, str(data), reader.line_num + 1, fix=wanted)) from None
    if not found:
        raise UsageError(Fault("V011", "expected rows, found a header alone", str(data), 1, fix="add rows"))
    return found


def whole_lines(data: Path) -> list[str]:
    """The lines of a file, CSV (plain or gzipped) or Parquet; UsageError naming the first that is no UTF-8."""
    text = lines(data)
    for number, line in enumerate(text, start=1):
        if NOT_TEXT in line:
            fix = "save it as CSV in UTF-8, or as Parquet under a name that ends in .parquet"
            told = "expected UTF-8 text, found other bytes"
            raise UsageError(Fault("V010", told, str(data), number, line.index(NOT_TEXT) + 1, fix=fix))
    return text


def day_of(text: str) -> date | None:
    """The day that a cell states; None where it states none within EARLIEST and LATEST."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
