"""`gigacampus extract report.html`: the scenario that a report was made from."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.cli.options import OutFile, said


@click.command("extract")
@click.argument("page", metavar="REPORT.html", type=click.Path(path_type=Path))
@click.option(
    "--out", type=OutFile(makes_folders=True), metavar="FILE.yaml",
    help="Where to; printed on stdout where left out and the scenario names no files.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE.yaml where it exists.")
def command(page: Path, out: Path | None, force: bool) -> None:
    """Take the scenario out of a report: variants, settings and seed worked in. `gigacampus run` on it gives the same
    tables again, to the bit, with the same versions.

    Files that the scenario names (weather, events, a ledger) are written into FILE.files/ beside it.
    """
    from gigacampus.errors import Fault, UsageError
    from gigacampus.report.embed import extract
    from gigacampus.scenario.extract import write

    found = extract(page / "report.html" if page.is_dir() else page)
    for name, sha256 in found.missing.items():
        click.echo(f"note: {name} is too large for a report; put it there yourself (SHA-256 {sha256})", err=True)
    if out is None:
        if found.files:
            fault = Fault("U001", f"the scenario names files: {', '.join(found.files)}", fix="give --out FILE.yaml")
            raise UsageError(fault)
        click.echo(found.scenario, nl=False)
        return
    written = write(found.scenario, found.files, out, force=force)
    click.echo(f"scenario: {said(written)}", err=True)
    click.echo(f"next:     gigacampus run {said(written)}", err=True)
