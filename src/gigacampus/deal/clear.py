"""The deal room's one verb: what may come in, when, for whom, and the books that prove it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gigacampus.deal.actuals import Actual, actual_table, actuals, applied, evidence, plan_actual
from gigacampus.deal.dues import obligation_months
from gigacampus.deal.ledger import compliance, deliveries
from gigacampus.deal.obligations import obligations
from gigacampus.deal.owners import look_through, outside_flows, party_links
from gigacampus.deal.policy import breaches, location_checks
from gigacampus.deal.regimes import unverified
from gigacampus.deal.registers import gates, licences, quotas
from gigacampus.deal.relaxed import relaxed
from gigacampus.deal.roles import role_months
from gigacampus.deal.terms import Array, Terms, terms
from gigacampus.deal.warnings import warnings
from gigacampus.kernels.clearing import DECISION, LOT, clear_lots, cut_lots, open_book
from gigacampus.scenario import Scenario
from gigacampus.tables.supply import COMPLIANCE, Supply


@dataclass(frozen=True, slots=True)
class Cleared:
    """What the kernel found: lots, decisions in order, and the balances at the end."""

    lots: Array
    decisions: Array
    licence_left: Array
    window_left: Array
    window_cap: Array


def clear(scenario: Scenario, *, is_listed: bool = True) -> Supply:
    """Clear the scenario's deliveries against its quotas, licences, gates and obligations.

    Where the scenario names a ledger of actuals, the past is taken from it and the future from the plan. Without
    `is_listed` the tables that only tell (the compliance ledger, owners, roles, warnings) stay empty: for samples of
    which deliveries and dues alone count. Raises UsageError where units are mixed without a basis, ScenarioError where
    the ledger has faults.
    """
    rows = actuals(scenario)
    planned, scenario = scenario, applied(scenario, rows)
    numbers = terms(scenario, evidence(planned, rows) if rows else None)
    found = settle_lots(numbers)
    supply = Supply(
        deliveries=deliveries(scenario, numbers, found.lots, found.decisions),
        compliance=COMPLIANCE.empty(),
        quotas=quotas(scenario, numbers, found),
        licences=licences(scenario, numbers, found.licence_left),
        obligations=obligations(scenario, numbers, found.lots, found.decisions),
        gates=gates(scenario),
        relaxed=relaxed(scenario, numbers, settle_lots),
        actuals=actual_table(planned, rows),
    )
    if not is_listed:
        return supply
    ledger = compliance(scenario, numbers, found.lots, found.decisions)
    return _listed(planned, scenario, rows, replace(supply, compliance=ledger), numbers.unused)


def _listed(
    planned: Scenario, scenario: Scenario, rows: list[Actual], supply: Supply, unused: tuple[str, ...]
) -> Supply:
    """The supply with every table that tells of it, and the warnings."""
    supply = replace(
        supply,
        obligation_months=obligation_months(scenario, supply.obligations, supply.compliance),
        look_through=look_through(scenario),
        party_links=party_links(scenario),
        outside_flows=outside_flows(scenario),
        role_months=role_months(scenario, supply.deliveries),
        location_checks=location_checks(scenario, supply.deliveries, supply.actuals),
    )
    if rows:
        alone = terms(planned)
        settled = settle_lots(alone)
        by_plan = deliveries(planned, alone, settled.lots, settled.decisions)
        supply = replace(supply, plan_actual=plan_actual(planned, rows, by_plan))
    told = (*unused, *warnings(scenario), *breaches(scenario, supply), *_unverified(supply))
    return replace(supply, warnings=told)


def _unverified(supply: Supply) -> list[str]:
    return [
        f"results rest on rule {key}, not re-checked against its text: see `gigacampus explain {key}`"
        for key in unverified(supply)
    ]


def settle_lots(numbers: Terms) -> Cleared:
    """Cut the streams into lots and clear them."""
    lots = np.zeros(max(len(numbers.law.streams) * len(numbers.month_days), 1), dtype=LOT)
    law = numbers.law
    count = cut_lots(law.streams, law.licences, numbers.gates, numbers.needs, numbers.month_days, lots)
    lots = lots[:count]
    room = 8 * count + 64
    while True:
        book, decisions = open_book(law, lots, numbers.end_day), np.zeros(room, dtype=DECISION)
        made = clear_lots(lots, law, book, decisions)
        if made >= 0:
            return Cleared(lots, decisions[:made], book.licence_left, book.window_left, book.window_cap)
        room *= 4
