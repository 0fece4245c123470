"""The walk: a deal plays through to watts and money. Data goes forward only."""

from __future__ import annotations

from gigacampus import accounts, buildout, conditions, deal, engine, facility, results, workload
from gigacampus.results import Results
from gigacampus.scenario import Scenario
from gigacampus.scenario.premise import premise


def run(scenario: Scenario) -> Results:
    """Play one scenario through, from the deal to the accounts."""
    supply = deal.clear(scenario)  # what may come in, when, for whom
    timeline = buildout.plan(scenario, supply)  # what stands, is powered, is live
    work = workload.draw(scenario, timeline)  # who asks for what
    outside = conditions.draw(scenario, timeline)  # weather, prices, carbon, failures
    log = engine.simulate(scenario, timeline, work, outside)  # what happened
    flows = facility.derive(scenario, timeline, outside, log)  # what it drew, drank and emitted
    books = accounts.settle(scenario, supply, timeline, log, flows)  # who pays, who earns
    return results.collect(premise(scenario), supply, timeline, work, outside, log, flows, books)
