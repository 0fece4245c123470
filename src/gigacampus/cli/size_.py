"""`gigacampus size WHAT`: chips to racks, MW, H100e and cost, or a power to chips."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gigacampus.buildout.sizing import Fleet, Sized


@click.command("size")
@click.argument("what")
@click.option("--chip", help='The chip that a power is filled with, such as GB300; for `size "200 MW"`.')
@click.option("--cooling", default="", help="Cooling plant: chiller, dry, adiabatic, tower, air or outside_air.")
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON, inputs with their sources included.")
def command(what: str, chip: str | None, cooling: str, as_json: bool) -> int:
    """Size a fleet ("50400 GB200 + 18000 GB300") or a power ("200 MW" --chip GB300).

    IT power is provisioned: racks at full load with their share of network and storage. Facility power is the
    connection to be built: IT plus losses and cooling at the design hour, house load and margin. A power without a
    basis is read as IT; write "280 MW facility" for one at the meter. Ranges are P10 to P90 of the named inputs.
    """
    from gigacampus.buildout import sizing

    fleet, note = _asked(what, chip, cooling)
    sized = sizing.size(fleet, cooling)
    if as_json:
        record = sized.record()
        click.echo(json.dumps({"asked": what, **record, "notes": [*record["notes"], *note]}, indent=1))
        return 0
    _show(sized, note)
    return 0


def _asked(what: str, chip: str | None, cooling: str) -> tuple[Fleet, list[str]]:
    """The fleet that is asked for, and how the question was read."""
    from gigacampus.buildout import sizing
    from gigacampus.errors import Fault, UsageError

    power = sizing.parse_power(what)
    if power is None:
        if chip:
            raise UsageError(Fault("Z010", f'--chip goes with a power, not with "{what}"', fix="drop --chip"))
        return sizing.parse_fleet(what), []
    if not chip:
        raise UsageError(
            Fault("Z011", f'"{what}" is a power: filled with what?', fix="add --chip, such as --chip GB300")
        )
    watts, basis = power
    model = next(iter(sizing.parse_fleet(f"1 {chip}").chips))
    sizing.check_plant(cooling, [model])
    low, middle, high = sizing.fitting_range(watts, basis, model, cooling)
    read = "provisioned IT" if basis == "it" else "the connection"
    note = f"{what} is read as {read}: {middle.chips[model]:,} {model} fit, {low:,} to {high:,} over the inputs' ranges"
    return middle, [note]


def _show(sized: Sized, notes: list[str]) -> None:
    record = sized.record()
    for note in notes:
        click.echo(note)
    for row in record["by_chip"]:
        click.echo(
            f"{row['chips']:>12,} {row['chip']} in {row['racks']:,} racks ({row['rack']}), cooling: {row['plant']}"
        )
    for key, label, scale, unit in (
        ("it_mw", "provisioned IT", 1.0, "MW"),
        ("facility_mw", "connection", 1.0, "MW"),
        ("h100e_8bit", "dense 8-bit", 1.0, "H100e"),
        ("h100e_16bit", "dense 16-bit", 1.0, "H100e"),
        ("tpp", "TPP, highest over formats", 1.0, "TPP"),
        ("chip_cost_usd", "chips with their racks", 1e9, "BUSD"),
    ):
        value, (low, high) = record[key], record["ranges"][key]
        if value is None:
            click.echo(f"{'-':>12} {unit:<6} {label}")
            continue
        spread = "" if low == high else f"  ({_number(low / scale)} to {_number(high / scale)})"
        click.echo(f"{_number(value / scale):>12} {unit:<6} {label}{spread}")
    click.echo("connection by cooling plant:")
    for plant, one in record["facility_mw_by_cooling"].items():
        low, high = one["range"]
        click.echo(f"{_number(one['value']):>12} MW     {plant}: {one['what']}  ({_number(low)} to {_number(high)})")
    for note in record["notes"]:
        click.echo(note)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
