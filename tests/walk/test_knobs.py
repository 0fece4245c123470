"""No knob is dead: every number, date and choice of the schema moves some number that a run puts out.

`everything.yaml` states every key and brings every limit within reach; each key is then changed on its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gigacampus import accounts, buildout, conditions, deal, engine, facility, results, workload
from gigacampus.errors import InputError
from gigacampus.plan.contracted import contracted
from gigacampus.plan.holdings import held, holdings
from gigacampus.results.summary import plain
from gigacampus.scenario import extend, load, walk
from gigacampus.scenario.load import _override, validated
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Source
from gigacampus.scenario.quantity import Quantity
from gigacampus.tables import Table

SCENARIO = Path(__file__).parent / "everything.yaml"
WITH = {
    "campus.facility_ratio": ("campus.poi_ratio=2.5",),
    "costs.default_terms.earns": (
        "costs.default_terms.contract=revenue_share",
        "costs.default_terms.revenue_share=1 %",
    ),
    "costs.default_terms.revenue_share": (
        "costs.default_terms.contract=revenue_share",
        "costs.default_terms.earns=1 USD/GPU/h",
    ),
    "costs.tranches.*.dscr_covenant": ("end=2027-03-31",),
    "operations.deadline_slack": (
        "operations.floor=null",
        "operations.maintenance={}",
        "tenants.lab.it_power_limit=null",
        "operations.policy=deadline",
    ),
    "operations.floor.requeue": ("operations.floor.backoff=null",),
    "operations.maintenance.*.notice": ("seed=3",),
}
"""What stands beside a key in both outcomes: a covenant looks at twelve months, a price at the contract that has it, a
notice at work that would run into the maintenance, which not every draw has."""
ALONG = {
    "deal.quotas.national.allocation.host": ("deal.quotas.national.allocation.guest=58 %",),
    "deal.quotas.national.unit": ("deal.quotas.national.basis=dense-8bit", "deal.quotas.national.cap=9k H100e/year"),
    "deal.licences.first.unit": ("deal.licences.first.basis=dense-8bit", "deal.licences.first.quantity=6k H100e"),
    "costs.chip_instalments.0.share": ("costs.chip_instalments.1.share=79 %",),
    "costs.building_milestones.0.share": ("costs.building_milestones.1.share=72 %",),
    "costs.building_parts.shell": ("costs.building_parts.power=79 %",),
    "costs.operation_parts.staff": ("costs.operation_parts.maintenance=72 %",),
}
"""What changes along with a key, lest the scenario be refused: shares sum to one, amounts are written in their unit."""
INERT = {
    "deal.parties.*.kind": "a word for the reader",
    "deal.quotas.*.extension.probability": "moves samples alone, see tests/plan/test_options.py",
    "deal.ledger_policy.tolerance": "moves a warning alone, see tests/deal/test_policy.py",
    "deal.ledger_policy.required.*": "moves a warning alone, see tests/deal/test_policy.py",
    "campus.common_delay": "moves samples alone, see tests/plan/test_options.py",
    "campus.halls.*.claimed_chips": "stands beside our figure in `gigacampus plan`",
}
"""Keys that move no number of a run by design, each with its reason."""
APART = {"tenants.*.runs.*.announced": "not beside operations.floor.speeds, see tests/engine/test_announced.py"}
"""Keys that the scenario cannot state, each with what tests it."""
SECTIONS = ("deal", "campus", "site", "tenants", "costs", "operations")
"""Sections of a scenario whose keys are tried apart, on whichever core is free; besides them those of all others."""
SKIPPED = ("variants", "applied")
"""Instructions to change keys, not keys."""
Outcome = dict[str, Any]
PLAYED: dict[str, Any] = {}
"""What rooms made of what they were given."""


@cache
def source() -> Source:
    return extend.read(SCENARIO)


def changed(overrides: tuple[str, ...]) -> Scenario:
    """As `load` works in overrides, but the file is read once."""
    tree = Source(source().root.copy(), source().texts)
    for one in overrides:
        _override(tree, one)
    return validated(tree)


def rooms(*overrides: str) -> Iterator[Outcome]:
    """What the seven rooms put out, one after another: hashes of their tables, and their summaries."""
    scenario = changed(overrides)
    yield told(supply := once(deal.clear, scenario))
    yield told(timeline := once(buildout.plan, scenario, supply))
    yield told(work := once(workload.draw, scenario, timeline))
    yield told(outside := once(conditions.draw, scenario, timeline))
    yield told(log := once(engine.simulate, scenario, timeline, work, outside))
    yield told(flows := once(facility.derive, scenario, timeline, outside, log))
    yield told(accounts.settle(scenario, supply, timeline, log, flows, with_movers=False))
    promised = contracted(scenario, timeline)
    yield told(promised) if promised else {}
    yield {"holdings": results.table_hash(holdings(scenario, held(scenario, supply, timeline)))}


def once(room: Callable[..., Any], scenario: Scenario, *given: Any) -> Any:
    """What a room before the accounts makes of it, played once for like input.

    What a room may read of the scenario is stated here; were it more, keys would be found dead that are not.
    """
    read = {"operations", "tenants", "seed"} if room is engine.simulate else {*Scenario.model_fields} - {"costs"}
    key = f"{room} {[told(one) for one in given]} {[getattr(scenario, name) for name in sorted(read)]}"
    if key not in PLAYED:
        PLAYED[key] = room(scenario, *given)
    return PLAYED[key]


def told(bundle: Any) -> Outcome:
    found: Outcome = {}
    for one in fields(bundle):
        value = getattr(bundle, one.name)
        if isinstance(value, Table):
            found[value.spec.name] = results.table_hash(value)
        elif one.name == "summary":
            found[type(bundle).__name__] = json.dumps(plain(value))
    return found


@cache
def by_room(*overrides: str) -> list[Outcome]:
    return list(rooms(*overrides))


def outcome(*overrides: str) -> Outcome:
    """The same of all rooms together."""
    return {name: told for room in by_room(*overrides) for name, told in room.items()}


def knobs(value: Any, path: str = "", pattern: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every number, date, choice and switch that the scenario holds: pattern in the schema, path, value."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in SKIPPED:
                yield from knobs(getattr(value, name), f"{path}.{name}".strip("."), f"{pattern}.{name}".strip("."))
    elif isinstance(value, (dict, list)):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in entries:
            yield from knobs(one, f"{path}.{key}", f"{pattern}.*")
    elif isinstance(value, (bool, int, float, date)) or choices(path):
        yield pattern, path, value


def choices(path: str) -> list[str]:
    """The choices at a path that are words, the status of a statement left out: it is printed, never reckoned with."""
    spot = None if path.endswith("status") else walk.at(Scenario, tuple(path.split(".")))
    return [choice for one in walk.alternatives(spot) for choice in one.choices if choice] if spot else []


def other_values(path: str, value: Any) -> Iterator[str]:
    """Values that the key might take instead."""
    if isinstance(value, bool):
        yield str(not value).lower()
    elif isinstance(value, date):
        yield from (str(value + timedelta(days=days)) for days in (-5, 9, 40, -1, -30))
    elif isinstance(value, Quantity):
        unit = "" if value.canonical == "one" else f" {value.canonical}"
        basis = f" {value.basis.replace('it', 'IT')}" if value.basis else ""
        for one in (0.7 * value, 1.25 * value, 0.4 * value, 3.0 * value) if value else (0.1, 10.0, 86_400.0):
            yield f"{float(one)!r}{unit}{basis}"
    elif isinstance(value, int):
        yield from (str(value - 1), str(value + 1), str(value * 2))
    elif isinstance(value, float):
        yield from (repr(value * 0.9), repr(value * 1.2))
    else:
        yield from (choice for choice in choices(path) if choice != value)


def moves(pattern: str, path: str, value: Any) -> bool:
    """Whether some other value at the path gives another outcome."""
    beside = WITH.get(pattern, ())
    base = by_room(*beside)
    for other in other_values(path, value):
        try:
            played = rooms(*beside, *ALONG.get(path, ()), f"{path}={other}")
            if any(room != same for room, same in zip(played, base, strict=True)):
                return True
        except InputError:
            continue
    return False


@cache
def stated() -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for pattern, path, value in knobs(load(SCENARIO)):
        found.setdefault(pattern, []).append((path, value))
    return found


def test_the_scenario_states_every_key_of_the_schema() -> None:
    def counts(spot: walk.Spot) -> bool:
        kinds = {one.type for one in walk.alternatives(spot) if isinstance(one.type, type)}
        return any(one.unit or one.choices for one in walk.alternatives(spot)) or bool(kinds & {int, float, bool})

    keys = [".".join(path) for path, spot in walk.every(Scenario) if counts(spot)]
    keys = [key for key in keys if key not in APART]
    missing = [key for key in keys if key not in stated() and not key.startswith(SKIPPED) and "status" not in key]
    assert missing == []


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("section", [*SECTIONS, "others"])
def test_no_knob_is_dead(section: str, half: int) -> None:
    mine = [pattern for pattern in stated() if _section(pattern) == section and pattern not in INERT]
    mine = mine[: len(mine) // 2] if half == 0 else mine[len(mine) // 2 :]
    dead = [pattern for pattern in mine if not any(moves(pattern, path, value) for path, value in stated()[pattern])]
    assert dead == []


def _section(pattern: str) -> str:
    head = pattern.split(".")[0]
    return head if head in SECTIONS else "others"


@pytest.mark.slow
@pytest.mark.parametrize("pattern", INERT)
def test_what_is_called_inert_is(pattern: str) -> None:
    assert not moves(pattern, *stated()[pattern][0])
