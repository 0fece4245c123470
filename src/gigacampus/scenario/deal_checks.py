"""Checks of the deal that need more than one of its sections: units, quotas, gates on record, owners."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import date

from gigacampus import catalog
from gigacampus.catalog.regimes import REGIMES
from gigacampus.errors import UsageError
from gigacampus.scenario.deal import Gate, Licence, Quota
from gigacampus.scenario.matching import matching
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.problem import Problem
from gigacampus.scenario.unknown import where_known

COUNTED = ("A100e", "H100e", "GB300e", "TPP")
BASES = ", ".join(catalog.BASES)


def unit_bases(scenario: Scenario) -> Iterator[Problem]:
    """Quantities of chips say what they count, the same as they are written in, and by which basis."""
    for kind, key in (("quotas", "cap"), ("licences", "quantity")):
        for path, one in matching(scenario, ("deal", kind, "*")):
            yield from _counted(path, one, key)
    yield from _convertible(scenario)


def _counted(path: str, one: Quota | Licence, key: str) -> Iterator[Problem]:
    """A quota's or a licence's unit has its basis, and its amount is written in it."""
    with where_known:
        if one.unit != "chips" and not one.basis:
            fix = f"add `basis:`, one of {BASES}"
            yield Problem("S321", f"{one.unit} is no unit without its basis", f"{path}.unit", fix)
    with where_known:
        if one.unit == "TPP" and one.basis and not one.basis.startswith("tpp"):
            yield Problem("S321", f"TPP does not count by {one.basis}", f"{path}.basis", "use tpp-8bit or tpp-max")
    with where_known:
        written = getattr(one, key).given_unit.split("/")[0]
        if written != one.unit and (written in COUNTED or one.unit in COUNTED):
            fix = f"write the {key} in {one.unit}, or set `unit: {written}`"
            told = f"the {key} is written in {written}, but `unit` says {one.unit}"
            yield Problem("S322", told, f"{path}.{key}", fix)


def _convertible(scenario: Scenario) -> Iterator[Problem]:
    """Every delivery's chip can be counted in the units of its licence and its quota."""
    deal = scenario.deal
    for name, stream in deal.deliveries.items():
        with where_known:
            licence = deal.licences.get(stream.licence)
            if licence is None or stream.chip not in catalog.names_of("chip"):
                continue
            for one in (licence, deal.quotas.get(licence.quota)):
                if one is None or one.unit == "chips" or not one.basis:
                    continue
                if one.unit == "TPP" and not one.basis.startswith("tpp"):
                    continue
                try:
                    catalog.ratio(stream.chip, one.unit, one.basis)
                except UsageError as error:
                    fault = error.faults[0]
                    yield Problem("S321", fault.message, f"deal.deliveries.{name}.chip", fault.fix)


def quotas(scenario: Scenario) -> Iterator[Problem]:
    """Every licence names a quota in which its licensee has a share, and no two quotas count the same chips."""
    deal = scenario.deal
    for name, licence in deal.licences.items():
        with where_known:
            path = f"deal.licences.{name}"
            if deal.quotas and not licence.quota:
                fix = f"add `quota:`, one of {', '.join(deal.quotas)}"
                yield Problem("S323", "the licence draws on no quota", path, fix)
            quota, party = deal.quotas.get(licence.quota), deal.parties.get(licence.licensee)
            if quota is None or party is None or not quota.allocation:
                continue
            if licence.licensee not in quota.allocation and party.group not in quota.allocation:
                fix = f"give the party a `group:` of {', '.join(quota.allocation)}, or the quota a share for it"
                message = f"quota {licence.quota} has no share for {licence.licensee}"
                yield Problem("S323", message, f"{path}.licensee", fix)
    yield from _reallocations(scenario)
    names = list(deal.quotas)
    for position, first in enumerate(names):
        for second in names[position + 1 :]:
            with where_known:
                a, b = deal.quotas[first], deal.quotas[second]
                if (a.holder, a.regime) == (b.holder, b.regime) and a.start <= b.end and b.start <= a.end:
                    message = f"its windows overlap those of {first}: the same chips would count twice"
                    fix = "end one before the other starts, or give them different regimes"
                    yield Problem("S324", message, f"deal.quotas.{second}.start", fix)


def _reallocations(scenario: Scenario) -> Iterator[Problem]:
    """Unused room moves between two classes that share the quota, on a day on which it holds."""
    for name, quota in scenario.deal.quotas.items():
        with where_known:
            for path, one in matching(quota, ("reallocation", "*"), ("deal", "quotas", name)):
                with where_known:
                    last = max(quota.end, quota.extension.until) if quota.extension else quota.end
                    if not quota.start <= one.on <= last:
                        message = f"it moves room on {_iso(one.on)}, when the quota has no window"
                        fix = f"choose a day from {_iso(quota.start)} to {_iso(last)}"
                        yield Problem("S328", message, f"{path}.on", fix)
                for end in ("giver", "taker"):
                    with where_known:
                        if getattr(one, end) not in quota.allocation:
                            fix = f"one of {', '.join(quota.allocation) or 'none: the quota is not shared out'}"
                            message = f'the quota has no share for "{getattr(one, end)}"'
                            yield Problem("S328", message, f"{path}.{end}", fix)
                with where_known:
                    if one.giver == one.taker:
                        yield Problem("S328", "it gives to itself", f"{path}.taker", "name another class")


def deliveries(scenario: Scenario) -> Iterator[Problem]:
    """No delivery starts before its licence or a gate that the record dates later, or ends before it could start."""
    deal = scenario.deal
    for name, stream in deal.deliveries.items():
        with where_known:
            licence = deal.licences.get(stream.licence)
            if licence is None:
                continue
            bars: list[tuple[str, date, bool]] = [
                (f"licence {stream.licence} was issued", licence.issued, licence.state == "issued")
            ]
            for gate_name in licence.gates:
                gate = deal.gates.get(gate_name)
                if gate is not None and gate.opens is not None:
                    opens = _opens(gate)
                    bars.append(
                        (f"gate {gate_name} opened", opens, opens <= scenario.known_as_of and not gate.requires)
                    )
            for what, day, is_record in bars:
                if is_record and day <= scenario.known_as_of and stream.start < day:
                    fix = f"start it on {_iso(day)} or later"
                    message = f"the delivery starts on {_iso(stream.start)}, but {what} on {_iso(day)}"
                    yield Problem("S325", message, f"deal.deliveries.{name}.start", fix)


def _opens(gate: Gate) -> date:
    assert gate.opens is not None
    return date.fromordinal(gate.opens.toordinal() + (round(float(gate.lag) / 86_400.0) if gate.lag else 0))


def _iso(day: date) -> str:
    return date(day.year, day.month, day.day).isoformat()


def owners(scenario: Scenario) -> Iterator[Problem]:
    """Owners do not hold more than all of a party, and nobody owns himself, over however many steps."""
    deal = scenario.deal
    held: dict[str, float] = {}
    below: dict[str, list[tuple[str, str]]] = {}
    for position, link in enumerate(deal.ownership):
        with where_known:
            path = f"deal.ownership.{position}"
            if link.kind in {"equity", "fund", "control"}:
                below.setdefault(link.owner, []).append((link.owned, f"{path}.owned"))
            if link.kind in {"equity", "fund"} and link.share is not None:
                held[link.owned] = held.get(link.owned, 0.0) + float(link.share)
                if held[link.owned] > 1.0 + 1e-9:
                    message = f"the shares in {link.owned} sum to {100 * held[link.owned]:.6g} %"
                    yield Problem("S303", message, f"{path}.share", "make them sum to 100 % at the most")
    for name, party in deal.parties.items():
        with where_known:
            if party.parent:
                below.setdefault(party.parent, []).append((name, f"deal.parties.{name}.parent"))
    yield from _cycles(below)


def _cycles(below: dict[str, list[tuple[str, str]]]) -> Iterator[Problem]:
    """One problem for each circle, at the link that closes it; circles of parents alone are found by another check."""
    done: set[str] = set()
    for start in below:
        if start in done:
            continue
        way, came_by = [start], [""]
        todo = [iter(below[start])]
        while todo:
            owned, path = next(todo[-1], ("", ""))
            if not owned:
                done.add(way.pop())
                came_by.pop()
                todo.pop()
            elif owned in way:
                first = way.index(owned)
                links = [*came_by[first + 1 :], path]
                if not all(link.endswith(".parent") for link in links):
                    around = " → ".join([*way[first:], owned])
                    yield Problem("S326", f"ownership goes round in a circle: {around}", path, "drop one of the links")
            elif owned not in done:
                way.append(owned)
                came_by.append(path)
                todo.append(iter(below.get(owned, [])))


def regimes(scenario: Scenario) -> Iterator[Problem]:
    """Rule modules are known by name."""
    for name, quota in scenario.deal.quotas.items():
        with where_known:
            if quota.regime and quota.regime not in REGIMES:
                near = difflib.get_close_matches(quota.regime, REGIMES, 1, 0.5)
                fix = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(REGIMES)}; or leave it empty"
                yield Problem("S302", f'there is no regime "{quota.regime}"', f"deal.quotas.{name}.regime", fix)


def obligations(scenario: Scenario) -> Iterator[Problem]:
    """What is matched has a base for every chip, and no gate waits for what is owed lot by lot."""
    deal = scenario.deal
    for name, one in deal.obligations.items():
        with where_known:
            if one.kind != "match_ratio" or one.base == "chip_value" or one.per_chip is not None:
                continue
            if one.base == "mw" and one.per_mw is not None:
                continue
            for stream in deal.deliveries.values():
                licence = deal.licences.get(stream.licence)
                applies = stream.licence in one.applies_to if one.applies_to else licence and licence.site == "campus"
                if applies and stream.chip not in one.per_chip_of:
                    fix = f"add `per_chip:`, or `per_chip_of: {{{stream.chip}: …}}`"
                    yield Problem(
                        "S327", f"nothing says what one {stream.chip} adds to its base", f"deal.obligations.{name}", fix
                    )
                    break
    for name, gate in deal.gates.items():
        with where_known:
            owed = deal.obligations.get(gate.requires.strip().removeprefix("obligation:"))
            if owed is not None and (owed.end is None or owed.evidence_lag is None):
                fix = (
                    "give it an `end:` and an `evidence_lag:`; where lots wait for earlier evidence, set `blocks: true`"
                )
                yield Problem(
                    "S327", "no day is known on which that obligation is met", f"deal.gates.{name}.requires", fix
                )


DEAL_CHECKS = (unit_bases, quotas, deliveries, owners, regimes, obligations)
"""Every check of the deal, in the order of the report."""
