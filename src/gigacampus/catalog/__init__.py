"""The catalog room: chips, racks, facts, rules, other campuses, weather: value, unit, date, source, status."""

from gigacampus.catalog.chip import Chip, Figure, chips
from gigacampus.catalog.conversion import BASES, ChipAmount, Converted, convert, rates, ratio, unit_chip
from gigacampus.catalog.lookup import KINDS, look_up, names_of
from gigacampus.catalog.records import (
    CampusFact,
    Fact,
    Milestone,
    RackModel,
    Rule,
    Slip,
    campuses,
    facts,
    racks,
    rules,
    slips,
    timelines,
)

__all__ = [
    "BASES", "KINDS", "CampusFact", "Chip", "ChipAmount", "Converted", "Fact", "Figure", "Milestone", "RackModel",
    "Rule", "Slip", "campuses", "chips", "convert", "facts", "look_up", "names_of", "racks", "rates", "ratio", "rules",
    "slips", "timelines", "unit_chip",
]  # fmt: skip
