"""`gigacampus report RUN`: the report of a finished run, drawn again."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.cli.options import said


@click.command("report")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; RUN/report.html where left out."
)
def command(run: Path, out: Path | None) -> None:
    """Render the report of a run folder again, as this version draws it; the run's tables stay untouched."""
    from gigacampus import report, results
    from gigacampus.errors import Fault, UsageError

    found = results.read(run)
    if found.meta.get("kind") == "replay":
        told = f"{run} holds a replay, not a run: its figures are in summary.json and tables/jobs.parquet"
        raise UsageError(Fault("R003", told, fix="gigacampus report RUN, of a scenario's run"))
    page = report.render(found)
    target = out or run / "report.html"
    beside = target.with_name(f".{target.name}.partial")
    beside.write_text(page, encoding="utf-8")
    beside.replace(target)
    click.echo(f"report: {said(target)}", err=True)
