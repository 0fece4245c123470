"""`gigacampus schema`: the JSON Schema of a scenario."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gigacampus.cli.options import OutFile


@click.command("schema")
@click.option("--out", type=OutFile(), help="Write it to a file instead of stdout.")
def command(out: Path | None) -> None:
    """Print the JSON Schema of a scenario, with a sentence for every key; editors complete and check by it.

    Name it in a scenario's first line: # yaml-language-server: $schema=./scenario.schema.json
    """
    from gigacampus.files import put
    from gigacampus.scenario import schema

    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        put(out, text)
        click.echo(f"wrote {out}", err=True)
