"""Gates: when each opens, from its date, its lag and what it requires."""

from __future__ import annotations

import re
from datetime import date

from gigacampus.clock import DAY_S, NEVER, Clock, add_months
from gigacampus.scenario import Scenario
from gigacampus.scenario.deal import Obligation
from gigacampus.scenario.quantity import Quantity

REQUIRES = re.compile(
    r"^(?:obligation:(?P<obligation>[\w.-]+)|tenancy:(?P<tenant>[\w.-]+)\s*>=\s*(?P<share>[\d.]+)\s*%?)$"
)
"""`obligation:NAME` or `tenancy:TENANT>=20 %` (a share without a sign is a fraction)."""


def after(day: date, span: Quantity | None) -> date:
    """A date later by a span: whole calendar months where it was written in months or years, else days."""
    if span is None:
        return day
    months = span.months
    if months is not None:
        return add_months(date(day.year, day.month, day.day), months)
    return date.fromordinal(day.toordinal() + round(float(span) / DAY_S))


def opening_s(scenario: Scenario, name: str) -> int:
    """When a gate opens, lag included; NEVER where its date is left out or what it requires never holds."""
    gate, clock = scenario.deal.gates[name], scenario.clock
    if not gate.requires:
        return NEVER if gate.opens is None else clock.seconds(after(gate.opens, gate.lag))
    held = holds_s(scenario, gate.requires)
    if held == NEVER:
        return NEVER
    day = clock.day(held)
    if gate.opens is not None:
        day = max(day, date(gate.opens.year, gate.opens.month, gate.opens.day))
    return clock.seconds(after(day, gate.lag))


def holds_s(scenario: Scenario, requires: str) -> int:
    """When a requirement first holds; NEVER where it never does."""
    match = REQUIRES.match(requires.strip())
    if not match:
        return NEVER
    if match["obligation"]:
        one = scenario.deal.obligations.get(match["obligation"])
        return NEVER if one is None else evidence_s(one, scenario.clock)
    share = float(match["share"]) / (100.0 if requires.strip().endswith("%") else 1.0)
    tenant = scenario.tenants.get(match["tenant"])
    starts = [
        0 if one.start is None else scenario.clock.seconds(one.start)
        for one in (tenant.tenancies if tenant else [])
        if float(one.share) >= share - 1e-12
    ]
    return min(starts, default=NEVER)


def evidence_s(one: Obligation, clock: Clock) -> int:
    """When the evidence that a scheduled obligation is met in whole is in; NEVER where none is expected."""
    if one.end is None or one.evidence_lag is None:
        return NEVER
    return clock.seconds(after(one.end, one.evidence_lag))
