"""The scenario room: one strict door."""

from gigacampus.scenario.draws import draw, ranged, with_values
from gigacampus.scenario.inputs import active, inputs
from gigacampus.scenario.load import load
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.resolve import resolved
from gigacampus.scenario.schema import schema

__all__ = ["Scenario", "active", "draw", "inputs", "load", "ranged", "resolved", "schema", "with_values"]
