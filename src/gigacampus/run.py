"""The walk: a deal plays through to watts and money. Data goes forward only."""

from __future__ import annotations

from collections.abc import Callable

from gigacampus import accounts, buildout, conditions, deal, engine, facility, results, workload
from gigacampus.doors import opened
from gigacampus.plan import about, placed
from gigacampus.results import Results
from gigacampus.scenario import Scenario
from gigacampus.scenario.premise import premise


def silent(step: str) -> None:
    """Tell nobody."""


def run(scenario: Scenario, tell: Callable[[str], None] = silent, base: Scenario | None = None) -> Results:
    """Play one scenario through, from the deal to the accounts.

    `tell` hears of every step as it begins; `base` is the scenario without its variants, to say what they changed.
    """
    tell("what may come in, when, for whom")
    supply = deal.clear(scenario)
    tell("what stands, is powered, is live")
    timeline = buildout.plan(scenario, supply)
    tell("who asks for what")
    work = workload.draw(scenario, timeline)
    tell("weather, prices, carbon, failures")
    outside = conditions.draw(scenario, timeline)
    tell("what happened")
    log = engine.simulate(scenario, timeline, work, outside)
    tell("what it drew, drank and emitted")
    flows = facility.derive(scenario, timeline, outside, log)
    tell("who pays, who earns")
    books = accounts.settle(scenario, supply, timeline, log, flows)
    tell("what moves it most")
    said = about(scenario, supply, timeline, base)
    supply = placed(supply, timeline)
    return results.collect(
        premise(scenario), supply, timeline, work, outside, log, flows, books, extra=said.tables, summary=said.summary
    )


opened(__name__)
