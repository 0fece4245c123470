"""Nodes in racks: how jobs are placed on them, how fast they run where, what breaks and what is maintained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gigacampus.scenario.base import Rules, Section
from gigacampus.scenario.quantity import Moment, Quantity, Share, Span, quantity

if TYPE_CHECKING:
    Yearly = Quantity
    Multiple = Quantity
    Speed = Quantity
else:
    Yearly = quantity("one", le=1_000.0, example="0.06")
    Multiple = quantity("one", le=1_000.0, example="3")
    # the loops count speeds in thousandths
    Speed = quantity("one", ge=0.001, le=1.0, example="80 %")

UNITS = ("gpu", "node", "rack", "hall")


def _no_unit(text: str) -> str:
    """What is wrong with the name of what may fail; empty where it is one, or left out."""
    if not text or text in UNITS or re.fullmatch(r"[1-9]\d{0,4} racks", text):
        return ""
    return f'one of {", ".join(UNITS)} or so many racks, as "8 racks"; found "{text}"'


class Component(Section):
    """What may fail, how often, and what it takes with it."""

    unit: str
    """What there is one of it for: `gpu`, `node`, `rack`, `hall`, or so many racks, as `8 racks`."""
    takes: str = ""
    """What is out with it: `node`, `rack`, `hall` or so many racks; where left out its unit, a GPU's node."""
    per_year: Yearly
    """Failures of one in a year, past its early days."""
    repair: Span
    """Mean time to repair (exponential)."""
    spares: int = Field(default=0, ge=0, le=1_000_000)
    """Parts on the shelf: one goes in at once, the broken one is on the shelf after its repair."""
    swap: Span | None = None
    """Time to put a spare in; a second where left out."""
    early: Span | None = None
    """How long a new or repaired one fails more often."""
    early_factor: Multiple | None = None
    """How many times as often then."""

    def _rules(self) -> Rules:
        yield "unit", lambda: _no_unit(self.unit)
        yield "takes", lambda: _no_unit(self.takes)
        yield "takes", lambda: self.takes == "gpu" and "a GPU takes its node with it"
        yield "early", lambda: (self.early is None) != (self.early_factor is None) and "goes with early_factor"
        told = "the time to put a spare in; there are no spares"
        yield "swap", lambda: self.swap is not None and not self.spares and told


class Pace(Section):
    """How fast jobs run from so many nodes, racks and neighbours on."""

    work: Literal["", "pretrain", "finetune", "evaluate", "batch"] = ""
    """Class of work; all that have no row of their own where left out."""
    nodes: int = Field(default=1, ge=1, le=1_000_000)
    """From so many nodes on."""
    racks: int = Field(default=1, ge=1, le=1_000_000)
    """From so many racks on."""
    neighbours: int = Field(default=0, ge=0, le=1_000)
    """From so many other jobs on the fullest of its nodes on."""
    speed: Speed
    """Share of the speed at which the stated run times hold."""


class Floor(Section):
    """Each tenant's chips as nodes in racks, instead of as one count."""

    placement: Literal["packed", "near", "bestfit", "spread", "random"] = "packed"
    """packed: fewest racks. near: fewest pods, then fewest racks. bestfit: the tightest nodes. spread, random: as they
    say."""
    racks_per_pod: int = Field(default=8, ge=1, le=100_000)
    """Racks under one layer of switches."""
    domain: Literal["none", "rack"] = "none"
    """rack: a job larger than a node takes whole racks, as scale-up domains."""
    requeue: Literal["place", "head", "tail", "backoff"] = "place"
    """Where a job that was broken off queues: at its own place, before all, behind all, or there after a while."""
    backoff: Span | None = None
    """With `requeue: backoff`: how long it waits, doubled at every stop; 10 minutes where left out."""
    speeds: list[Pace] = Field(default_factory=list)
    """Speeds by where jobs stand; all run at full speed everywhere where left out. Of the rows that hold, those of the
    job's class count before the others, then the one with the most nodes, the most racks, the most neighbours."""

    def _rules(self) -> Rules:
        told = "goes with requeue: backoff"
        yield "backoff", lambda: self.backoff is not None and self.requeue != "backoff" and told
        yield "speeds", self._no_least

    def _no_least(self) -> str:
        least = [one for one in self.speeds if not one.work and one.nodes == one.racks == 1 and not one.neighbours]
        return "a row for the least job of every class is missing (speed alone)" if self.speeds and not least else ""


class Maintenance(Section):
    """Part of every tenant's nodes is taken out of service for a while, as announced."""

    share: Share
    """Share of its nodes."""
    start: Moment
    """First day."""
    end: Moment
    """First day on which they are back."""
    notice: Span
    """From so long before on, no job starts there that is not expected to end in time."""

    def _rules(self) -> Rules:
        # an end before the start is told of all sections alike (S304)
        yield "end", lambda: self.end == self.start and f"{self.end} is the day on which it starts; it ends later"
