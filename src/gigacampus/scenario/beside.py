"""Where the files are that a scenario names: from the working directory, or beside the scenario's own file."""

from __future__ import annotations

from pathlib import Path

from gigacampus.scenario.model import Scenario


def beside(scenario: Scenario, name: str, key: tuple[str, ...]) -> Path:
    """The file `name` of the scenario's key: as given where it is there, else beside the file that names it."""
    path = Path(name)
    source = getattr(scenario, "_source", None)
    if path.is_absolute() or path.is_file() or source is None:
        return path
    near = Path(source.find(key).file).parent / path
    return near if near.is_file() else path
