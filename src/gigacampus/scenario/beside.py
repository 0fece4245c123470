"""Where the files are that a scenario names: from the working directory, or beside the scenario's own file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gigacampus.errors import Fault
from gigacampus.scenario.model import Scenario


def beside(scenario: Scenario, name: str, key: tuple[str, ...]) -> Path:
    """The file `name` of the scenario's key: as given where it is there, else beside the file that names it."""
    path = Path(name)
    source = getattr(scenario, "_source", None)
    if path.is_absolute() or path.is_file() or source is None:
        return path
    near = Path(source.find(key).file).parent / path
    return near if near.is_file() else path


def at_key(scenario: Scenario, code: str, message: str, key: tuple[str, ...], fix: str) -> Fault:
    """A fault at the place of a key, where the scenario was read from text."""
    source = getattr(scenario, "_source", None)
    if source is None:
        return Fault(code, message, path=".".join(key), fix=fix)
    found: Fault = source.fault(code, message, key, fix)
    return found


def named_files(scenario: Scenario) -> dict[str, Path]:
    """The files that the scenario names (weather, carbon, grid events, ledger), by the name it gives them.

    Names of bundled data are no files; what is not there is left out, the room that reads it says so.
    """
    found = {name: beside(scenario, name, key) for name, key in _names(scenario)}
    return {name: path for name, path in found.items() if path.is_file()}


def _names(scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...]]]:
    site = scenario.site
    for name in [site.weather] if isinstance(site.weather, str) else site.weather:
        yield name, ("site", "weather")
    for source in site.sources.values():
        if source.carbon_file:
            yield source.carbon_file, ("site", "sources")
    if site.events:
        yield site.events, ("site", "events")
    if scenario.deal.actuals:
        yield scenario.deal.actuals, ("deal", "actuals")
