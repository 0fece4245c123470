"""Where the files are that a scenario names: the door's own rule, by the name that this room uses."""

from gigacampus.scenario.beside import beside, missing

__all__ = ["beside", "missing"]
