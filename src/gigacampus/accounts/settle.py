"""The room's verb: from what happened to who pays and who earns."""

from __future__ import annotations

from gigacampus.accounts import (
    between,
    bills,
    capex,
    capital,
    depreciation,
    financing,
    levelised,
    matching,
    revenue,
    tax,
)
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import check
from gigacampus.accounts.measures import party_measures
from gigacampus.accounts.movers import movers
from gigacampus.accounts.summary import summarise
from gigacampus.scenario import Scenario
from gigacampus.tables.books import Books
from gigacampus.tables.flows import Flows
from gigacampus.tables.log import Log
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline


def settle(scenario: Scenario, supply: Supply, timeline: Timeline, log: Log, flows: Flows) -> Books:
    """Post every payment of the horizon, and measure what a delivered GPU-hour costs.

    Raises ScenarioError where a delivered chip has no price, and InvariantError should the books not balance.
    """
    ground = Ground(scenario, supply, timeline, log, flows)
    assets = capex.invest(ground)
    bills.post(ground, assets)
    matching.obligations(ground)
    revenue.sell(ground)
    between.rent(ground)
    between.lease(ground, assets)
    between.pass_on(ground)
    depreciation.depreciate(ground, assets)
    loans = financing.borrow(ground)
    tax.levy(ground)
    postings = ground.journal.postings()
    check(postings)
    delivered = levelised.deliver(ground, assets)
    parties, phases = party_measures(ground, assets, loans), capital.phases(ground)
    owed = financing.table(ground, loans)
    return Books(
        postings=postings,
        party_months=ground.journal.party_months(),
        tenant_cost=levelised.tenant_cost(ground, delivered),
        cost_parts=levelised.cost_parts(ground, delivered),
        loans=owed,
        party_measures=parties,
        capex_phases=phases,
        capex_published=capital.published(ground),
        cost_movers=movers(ground),
        summary=summarise(ground, assets, delivered, parties, phases, owed),
    )
