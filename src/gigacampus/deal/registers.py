"""The registers at the end of the horizon: quota windows, licences, gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gigacampus.clock import DAY_S, NEVER
from gigacampus.deal.gates import opening_s
from gigacampus.deal.terms import CAMPUS, Array, Terms, class_of
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.supply import LICENCES, QUOTAS, TRANSITIONS

if TYPE_CHECKING:
    from gigacampus.deal.clear import Cleared


def quotas(scenario: Scenario, numbers: Terms, found: Cleared) -> Table:
    """Every window of every class: its ceiling, what this campus and other sites drew, what is left."""
    deal = scenario.deal
    streams = found.lots["stream"][found.decisions["lot"]]
    weight = numbers.law.streams["quota_weight"][streams]
    here = np.array(
        [deal.licences[deal.deliveries[name].licence].site == CAMPUS for name in numbers.stream_names], dtype=bool
    )
    rows: list[dict[str, Any]] = []
    for index, window in enumerate(numbers.law.windows):
        quota, party_class = numbers.class_names[window["party_class"]]
        drawn = np.where(found.decisions["window"] == index, found.decisions["cleared"] * weight, 0.0)
        at_home = here[streams] if len(streams) else np.zeros(0, dtype=bool)
        rows.append(
            {
                "quota": quota, "window": str(scenario.clock.day(int(window["start_day"]) * DAY_S).year),
                "window_start_s": int(window["start_day"]) * DAY_S, "window_end_s": int(window["end_day"]) * DAY_S,
                "party_class": party_class, "unit": deal.quotas[quota].unit, "cap": float(found.window_cap[index]),
                "drawn_here": float(drawn[at_home].sum()), "drawn_elsewhere": float(drawn[~at_home].sum()),
                "left": float(found.window_left[index]),
            }
        )  # fmt: skip
    return Table.from_rows(QUOTAS, rows)


def licences(scenario: Scenario, numbers: Terms, left: Array) -> Table:
    """Every licence that the scenario knows: what it allows, what was drawn, from when it can be used."""
    deal, clock = scenario.deal, scenario.clock
    rows = []
    for index, name in enumerate(numbers.licence_names):
        one = deal.licences[name]
        opens = [opening_s(scenario, gate) for gate in one.gates]
        regime = deal.quotas[one.quota].regime if one.quota else ""
        rows.append(
            {
                "licence": name, "licensee": one.licensee, "site": one.site, "quota": one.quota,
                "party_class": (class_of(deal, one) or ("", ""))[1], "regime": regime, "unit": one.unit,
                "quantity": float(one.quantity), "drawn": float(one.quantity) - float(left[index]),
                "left": float(left[index]), "issued_s": max([clock.seconds(one.issued), *opens]),
                "expires_s": NEVER if one.expires is None else clock.seconds(one.expires) + DAY_S,
                "state": one.state, "status": one.quantity.origin.status,
            }
        )  # fmt: skip
    return Table.from_rows(LICENCES, rows)


def gates(scenario: Scenario) -> Table:
    """Every gate: when it opens, and what it waits for."""
    rows = []
    for name, gate in scenario.deal.gates.items():
        opens = opening_s(scenario, name)
        rows.append(
            {
                "gate": name, "kind": gate.kind, "opens_s": opens, "requires": gate.requires,
                "is_met": opens < scenario.clock.end_s, "status": gate.status,
            }
        )  # fmt: skip
    return Table.from_rows(TRANSITIONS, rows)
