"""The scenario room: one strict door."""

from gigacampus.scenario.model import Scenario

__all__ = ["Scenario"]
