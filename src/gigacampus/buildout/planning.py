"""The room's one verb: from what may come in to what stands, is powered and is live."""

from __future__ import annotations

import numpy as np

from gigacampus.buildout.binding import Relaxations, bind, shadow
from gigacampus.buildout.capacity import capacity, tenant_table
from gigacampus.buildout.months import columns, h100e_per_chip
from gigacampus.buildout.problem import FOR_GOOD_DAY, Problem, pose
from gigacampus.buildout.stock import Changes, follow
from gigacampus.buildout.units import units
from gigacampus.clock import DAY_S, NEVER
from gigacampus.scenario import Scenario
from gigacampus.tables.supply import Supply
from gigacampus.tables.table import Table
from gigacampus.tables.timeline import HALLS, INSTALLS, MONTHS, Timeline


def plan(scenario: Scenario, supply: Supply) -> Timeline:
    """Fill the halls with what arrives, and say month by month what binds.

    Raises ScenarioError where a delivered chip has no rack or tenancies' shares cannot be.
    """
    problem = pose(scenario, supply.deliveries, supply.actuals)
    stock = follow(problem)
    starts_s = problem.clock.month_starts_s()
    relaxations = Relaxations(problem, supply, starts_s[1:])
    binding, following = bind(relaxations)
    months = Table(
        MONTHS,
        {**columns(problem, stock, relaxations.reached()), "binding": binding, "next_binding": following},
    )
    return Timeline(
        halls=hall_table(problem),
        installs=install_table(problem, stock.live),
        months=months,
        capacity=capacity(problem, stock.live, scenario.tenants),
        tenants=tenant_table(scenario.tenants),
        chip_it_w=dict(zip(problem.models, problem.chip_w.tolist(), strict=True)),
        shadow=shadow(relaxations, starts_s[:-1]),
        units=units(problem, supply, starts_s),
    )


def stand(scenario: Scenario, supply: Supply) -> Timeline:
    """As `plan`, without asking what binds: its tables of months and of relaxed limits stay empty.

    For samples of which only chips and halls count: finding what binds takes nearly all of the time.
    """
    problem = pose(scenario, supply.deliveries, supply.actuals)
    stock = follow(problem)
    return Timeline(
        halls=hall_table(problem),
        installs=install_table(problem, stock.live),
        months=MONTHS.empty(),
        capacity=capacity(problem, stock.live, scenario.tenants),
        tenants=tenant_table(scenario.tenants),
        chip_it_w=dict(zip(problem.models, problem.chip_w.tolist(), strict=True)),
    )


def hall_table(problem: Problem) -> Table:
    """The halls with their dates and limits; of a hall's losses the first."""
    halls = problem.halls
    lost_from = np.full(len(halls.names), NEVER)
    lost_until = np.full(len(halls.names), NEVER)
    for loss in problem.losses[::-1]:
        lost_from[loss["hall_index"]] = loss["from_day"] * DAY_S
        lost_until[loss["hall_index"]] = NEVER if loss["until_day"] >= FOR_GOOD_DAY else loss["until_day"] * DAY_S
    return Table(
        HALLS,
        {
            "hall": halls.names, "phase": halls.phases,
            "building_s": np.maximum(halls.building_day, halls.cooling_day) * DAY_S,
            "power_s": halls.power_day * DAY_S, "it_limit_w": halls.limit_w,
            "lost_from_s": lost_from, "lost_until_s": lost_until,
        },
    )  # fmt: skip


def install_table(problem: Problem, live: Changes) -> Table:
    """Chips going live and out of service within the horizon, in order of time."""
    live = live.where(live.at_s < problem.clock.end_s)
    lots, lot = problem.lots, live.lot_index
    models = np.array(problem.models, dtype=object)
    return Table(
        INSTALLS,
        {
            "at_s": live.at_s, "hall_index": live.hall_index, "delivery_id": lots.delivery_id[lot],
            "party": lots.party[lot], "chip": models[lots.model_index[lot]], "chips": live.chips,
            "it_w": live.chips * problem.chip_w[lots.model_index[lot]],
            "h100e": live.chips * h100e_per_chip(problem)[lot],
        },
    )  # fmt: skip
