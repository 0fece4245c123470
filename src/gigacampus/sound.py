"""`sound`: a scenario that can be played, the files that it names read too; or the faults of all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gigacampus.errors import Gathered, ScenarioError
from gigacampus.scenario import Scenario, load
from gigacampus.scenario.unknown import where_known


def sound(
    name_or_path: str | Path, variants: Sequence[str] = (), overrides: Sequence[str] = (), seed: int | None = None,
    *, plays: bool = True,
) -> Scenario:  # fmt: skip
    """`scenario.load`, and a look by each room at what it will read; ScenarioError with all faults together.

    Where the scenario itself has faults, rooms look at what can be read of it. `plays` is whether jobs will be played:
    a plan needs neither weather nor the tenants' logs.
    """
    try:
        scenario, faults = load(name_or_path, variants, overrides, seed), []
    except ScenarioError as error:
        scenario, faults = error.partly, error.faults
    gathered = Gathered()
    for look in _looks(plays=plays) if scenario is not None else ():
        with where_known, gathered:
            look(scenario)
    if faults or gathered.faults:
        raise ScenarioError(list(dict.fromkeys([*faults, *gathered.faults])))
    return scenario


def _looks(*, plays: bool) -> list[Callable[[Scenario], object]]:
    """Each room's look at what it will read, imported no sooner than it is asked."""
    from gigacampus.deal.actuals import look as ledger
    from gigacampus.plan.contracted import look as commitments

    if not plays:
        return [ledger, commitments]
    from gigacampus.conditions import look as site
    from gigacampus.engine.look import look as policy
    from gigacampus.workload.look import look as work

    return [ledger, commitments, site, work, policy]
