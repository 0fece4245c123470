"""Plays what a comparison needs: whole runs or plans alone, each once, kept between calls."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from gigacampus import buildout, deal
from gigacampus.compare.case import Case, of_results, of_tables
from gigacampus.plan import samples
from gigacampus.plan.against import against
from gigacampus.results.stamp import code_stamp
from gigacampus.results.summary import headline, plain
from gigacampus.run import run
from gigacampus.scenario import Scenario
from gigacampus.scenario.identity import identity
from gigacampus.tables import Table
from gigacampus.tables.timeline import Timeline

KINDS = ("run", "plan")


def home() -> Path:
    """Where cases are kept between calls: `$XDG_CACHE_HOME/gigacampus/compare`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gigacampus" / "compare"


class Player:
    """Plays scenarios; what was played before, by this code and with these inputs, is read instead."""

    def __init__(self, cache: Path | None, tell: Callable[[str], None] = lambda step: None) -> None:
        """`cache` is the folder of kept cases; None keeps them for this call alone."""
        self.cache, self.tell = cache, tell
        self.kept: dict[str, Case] = {}
        self.timelines: dict[str, Timeline] = {}
        self.played = 0

    def case(self, name: str, scenario: Scenario, kind: str) -> Case:
        """The case of a scenario by a whole run (`run`) or by deal and build-out alone (`plan`)."""
        key = f"{kind}-{identity(scenario)}-{code_stamp()[:16]}"
        found = self.kept.get(key) or self._read(key)
        if found is None:
            self.tell(f"{kind}: {name}")
            found = of_results(name, run(scenario)) if kind == "run" else planned(name, scenario)
            self.played += 1
            self._write(key, found)
        self.kept[key] = found
        return replace(found, name=name, sentences=[])

    def moved(self, scenario: Scenario, base: Scenario) -> list[str]:
        """What happened to the chips on the way, in sentences: how much of a delay arrived, what took up the rest."""
        ours, theirs = (self._timeline(one) for one in (scenario, base))
        return [str(one) for one in against(scenario, ours, base, theirs)["sentences"]]

    def _timeline(self, scenario: Scenario) -> Timeline:
        """The build-out of a scenario, planned once a call."""
        key = identity(scenario)
        if key not in self.timelines:
            self.timelines[key] = buildout.plan(scenario, deal.clear(scenario))
        return self.timelines[key]

    def _read(self, key: str) -> Case | None:
        if self.cache is None:
            return None
        try:
            return Case.from_json((self.cache / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, key: str, case: Case) -> None:
        """Keep a case; a folder that cannot be written costs time and nothing else."""
        if self.cache is None:
            return
        with contextlib.suppress(OSError):
            self.cache.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.cache, prefix=".partial-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(case.as_json())
            Path(name).replace(self.cache / f"{key}.json")


def planned(name: str, scenario: Scenario) -> Case:
    """A case by deal and build-out alone."""
    return planned_tables(name, scenario)[0]


def planned_tables(name: str, scenario: Scenario) -> tuple[Case, dict[str, Table]]:
    """The same with the tables behind it."""
    supply = deal.clear(scenario)
    timeline = buildout.plan(scenario, supply)
    parts = [getattr(bundle, one.name) for bundle in (supply, timeline) for one in fields(bundle)]
    tables: dict[str, Table] = {table.spec.name: table for table in parts if isinstance(table, Table)}
    numbers = {
        key: float(value)
        for key, value in plain(headline(tables, scenario.clock)).items()
        if isinstance(value, (int, float))
    }
    parties = {key: one.name for key, one in scenario.deal.parties.items()}
    made = of_tables(name, tables, numbers, scenario.clock, parties)
    made.title = scenario.title
    return made, tables


def drawn(case: Case, scenario: Scenario, draws: int, seed: int) -> None:
    """Draws of the plan's ranges; each range has a stream of its own, so that two cases meet the same draws."""
    found = samples(scenario, draws, seed)
    case.spread = {
        "live_chips": np.asarray(found.chips[:, -1]),
        "live_h100e": np.asarray(found.h100e[:, -1]),
        "live_it_w": np.asarray(found.it_w[:, -1]),
    }
