"""`gigacampus compare A B …`: what differs in the inputs, what moved in the results, and because of what."""

from __future__ import annotations

from pathlib import Path

import click

from gigacampus.bounds import SEED, whole
from gigacampus.cli.numbers import within
from gigacampus.cli.options import OutFile, said, takes_format
from gigacampus.cli.progress import told

CHANGED = 4


@click.command("compare")
@click.argument("what", metavar="A [B …]", nargs=-1, required=True)
@click.option("--variant", "variants", metavar="NAME", multiple=True,
              help="A further case: A with this variant (or NAME+NAME); may be repeated.")  # fmt: skip
@click.option("--together/--no-together", default=True, show_default=True,
              help="With several --variant also a case with all of them on, and what each adds to it.")  # fmt: skip
@click.option("--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set one key in every scenario compared.")
@click.option("--seed", type=within(SEED), help="Another seed than the scenarios' own, for all.")
@click.option("--plan", "plan_only", is_flag=True, help="Deal and build-out alone: no jobs, energy or money.")
@click.option("--samples", "draws", type=within(whole(0, 1_000_000)), default=0, metavar="N",
              help="Draw the ranges N times, paired, for intervals of the build-out's differences.")  # fmt: skip
@click.option("--seeds", type=within(whole(1, 1000)), default=1, metavar="K",
              help="Play every case with K seeds, paired, for the interval of each mean difference.")  # fmt: skip
@click.option("--deep", is_flag=True, help="Play all combinations of causes as whole runs, however many (up to 64).")
@click.option("--no-cache", is_flag=True, help="Play everything again; else what was played before is read.")
@click.option("--out", type=OutFile(makes_folders=True), metavar="FILE.html",
              help="Write a report with overlaid charts.")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE.html where it exists.")
@click.option("--fail-on-change", is_flag=True, help=f"Exit with {CHANGED} where any result differs from A's.")
@click.option("--json", "as_json", is_flag=True, help="The comparison as JSON on stdout.")
@click.option("--quiet", is_flag=True, help="Nothing on stdout but what --json asks for.")
@takes_format
def command(
    what: tuple[str, ...], variants: tuple[str, ...], together: bool, overrides: tuple[str, ...], seed: int | None,
    plan_only: bool, draws: int, seeds: int, deep: bool, no_cache: bool, out: Path | None, force: bool,
    fail_on_change: bool, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Hold scenarios or finished runs against A: which inputs differ, what moved, and because of what.

    A and B are scenarios, run folders, SCENARIO+VARIANT, or names of A's variants. What each changed input adds is
    found by playing the combinations (Shapley values over up to six groups of changes).
    """
    from gigacampus.compare import compare
    from gigacampus.errors import Fault, UsageError

    if out is not None and out.exists() and not force:
        raise UsageError(Fault("U002", f"{out} exists", fix="choose another --out, or give --force to replace it"))
    with told(quiet=quiet) as tell:
        found = compare(
            *what, variants=variants, overrides=overrides, seed=seed, kind="plan" if plan_only else "run", draws=draws,
            seeds=seeds, together=together, deep=deep, cache=None if no_cache else "home", tell=tell,
        )  # fmt: skip
    if as_json:
        click.echo(found.to_json())
    elif not quiet:
        click.echo(str(found))
    if out is not None:
        from gigacampus.files import put
        from gigacampus.report.comparison import render

        put(out, render(found.as_dict(), found.series()), makes_folders=True)
        click.echo(f"report: {said(out)}", err=True)
    return CHANGED if fail_on_change and found.is_changed else 0
