"""The edges between those who hold chips: quota, licence, owner, operator, tenant, country, and owners behind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from gigacampus.clock import DAY_S, YEAR_DAYS
from gigacampus.deal.owners import edges, links
from gigacampus.plan.holdings import NOT_LET, ROLES, Floats, Held, countries, level_at, roles
from gigacampus.scenario import Scenario
from gigacampus.tables import Table
from gigacampus.tables.holdings import HOLDING_EDGES
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline

KINDS = ("licenses", "sells", "hands_over")
"""What a quota holder, a licensee and an owner do for the next in line."""
BEHIND = "behind"
"""Role of who owns the owner or the tenant."""
Edge = tuple[str, str, str, str, str]
"""Source and its role, target and its role, kind."""


def holding_edges(scenario: Scenario, supply: Supply, timeline: Timeline, found: list[Held]) -> Table:
    """One row an edge; `found` is what `held` found. Parties that hold nothing have no edge."""
    amounts: dict[Edge, Floats] = {}
    for edge, low, high in [*_down(scenario, supply, timeline), *_let(scenario, supply, timeline, found)]:
        amounts[edge] = amounts.get(edge, np.zeros((2, 2))) + np.array([low, high])
    known = links(scenario)
    for one in found:
        if one.role not in {"owner", "tenant"} or one.party == NOT_LET:
            continue
        low, high = (_both(scenario, one, end) for end in (0, 1))
        for owner, owned, least, most in edges(known, one.party):
            edge = (owner, BEHIND, owned, one.role if owned == one.party else BEHIND, "owns")
            amounts[edge] = amounts.get(edge, np.zeros((2, 2))) + np.array([least * low, most * high])
    rows = [
        {
            **dict(zip(("source", "source_role", "target", "target_role", "kind"), edge, strict=True)),
            "low_chips": float(amount[0, 0]), "high_chips": float(amount[1, 0]),
            "low_h100e_years": float(amount[0, 1]), "high_h100e_years": float(amount[1, 1]),
        }
        for edge, amount in amounts.items()
        if amount[1].any()
    ]  # fmt: skip
    return Table.from_rows(HOLDING_EDGES, rows)


def _years(scenario: Scenario) -> Floats:
    return np.asarray(np.diff(scenario.clock.month_starts_s()) / (YEAR_DAYS * DAY_S))


def _both(scenario: Scenario, one: Held, end: int) -> Floats:
    """Chips at the end of the horizon, and H100e years over it (levels are the months' ends)."""
    return np.array([one.levels["chips"][end, -1], float(one.levels["h100e"][end] @ _years(scenario))])


def _down(scenario: Scenario, supply: Supply, timeline: Timeline) -> Iterator[tuple[Edge, Floats, Floats]]:
    """From quota holder to operator, lot by lot."""
    who, edges_s = roles(scenario, supply), scenario.clock.month_starts_s()[1:]
    installs = timeline.installs
    for (first, second), kind in zip(pairwise(ROLES), KINDS, strict=True):
        pairs = [(who[first][lot], who[second][lot]) for lot in installs["delivery_id"]]
        for pair in dict.fromkeys(pairs):
            mine = installs.where(np.array([one == pair for one in pairs], dtype=bool))
            h100e = level_at(mine["at_s"], mine["h100e"], edges_s) @ _years(scenario)
            amount = np.array([float(mine["chips"].sum()), float(h100e)])
            yield (pair[0], first, pair[1], second, kind), amount, amount


def _let(
    scenario: Scenario, supply: Supply, timeline: Timeline, found: list[Held]
) -> Iterator[tuple[Edge, Floats, Floats]]:
    """From operators to tenants, each with the same share of every operator's chips; from tenants to countries."""
    operators = [one for one in found if one.role == "operator"]
    tenants = [one for one in found if one.role == "tenant"]
    whole = sum((_both(scenario, one, 0) for one in operators), np.zeros(2))
    for operator in operators:
        part = np.divide(_both(scenario, operator, 0), whole, out=np.zeros(2), where=whole > 0.0)
        for tenant in tenants:
            low, high = (part * _both(scenario, tenant, end) for end in (0, 1))
            yield (operator.party, "operator", tenant.party, "tenant", "lets"), low, high
    for tenant in tenants:
        for country, one in _countries_of(scenario, tenant):
            edge = (tenant.party, "tenant", country, "end_user_country", "serves")
            yield edge, _both(scenario, one, 0), _both(scenario, one, 1)


def _countries_of(scenario: Scenario, tenant: Held) -> Iterator[tuple[str, Held]]:
    """What each country's end users have of a tenant's chips."""
    for country, share in countries(scenario, tenant.party).items():
        yield country, tenant.times("end_user_country", country, "", share, share)
