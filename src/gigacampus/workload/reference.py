"""The page on trace formats, made from the formats themselves.

`python -m gigacampus.workload.reference > docs/reference/traces.md` writes it; a test keeps it in step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from gigacampus.catalog.traces import TRACES
from gigacampus.tables.trace import JOBS, State
from gigacampus.workload.describe import LIMITS
from gigacampus.workload.readers import FORMATS
from gigacampus.workload.readers.convert import NULLS
from gigacampus.workload.readers.mapper import TARGETS, Format
from gigacampus.workload.readers.nodes import COLUMNS
from gigacampus.workload.readers.requests import REQUEST_FORMATS

RULES = (
    "The trace's own clock is kept, never shifted. Where times are dates, second 0 is the earliest submission and "
    "its UTC instant is kept beside the jobs; dates without a zone are read in `--zone` (UTC where none is given), a "
    "time that a change of clocks repeats as the earlier one; nine or ten bare digits in a column of dates are seconds "
    "since 1970 (sacct under SLURM_TIME_FORMAT=%s). Submission, start and end are rounded down, run times "
    "to the nearest second.",
    "Run time is the recorded one, else end less start. A job that was not completed and has none never ran: its run "
    "time is 0 and it keeps its place. A completed job without run time, or with a negative one, is an error; so is "
    "any job with one below 0 in a format without states.",
    "A job that was still running or pending when the log was taken and has no run time is left out and counted.",
    "A missing, zero or negative requested time is missing (0): wherever a policy needs one it is the run time, and "
    "the summary says for what share of the jobs (clairvoyant).",
    "A killed or cancelled job holds its chips for as long as it did; it is not made longer.",
    "GPUs are whole and 0 or more; `gpu_milli` says how much of each is used. Jobs of 0 GPUs stay. A GPU type in "
    "TRES text or a column goes into `gpu_spec`, several types that will do are parted by `|`.",
    "An id that comes twice is an error in formats that have ids. Jobs out of order of submission stay as they "
    "stand; a replay sorts them stably.",
    "Every fault is told at once, with file, line, column, what was expected and found (the first 20, the rest "
    "counted). `--skip-bad` leaves bad rows, and broken objects of JSON logs, out and counts them; nothing else is "
    "ever skipped.",
    "Packed files (gzip, bzip2, Zstandard) are told by their first bytes. Delimited files are read in batches of "
    "8 MiB, and only the columns that a format fills are kept (8 bytes a value): 10 million rows of ITP take 0.8 GB, "
    "5 million are read at 4 million a second and processor (`python benchmarks/traces.py`). JSON is read whole.",
)


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Traces: formats, fields, semantics"
    yield ""
    yield "*Made from the readers by `python -m gigacampus.workload.reference`; a test keeps it in step.*"
    yield ""
    yield "`gigacampus trace FILE` says what is in a log, `gigacampus replay FILE` schedules it. FILE may be packed, or"
    yield "the name of a bundled trace. The format is told by the first lines; `--format` names it."
    yield ""
    yield "## What holds for all"
    yield from (f"- {rule}" for rule in RULES)
    yield f"- Absent in any column: {', '.join(f'`{word}`' if word else 'nothing' for word in NULLS)}."
    yield from (f"- Limit: {limit}" for limit in LIMITS)
    yield ""
    yield f"States: {', '.join(f'`{state.name.lower()}` {state.value}' for state in State)}."
    yield ""
    yield "## The canonical job table"
    yield from _table(("column", "unit", "meaning"), ((f"`{c.name}`", c.unit, c.sentence) for c in JOBS.columns))
    yield ""
    yield "## Formats of jobs"
    for form in FORMATS.values():
        yield from _format(form)
    yield "## Requests, rates, nodes"
    yield from _table(
        ("format", "columns", "semantics", "cite"),
        (
            (f"`{one.name}`", ", ".join(f"`{c}`" for c in one.columns), one.semantics, one.citation)
            for one in REQUEST_FORMATS
        ),
    )
    yield ""
    yield "Rates: `t_s` and one column ending in `_rps` for each service; blanks are gaps (ServeGen)."
    yield ""
    yield (
        "Node lists: "
        + "; ".join(", ".join(f"`{c}`" for c, _ in one.values()) for one in COLUMNS)
        + (". The node and its GPUs must be there; CPU, memory or a type that the list does not state limits nothing.")
    )
    yield ""
    yield "## Bundled"
    yield from _table(
        ("name", "what", "licence", "origin", "cite"),
        ((f"`{one.name}`", one.title, one.licence, one.source, one.citation) for one in TRACES.values()),
    )


def _format(form: Format) -> Iterator[str]:
    yield f"### `{form.name}`: {form.title}"
    rows = []
    for target, spec in form.fields.items():
        if target not in TARGETS:
            continue
        scale = f" × {spec.scale:g}" if spec.scale != 1.0 else ""
        names = " or ".join(f"`{column}`" for column in spec.columns)
        rows.append((f"`{target}`", names + scale, "needed" if spec.required else ""))
    yield from _table(("ours", "theirs", ""), iter(rows))
    if form.states:
        yield ""
        yield "States: " + ", ".join(f"{word} → {state.name.lower()}" for word, state in form.states.items()) + "."
    yield ""
    yield from form.semantics
    if form.citation:
        yield f"Cite: {form.citation}"
    yield ""


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
