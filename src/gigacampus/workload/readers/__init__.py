"""Readers of real logs: one small file a format, one mapper for all. `read_trace` is the door."""

from __future__ import annotations

import csv
from pathlib import Path

from gigacampus.errors import Fault, UsageError
from gigacampus.workload.readers.assemble import assemble
from gigacampus.workload.readers.itp import ITP
from gigacampus.workload.readers.mapper import Format
from gigacampus.workload.readers.muri import MURI
from gigacampus.workload.readers.plain import plain
from gigacampus.workload.readers.source import Delimited, head, unreadable
from gigacampus.workload.readers.swf import SWF
from gigacampus.workload.trace import Trace

FORMATS: dict[str, Format] = {form.name: form for form in (SWF, ITP, MURI, plain())}
"""Every format by name."""


def read_trace(
    path: str | Path,
    format: str = "auto",
    columns: dict[str, str] | None = None,
    skip_bad: bool = False,
    zone: str = "UTC",
) -> Trace:
    """Read a log of jobs, packed or not.

    `format` is a name of `FORMATS` or `auto` (told by the file's first lines). `columns` maps our column names to the
    file's and makes it a `csv`. `zone` is the time zone of dates that carry none. Raises TraceError with every fault
    (file, line, column, expected, found); with `skip_bad` bad rows are left out and counted instead.
    """
    path = str(path)
    form = _choose(path, format, columns)
    source = form.open(path, form) if form.open else Delimited(path)
    return assemble(form, source, zone, skip_bad)


def sniff(path: str | Path) -> str:
    """The format that a file's first lines speak of; `csv` where no known header fits. TraceError where it is empty."""
    lines = [line for line in head(path).splitlines() if line.strip()]
    if not lines:
        raise unreadable(path, "it is empty")
    first = lines[0].strip()
    if first.startswith(";") or (len(first.split()) == 18 and "," not in first):
        return "swf"
    names = {name.strip().lower() for name in next(csv.reader([first]))}
    fitting = [
        form for form in FORMATS.values() if form.signature and {name.lower() for name in form.signature} <= names
    ]
    return max(fitting, key=lambda form: len(form.signature)).name if fitting else "csv"


def _choose(path: str, name: str, columns: dict[str, str] | None) -> Format:
    if columns and name not in ("auto", "csv"):
        raise UsageError(Fault("T008", f"columns: is for csv, not for {name}", fix="leave --format or --columns out"))
    chosen = "csv" if columns else sniff(path) if name == "auto" else name
    if chosen not in FORMATS:
        raise UsageError(Fault("T008", f"no format {name!r}; known: {', '.join(FORMATS)}"))
    return plain(columns, _has_dates(path, columns)) if chosen == "csv" else FORMATS[chosen]


def _has_dates(path: str, columns: dict[str, str] | None) -> bool:
    """Whether a plain CSV's submission times are dates: its first row tells."""
    rows = list(csv.DictReader(head(path).splitlines()[:2]))
    spec = plain(columns).fields["submit_s"].columns
    values = [value for row in rows for name, value in row.items() if name and name.strip().lower() in {c.lower() for c in spec}]
    return bool(values) and ":" in str(values[0] or "") or bool(values) and str(values[0]).count("-") == 2
