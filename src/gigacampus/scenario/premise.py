"""What the results need to know of a scenario, as plain values and tables: they never import this room."""

from __future__ import annotations

import math

from gigacampus import scenario as door
from gigacampus.scenario.beside import named_files
from gigacampus.scenario.model import Scenario
from gigacampus.tables import Table
from gigacampus.tables.premise import VARIANTS, Premise


def premise(scenario: Scenario) -> Premise:
    """The scenario as resolved, every input with its source, its variants, parties and links of ownership."""
    return Premise(
        title=scenario.title,
        description=scenario.description,
        campus=scenario.campus.name,
        text=door.resolved(scenario),
        seed=scenario.seed,
        clock=scenario.clock,
        inputs=door.inputs(scenario),
        variants=_variants(scenario),
        utc_offset_h=float(scenario.site.utc_offset_h),
        parties=tuple((key, one.name, one.kind, one.parent) for key, one in scenario.deal.parties.items()),
        ownership=tuple(
            (one.owner, one.owned, one.kind, math.nan if one.share is None else float(one.share), one.status)
            for one in scenario.deal.ownership
        ),
        files={name: path.read_bytes() for name, path in named_files(scenario).items()},
    )


def _variants(scenario: Scenario) -> Table:
    active = door.active(scenario)
    rows = [
        {
            "variant": name, "title": one.title, "status": one.status, "source": one.source,
            "is_active": name in active,
        }
        for name, one in scenario.variants.items()
    ]  # fmt: skip
    return Table.from_rows(VARIANTS, rows)
