"""`gigacampus init DIR`: a scenario to start from."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import click

from gigacampus.cli.options import OutFolder

TEMPLATE = "one-hall.yaml"


@click.command("init")
@click.argument("folder", metavar="DIR", type=OutFolder())
@click.option("--force", is_flag=True, help="Overwrite the two files where they exist.")
def command(folder: Path, force: bool) -> None:
    """Write a commented scenario that runs in seconds, and the JSON Schema that editors check it by."""
    from gigacampus.errors import Fault, UsageError
    from gigacampus.files import put, refuse
    from gigacampus.scenario import schema

    scenario, described = folder / "scenario.yaml", folder / "scenario.schema.json"
    for path in (scenario, described):
        refuse(path, makes_folders=True)
    standing = [path for path in (scenario, described) if path.exists()]
    if standing and not force:
        fix = "choose another folder, or give --force to overwrite"
        raise UsageError([Fault("U002", "exists already", str(path), fix=fix) for path in standing])
    template = resources.files("gigacampus.catalog").joinpath("data", "scenarios", TEMPLATE)
    put(scenario, template.read_text(encoding="utf-8"), makes_folders=True)
    put(described, json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
    click.echo(f"wrote {scenario} and {described}", err=True)
    click.echo(f"next: gigacampus check {scenario}\n      gigacampus run {scenario}", err=True)
