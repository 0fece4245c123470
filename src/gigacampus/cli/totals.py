"""The resolved totals that `check` shows: chips, megawatts and dollars by phase, from deal and build-out alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gigacampus.scenario import Scenario
    from gigacampus.tables.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase at the end of the horizon: halls, the IT power they can hold, what is live in them, what both cost."""

    name: str
    halls: int
    power_s: int
    it_limit_w: float
    live_chips: int
    live_it_w: float
    chips_usd: float
    building_usd: float


def phases(scenario: Scenario, timeline: Timeline) -> list[Phase]:
    """The phases in the order of their first hall. Chips cost their price, halls that of the IT power they can hold."""
    halls, installs = timeline.halls, timeline.installs
    price = {chip: float(usd) for chip, usd in scenario.costs.chip_price.items()}
    cost_usd = installs["chips"] * np.array([price.get(chip, np.nan) for chip in installs["chip"]])
    found = []
    for phase in dict.fromkeys(halls["phase"].tolist()):
        rows = np.flatnonzero(halls["phase"] == phase)
        live = np.isin(installs["hall_index"], rows)
        limit_w = float(halls["it_limit_w"][rows].sum())
        found.append(
            Phase(
                name=str(phase),
                halls=len(rows),
                power_s=int(halls["power_s"][rows].min()),
                it_limit_w=limit_w,
                live_chips=int(installs["chips"][live].sum()),
                live_it_w=float(installs["it_w"][live].sum()),
                chips_usd=float(cost_usd[live].sum()),
                building_usd=limit_w * float(scenario.costs.building),
            )
        )
    return found
