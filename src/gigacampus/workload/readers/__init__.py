"""Readers of real logs: one small file a format, one mapper for all. `read_trace` is the door."""

from __future__ import annotations

import csv
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gigacampus.catalog.traces import TRACES
from gigacampus.errors import Fault, TraceError, UsageError
from gigacampus.workload.readers.acme import ACME
from gigacampus.workload.readers.assemble import assemble
from gigacampus.workload.readers.helios import HELIOS
from gigacampus.workload.readers.itp import ITP
from gigacampus.workload.readers.kubernetes import KUBERNETES
from gigacampus.workload.readers.mapper import Format
from gigacampus.workload.readers.muri import MURI
from gigacampus.workload.readers.nodes import is_nodes, read_nodes
from gigacampus.workload.readers.openb import OPENB
from gigacampus.workload.readers.pai import PAI
from gigacampus.workload.readers.parquet import Parquet
from gigacampus.workload.readers.philly import PHILLY, PHILLY_CSV
from gigacampus.workload.readers.plain import plain
from gigacampus.workload.readers.requests import read_requests, request_format
from gigacampus.workload.readers.servegen import read_rates
from gigacampus.workload.readers.slurm import SLURM, SLURM_JSON
from gigacampus.workload.readers.source import Delimited, Source, head, separator, unreadable
from gigacampus.workload.readers.spot import SPOT
from gigacampus.workload.readers.swf import SWF
from gigacampus.workload.trace import Trace

FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        SWF, SLURM, SLURM_JSON, PHILLY, PHILLY_CSV, ITP, HELIOS, ACME, PAI, OPENB, SPOT, MURI, KUBERNETES, plain(),
    )
}  # fmt: skip
"""Every format of jobs by name."""
OTHERS = ("nodes", "rates", "requests")
"""What `sniff` says of files that hold no jobs."""

__all__ = ["FORMATS", "OTHERS", "locate", "read_nodes", "read_rates", "read_requests", "read_trace", "sniff"]


def locate(path: str | Path) -> str:
    """The file of a path or of a bundled trace's name; a path that exists goes first."""
    text = str(path)
    return str(TRACES[text].path) if text in TRACES and not Path(text).exists() else text


def read_trace(
    path: str | Path,
    format: str = "auto",
    columns: dict[str, str] | None = None,
    skip_bad: bool = False,
    zone: str = "UTC",
) -> Trace:
    """Read a log of jobs, packed or not; `path` may also be the name of a bundled trace.

    `format` is a name of `FORMATS` or `auto` (told by the file's first lines). `columns` maps our column names to the
    file's and makes it a `csv`. `zone` is the time zone of dates that carry none. Raises TraceError with every fault
    (file, line, column, expected, found); with `skip_bad` bad rows are left out and counted instead.
    """
    path = locate(path)
    _check_zone(zone)
    form = _choose(path, format, columns)
    return assemble(form, _source(path, form), zone, skip_bad)


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(Fault("T008", f"no time zone {zone!r}", fix="a name such as UTC or Asia/Dubai")) from None


def _source(path: str, form: Format) -> Source:
    if form.open:
        return form.open(path, form)
    return Parquet(path) if _is_parquet(path) else Delimited(path, separator(_first_line(path)))


def _first_line(path: str) -> str:
    return next((line for line in head(path).splitlines() if line.strip()), "")


def _is_parquet(path: str) -> bool:
    return head(path, 4) == "PAR1"


def sniff(path: str | Path) -> str:
    """The format that a file's first lines speak of: a name of `FORMATS` or of `OTHERS`; `csv` where none is known."""
    path = locate(path)
    text = head(path)
    if _is_parquet(path):
        return _by_columns(Parquet(path).names)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise unreadable(path, "it is empty")
    first = lines[0].strip()
    if first[0] in "{[":
        return _sniff_json(text)
    if first.startswith(";") or (len(first.split()) == 18 and "," not in first):
        return "swf"
    if "|" in first and "jobid" in first.lower():
        return "slurm"
    return _by_columns([name.strip() for name in next(csv.reader([first], delimiter=separator(first)))])


def _by_columns(names: list[str]) -> str:
    lower = {name.lower() for name in names}
    fitting = [
        form
        for form in FORMATS.values()
        if form.signature
        and not (form.open and form.name != "pai")
        and {name.lower() for name in form.signature} <= lower
    ]
    if fitting:
        return max(fitting, key=lambda form: len(form.signature)).name
    if is_nodes(names):
        return "nodes"
    if request_format(names):
        return "requests"
    return "rates" if any(name.endswith("_rps") for name in names) else "csv"


def _sniff_json(text: str) -> str:
    """Tell JSON logs by their first keys: the head may end within the document."""
    for mark, name in (('"attempts"', "philly"), ('"submitted_time"', "philly"), ('"input_length"', "requests")):
        if mark in text:
            return name
    return "kubernetes" if '"items"' in text or '"apiVersion"' in text else "slurm-json"


def _choose(path: str, name: str, columns: dict[str, str] | None) -> Format:
    if columns and name not in ("auto", "csv"):
        raise UsageError(Fault("T008", f"columns are for csv, not for {name}", fix="leave --format or --columns out"))
    chosen = "csv" if columns else sniff(path) if name == "auto" else name
    if chosen in OTHERS:
        raise TraceError(
            Fault(
                "T002",
                f"this file holds {chosen}, not jobs",
                path,
                1,
                fix=f"gigacampus trace shows it; jobs are read from {', '.join(FORMATS)}",
            )
        )
    if chosen == "philly" and head(path).lstrip()[:1] not in ("[", "{"):
        chosen = "philly-csv"
    if chosen == "slurm" and head(path).lstrip()[:1] == "{":
        chosen = "slurm-json"
    if chosen not in FORMATS:
        raise UsageError(Fault("T008", f"no format {name!r}; known: {', '.join(FORMATS)}"))
    return plain(columns, _has_dates(path, columns)) if chosen == "csv" else FORMATS[chosen]


def _has_dates(path: str, columns: dict[str, str] | None) -> bool:
    """Whether a plain file's submission times are dates: its first row tells."""
    if _is_parquet(path):
        return False
    spec = {name.lower() for name in plain(columns).fields["submit_s"].columns}
    lines = [line for line in head(path).splitlines() if line.strip()][:2]
    rows = csv.DictReader(lines, delimiter=separator(lines[0]) if lines else ",")
    values = [str(value) for row in rows for name, value in row.items() if name and name.strip().lower() in spec]
    return bool(values) and (":" in values[0] or values[0].count("-") == 2)
