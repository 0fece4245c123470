"""`gigacampus sql DIR "select …"`: SQL over a run, or over all runs of a sweep."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("sql")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("query", metavar="QUERY", required=False)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
              help="How the answer is printed.")  # fmt: skip
def command(folder: Path, query: str | None, form: str) -> None:
    """Ask the tables of a run folder, or of a sweep's: there `results` has a row a point, each table a `run`.

    Without QUERY the tables are listed. Needs duckdb, the extra `sql`.
    """
    from gigacampus.sweep.ask import sql, tables_of
    from gigacampus.tables.finite import finite

    if query is None:
        click.echo("\n".join(tables_of(folder)))
        return
    answer = sql(folder, query)
    if form == "json":
        click.echo(json.dumps(finite(answer.to_pylist()), indent=2, default=str, ensure_ascii=False, allow_nan=False))
    elif form == "csv":
        import io

        import pyarrow.csv as pc

        out = io.BytesIO()
        pc.write_csv(answer, out)
        click.echo(out.getvalue().decode(), nl=False)
    else:
        from gigacampus.cli.columns import table

        click.echo(table(answer.column_names, [[_cell(one) for one in row.values()] for row in answer.to_pylist()]))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
