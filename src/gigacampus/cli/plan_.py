"""`gigacampus plan SCENARIO`: deal and build-out only, no jobs."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigacampus.bounds import whole
from gigacampus.cli.commitments import promised
from gigacampus.cli.money import paid
from gigacampus.cli.numbers import within
from gigacampus.cli.options import Asked, said, takes_out, takes_scenario
from gigacampus.cli.progress import told

if TYPE_CHECKING:
    from gigacampus.results import Results


@click.command("plan")
@takes_scenario
@click.option(
    "--samples",
    type=within(whole(0, 1_000_000)),
    default=0,
    metavar="N",
    help="Draw the ranges N times for P10, P50 and P90.",
)
@click.option(
    "--money",
    type=within(whole(0, 100_000)),
    default=30,
    show_default=True,
    metavar="N",
    help="Of the samples, play the first N through the accounts too, with stand-in work; 0 for none.",
)
@takes_out
def command(asked: Asked, samples: int, money: int, out: Path | None, force: bool, as_json: bool, quiet: bool) -> int:
    """Play the deal and the build-out alone and print, month by month, what is live and what binds.

    With --out a run folder with a report of these parts is written.
    """
    scenario, base = asked.with_base(plays=False)
    if out is not None:
        from gigacampus.results.folder import refuse

        refuse(out.absolute(), force=force)
    from gigacampus import results
    from gigacampus.plan import plan

    with told(quiet=quiet) as tell:
        tell("the plan" if not samples else f"the plan and {samples:,} draws of its ranges")
        found = plan(scenario, draws=samples, base=base, paid_draws=min(samples, money))
        written = None
        if out is not None:
            from gigacampus import report

            found = results.seal(found, shlex.join(["gigacampus", *sys.argv[1:]]))
            written = results.write(found, out, force=force, report=report.render(found))
    if as_json:
        click.echo(json.dumps(found.summary, indent=2, ensure_ascii=False, allow_nan=False))
    if not quiet:
        from gigacampus.cli.summary import lines, warnings

        if warned := warnings(found):
            click.echo(warned, err=True)
        click.echo(
            "\n".join(
                [
                    *lines(scenario, found),
                    "",
                    *_months(scenario.clock, found),
                    *_units(scenario.clock, found),
                    *_spread(scenario.clock, found),
                    *paid(scenario.clock, found),
                    *promised(scenario.clock, found),
                ]
            ),
            err=as_json,
        )
        if written:
            click.echo(f"\nreport: {said(written / 'report.html')}", err=as_json)
    return 0


def _months(clock: Any, found: Results) -> list[str]:
    """A line a month in which something changed."""
    told, before = [f"{'month':<8} {'live chips':>11} {'H100e':>11} {'MW IT':>7}  binds"], ("", -1)
    for row in found.tables["buildout_months"].rows():
        now = (row["binding"], row["live_chips"])
        if now != before:
            told.append(
                f"{clock.iso(row['month_s'])[:7]:<8} {row['live_chips']:>11,} {row['live_h100e']:>11,.0f} "
                f"{row['live_it_w'] / 1e6:>7,.1f}  {row['binding']}"
            )
        before = now
    left_out = len(found.tables["buildout_months"]) - len(told) + 1
    return [*told, f"left out, each as the month before it: {left_out}"] if left_out else told


def _units(clock: Any, found: Results) -> list[str]:
    """One more unit of what would bring how much, the most first; those that bring nothing are named at the end."""
    rows = list(found.tables["buildout_units"].rows()) if "buildout_units" in found else []
    told = ["", "one more unit of what would bring how much, each alone:"] if rows else []
    told += [
        f"  {row['limit']:<14} {row['unit']}: at the end {row['gain_chips']:+,} chips, "
        f"{row['gain_h100e']:+,.0f} H100e, {round(row['gain_it_w'] / 1e6, 1) + 0.0:+,.1f} MW; "
        f"most {row['most_chips']:+,} chips, in "
        f"{clock.iso(row['most_month_s'])[:7]}; {row['gain_h100e_years']:+,.0f} H100e years in all"
        for row in rows
        if row["most_chips"] > 0
    ]
    nothing = [row["limit"] for row in rows if row["most_chips"] <= 0]
    return [*told, *([f"  nothing by: {', '.join(nothing)}"] if nothing else [])]


def _spread(clock: Any, found: Results) -> list[str]:
    """Milestones where samples were drawn, and what moves the plan most."""
    told: list[str] = []
    if "sample_milestones" in found:
        told += ["", f"{'milestone':<44} {'P10':<11} {'P50':<11} {'P90':<11} never"]
        for row in found.tables["sample_milestones"].rows():
            days = [clock.iso(row[key]) for key in ("p10_s", "p50_s", "p90_s")]
            told.append(
                f"{row['title']:<44} "
                + " ".join(f"{day:<11}" for day in days)
                + f" {100 * row['never_fraction']:.0f} %"
            )
        last = list(found.tables["sample_months"].rows())[-1]
        told.append(
            "live chips at the end, P10 / P50 / P90: "
            + " / ".join(f"{last[f'{p}_chips']:,.0f}" for p in ("p10", "p50", "p90"))
        )
    if "movers" in found:
        rows = list(found.tables["movers"].rows())[:3]
        told += ["", "moves most, each alone from P10 to P90 (H100e years live over the horizon):"]
        told += [f"  {row['path']} ({row['text']}): {row['low']:+,.0f} to {row['high']:+,.0f}" for row in rows]
    if "default_movers" in found:
        rows = list(found.tables["default_movers"].rows())[:3]
        told += [
            "",
            "without a stated range, each alone by a default swing (a tenth of an amount, a quarter for a date):",
        ]
        told += [f"  {row['path']} ({row['text']}): {row['low']:+,.0f} to {row['high']:+,.0f}" for row in rows]
    return told
