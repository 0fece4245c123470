"""`gigacampus list [KIND]`: what is built in, with its sources."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import click

from gigacampus.cli.columns import table
from gigacampus.cli.options import takes_format
from gigacampus.cli.policies import PLACEMENTS, POLICIES

Row = dict[str, Any]


def _scenarios() -> Iterator[Row]:
    from gigacampus.scenario import extend

    for name, path in extend.built_in().items():
        root = extend.read(path).root
        yield {
            "scenario": name,
            "start": _at(root, "start"),
            "end": _at(root, "end"),
            "known_as_of": _at(root, "known_as_of"),
            "variants": len(root.value["variants"].value) if "variants" in root.value else 0,
            "title": _at(root, "title"),
        }


def _at(node: Any, key: str) -> str:
    child = node.child(key)
    return "" if child is None else str(child.plain())


def _variants() -> Iterator[Row]:
    from gigacampus.scenario import extend

    for scenario, path in extend.built_in().items():
        stated = extend.read(path).root.child("variants")
        for name, variant in stated.children() if stated is not None else ():
            status = _at(variant, "status") or "assumption"
            yield {"scenario": scenario, "variant": name, "status": status, "title": _at(variant, "title")}


def _chips() -> Iterator[Row]:
    from gigacampus import catalog

    for name, chip in catalog.chips().items():
        yield {
            "chip": name, "vendor": chip.vendor, "year": chip.year,
            "H100e": f"{chip.h100e_8bit:.4g}".replace("nan", "-"),
            "TPP": f"{chip.tpp_max:.6g}", "TDP_w": f"{chip.tdp_w:g}",
            "source": chip.figures[0].source if chip.figures else "",
        }  # fmt: skip


def _facts() -> Iterator[Row]:
    from gigacampus import catalog

    for key, fact in catalog.facts().items():
        yield {
            "fact": key, "status": fact.status, "date": fact.date, "value": fact.value, "unit": fact.unit,
            "source": fact.source,
        }  # fmt: skip


def _weather() -> Iterator[Row]:
    from gigacampus.catalog import weather

    for station in weather.STATIONS.values():
        yield {"weather": station.name, "place": station.place, "kind": station.kind, "source": station.source}


def _traces() -> Iterator[Row]:
    from gigacampus.catalog import traces

    for trace in traces.TRACES.values():
        yield {
            "trace": trace.name, "kind": trace.kind, "title": trace.title, "licence": trace.licence,
            "source": trace.source,
        }  # fmt: skip


def _policies() -> Iterator[Row]:
    from gigacampus.scenario import walk
    from gigacampus.scenario.model import Scenario

    spot = walk.at(Scenario, ("operations", "policy"))
    chosen = spot.choices if spot else ()
    for name, what in POLICIES.items():
        yield {"policy": name, "where": "scenario, replay" if name in chosen else "replay", "what": what}
    for name, what in PLACEMENTS.items():
        yield {"policy": name, "where": "replay --placement", "what": what}


KINDS: dict[str, Callable[[], Iterator[Row]]] = {
    "scenarios": _scenarios, "variants": _variants, "chips": _chips, "facts": _facts, "weather": _weather,
    "traces": _traces, "policies": _policies,
}  # fmt: skip


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@click.option("--json", "as_json", is_flag=True, help="The rows as JSON on stdout, nothing cut.")
@takes_format
def command(kind: str | None, as_json: bool) -> None:
    """List what is built in: scenarios and their variants, chips, facts, weather, traces, queue policies.

    Without KIND the scenarios and their variants are listed. `gigacampus explain NAME` tells all of one.
    """
    kinds = [kind] if kind else ["scenarios", "variants"]
    found = {one: list(KINDS[one]()) for one in kinds}
    if as_json:
        click.echo(json.dumps(found[kind] if kind else found, indent=2, ensure_ascii=False))
        return
    for position, rows in enumerate(found.values()):
        if position:
            click.echo("")
        if rows:
            click.echo(table(list(rows[0]), [list(row.values()) for row in rows]))
    if not kind:
        click.echo(f"\nmore: gigacampus list [{'|'.join(KINDS)}]", err=True)
