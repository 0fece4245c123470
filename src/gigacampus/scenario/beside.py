"""Where the files are that a scenario names: from the working directory, or beside the scenario's own file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from gigacampus.catalog import weather
from gigacampus.clock import Clock
from gigacampus.errors import Fault, InputError, ScenarioError, TraceError, UsageError
from gigacampus.files import is_file
from gigacampus.scenario.matching import matching
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.problem import Problem
from gigacampus.scenario.unknown import where_known

KEPT = Path("files") / "list.json"
"""Where a run folder lists the copies that it keeps of the files its scenario names."""
WEATHER_ENDINGS = (".epw", ".csv", ".gz")
"""Names of weather that end so are files, whether they are there or not."""
_MISSING = {"carbon_file": ("W030", "file"), "events": ("W020", "file"), "actuals": ("L101", "ledger"),
            "file": ("T001", "file of commitments"), "log": ("T001", "log")}  # fmt: skip
_KEPT = ("site.weather", "site.weather.*", "site.sources.*.carbon_file", "site.events", "deal.actuals",
         "commitments.file")  # fmt: skip
"""Keys that name a file, or bundled weather; run folders keep copies of the files."""
_LOGS = ("tenants.*.mix.log",)
"""Keys that name logs of jobs, of which none are kept: they may be large, and name people."""
_NAMED = (*_KEPT, *_LOGS)


def beside(scenario: Scenario, name: str, key: tuple[str, ...]) -> Path:
    """The file `name` of the scenario's key: as given where it is there, else beside the file that names it.

    A run folder's scenario finds the copies that the folder keeps, wherever the files themselves are gone.
    """
    path = Path(name)
    source = getattr(scenario, "_source", None)
    if is_file(path) or source is None:
        return path
    folder = Path(source.find(key).file).parent
    near = folder / path
    if not is_file(near) and is_file(folder / KEPT):
        near = folder / KEPT.parent / _copies(folder / KEPT).get(name, "")
    return near if is_file(near) else path


def _copies(listed: Path) -> dict[str, str]:
    """The names of the copies that a run folder keeps; none where its list cannot be read."""
    try:
        told = json.loads(listed.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return {name: copy for name, copy in told.items() if isinstance(copy, str)} if isinstance(told, dict) else {}


def at_key(scenario: Scenario, code: str, message: str, key: tuple[str, ...], fix: str) -> Fault:
    """A fault at the place of a key, where the scenario was read from text."""
    source = getattr(scenario, "_source", None)
    if source is None:
        return Fault(code, message, path=".".join(key), fix=fix)
    found: Fault = source.fault(code, message, key, fix)
    return found


def any_clock(scenario: Scenario) -> Clock:
    """The scenario's calendar; another one where it cannot be read, to read files by all the same."""
    with where_known:
        return scenario.clock
    return Clock(date(2000, 1, 1), date(2100, 1, 1), date(2000, 1, 1))


@contextmanager
def placing(scenario: Scenario, *key: str) -> Iterator[None]:
    """What a model or a file refuses within is a fault of the scenario, at a key where it names no file of its own."""
    try:
        yield
    except (UsageError, TraceError) as error:
        raise ScenarioError(
            [one if one.file else at_key(scenario, one.code, one.message, key, one.fix) for one in error.faults]
        ) from None


def named_files(scenario: Scenario) -> dict[str, Path]:
    """The files that the scenario names (weather, carbon, grid events, ledger, commitments), by the name it gives them.

    Names of bundled data are no files; what is not there is left out, the room that reads it says so.
    """
    return _there(scenario, _KEPT)


def digests(scenario: Scenario) -> dict[str, bytes]:
    """The SHA-256 of each of these files and of the logs, by the name that the scenario gives it."""
    found = {}
    for name, path in _there(scenario, _NAMED).items():
        with path.open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").digest()
    return found


def _there(scenario: Scenario, patterns: tuple[str, ...]) -> dict[str, Path]:
    found = {name: beside(scenario, name, key) for name, key in _names(scenario, patterns)}
    return {name: path for name, path in found.items() if is_file(path)}


def files(scenario: Scenario) -> Iterator[Problem]:
    """Every file that the scenario names is there, and every bundled weather is known."""
    for name, key in _names(scenario, _NAMED):
        if problem := missing(scenario, name, key):
            yield problem


def missing(scenario: Scenario, name: str, key: tuple[str, ...]) -> Problem | None:
    """What to say where the file, or the bundled weather, that a key names is not there; None where it is."""
    if is_file(beside(scenario, name, key)):
        return None
    path, fix = ".".join(key), "check the path: it counts from the working directory or from the scenario's file"
    if key[:2] != ("site", "weather"):
        code, what = _MISSING[key[-1]]
        return Problem(code, f"there is no {what} {name}", path, fix)
    if name.lower().endswith(WEATHER_ENDINGS):
        return Problem("W002", f"there is no file {name}", path, f"{fix}; or name a bundled site")
    try:
        weather.look_up(name)
    except InputError as error:
        return Problem("W001", error.faults[0].message, path, error.faults[0].fix)
    return None


def _names(scenario: Scenario, patterns: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every name of a file, or of bundled weather, with its key; what cannot be read is left out."""
    for pattern in patterns:
        may_be_none = pattern in ("deal.actuals", *_LOGS)
        for path, name in matching(scenario, tuple(pattern.split("."))):
            if isinstance(name, str) and (name or not may_be_none):
                yield name, tuple(path.split("."))
