"""A scenario with the past as its ledger has it, ready to be sampled: only what is not yet known is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gigacampus.deal.actuals import actual_table, actuals, applied, evidence
from gigacampus.scenario import Scenario
from gigacampus.tables import Table


@dataclass(frozen=True, slots=True)
class Past:
    """The scenario, shipments of record in place of the plan's; days of evidence by obligation; the ledger's rows."""

    scenario: Scenario
    evidence: Mapping[str, Mapping[str, int]] | None = None
    rows: Table | None = None


def past_of(scenario: Scenario) -> Past:
    """What a scenario's ledger says; the scenario as it is where it names none."""
    rows = actuals(scenario)
    if not rows:
        return Past(scenario)
    changed = applied(scenario, rows)
    deal = changed.deal.model_copy(update={"actuals": ""})
    return Past(
        changed.model_copy(update={"deal": deal}), evidence(scenario, rows), actual_table(scenario, rows)
    )  # fmt: skip
