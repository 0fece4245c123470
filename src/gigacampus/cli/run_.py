"""`gigacampus run SCENARIO`: the whole walk, from deal to watts."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click

from gigacampus.cli import assertions
from gigacampus.cli.options import Asked, free_folder, said, takes_out, takes_scenario
from gigacampus.cli.progress import note, told


@click.command("run")
@takes_scenario
@takes_out
@click.option(
    "--fail-if",
    "fail_if",
    metavar="CONDITION",
    multiple=True,
    help='Exit with 3 if a number of the summary meets it, such as "pue_mean>1.3"; may be repeated.',
)
def command(asked: Asked, out: Path | None, force: bool, as_json: bool, quiet: bool, fail_if: tuple[str, ...]) -> int:
    """Play a scenario through, from the deal to the accounts, and write a run folder with a report.

    SCENARIO is a YAML file or a built-in name such as stargate-uae.
    """
    conditions = assertions.read(fail_if)
    scenario, base = asked.with_base()
    folder = out or free_folder(asked.stem)
    from gigacampus.results.folder import refuse

    refuse(folder.absolute(), force=force)
    from gigacampus import report, results
    from gigacampus.run import run

    with told(quiet=quiet) as tell:
        found = results.seal(run(scenario, tell, base), shlex.join(["gigacampus", *sys.argv[1:]]))
        failed = assertions.broken(conditions, results.flat(found.summary))  # a name it lacks: nothing is written
        tell("the report")
        page = report.render(found)
        tell("the run folder")
        written = results.write(found, folder, force=force, report=page)
    if as_json:
        click.echo(json.dumps(found.summary, indent=2, ensure_ascii=False, allow_nan=False))
    if not quiet:
        from gigacampus.cli.summary import lines, warnings

        if warned := warnings(found):
            click.echo(warned, err=True)
        click.echo("\n".join(lines(scenario, found)), err=as_json)
        click.echo(f"\nreport: {said(written / 'report.html')}", err=as_json)
        others = [name for name in scenario.variants if name not in scenario.applied]
        again = shlex.join(["gigacampus", "run", asked.name, *(("--variant", others[0]) if others else ())])
        click.echo(f"next:   {again}", err=as_json)
    for sentence in failed:
        note(sentence)
    return assertions.EXIT_CODE if failed else 0
