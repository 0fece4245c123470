"""The scenario room: one strict door."""

from gigacampus.scenario.draws import Ranges, draw, ranged, ranges, with_values
from gigacampus.scenario.inputs import active, inputs
from gigacampus.scenario.load import load
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.resolve import resolved
from gigacampus.scenario.schema import schema

__all__ = [
    "Ranges", "Scenario", "active", "draw", "inputs", "load", "ranged", "ranges", "resolved", "schema", "with_values",
]  # fmt: skip
