"""The scenario in whole. Each section is declared in a file of its own; `load` reads one from YAML."""

from __future__ import annotations

from datetime import date

from pydantic import Field, PrivateAttr

from gigacampus.clock import Clock
from gigacampus.scenario.base import Section
from gigacampus.scenario.campus import Campus
from gigacampus.scenario.commitments import Commitments
from gigacampus.scenario.costs import Costs
from gigacampus.scenario.deal import Deal
from gigacampus.scenario.nodes import Source
from gigacampus.scenario.operations import Operations
from gigacampus.scenario.quantity import Moment
from gigacampus.scenario.site import Site
from gigacampus.scenario.tenants import Tenant
from gigacampus.scenario.variant import Variant


class Scenario(Section):
    """One campus from deal to watts."""

    title: str
    """One line."""
    description: str = ""
    """What it is about."""
    start: Moment
    """First day of the horizon."""
    end: Moment
    """Last day of the horizon."""
    known_as_of: Moment
    """Last day of the record: what lies after it is projected, and facts dated later are not used."""
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    """Seed of all randomness."""
    deal: Deal
    """The deal."""
    campus: Campus
    """The campus."""
    tenants: dict[str, Tenant]
    """Who uses it."""
    operations: Operations
    """How it is run."""
    site: Site
    """Where it stands."""
    costs: Costs
    """What it costs."""
    commitments: Commitments | None = None
    """What customers were promised, held against the plan; nothing is where left out."""
    variants: dict[str, Variant] = Field(default_factory=dict)
    """Named what-ifs."""
    applied: list[str] = Field(default_factory=list, max_length=1000)
    """Variants that have been worked in already, in order; `run --variant` adds to it."""

    _source: Source | None = PrivateAttr(default=None)

    @property
    def clock(self) -> Clock:
        """The scenario's calendar."""
        return Clock(_plain(self.start), _plain(self.end), _plain(self.known_as_of))


def _plain(day: date) -> date:
    return date(day.year, day.month, day.day)
