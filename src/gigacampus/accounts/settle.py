"""The room's verb: from what happened to who pays and who earns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gigacampus.accounts import (
    between,
    bills,
    capex,
    capital,
    depreciation,
    equity,
    financing,
    levelised,
    matching,
    revenue,
    tax,
)
from gigacampus.accounts.again import Memory, State
from gigacampus.accounts.capex import Assets
from gigacampus.accounts.financing import Loan
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import check
from gigacampus.accounts.measures import party_measures, project_measures
from gigacampus.accounts.movers import movers
from gigacampus.accounts.summary import summarise
from gigacampus.scenario import Scenario
from gigacampus.tables.books import COST_MOVERS, Books
from gigacampus.tables.flows import Flows
from gigacampus.tables.log import Log
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline

T = TypeVar("T")


def post(ground: Ground, memory: Memory | None = None, state: State | None = None) -> tuple[Assets, list[Loan]]:
    """Make every entry of the horizon; what was bought, and what was borrowed."""

    def step(name: str, make: Callable[[], T]) -> T:
        return make() if memory is None or state is None else memory.step(ground, state, name, make)

    assets = step("invest", lambda: capex.invest(ground))
    step("energy", lambda: bills.energy(ground))
    step("water", lambda: bills.water(ground))
    step("operation", lambda: bills.operation(ground))
    step("insurance", lambda: bills.insurance(ground, assets))
    step("obligations", lambda: matching.obligations(ground))
    step("sell", lambda: revenue.sell(ground))
    step("rent", lambda: between.rent(ground))
    step("lease", lambda: between.lease(ground, assets))
    step("pass_on", lambda: between.pass_on(ground))
    step("depreciate", lambda: depreciation.depreciate(ground, assets))
    loans = step("borrow", lambda: financing.borrow(ground))
    tax.levy(ground)
    equity.fund(ground)
    return assets, loans


def measure(
    scenario: Scenario, supply: Supply, timeline: Timeline, log: Log, flows: Flows, memory: Memory | None = None,
    state: State | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The headline measures alone, as in the summary of `settle`: for walks that play many samples.

    With a memory, steps that read the same as in its first scenario are not posted anew; `state` tells what there is.
    Raises ScenarioError where a delivered chip has no price.
    """
    ground = Ground(scenario, supply, timeline, log, flows)
    if memory is not None:
        ground.journal.names = memory.names
    assets, loans = post(ground, memory, state)
    project, phases = project_measures(ground, assets), capital.phases(ground)
    delivered = levelised.deliver(ground, assets)
    return summarise(ground, assets, delivered, project, phases, financing.table(ground, loans))


def settle(
    scenario: Scenario, supply: Supply, timeline: Timeline, log: Log, flows: Flows, *, with_movers: bool = True
) -> Books:
    """Post every payment of the horizon, and measure what a delivered GPU-hour costs.

    `with_movers=False` leaves out the table of what each uncertain input does, which takes most of the time; walks that
    draw samples do so.
    Raises ScenarioError where a delivered chip has no price, and InvariantError should the books not balance.
    """
    ground = Ground(scenario, supply, timeline, log, flows)
    assets, loans = post(ground)
    postings = ground.journal.postings()
    check(postings)
    delivered = levelised.deliver(ground, assets)
    parties, phases = party_measures(ground, assets, loans), capital.phases(ground)
    owed, compared = financing.table(ground, loans), capital.published(ground, phases)
    sentences = capital.statements(compared)
    said = {"statements": sentences} if sentences else {}
    return Books(
        postings=postings,
        party_months=ground.journal.party_months(),
        tenant_cost=levelised.tenant_cost(ground, delivered),
        cost_parts=levelised.cost_parts(ground, delivered),
        loans=owed,
        party_measures=parties,
        capex_phases=phases,
        capex_published=compared,
        published=capital.beside(ground, compared),
        cost_movers=movers(ground) if with_movers else COST_MOVERS.empty(),
        tenant_months=levelised.tenant_months(ground, delivered),
        revenue=revenue.table(ground),
        service_cost=levelised.service_cost(ground, delivered),
        summary=summarise(ground, assets, delivered, parties, phases, owed) | said,
    )
