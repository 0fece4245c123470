"""`commitments.csv`: who was promised which chips, from when to when, how firmly, at what price."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gigacampus import catalog
from gigacampus.clock import NEVER, Clock
from gigacampus.errors import Fault, TraceError
from gigacampus.tables import Table
from gigacampus.tables.commitments import COMMITMENTS
from gigacampus.workload.readers.faults import LIMIT
from gigacampus.workload.readers.source import read_all

COLUMNS = {
    "customer": "Who holds it; not empty.",
    "chips": "Whole number of chips, 1 to 1e9.",
    "type": "Chip model of the catalog, such as GB300.",
    "from": "First day, as 2026-12-01.",
    "to": "Last day; empty where it is open.",
    "kind": "reserved, on-demand or spot.",
    "price": "USD a chip-hour; empty where unknown.",
    "probability": "0 to 1, or 80 %: that it is or becomes a contract; empty means signed.",
}
"""The columns, in any order, with what each means. No other column is read; none may be missing."""
KINDS = ("reserved", "on-demand", "spot")
MOST_CHIPS, MOST_USD = 10**9, 1e6


def read_commitments(path: str | Path, clock: Clock) -> Table:
    """The rows of a file of commitments (`tables.commitments.COMMITMENTS`), instants on the scenario's clock.

    TraceError with every fault: file, line, column, expected, found.
    """
    text = read_all(path).decode("utf-8-sig", errors="replace")
    try:
        reader = csv.DictReader(io.StringIO(text), strict=True)
        names = [name.strip().lower() for name in reader.fieldnames or []]
        reader.fieldnames = names
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            what = f"no column {', '.join(missing)}; the file has {', '.join(names) or 'nothing'}"
            raise TraceError(Fault("T002", what, str(path), 1, fix=f"the columns are {', '.join(COLUMNS)}"))
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise TraceError(Fault("T001", f"cannot read the commitments: {error}", str(path))) from None
    if not rows:
        raise TraceError(Fault("T007", "the file holds no commitments", str(path)))
    made, faults = [], []
    for line, row in rows:
        wrong = [*_faults(row, str(path), line)]
        faults += wrong
        if not wrong:
            made.append(_row(row, clock))
    if faults:
        more = [Fault("T009", f"{len(faults) - LIMIT:,} more faults", str(path))] if len(faults) > LIMIT else []
        raise TraceError([*faults[:LIMIT], *more])
    return Table.from_rows(COMMITMENTS, made)


def _faults(row: dict[Any, Any], path: str, line: int) -> Iterator[Fault]:
    """What is wrong with a row, cell by cell."""

    def fault(column: str, expected: str) -> Fault:
        found = f"{column}: expected {expected}, found {row[column]!r}"
        return Fault("T004", found, path, line, path=column, fix=COLUMNS[column])

    if None in row or None in row.values():
        yield Fault("T003", "the row has more or fewer cells than the header", path, line)
        return
    if not row["customer"].strip():
        yield fault("customer", "a name")
    chips = row["chips"].strip().replace("_", "")
    if not (chips.isascii() and chips.isdigit()) or not 1 <= int(chips) <= MOST_CHIPS:
        yield fault("chips", "a whole number from 1 to 1e9")
    if _chip(row["type"]) is None:
        yield fault("type", "a chip of the catalog")
    if row["kind"].strip().lower() not in KINDS:
        yield fault("kind", f"one of {', '.join(KINDS)}")
    if row["price"].strip() and not 0.0 <= _number(row["price"]) <= MOST_USD:
        yield fault("price", "dollars a chip-hour, 0 or more")
    if not 0.0 <= _probability(row["probability"]) <= 1.0:
        yield fault("probability", "a share from 0 to 1")
    start, end = _day(row["from"]), _day(row["to"])
    if start is None:
        yield fault("from", "a day such as 2026-12-01")
    if row["to"].strip() and end is None:
        yield fault("to", "a day such as 2026-12-31, or nothing")
    elif start and end and end < start:
        yield fault("to", f"a day not before {start}")


def _row(row: dict[str, str], clock: Clock) -> dict[str, Any]:
    end = _day(row["to"])
    start = _day(row["from"])
    assert start is not None
    return {
        "customer": row["customer"].strip(), "chips": int(row["chips"].strip().replace("_", "")),
        "chip": _chip(row["type"]), "from_s": clock.seconds(start),
        "until_s": NEVER if end is None else clock.seconds(end + timedelta(days=1)),
        "kind": row["kind"].strip().lower(),
        "price_usd_per_gpu_h": _number(row["price"]) if row["price"].strip() else math.nan,
        "signed_fraction": _probability(row["probability"]),
    }  # fmt: skip


def _chip(text: str) -> str | None:
    lower = text.strip().lower()
    return next((name for name in catalog.names_of("chip") if name.lower() == lower), None)


def _number(text: str) -> float:
    """A number, NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _probability(text: str) -> float:
    """A share as 0.8 or 80 %; 1 where nothing stands."""
    bare = text.strip()
    if not bare:
        return 1.0
    return _number(bare[:-1]) / 100.0 if bare.endswith("%") else _number(bare)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
