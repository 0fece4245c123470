"""`gigacampus timeline RUN`: the jobs of a run as a Chrome trace, for Perfetto."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.bounds import SECOND, whole
from gigacampus.cli.numbers import within
from gigacampus.cli.options import OutFile


@click.command("timeline")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=OutFile(), default=Path("timeline.json.gz"), show_default=True,
    help="FILE.json, or FILE.json.gz.",
)  # fmt: skip
@click.option("--from", "from_s", type=within(SECOND), metavar="SECOND", help="Jobs that hold chips from then on.")
@click.option("--to", "to_s", type=within(SECOND), metavar="SECOND", help="Jobs that hold chips before then.")
@click.option("--most", type=within(whole(1, 5_000_000)), default=100_000, show_default=True,
              help="Show so many at most, the largest by chip-seconds.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
def command(run: Path, out: Path, from_s: int | None, to_s: int | None, most: int, force: bool) -> None:
    """The jobs of a finished run or replay as JSON that https://ui.perfetto.dev and chrome://tracing draw.

    A process a tenant; jobs that overlap stand in lanes; each attempt of a job is one bar.
    """
    import gzip
    import json

    from gigacampus.clock import NEVER
    from gigacampus.errors import Fault, UsageError
    from gigacampus.files import put
    from gigacampus.results import read
    from gigacampus.results.lanes import events

    if out.exists() and not force:
        raise UsageError(Fault("U002", f"{out} exists already", str(out), fix="--out elsewhere, or --force"))
    found = read(run)
    if "jobs" not in found:
        raise UsageError(Fault("U005", f"{run} has no jobs", fix="a run folder of `run` or `replay`"))
    ends = found.tables["jobs"]["end_s"]
    last = int(ends[ends < NEVER].max(initial=0)) + 1
    low, high = from_s if from_s is not None else -(2**62), to_s if to_s is not None else last
    made, whole = events(found, low, high, most)
    text = json.dumps({"traceEvents": made, "displayTimeUnit": "ms"}, separators=(",", ":"))
    packed = text.encode()
    put(out, gzip.compress(packed, 6, mtime=0) if out.suffix == ".gz" else packed)
    left = f", the {most:,} largest of {whole:,}" if whole > most else ""
    click.echo(f"{out}: {min(whole, most):,} attempts{left}; open it at https://ui.perfetto.dev", err=True)
