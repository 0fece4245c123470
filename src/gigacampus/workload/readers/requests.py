"""Requests to language models: Azure LLM 2023, Mooncake, BurstGPT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, TraceError
from gigacampus.tables import Table
from gigacampus.tables.trace import REQUESTS
from gigacampus.workload.readers import convert
from gigacampus.workload.readers.assemble import Names
from gigacampus.workload.readers.faults import Faults
from gigacampus.workload.readers.records import load_lines
from gigacampus.workload.readers.source import Broken, Delimited, Records, Source, head


@dataclass(frozen=True, slots=True)
class RequestFormat:
    """Which columns of a request log mean what."""

    name: str
    title: str
    arrive: str
    scale: float
    """Seconds per unit of the arrival column; 0 where it holds dates."""
    tokens_in: str
    tokens_out: str
    model: str
    semantics: str
    citation: str

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return [self.arrive, self.tokens_in, self.tokens_out, *([self.model] if self.model else [])]


_MOONCAKE = ("arrivals are milliseconds since the first request", "Qin et al., Mooncake, FAST'25 (Apache-2.0).")
REQUEST_FORMATS = (
    RequestFormat(
        "azure",
        "Azure LLM inference 2023",
        "TIMESTAMP",
        0.0,
        "ContextTokens",
        "GeneratedTokens",
        "",
        "times are UTC with 100 ns",
        "Patel et al., Splitwise, ISCA'24 (CC-BY-4.0).",
    ),
    RequestFormat(
        "mooncake-csv",
        "Mooncake 2024, slim list",
        "timestamp_ms",
        1e-3,
        "input_length",
        "output_length",
        "",
        *_MOONCAKE,
    ),
    RequestFormat(
        "mooncake", "Mooncake 2024 (JSON lines)", "timestamp", 1e-3, "input_length", "output_length", "", *_MOONCAKE
    ),
    RequestFormat(
        "burstgpt",
        "BurstGPT",
        "Timestamp",
        1.0,
        "Request tokens",
        "Response tokens",
        "Model",
        "arrivals are seconds since the first day's midnight; a request with 0 response tokens failed",
        "Wang et al., BurstGPT, 2024 (CC-BY-4.0).",
    ),
)


@dataclass(frozen=True, slots=True)
class Requests:
    """A log of requests (`tables.trace.REQUESTS`) and how it was read."""

    table: Table
    models: tuple[str, ...]
    format: str
    path: str
    epoch_utc: str
    skipped: int
    notes: tuple[str, ...]
    citation: str


def request_format(names: list[str]) -> RequestFormat | None:
    """The request format whose columns are all among these; None where none fits."""
    return next((form for form in REQUEST_FORMATS if set(form.columns) <= set(names)), None)


def open_requests(path: str) -> Source:
    """A request log's rows: JSON lines or CSV."""
    if head(path, 4096).lstrip().startswith("{"):
        records = list(load_lines(path))
        whole = [record for record in records if not isinstance(record, Broken)]
        return Records(path, records, sorted({name for record in whole[:100] for name in record}))
    return Delimited(path)


def read_requests(path: str | Path, skip_bad: bool = False) -> Requests:
    """Read a request log of any known format. TraceError names every fault; with `skip_bad` such rows are left out."""
    source = open_requests(str(path))
    form = request_format(source.names)
    if form is None:
        formats = "; ".join(f"{one.name}: {', '.join(one.columns)}" for one in REQUEST_FORMATS)
        raise TraceError(
            Fault(
                "T002",
                f"no request log: columns are {', '.join(source.names)}",
                str(path),
                1,
                fix=f"known are {formats}",
            )
        )
    faults = Faults(source.path)
    models = Names()
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in (*REQUESTS.names, "row")}
    for rows, batch in source.batches(form.columns, faults):
        kept = np.ones(len(rows), bool)
        columns = (form.arrive, form.tokens_in, form.tokens_out)
        for target, name in zip(("arrive_s", "input_tokens", "output_tokens"), columns, strict=True):
            text = batch.column(name)
            dated = target == "arrive_s" and form.scale == 0.0
            values, known, _ = convert.instants(text, "UTC") if dated else convert.numbers(text)
            wrong = ~known | (values < 0)
            faults.refuse_cells(rows, wrong, name, text, "a date" if dated else "a number of 0 or more")
            kept &= ~wrong
            parts[target].append(values * (form.scale or 1.0) if target == "arrive_s" else convert.whole(values))
        parts["model_index"].append(
            models.number(batch.column(form.model)) if form.model else np.full(len(rows), -1, np.int32)
        )
        parts["row"].append(kept)
    if not skip_bad:
        faults.raise_if_any(source.lines, source.delimiter, source.names)
    return _requests(form, source, parts, models, len(faults.bad_rows))


def _requests(
    form: RequestFormat, source: Source, parts: dict[str, list[NDArray[Any]]], models: Names, skipped: int
) -> Requests:
    if not parts["row"] or not any(part.any() for part in parts["row"]):
        raise TraceError(Fault("T007", "the trace holds no requests", source.path))
    good = np.concatenate(parts["row"])
    columns = {name: np.concatenate(parts[name])[good] for name in REQUESTS.names}
    epoch, notes = "", [f"{form.title}: {form.semantics}."]
    if form.scale == 0.0:
        origin = float(columns["arrive_s"].min())
        columns["arrive_s"] = columns["arrive_s"] - origin
        epoch = datetime.fromtimestamp(origin, UTC).isoformat()
        notes.append(f"Arrivals are seconds since the first request, {epoch}.")
    if skipped:
        notes.append(f"{skipped:,} malformed rows were skipped on request.")
    return Requests(
        Table(REQUESTS, columns),
        tuple(models.index),
        form.name,
        source.path,
        epoch,
        skipped,
        tuple(notes),
        form.citation,
    )
