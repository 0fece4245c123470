"""`gigacampus power RUN`: swings of power faster than the hour, the largest steps, and a close look at any instant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigacampus.cli.options import OutFile

if TYPE_CHECKING:
    from gigacampus.clock import Clock

LONGEST_SAMPLES = 2_000_000


@click.command("power")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--around", metavar="TIME", help="An instant such as 2028-07-01T14:00 (UTC); the highest hour if left out."
)
@click.option("--window", default="10min", show_default=True, help="Width of the window around it.")
@click.option("--step", default="1s", show_default=True, help="Time between samples of the window.")
@click.option("--ramp", metavar="RATE", help="Grid rule such as '100 MW/min'; the site's where left out.")
@click.option(
    "--swing", metavar="SHARE", default="2%", show_default=True, help="Grid rule: largest swing over the load."
)
@click.option("--out", type=OutFile(), help="Write the window as CSV (or .parquet).")
@click.option(
    "--series", metavar="FILE.parquet", type=OutFile(),
    help="Instead: the whole run by tenant at --step (1s to 31 days, or month), exact means, streamed.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object on stdout.")
def command(
    run: Path,
    around: str | None,
    window: str,
    step: str,
    ramp: str | None,
    swing: str,
    out: Path | None,
    series: Path | None,
    as_json: bool,
) -> None:
    """Power faster than the hour: steps and checkpoints of training, job starts and stops, storage for a grid rule.

    Jobs are summed as independent; one synchronous job on the whole campus and the largest loss of load in one instant
    (a job, a hall, the site) stand beside as worst cases. The year is never stepped: only the window is.
    """
    from gigacampus.facility.derive import series as derived
    from gigacampus.facility.grid_rule import told
    from gigacampus.facility.reopen import reopen
    from gigacampus.facility.swings import window_w

    again = reopen(run)
    if series is not None:
        from gigacampus.cli.power_series import written

        found = derived(again.scenario, again.timeline, again.outside, again.log)
        click.echo(written(again, found, series, step, "means over each step"), err=True)
        return
    width_s, step_s = _amount("--window", window, "s", 86_400.0), _amount("--step", step, "s", 3_600.0)
    if width_s / step_s > LONGEST_SAMPLES:
        raise _usage("--step", f"{width_s / step_s:,.0f} samples", f"at most {LONGEST_SAMPLES:,}; widen the step")
    rate = _amount("--ramp", ramp, "W/min", 1e12) / 60.0 if ramp else None
    limit = _amount("--swing", swing, "one", 1.0)
    found = derived(again.scenario, again.timeline, again.outside, again.log)
    at_s = _instant(around, again.scenario.clock) if around else int(found.facility_w.argmax()) * 3600 + 1800
    facts = told(again, found, at_s, rate, limit)
    times, power = window_w(again, found, at_s, width_s, step_s, again.written_every_s)
    facts["window"] = {"samples": len(times), "mean_w": float(power.mean())}
    facts["window"] |= {"least_w": float(power.min()), "most_w": float(power.max())}
    if out is not None:
        _write(out, again.scenario.clock, times, power)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    _show(facts, again.scenario.clock, at_s)
    if out is not None:
        click.echo(f"window: {out}", err=True)


def _amount(option: str, text: str, canonical: str, most: float) -> float:
    from gigacampus import units

    try:
        value = units.parse(text, canonical).value
    except units.UnitError as error:
        raise _usage(option, str(error), f"write it like 1 {canonical}") from None
    if not 0.0 < value <= most:
        raise _usage(
            option, f"{text!r} is not above zero and at most {units.human(most, canonical)}", "check the number"
        )
    return value


def _usage(option: str, message: str, fix: str) -> Exception:
    from gigacampus.errors import Fault, UsageError

    return UsageError(Fault("U001", f"{option}: {message}", fix=fix))


def _instant(text: str, clock: Clock) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _usage("--around", f"{text!r} is no instant", "write it like 2028-07-01T14:00") from None
    at_s = clock.seconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if not 0 <= at_s < clock.end_s:
        raise _usage("--around", f"{text} lies outside the horizon", f"{clock.start} to {clock.end}")
    return at_s


def _write(out: Path, clock: Clock, times: Any, power: Any) -> None:
    import pyarrow as pa

    from gigacampus.files import put_table

    origin = int(datetime(clock.start.year, clock.start.month, clock.start.day, tzinfo=UTC).timestamp())
    stamps = pa.array(((times + origin) * 1e3).round().astype("int64")).cast(pa.timestamp("ms", tz="UTC"))
    put_table(out, pa.table({"time_utc": stamps, "poi_mw": power / 1e6}))


def _show(facts: dict[str, Any], clock: Clock, at_s: int) -> None:
    def mega(value: float) -> str:
        return f"{value / 1e6:,.{1 if abs(value) >= 1e7 else 3}f} MW"

    click.echo(f"at {clock.utc(at_s):%Y-%m-%d %H:%M} UTC: {mega(facts['meter_w'])} at the meter")
    click.echo("\ndips of synchronous work (jobs independent; in step: worst case)")
    for row in facts["swings"]:
        click.echo(
            f"  {row['kind']:<9} {row['jobs']:>4} jobs {row['chips']:>9,} chips  {row['beat']} of {row['dip_s']:.3g} s"
            f" every {row['period_s']:,.5g} s  amplitude {mega(row['first_w'])} at {1 / row['period_s']:.3g} Hz,"
            f" {mega(row['second_w'])} at {2 / row['period_s']:.3g} Hz, rms {mega(row['rms_w'])};"
            f" one job {mega(row['one_w'])}, in step {mega(row['in_step_w'])}"
        )
    click.echo("\nlargest steps by starts and stops of jobs, over the run")
    for row in facts["steps"]:
        click.echo(f"  within {row['window_s']:>3} s   up {mega(row['up_w'])}   down {mega(row['down_w'])}")
    click.echo("\nworst cases: load lost in one instant")
    for name, value in facts["worst_cases"].items():
        click.echo(f"  {name.removesuffix('_w').replace('_', ' '):<36} {mega(value)}")
    click.echo("\nstorage for the grid's rules")
    for row in facts["rules"]:
        click.echo(f"  {row['rule']}: {row['needs']}")
    window = facts["window"]
    click.echo(
        f"\nwindow: {window['samples']:,} samples, {mega(window['least_w'])} to {mega(window['most_w'])},"
        f" mean {mega(window['mean_w'])}"
    )
    click.echo(f"\n{facts['validity']}")
