"""Milestones: the days on which a phase, and the campus in whole, are live."""

from __future__ import annotations

from typing import NamedTuple

from gigacampus.scenario import Scenario
from gigacampus.units import human

FULL_FRACTION = 0.9
"""A phase counts as live when so much of its IT power, and of all phases before it, is that of live chips.

Chips count at the power that the scenario states for their rack: where a sample's racks need less, a phase that is full
of chips would never reach its megawatts.
"""


class Milestone(NamedTuple):
    """A level of IT power of live chips at their stated power, W, and what it means."""

    id: str
    title: str
    threshold_w: float


def milestones(scenario: Scenario) -> tuple[Milestone, ...]:
    """First chips, then each phase at 90 % of its stated IT power with the phases before it; levels rise."""
    found = [Milestone("first", "first chips live", 1.0)]
    total_w = 0.0
    by_phase: dict[str, float] = {}
    for hall in scenario.campus.halls.values():
        by_phase[hall.phase] = by_phase.get(hall.phase, 0.0) + scenario.campus.it_w(hall.power) * hall.count
    for phase, power_w in by_phase.items():
        total_w += power_w
        share = f"{100 * FULL_FRACTION:.0f} % of {human(total_w, 'W')} IT"
        found.append(Milestone(phase, f"{phase} live: {share}", FULL_FRACTION * total_w))
    return tuple(found)
