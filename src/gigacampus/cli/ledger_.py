"""`gigacampus ledger SCENARIO`: balances per licence and quota, tightest spots, and what a shipment would breach."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigacampus.cli.options import Asked, takes_scenario

if TYPE_CHECKING:
    from datetime import date

    from gigacampus.deal.regimes import Finding
    from gigacampus.deal.whatif import Answer
    from gigacampus.scenario import Scenario
    from gigacampus.tables.supply import Supply

NOT_ADVICE = "Not legal advice: rules and licences are read from public sources, many of them the press."


@click.command("ledger")
@takes_scenario
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--what-if", "shipment", metavar="SHIPMENT", help='Such as "50000 GB300 to g42 on 2027-03-01".')
@click.option("--regime", metavar="NAME", help="What a rule module says of what cleared, such as draft-2026-03.")
@click.option("--on", "day", metavar="DATE", help="The day for --regime; the end of the record where left out.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON on stdout.")
def command(
    asked: Asked, files: tuple[Path, ...], shipment: str | None, regime: str | None, day: str | None, as_json: bool
) -> int:
    r"""Balances of every licence and quota window, the tightest spots, and what a shipment would breach.

    With --what-if, exit 1 means that the shipment may not go in whole on its day under any licence of its party.

    \b
    ledger verify FILE         whether a ledger of actuals is as it was written (exit 1 if not)
    ledger append FILE ROWS    add the rows of a CSV file at its end; FILE is begun where there is none
    """
    if asked.name in {"verify", "append"}:
        return _keep(asked.name, files, as_json)
    _no_more(files)
    from gigacampus.deal import clear
    from gigacampus.deal.regimes import judge
    from gigacampus.deal.whatif import ask, parse
    from gigacampus.errors import Fault, UsageError
    from gigacampus.tables.finite import finite

    if day is not None and regime is None:
        fix = "name the regime that is asked, such as --regime draft-2026-03, or leave out --on"
        raise UsageError(Fault("L107", f"--on {day} goes with --regime", f"--on {day}", fix=fix))
    wanted = parse(shipment) if shipment is not None else None
    scenario = asked.load()
    on = _day(day, scenario)
    supply = clear(scenario)
    answers = ask(scenario, wanted, supply) if wanted else []
    findings = judge(scenario, supply, regime, on) if regime is not None else []
    if as_json:
        record = _record(scenario, supply, answers)
        record |= {"regime": [one._asdict() for one in findings]} if regime else {}
        click.echo(json.dumps(finite(record)))
    else:
        _show(scenario, supply)
        if not answers and not findings:
            from gigacampus.cli.ledger_totals import lines

            click.echo("\n".join(lines(scenario, supply)))
        for answer in answers:
            _tell(answer)
        if findings:
            _tell_rules(str(regime), findings)
        if answers:
            granted = max((one.cleared_chips for one in answers if one.state == "issued"), default=0)
            of = f"{granted:,} of {answers[0].requested_chips:,}"
            click.echo(f"\nUnder licences really granted {of} may go on the day; planned licences are assumptions.")
        click.echo(f"\n{NOT_ADVICE}")
    return 1 if answers and all(one.breaches for one in answers) else 0


def _record(scenario: Scenario, supply: Supply, answers: list[Answer]) -> dict[str, Any]:
    from gigacampus.cli.ledger_totals import totals
    from gigacampus.deal.spots import tightest, waits

    clock = scenario.clock
    licences = [
        {**row, "issued": clock.iso(row.pop("issued_s")), "expires": clock.iso(row.pop("expires_s"))}
        for row in supply.licences.rows()
    ]
    quotas = [
        {**row, "start": clock.iso(row.pop("window_start_s")), "end": clock.iso(row.pop("window_end_s") - 1)}
        for row in supply.quotas.rows()
    ]
    record: dict[str, Any] = {
        "known_as_of": clock.known_as_of.isoformat(), "licences": licences, "quota_windows": quotas,
        "tightest": tightest(supply), "waits": waits(supply), "warnings": list(supply.warnings), "note": NOT_ADVICE,
        "who": totals(scenario, supply),
    }  # fmt: skip
    if answers:
        record["what_if"] = [{**asdict(one), "breaches": one.breaches} for one in answers]
    return record


def _show(scenario: Scenario, supply: Supply) -> None:
    from gigacampus.cli.columns import table
    from gigacampus.deal.spots import tightest, waits

    clock = scenario.clock
    end = clock.iso(clock.end_s - 1)
    click.echo(f"record until {clock.known_as_of}, projection after\n\nLicences, with what is drawn and left on {end}")
    licences = [
        (
            r["licence"], r["licensee"], r["site"], f"{r['quantity']:,.0f}", f"{r['drawn']:,.0f}", f"{r['left']:,.0f}",
            r["unit"], clock.iso(r["issued_s"]), r["state"], r["status"],
        )
        for r in supply.licences.rows()
    ]  # fmt: skip
    click.echo(
        table(
            ["licence", "licensee", "site", "quantity", "drawn", "left", "unit", "usable from", "state", "status"],
            licences,
        )
    )
    click.echo(f"\nQuota windows, with what is drawn and left on {end}")
    windows = [
        (
            r["quota"], r["window"], r["party_class"], f"{r['cap']:,.0f}", f"{r['drawn_here']:,.0f}",
            f"{r['drawn_elsewhere']:,.0f}", f"{r['left']:,.0f}", r["unit"],
        )
        for r in supply.quotas.rows()
    ]  # fmt: skip
    click.echo(table(["quota", "window", "for", "cap", "drawn here", "elsewhere", "left", "unit"], windows))
    click.echo("\nTightest spots")
    for spot in tightest(supply):
        click.echo(f"  {spot['what']}: {spot['left']:,.0f} of {spot['of']:,.0f} {spot['unit']} left")
    for one in waits(supply):
        parts = []
        if one["late_chips"]:
            parts.append(f"held {one['late_chips']:,} chips back, the longest for {one['longest_wait_d']} days")
        if one["blocked_chips"]:
            parts.append(f"kept {one['blocked_chips']:,} chips out to the end")
        click.echo(f"  {one['bound_by']}: {' and '.join(parts)}")
    for warning in supply.warnings:
        click.echo(f"warning: {warning}", err=True)


def _tell(answer: Answer) -> None:
    requested = f"{answer.requested_chips:,}"
    click.echo(f"\nWhat if: {requested} chips under {answer.licence} ({answer.state})")
    if not answer.breaches:
        click.echo(f"  all {requested} may go on the day")
    else:
        why = f"{answer.bound_by} {answer.gate}".strip()
        click.echo(f"  breach: {answer.cleared_chips:,} of {requested} may go on the day; {why} binds")
        if answer.later_chips:
            click.echo(f"  {answer.later_chips:,} more may go later, the last on {answer.cleared_by}")
    if not math.isnan(answer.licence_before):
        click.echo(
            f"  licence: {answer.licence_before:,.0f} before, {answer.licence_after:,.0f} after ({answer.licence_unit})"
        )
    if not math.isnan(answer.quota_before):
        click.echo(
            f"  quota {answer.quota} {answer.quota_window}: {answer.quota_before:,.0f} before, "
            f"{answer.quota_after:,.0f} after ({answer.quota_unit})"
        )
    if answer.quota_held:
        click.echo(f"  of which {answer.quota_held:,.0f} are held for other sites that wait at a gate")
    for licence, chips in answer.displaced.items():
        click.echo(f"  displaces {chips:,} chips that {licence} would bring by the end of the horizon")


def _tell_rules(regime: str, findings: list[Finding]) -> None:
    from gigacampus.cli.columns import table

    click.echo(f"\nRegime {regime}")
    rows = [
        (
            one.rule, one.subject, _amount(one.amount), _amount(one.limit), one.verdict,
            one.status if one.is_verified else f"{one.status}, unverified", one.note,
        )
        for one in findings
    ]  # fmt: skip
    click.echo(table(["rule", "of", "amount", "limit", "verdict", "status", "note"], rows))
    for source in dict.fromkeys(one.source for one in findings):
        click.echo(f"  source: {source}")


def _amount(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.4g}" if abs(value) < 100 else f"{value:,.0f}"


def _day(text: str | None, scenario: Scenario) -> date:
    """The day asked for; the end of the record where none is."""
    from datetime import date

    from gigacampus.errors import Fault, UsageError

    if text is None:
        return scenario.clock.known_as_of
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(Fault("L001", f"{text} is no day of the calendar", fix="write it as 2027-03-01")) from None


def _no_more(files: tuple[Path, ...]) -> None:
    from gigacampus.errors import Fault, UsageError

    if files:
        fix = "call ledger SCENARIO, ledger verify FILE or ledger append FILE ROWS"
        raise UsageError(Fault("L106", f"nothing is done with {files[0]}", fix=fix))


def _keep(verb: str, files: tuple[Path, ...], as_json: bool) -> int:
    """Verify a ledger of actuals, or append to one."""
    from gigacampus.deal import keeping
    from gigacampus.errors import Fault, UsageError

    wanted = {"verify": 1, "append": 2}[verb]
    if len(files) != wanted:
        fix = "call ledger verify FILE or ledger append FILE ROWS"
        raise UsageError(Fault("L106", f"ledger {verb} takes {wanted} file(s), not {len(files)}", fix=fix))
    if verb == "append":
        added, total = keeping.append(files[0], files[1])
        told = {"file": str(files[0]), "added": added, "rows": total}
        click.echo(json.dumps(told) if as_json else f"{files[0]}: {added} rows added, {total} in all")
        return 0
    faults, rows = keeping.verified(files[0])
    if as_json:
        click.echo(json.dumps({"file": str(files[0]), "rows": rows, "faults": [fault.as_dict() for fault in faults]}))
    elif faults:
        click.echo("\n".join(fault.render() for fault in faults), err=True)
    else:
        click.echo(f"{files[0]}: {rows} rows, none changed since it was written")
        if not keeping.head_beside(files[0]).is_file():
            click.echo("no .head is kept beside it: rows cut off at the end would go unnoticed")
    return 1 if faults else 0
