"""What is compared: scenarios, with their variants, or finished runs, by the words of the command line."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gigacampus.errors import Fault, Gathered, ResultsError, ScenarioError, UsageError
from gigacampus.results import Results, read
from gigacampus.scenario import Scenario, load
from gigacampus.scenario.extend import built_in
from gigacampus.sound import looked


@dataclass(frozen=True)
class Subject:
    """One of the things compared: a scenario that is to be played, or a run that was."""

    name: str
    origin: str
    """The scenario's file or built-in name, or the run folder."""
    variants: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    results: Results | None = field(default=None, compare=False)
    scenario: Scenario | None = field(default=None, compare=False)
    """None for a replay, or a run whose scenario this version cannot read."""

    @property
    def is_replay(self) -> bool:
        """Whether it is a finished replay of a log, not a campus."""
        return self.results is not None and self.results.meta.get("kind") == "replay"

    def load(self, variants: Sequence[str] | None = None, seed: int | None = None) -> Scenario:
        """The scenario, with other variants or another seed."""
        return load(
            self.origin, self.variants if variants is None else variants, self.overrides,
            self.seed if seed is None else seed,
        )  # fmt: skip


def subjects(
    words: Sequence[str],
    variants: Sequence[str],
    overrides: Sequence[str],
    seed: int | None,
    *,
    together: bool,
    plays: bool = True,
) -> list[Subject]:
    """The things to compare, the first being what the others are held against. UsageError with the faults of all.

    A word is a run folder, a scenario, `SCENARIO+VARIANT+VARIANT`, or a variant of the first scenario. Each of
    `variants` makes a case of its own (`a+b` one of two); `together` adds one with all of them.
    """
    found: list[Subject] = []
    gathered = Gathered()
    first: Subject | None = None
    for place, word in enumerate(words):
        if place and first is None and not _is_scenario(word):
            continue  # a variant of the first, which cannot be read: nothing can be said of it
        with gathered:
            found.append(_subject(word, first, tuple(overrides), seed))
            if not place:
                first = found[0]
    if variants and first is not None and first.results is not None:
        told = f"{first.name} is a finished run: it has no variants to turn on"
        gathered.faults.append(Fault("U001", told, fix="name its scenario instead"))
        variants = ()
    cases = [tuple(one for one in name.split("+") if one) for name in variants]
    for names in dict.fromkeys(cases):
        with gathered:
            found.append(_of(words[0] if first is None else first.origin, names, tuple(overrides), seed))
    for one in found:
        if one.results is None and one.scenario is not None:
            gathered.faults += looked(one.scenario, plays=plays)
    gathered.told(UsageError)
    if together and len(set(cases)) > 1:
        every = tuple(dict.fromkeys(one for names in cases for one in names))
        with contextlib.suppress(ScenarioError):  # variants that cannot stand together stand side by side alone
            found.append(_of(found[0].origin, every, tuple(overrides), seed))
    if len(found) < 2:
        raise UsageError(
            Fault("U001", "there is nothing to compare with", words[0],
                  fix="name another run or scenario, or give --variant NAME")
        )  # fmt: skip
    return found


def _subject(word: str, first: Subject | None, overrides: tuple[str, ...], seed: int | None) -> Subject:
    path = Path(word)
    if path.is_dir():
        results = read(path)
        scenario = None
        if results.meta.get("kind") != "replay":
            try:
                scenario = load(path / "scenario.yaml")
            except ScenarioError:
                scenario = None
        return Subject(word, word, results=results, scenario=scenario)
    if path.name == "manifest.json":
        raise ResultsError(f"{word}: name the run folder")
    name, *variants = [word] if path.exists() else word.split("+")
    if _is_scenario(word):
        return _of(name, tuple(variants), overrides, seed)
    if first is not None and first.scenario is not None and set(word.split("+")) <= set(first.scenario.variants):
        return _of(first.origin, (*first.variants, *word.split("+")), overrides, seed)
    return _of(word, (), overrides, seed)


def _is_scenario(word: str) -> bool:
    """Whether a word names a scenario, with variants or without, and not a variant alone."""
    name = word if Path(word).exists() else word.split("+")[0]
    return Path(name).exists() or name in built_in() or "/" in name


def _of(origin: str, variants: tuple[str, ...], overrides: tuple[str, ...], seed: int | None) -> Subject:
    scenario = load(origin, variants, overrides, seed)
    stem = Path(origin).stem if Path(origin).suffix else origin
    return Subject("+".join(variants) or stem, origin, variants, overrides, seed, scenario=scenario)
