"""`sound`: a scenario that can be played, the files that it names read too; or the faults of all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gigacampus.errors import Gathered, ScenarioError
from gigacampus.scenario import Scenario, load
from gigacampus.scenario.beside import beside
from gigacampus.scenario.unknown import where_known

GONE = {"W001", "W002", "W020", "W030"}
"""What rooms say of files that are not there; the scenario's own checks have said it, with the line that names them."""


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
    faults = [*faults, *(one for one in gathered.faults if one.code not in GONE)]
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
    return scenario


def _looks(*, plays: bool) -> list[Callable[[Scenario], object]]:
    """What each room looks at, imported no sooner than it is asked."""
    if not plays:
        return [_ledger, _commitments]
    from gigacampus import conditions
    from gigacampus.engine.look import look as policies
    from gigacampus.workload.look import look as work

    return [_ledger, _commitments, conditions.look, work, policies]


def _ledger(scenario: Scenario) -> None:
    """Read the ledger of actuals where there is one."""
    from gigacampus.deal.actuals import actuals

    if beside(scenario, scenario.deal.actuals, ("deal", "actuals")).is_file():
        actuals(scenario)


def _commitments(scenario: Scenario) -> None:
    """Read the file of commitments where there is one."""
    from gigacampus.plan.contracted import offers

    stated = scenario.commitments
    if stated is not None and beside(scenario, stated.file, ("commitments", "file")).is_file():
        offers(scenario)
