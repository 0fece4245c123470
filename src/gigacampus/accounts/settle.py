"""The room's verb: from what happened to who pays and who earns."""

from __future__ import annotations

from gigacampus.accounts import bills, capex, levelised, matching
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import check
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
    assets = capex.Assets.join([capex.buy_lots(ground), capex.build_halls(ground), capex.buy_assets(ground)])
    bills.energy(ground)
    bills.water(ground)
    bills.operation(ground)
    bills.insurance(ground, assets)
    matching.obligations(ground)
    delivered = levelised.deliver(ground, assets)
    postings = ground.journal.postings()
    check(postings)
    return Books(
        postings=postings,
        party_months=ground.journal.party_months(),
        tenant_cost=levelised.tenant_cost(ground, delivered),
        cost_parts=levelised.cost_parts(ground, delivered),
    )
