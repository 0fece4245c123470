"""The compliance ledger with the halls in which its chips were installed: known only after the build-out."""

from __future__ import annotations

from dataclasses import replace

from gigacampus.tables import Table
from gigacampus.tables.supply import Supply
from gigacampus.tables.timeline import Timeline


def placed(supply: Supply, timeline: Timeline) -> Supply:
    """The supply with the column `hall` of its ledger filled, for lots of which something cleared."""
    halls: dict[str, dict[str, None]] = {}
    names, installs = timeline.halls["hall"], timeline.installs
    for lot, hall in zip(installs["delivery_id"].tolist(), installs["hall_index"].tolist(), strict=True):
        halls.setdefault(lot, {})[str(names[hall])] = None
    rows = zip(supply.compliance["delivery_id"], supply.compliance["cleared_chips"], strict=True)
    column = ["; ".join(halls.get(lot, ())) if cleared else "" for lot, cleared in rows]
    return replace(supply, compliance=Table(supply.compliance.spec, {**supply.compliance.columns, "hall": column}))
