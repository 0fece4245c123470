"""`gigacampus check SCENARIO`: is it sound, what does it add up to, what does it rest on, how long will it run."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gigacampus.cli.columns import table
from gigacampus.cli.options import Asked, takes_scenario

if TYPE_CHECKING:
    from gigacampus.cli.estimate import Estimate
    from gigacampus.cli.totals import Phase
    from gigacampus.scenario import Scenario
    from gigacampus.tables import Table


@click.command("check")
@takes_scenario
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON on stdout.")
@click.option("--inputs", "all_inputs", is_flag=True, help="List every input, not only defaults and stale ones.")
def command(asked: Asked, as_json: bool, all_inputs: bool) -> None:
    """Validate a scenario; show its resolved totals, the defaults it uses, stale facts, and what a run will take.

    Deal and build-out are played through, the scenario's files are read and jobs are drawn, but not run. Nothing is
    written.
    """
    scenario = asked.sound()
    from gigacampus import buildout, conditions, deal
    from gigacampus.cli.estimate import estimate
    from gigacampus.cli.totals import phases
    from gigacampus.scenario import inputs

    supply = deal.clear(scenario)
    timeline = buildout.plan(scenario, supply)
    warnings = [*supply.warnings, *conditions.look(scenario)]
    found = phases(scenario, timeline)
    size = estimate(scenario, timeline)
    listed = inputs(scenario)
    if as_json:
        told = {**_plain(scenario, found, size, listed), "warnings": warnings}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    click.echo(f"{asked.name} is sound: {scenario.title}, {scenario.start} to {scenario.end}")
    if scenario.applied:
        click.echo(f"variants: {', '.join(f'{one} ({scenario.variants[one].status})' for one in scenario.applied)}")
    _tell_phases(scenario, found)
    _tell_inputs(listed, all_inputs)
    if warnings:
        click.echo("\nwarnings:")
        click.echo("\n".join(f"  {one}" for one in warnings))
    click.echo(
        f"\na run will take about {size.run_s:.0f} s and {size.memory_bytes / 1e9:.1f} GB "
        f"({size.hours:,} hours, {size.jobs:,} jobs)"
    )
    from gigacampus.cli.estimate import FORMULA

    click.echo(f"  {FORMULA}")


def _tell_phases(scenario: Scenario, found: list[Phase]) -> None:
    head = ("phase", "halls", "powered", "IT it can hold", "live chips", "live IT", "chips", "buildings")
    rows = [
        (
            one.name, one.halls, scenario.clock.iso(one.power_s), _mw(one.it_limit_w), f"{one.live_chips:,}",
            _mw(one.live_it_w), _usd(one.chips_usd), _usd(one.building_usd),
        )
        for one in found
    ]  # fmt: skip
    total = (
        "total", sum(one.halls for one in found), "", _mw(sum(one.it_limit_w for one in found)),
        f"{sum(one.live_chips for one in found):,}", _mw(sum(one.live_it_w for one in found)),
        _usd(sum(one.chips_usd for one in found)), _usd(sum(one.building_usd for one in found)),
    )  # fmt: skip
    click.echo(f"\nby the end of {scenario.end}, at the medians of all ranges:")
    click.echo(table(head, [*rows, total], "  "))


def _tell_inputs(listed: Table, all_inputs: bool) -> None:
    rows = list(listed.rows())
    head = ("input", "value", "status", "as of", "source")

    def tell(title: str, chosen: list[dict[str, Any]]) -> None:
        if chosen:
            click.echo(f"\n{title}: {len(chosen)}")
            click.echo(
                table(head, [[r["path"], r["text"], r["status"], r["as_of"], r["source"]] for r in chosen], "  ")
            )

    if all_inputs:
        tell("inputs", rows)
    tell("defaults used, which the scenario does not state", [row for row in rows if row["default"]])
    tell("stale: stated more than 180 days before known_as_of", [row for row in rows if row["stale"]])
    by_status: dict[str, int] = {}
    for row in rows:
        by_status[row["status"]] = by_status.get(row["status"], 0) + 1
    unsourced = sum(1 for row in rows if not row["source"])
    told = ", ".join(f"{number} {status}" for status, number in sorted(by_status.items()))
    click.echo(f"\n{len(rows)} inputs: {told}; {unsourced} without a source")


def _plain(scenario: Scenario, found: list[Phase], size: Estimate, listed: Table) -> dict[str, Any]:
    rows = [{key: None if one != one else one for key, one in row.items()} for row in listed.rows()]
    return {
        "title": scenario.title, "start": str(scenario.start), "end": str(scenario.end),
        "known_as_of": str(scenario.known_as_of), "applied": list(scenario.applied),
        "phases": [asdict(one) for one in found],
        "estimate": {**asdict(size), "run_s": size.run_s, "memory_bytes": size.memory_bytes},
        "inputs": rows,
    }  # fmt: skip


def _mw(power_w: float) -> str:
    return f"{power_w / 1e6:,.1f} MW"


def _usd(amount_usd: float) -> str:
    return f"{amount_usd / 1e6:,.0f} MUSD"
