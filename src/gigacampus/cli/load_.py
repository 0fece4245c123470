"""`gigacampus load RUN`: what a utility can file about the campus's load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import click

from gigacampus.cli.options import OutFolder

PLACES = {"poi": "the point of interconnection", "it": "the IT inlet"}


@click.command("load")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--at", type=click.Choice(["poi", "it"]), default="poi", show_default=True, help="Where the load is told."
)
@click.option("--out", type=OutFolder(), help="Folder of the files; RUN-load where left out.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Of the files."
)
@click.option("--force", is_flag=True, help="Replace files of an earlier call.")
@click.option("--json", "as_json", is_flag=True, help="The facts as one JSON object on stdout.")
def command(run: Path, at: Literal["poi", "it"], out: Path | None, kind: str, force: bool, as_json: bool) -> None:
    """Write hourly MW (UTC and local), monthly peaks and load factors, energisation steps and the ramp-duration curve.

    Prints contracted power against P50, P90 and P99 of the daily peak, the largest steps within 1 s, 1 min and 10 min,
    and what the figures are valid for.
    """
    from gigacampus.facility.derive import series
    from gigacampus.facility.filing import filing
    from gigacampus.facility.reopen import reopen
    from gigacampus.files import put, put_table, refuse, refuse_folder

    again = reopen(run)
    found = filing(again, series(again.scenario, again.timeline, again.outside, again.log), at)
    folder = out or run.with_name(f"{run.resolve().name}-load")
    tables = {one.spec.name: one for one in (found.hours, found.months, found.energisation, found.ramps)}
    _refuse([folder / f"{name}.{kind}" for name in tables], force)
    refuse_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in (*(folder / f"{name}.{kind}" for name in tables), folder / "validity.txt"):
        refuse(path)
    for name, table in tables.items():
        put_table(folder / f"{name}.{kind}", table.to_arrow())
    put(folder / "validity.txt", _said(found.facts) + "\n")
    click.echo(json.dumps(found.facts, indent=2) if as_json else _shown(found.facts, at))
    click.echo(f"files: {folder}/{{{','.join(tables)}}}.{kind}", err=True)


def _refuse(paths: list[Path], force: bool) -> None:
    from gigacampus.errors import Fault, UsageError

    there = [path for path in paths if path.exists()]
    if there and not force:
        raise UsageError(Fault("U002", f"{there[0]} exists already", str(there[0]), fix="--out elsewhere, or --force"))


def _said(facts: dict[str, Any]) -> str:
    weather = "; ".join(facts["weather"]) or "as in the scenario"
    return f"{facts['validity']}\nweather: {weather}\nnot modelled: {facts['not_modelled']}"


def _shown(facts: dict[str, Any], at: str) -> str:
    def mega(value: float) -> str:
        return f"{value / 1e6:,.1f} MW"

    lines = [
        f"load at {PLACES[at]}, power factor {facts['power_factor']:g}",
        f"  contracted                 {mega(facts['contracted_w'])}",
        "  expected peak, P50 P90 P99 " + ", ".join(mega(facts[f"peak_{one}_w"]) for one in ("p50", "p90", "p99")),
        f"                             ({facts['peak_basis']})",
        f"  highest hour of the run    {mega(facts['peak_w'])}",
    ]
    if facts["design_peak_w"] is not None:
        lines.append(f"  peak in the design hour    {mega(facts['design_peak_w'])}  ({facts['design_basis']})")
    lines.append("  largest steps by starts and stops of jobs")
    lines.extend(
        f"    within {row['window_s']:>3} s   up {mega(row['up_w'])}   down {mega(row['down_w'])}"
        for row in facts["steps"]
    )
    lines.append("  beside them, worst cases: load lost in one instant")
    lines.extend(
        f"    {name.removeprefix('step_').removesuffix('_w').replace('_', ' '):<26} {mega(watts)}"
        for name, watts in facts["worst_cases"].items()
    )
    return "\n".join([*lines, "", _said(facts)])
