"""`gigacampus figures RUN`: static figures of a finished run, for papers."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.cli.options import OutFolder, said


@click.command("figures")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", type=OutFolder(), metavar="DIR", help="Where to; RUN/figures where left out.")
@click.option("--format", "formats", type=click.Choice(["svg", "pdf", "png"]), multiple=True, default=("svg",),
              show_default=True, help="File format; may be repeated.")  # fmt: skip
@click.option("--only", metavar="NAME", multiple=True, help="One figure alone, such as buildout; may be repeated.")
def command(run: Path, out: Path | None, formats: tuple[str, ...], only: tuple[str, ...]) -> None:
    """Draw a run's main charts as SVG, PDF or PNG, in a text column's width. Needs matplotlib, the extra `figures`."""
    from gigacampus.report.figures import figures

    for path in figures(run, out or run / "figures", list(dict.fromkeys(formats)), only):
        click.echo(said(path))
