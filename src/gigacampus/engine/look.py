"""`look`: whether a scenario's own policy is there, before anything is played."""

from __future__ import annotations

from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import placing


def look(scenario: Scenario) -> None:
    """Load the scenario's own policy as the loops would; ScenarioError where that cannot be done."""
    own = scenario.operations.own_policy
    if not own:
        return
    # the loops' rules need numba, which takes half a second to import
    from gigacampus.engine.own import is_own, load_policy
    from gigacampus.engine.schedule import known

    with placing(scenario, "operations", "own_policy"):
        known(own)
        if is_own(own):
            load_policy(own)
