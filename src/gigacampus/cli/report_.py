"""`gigacampus report RUN`: the report of a finished run, drawn again."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.cli.options import OutFile, OutFolder, said


@click.command("report")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", type=OutFile(), help="Where to; RUN/report.html where left out.")
@click.option("--xlsx", type=OutFile(), help="Its tables as one workbook, beside the report.")
@click.option(
    "--csv",
    "folder",
    type=OutFolder(),
    help="Its tables as CSV, a file each, into a new folder.",
)
def command(run: Path, out: Path | None, xlsx: Path | None, folder: Path | None) -> None:
    """Render the report of a run folder (again), as this version draws it; its tables stay untouched.

    RUN is the folder of a run, a plan or a replay.
    """
    from gigacampus import report, results
    from gigacampus.errors import Fault, UsageError
    from gigacampus.files import put, refuse

    target = out or run / "report.html"
    if run.is_dir():
        refuse(target)
    found = results.read(run)
    is_replay = found.meta.get("kind") == "replay"
    if is_replay and (xlsx or folder):
        told = f"{run} holds a replay: its tables are Parquet alone"
        raise UsageError(Fault("R003", told, fix="leave out --xlsx and --csv; tables/*.parquet hold them all"))
    for one in (xlsx, folder):
        if one is not None and one.exists():
            raise UsageError(Fault("R001", f"{one} exists", str(one), fix="choose another place"))
    if is_replay:
        from gigacampus.report.replay import render

        page = render(found)
    else:
        page = report.render(found)
    if xlsx is not None:
        put(xlsx, report.workbook(found))
    if folder is not None:
        folder.mkdir(parents=True)
        for name, text in report.as_csv(found).items():
            put(folder / f"{name}.csv", text)
    put(target, page)
    click.echo(f"report: {said(target)}", err=True)
