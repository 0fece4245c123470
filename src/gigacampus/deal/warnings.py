"""What looks like a mistake in a deal, explained."""

from __future__ import annotations

from gigacampus.scenario import Scenario


def warnings(scenario: Scenario) -> tuple[str, ...]:
    """One sentence for each suspicion."""
    return ()
