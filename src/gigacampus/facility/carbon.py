"""The campus's carbon by source and by the grid's own mix, and what its intensity rests on."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.clock import HOUR_S
from gigacampus.facility.series import Series
from gigacampus.scenario import Scenario
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import SOURCE_HOURS
from gigacampus.tables.table import Table

WH_PER_KWH = 1_000.0
MUCH_FRACTION = 0.1
"""A source with less of the energy than this is not worth a sentence."""
FIRM = frozenset({"official", "reported"})
"""Statuses of statements that somebody else made and stands by."""


def summary(scenario: Scenario, outside: Conditions, found: Series) -> dict[str, Any]:
    """Carbon by source; beside it all the energy at the grid's mix of its hour, and a sentence for what is assumed.

    The scenario's sources as contracted are a market-based count, the grid's mix for everything a location-based one
    (GHG Protocol, Scope 2 Guidance); without a grid on the site there is no second figure.
    """
    served = found.served
    kwh = (served.served_w - served.charged_w) / WH_PER_KWH
    by_source = dict(zip(served.names, served.carbon_kg.sum(axis=0).tolist(), strict=True))
    grid = outside.hours["grid_kg_per_kwh"]
    local = float((kwh.sum(axis=1) * grid).sum()) if np.isfinite(grid).all() else None
    whole, carbon = float(kwh.sum()), float(served.carbon_kg.sum())
    return {
        "carbon_by_source_kg": by_source,
        "carbon_at_grid_mix_kg": local,
        "carbon_at_grid_mix_kg_per_kwh": local / whole if local is not None and whole else None,
        "statements": _statements(scenario, found, carbon, whole, local),
    }


def _statements(scenario: Scenario, found: Series, carbon: float, whole: float, local: float | None) -> list[str]:
    if not whole:
        return []
    said = []
    shares = found.served.served_w.sum(axis=0) / WH_PER_KWH / whole
    for name, share in zip(found.served.names, shares.tolist(), strict=True):
        source = scenario.site.sources[name]
        soft = {one.origin.status for one in (source.limit, source.carbon)} - FIRM
        if source.kind == "grid" or share < MUCH_FRACTION or not soft:
            continue
        beside = (
            f" At the grid's own mix in every hour the same energy would stand for {local / 1e3:,.0f} t "
            f"({1e3 * local / whole:.0f} g/kWh)."
            if local is not None else ""
        )  # fmt: skip
        said.append(
            f"{1e3 * carbon / whole:.0f} g of CO2 per kWh rest on {name}: it serves {100 * share:.0f} % of the energy "
            f"at {1e3 * float(source.carbon):.0f} g/kWh, and what it gives this campus is "
            f"{' and '.join(_a(soft))}.{beside}"
        )
    return said


def _a(statuses: set[str]) -> list[str]:
    return [f"an {one}" if one[0] in "aeiou" else one for one in sorted(statuses)]


def source_hours(found: Series) -> Table:
    """What each source did hour by hour; hours in which it did nothing are left out."""
    served = found.served
    hour, source = np.nonzero((served.served_w > 0.0) | (served.charged_w > 0.0) | (served.spilled_w > 0.0))
    names = np.array(served.names, dtype=object)
    return Table(
        SOURCE_HOURS,
        {
            "hour_s": hour * HOUR_S, "source": names[source], "served_w": served.served_w[hour, source],
            "charged_w": served.charged_w[hour, source], "spilled_w": served.spilled_w[hour, source],
            "held_j": served.held_j[hour, source], "carbon_kg": served.carbon_kg[hour, source],
            "energy_usd": served.energy_usd[hour, source],
        },
    )  # fmt: skip
