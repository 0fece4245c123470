"""`gigacampus books RUN`: the double-entry ledger of a finished run, for a spreadsheet or for beancount."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.cli.options import OutFile


@click.command("books")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--as", "shape", type=click.Choice(["beancount", "csv"]), default="beancount", show_default=True,
    help="A beancount file with closing balances asserted, or a line a posting.",
)  # fmt: skip
@click.option(
    "--against", type=click.Path(path_type=Path), metavar="BASE",
    help="Instead: what RUN costs or brings each party against the run folder BASE; sums to zero over all parties.",
)  # fmt: skip
@click.option("--out", type=OutFile(), metavar="FILE", help="Write here; on stdout where left out.")
def command(run: Path, shape: str, against: Path | None, out: Path | None) -> None:
    """Write the ledger of the run folder RUN as beancount or CSV.

    Each party's books balance at every date. `bean-check FILE` checks that independently.
    """
    from datetime import date

    from gigacampus import results
    from gigacampus.accounts import to_beancount, to_csv
    from gigacampus.clock import Clock
    from gigacampus.errors import Fault, UsageError
    from gigacampus.files import put

    def kept(folder: Path) -> results.Results:
        read = results.read(folder)
        if "postings" not in read:
            fix = "only a run of a scenario keeps books: gigacampus run"
            raise UsageError(Fault("R010", f"{folder} has no ledger", fix=fix))
        return read

    if out is not None and out.exists():
        raise UsageError(Fault("R011", f"{out} exists", fix="choose another --out, or remove it first"))
    found = kept(run)
    if against is not None:
        from gigacampus.accounts import lines, totals

        base = kept(against)
        click.echo("\n".join(lines(totals(base.tables["party_months"], found.tables["party_months"]))))
        return
    days = (date.fromisoformat(found.meta[key]) for key in ("start", "end", "known_as_of"))
    clock, postings = Clock(*days), found.tables["postings"]
    text = to_csv(postings, clock) if shape == "csv" else to_beancount(postings, clock, str(found.meta["title"]))
    if out is None:
        click.echo(text, nl=False)
        return
    put(out, text)
    click.echo(f"{len(postings):,} postings in {out}")
