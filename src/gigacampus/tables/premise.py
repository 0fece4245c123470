"""What a run rests on: the resolved scenario, every input with its source, the variants that are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gigacampus.clock import Clock
from gigacampus.tables.table import Column, Spec, Table

C = Column

INPUTS = Spec(
    "inputs",
    "Every input of the run with its range, its source and what kind of statement it is.",
    (
        C("path", "str", "", "Dotted path in the scenario."),
        C("text", "str", "", "Value as a person would write it, unit and range included."),
        C("value", "f8", "", "Median in `unit`; NaN for dates and words."),
        C("low", "f8", "", "P10 in `unit`; equal to the median where no range is given."),
        C("high", "f8", "", "P90 in `unit`."),
        C("unit", "str", "", "Canonical unit of the three numbers."),
        C("basis", "str", "", "Where a power is measured: chip, it, facility or poi; else empty."),
        C("source", "str", "", "A URL, `derived:` with its formula, or `article`; may be empty."),
        C("as_of", "str", "", "Date of the statement."),
        C("status", "str", "", "official, reported, estimate, opinion, alleged or assumption."),
        C("note", "str", "", "What to know about it."),
        C("stale", "b1", "", "Whether a newer statement is known, or it is older than its kind stays good."),
        C("default", "b1", "", "Whether it is a default that the scenario did not state."),
    ),
)

VARIANTS = Spec(
    "variants",
    "The scenario's named what-ifs, and which of them this run has turned on.",
    (
        C("variant", "str", "", "Name."),
        C("title", "str", "", "What it says, in one line."),
        C("status", "str", "", "What kind of statement it rests on."),
        C("source", "str", "", "Where it comes from."),
        C("is_active", "b1", "", "Whether this run has it turned on."),
    ),
)


@dataclass(frozen=True, slots=True)
class Premise:
    """What the results need to know of the scenario, as plain values and tables."""

    title: str
    description: str
    campus: str
    """Name of the campus, as printed."""
    text: str
    """The resolved scenario as YAML: running it again gives the same tables."""
    seed: int
    clock: Clock
    inputs: Table
    variants: Table
    utc_offset_h: float = 0.0
    """Local standard time of the site less UTC."""
    parties: tuple[tuple[str, str, str, str], ...] = ()
    """Each party: key, name, kind, parent."""
    ownership: tuple[tuple[str, str, str, float, str], ...] = ()
    """Each link: owner, owned, kind, share (NaN where unknown), status."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files that the scenario names, by the name it gives them: with them the text says all that a run needs."""
