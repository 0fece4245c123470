"""`gigacampus report RUN`: render the report of a run folder again."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command("report")
@click.argument("folder", metavar="RUN", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it; RUN/report.html by default."
)
def command(folder: Path, out: Path | None) -> None:
    """Render the report of a run folder again, from what stands in the folder alone.

    RUN is a folder that `gigacampus run` or `gigacampus plan` wrote, by this version or an earlier one.
    """
    from gigacampus import report

    page = report.render(folder)
    target = out or folder / "report.html"
    beside = target.with_name(f".{target.name}.partial")
    try:
        beside.write_text(page, encoding="utf-8", newline="\n")
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    click.echo(f"report: {target}")
