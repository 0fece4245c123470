"""`gigacampus convert AMOUNT UNIT OTHER`: chips, A100e, H100e, GB300e and TPP, one into another."""

from __future__ import annotations

import json

import click

from gigacampus.cli.options import takes_format


@click.command("convert")
@click.argument("amount")
@click.argument("unit")
@click.argument("other")
@click.option(
    "--basis", default="", metavar="BASIS", help="One basis only: dense-8bit, dense-16bit, tpp-8bit or tpp-max."
)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON on stdout.")
@takes_format
def command(amount: str, unit: str, other: str, basis: str, as_json: bool) -> None:
    """Convert AMOUNT of UNIT into OTHER, with the range over all bases and sources.

    Units are TPP, a chip of the catalog (GB300) or its equivalent (GB300e), such as: convert 60400 A100e GB300e
    """
    from gigacampus import catalog

    found = catalog.convert(_number(amount), unit, other, basis)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "value": found.value, "unit": unit, "other": other, "low": found.low, "high": found.high,
                    "by_basis": {name: {"low": low, "high": high} for name, (low, high) in found.by_basis.items()},
                }
            )
        )  # fmt: skip
        return
    click.echo(f"{found.value:,.10g} {unit} = {_span(found.low, found.high)} {other}")
    for name, (low, high) in found.by_basis.items():
        click.echo(f"  {name:<12} {_span(low, high):>22}  {catalog.BASES[name]}")
    if found.high > found.low * 1.001:
        click.echo("The range is real: say by which basis a figure counts before it is added to another.")


def _span(low: float, high: float) -> str:
    shape = ",.0f" if high >= 1000 else ",.5g"
    text = format(low, shape), format(high, shape)
    return text[0] if text[0] == text[1] else f"{text[0]} to {text[1]}"


def _number(text: str) -> float:
    from gigacampus import units
    from gigacampus.errors import Fault, UsageError

    try:
        value = units.parse(text, "one").value
    except units.UnitError:
        fix = "write it like 60400, 60,400 or 60.4k"
        raise UsageError(Fault("K008", f'"{text}" is no number', fix=fix)) from None
    if not 0.0 <= value <= 1e18:
        raise UsageError(Fault("K008", f"{text} lies outside 0 to 1e18", fix="check the number"))
    return value
