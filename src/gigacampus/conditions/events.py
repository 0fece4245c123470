"""Grid events from a CSV or Parquet: start, end, limit_mw, notice_s, kind."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gigacampus.clock import Clock
from gigacampus.conditions.plain import lines
from gigacampus.errors import Fault, InputError
from gigacampus.tables.conditions import EVENTS
from gigacampus.tables.table import Table

COLUMNS = ("start", "end", "limit_mw", "notice_s", "kind")
KINDS = ("curtail", "trip", "return")
MOST_MW = 1e6


def read_events(path: Path, clock: Clock) -> Table:
    """The events inside the horizon, by start; InputError with every bad line at once."""
    if not path.is_file():
        raise InputError(Fault("W020", f"no file {path}", str(path), path="site.events", fix="check the path"))
    reader = csv.DictReader(lines(path))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        fix = f"the first line is {','.join(COLUMNS)}"
        raise InputError(Fault("W021", f"no column {', '.join(missing)}", str(path), 1, fix=fix))
    rows, faults = [], []
    for given in reader:
        try:
            rows.append(_row({name: (given[name] or "").strip() for name in COLUMNS}, clock))
        except ValueError as error:
            faults.append(
                Fault("W022", str(error), str(path), reader.line_num, path="site.events", fix="repair the line")
            )
    if faults:
        raise InputError(faults)
    inside = [row for row in rows if row["start_s"] < clock.end_s and row["end_s"] > 0]
    return Table.from_rows(EVENTS, sorted(inside, key=lambda row: (row["start_s"], row["end_s"])))


def _row(given: dict[str, str], clock: Clock) -> dict[str, Any]:
    start_s, end_s = _instant(given["start"], "start", clock), _instant(given["end"], "end", clock)
    if end_s <= start_s:
        raise ValueError(f"an event ends after it starts; found {given['start']} to {given['end']}")
    limit, notice = _number(given["limit_mw"], "limit_mw"), _number(given["notice_s"] or "0", "notice_s")
    if given["kind"] not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}; found {given['kind']!r}")
    return {
        "start_s": start_s, "end_s": end_s, "limit_w": limit * 1e6, "notice_s": int(notice), "kind": given["kind"],
    }  # fmt: skip


def _instant(text: str, name: str, clock: Clock) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name}: expected an instant such as 2028-07-01T14:00, found {text!r}") from None
    return clock.seconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name}: expected a number, found {text!r}") from None
    if not 0.0 <= value <= MOST_MW:
        raise ValueError(f"{name}: expected 0 to {MOST_MW:g}, found {text}")
    return value
