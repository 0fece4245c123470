"""`gigacampus validate [SUITE…]`: published values against ours."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click


@click.command("validate")
@click.argument("names", metavar="[SUITE]...", nargs=-1)
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own rows, in the columns of the bundled table; constants are never refitted.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON record a case on stdout.")
@click.option("--list", "only_list", is_flag=True, help="Only name the suites.")
def command(names: tuple[str, ...], data: Path | None, as_json: bool, only_list: bool) -> int:
    """Score the models on published values; exit 1 if a tolerance breaks.

    Without SUITE all suites run. Totals are given for each class of evidence, never mixed.
    """
    from gigacampus import validate
    from gigacampus.errors import Fault, UsageError

    if only_list:
        click.echo("\n".join(validate.suites()))
        return 0
    if data and len(names) != 1:
        raise UsageError(Fault("V002", "--data needs exactly one suite", fix="name the suite that the file is for"))
    failed = False
    for name in names or validate.suites():
        cases = validate.score(name, data)
        failed |= any(case.verdict == "fail" for case in cases)
        if as_json:
            for case in cases:
                click.echo(json.dumps({"suite": name, **case.record()}))
            continue
        click.echo(f"\n{name}")
        width = max((len(case.id) for case in cases), default=4)
        click.echo(
            f"{'id':<{width}}  {'published':>14}  {'ours':>14}  {'error':>9}  {'tolerance':>9}  verdict  evidence"
        )
        for case in cases:

            def shown(value: float, case: validate.Case = case) -> str:
                if value != value:
                    return "-"
                return f"{value:.4g}" if case.is_absolute else f"{100 * value:.2f} %"

            click.echo(
                f"{case.id:<{width}}  {case.published:>14,.6g}  {case.ours:>14,.6g}  {shown(case.error):>9}  "
                f"{shown(case.tolerance):>9}  {case.verdict:<7}  {case.evidence}  {case.note}".rstrip()
            )
        for evidence in validate.EVIDENCE:
            verdicts = Counter(case.verdict for case in cases if case.evidence == evidence)
            if verdicts:
                click.echo(f"{evidence}: " + ", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items())))
    return 1 if failed else 0
