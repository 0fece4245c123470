"""What is owed in return: by the lot for matching, by the year for pledges and purchases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from gigacampus.clock import DAY_S, NEVER, add_months
from gigacampus.deal.gates import after
from gigacampus.deal.ledger import is_record, part_names
from gigacampus.deal.terms import Array, Terms
from gigacampus.scenario import Scenario
from gigacampus.scenario.deal import Obligation
from gigacampus.tables import Table
from gigacampus.tables.supply import OBLIGATIONS


def obligations(scenario: Scenario, numbers: Terms, lots: Array, decisions: Array) -> Table:
    """Every sum due within the horizon, in order of obligation and time; unpaid ones have no payment date."""
    rows = [*_matching(scenario, numbers, lots, decisions), *_scheduled(scenario)]
    return Table.from_rows(OBLIGATIONS, rows)


def _matching(scenario: Scenario, numbers: Terms, lots: Array, decisions: Array) -> Iterator[dict[str, Any]]:
    clock = scenario.clock
    names = part_names(numbers, lots, decisions)
    for row, key in enumerate(numbers.owed_names):
        one = scenario.deal.obligations[key]
        for name, decision in zip(names, decisions, strict=True):
            stream = int(lots["stream"][decision["lot"]])
            due_usd = int(decision["cleared"]) * float(numbers.law.due_usd[row, stream])
            if due_usd <= 0.0:
                continue
            cleared_s = int(decision["day"]) * DAY_S
            due_s = clock.seconds(after(clock.day(cleared_s), one.term))
            lag = int(numbers.law.owed["lag_day"][row])
            paid_s = NEVER if one.evidence_lag is None else cleared_s + lag * DAY_S
            known = int(numbers.law.evidence_day[row, stream])
            paid_s = known * DAY_S if known >= 0 else paid_s
            licence = scenario.deal.deliveries[numbers.stream_names[stream]].licence
            yield _row(key, one, name, due_s, paid_s, due_usd, is_record(scenario, licence, cleared_s))


def _scheduled(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """A sum with dates falls due in equal parts at the end of each year of its term; without an end, at its start."""
    clock = scenario.clock
    for key, one in scenario.deal.obligations.items():
        if one.kind == "match_ratio" or one.amount is None or one.start is None:
            continue
        for day, share in instalments(one):
            due_s = clock.seconds(day)
            if 0 <= due_s < clock.end_s:
                paid_s = NEVER if one.evidence_lag is None else clock.seconds(after(day, one.evidence_lag))
                yield _row(key, one, "", due_s, paid_s, float(one.amount) * share, due_s < clock.known_s)


def instalments(one: Obligation) -> list[tuple[date, float]]:
    """The days on which a scheduled sum falls due, and the share of it on each: yearly, by time."""
    if one.start is None:
        return []
    first = date(one.start.year, one.start.month, one.start.day)
    if one.end is None or one.end <= first:
        return [(first, 1.0)]
    last = date(one.end.year, one.end.month, one.end.day)
    edges = [first]
    while edges[-1] < last:
        edges.append(min(add_months(first, 12 * len(edges)), last))
    whole = (last - first) / timedelta(days=1)
    return [(b, ((b - a) / timedelta(days=1)) / whole) for a, b in pairwise(edges)]


def _row(
    key: str, one: Obligation, delivery: str, due_s: int, paid_s: int, due_usd: float, is_past: bool
) -> dict[str, Any]:
    return {
        "obligation": key, "debtor": one.debtor, "creditor": one.creditor, "delivery_id": delivery, "due_s": due_s,
        "paid_s": paid_s, "due_usd": due_usd, "paid_usd": 0.0 if paid_s == NEVER else due_usd, "is_record": is_past,
    }  # fmt: skip
