"""The walk without jobs, and what every walk says about its plan."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from gigacampus import buildout, deal, results
from gigacampus.deal import kept_out
from gigacampus.plan.against import against
from gigacampus.plan.chain_of_hands import holding_edges
from gigacampus.plan.contracted import contracted
from gigacampus.plan.default_swings import default_movers
from gigacampus.plan.holdings import held, holdings
from gigacampus.plan.money import money
from gigacampus.plan.movers import movers
from gigacampus.plan.others import by_licensee
from gigacampus.plan.others import said as others_said
from gigacampus.plan.placed import placed
from gigacampus.plan.readings import readings
from gigacampus.plan.samples import Samples, samples
from gigacampus.plan.spread import milestone_table, month_table
from gigacampus.results import Results
from gigacampus.scenario import Scenario
from gigacampus.scenario.premise import premise
from gigacampus.tables import Table
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline

MOST_MOVERS = 3


@dataclass(frozen=True, slots=True)
class About:
    """What there is to say about a plan: tables and keys of the summary."""

    tables: dict[str, Table]
    summary: dict[str, Any] = field(default_factory=dict)


def about(
    scenario: Scenario,
    supply: Supply,
    timeline: Timeline,
    base: Scenario | None = None,
    found: Samples | None = None,
) -> About:
    """What moves the plan most, how its stated figures fit together, and what variants changed against `base`.

    Commitments are held against the chips of the plan, or of its samples where there are some.
    """
    moving = movers(scenario)
    summary: dict[str, Any] = {"movers": list(moving.rows())[:MOST_MOVERS], "plan": readings(scenario, supply)}
    summary["matching_due_usd"] = _matching_usd(scenario, supply)
    if base is not None and scenario.applied:
        was = deal.clear(base)
        before = buildout.plan(base, was)
        moved = by_licensee(was, supply)
        summary["against_base"] = against(scenario, timeline, base, before) | {"by_licensee": moved}
        parties = {name: one.name for name, one in scenario.deal.parties.items()}
        summary["against_base"]["sentences"] += others_said(moved, parties)
    summary["plan"]["quota"] = kept_out.said(scenario, supply)
    summary["statements"] = [
        *filter(None, [summary["plan"]["quota"]]),
        *summary["plan"].get("sentences", []),
        *summary.get("against_base", {}).get("sentences", []),
    ]
    who = held(scenario, supply, timeline)
    tables = {
        "movers": moving, "holdings": holdings(scenario, who),
        "holding_edges": holding_edges(scenario, supply, timeline, who),
    }  # fmt: skip
    promised = contracted(scenario, timeline, found)
    if promised is not None:
        tables |= {one.spec.name: one for one in (promised.commitments, promised.months, promised.run_out)}
        summary["run_out"] = list(promised.run_out.rows())
    return About(tables, summary)


def _matching_usd(scenario: Scenario, supply: Supply) -> float:
    """Matching money due within the horizon, USD: obligations by ratio, not pledges and purchases."""
    kinds = scenario.deal.obligations
    return float(
        sum(row["due_usd"] for row in supply.obligations.rows() if kinds[row["obligation"]].kind == "match_ratio")
    )


def plan(
    scenario: Scenario,
    *,
    draws: int = 0,
    seed: int | None = None,
    base: Scenario | None = None,
    paid_draws: int = 0,
) -> Results:
    """Deal and build-out alone; with `draws` also P10, P50 and P90 over so many draws of the ranges.

    The first `paid_draws` of them are played through the accounts too, with stand-in work (`plan.money`).
    """
    supply = deal.clear(scenario)
    timeline = buildout.plan(scenario, supply)
    with ThreadPoolExecutor(1) as beside:  # the samples' compiled code runs while the accounts are played
        waiting = beside.submit(samples, scenario, draws, seed) if draws else None
        spread = money(scenario, paid_draws, seed) if paid_draws else None
        found = waiting.result() if waiting else None
    said = about(scenario, supply, timeline, base, found)
    tables = {**said.tables, "default_movers": default_movers(scenario)}
    summary = dict(said.summary)
    if found is not None:
        tables |= {"sample_months": month_table(found), "sample_milestones": milestone_table(found)}
        summary["samples"] = draws
    if spread is not None:
        tables |= {"sample_measures": spread.measures, "measure_movers": spread.movers}
        summary["sample_measures"] = {
            row["measure"]: {key: row[key] for key in ("p10", "p50", "p90")} for row in spread.measures.rows()
        }
    return results.collect(premise(scenario), placed(supply, timeline), timeline, extra=tables, summary=summary)
