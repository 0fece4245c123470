"""`gigacampus validate [SUITE…]`: published values against ours."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gigacampus.validate import Case

HEAD = ("verdict", "id", "published", "ours", "unit", "error", "tolerance", "evidence", "source", "note")


@click.command("validate")
@click.argument("names", metavar="[SUITE]...", nargs=-1)
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own rows, in the columns of the bundled table (power: a metered profile), CSV or Parquet; constants are "
    "never refitted.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON record a case on stdout.")
@click.option("--all", "all_cases", is_flag=True, help="Every case, where all suites run.")
@click.option("--list", "only_list", is_flag=True, help="Only name the suites.")
def command(names: tuple[str, ...], data: Path | None, as_json: bool, all_cases: bool, only_list: bool) -> int:
    """Score the models on published values; exit 1 if a tolerance breaks.

    Without SUITE all suites run, and only their totals and the cases that break a tolerance are printed. Totals are
    given for each class of evidence, never mixed.
    """
    from gigacampus import validate
    from gigacampus.errors import Fault, UsageError

    if only_list:
        click.echo("\n".join(validate.suites()))
        return 0
    if data and len(names) != 1:
        raise UsageError(Fault("V002", "--data needs exactly one suite", fix="name the suite that the file is for"))
    found: dict[str, list[Case]] = {}
    for name in names or validate.suites():
        cases = found[name] = validate.score(name, data)
        if as_json:
            for case in cases:
                click.echo(json.dumps({"suite": name, **case.record()}))
        elif names or all_cases:
            click.echo(f"\n{name}")
            _tell(cases)
            click.echo(_totals(cases))
        else:
            click.echo(f"{name:<12} {_totals(cases)}")
            _tell([case for case in cases if case.verdict == "fail"])
    if not as_json:
        click.echo(_verdict(found))
    return 1 if any(case.verdict == "fail" for cases in found.values() for case in cases) else 0


def _tell(cases: list[Case]) -> None:
    from gigacampus.cli.columns import table

    if cases:
        click.echo(table(HEAD, [_row(case) for case in cases], "  "))


def _row(case: Case) -> tuple[str, ...]:
    def size(value: float) -> str:
        if value != value:
            return "-"
        return f"{value:.4g}" if case.is_absolute else f"{100 * value:.2f} %"

    return (
        case.verdict, case.id, f"{case.published:,.6g}", f"{case.ours:,.6g}", case.unit, size(case.error),
        size(case.tolerance), case.evidence, case.source, case.note,
    )  # fmt: skip


def _totals(cases: list[Case]) -> str:
    """The verdicts of one suite, each class of evidence by itself."""
    from gigacampus.validate import EVIDENCE

    told = []
    for evidence in EVIDENCE:
        verdicts = Counter(case.verdict for case in cases if case.evidence == evidence)
        if verdicts:
            told.append(f"{evidence}: " + ", ".join(f"{n:,} {verdict}" for verdict, n in sorted(verdicts.items())))
    return "; ".join(told)


def _verdict(found: dict[str, list[Case]]) -> str:
    broken = [name for name, cases in found.items() if any(case.verdict == "fail" for case in cases)]
    if broken:
        return f"\na tolerance breaks in {', '.join(broken)}"
    return f"\nno tolerance breaks in {len(found)} suite{'s' if len(found) > 1 else ''}; `listed` cases are not judged"
