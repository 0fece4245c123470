"""The walk of a comparison: read what is compared, play it, say what differs, what moved, and because of what."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gigacampus.compare import words
from gigacampus.compare.because import MOST_RUNS, Because, Cause, because, by_variants, grouped, separable
from gigacampus.compare.case import Case, of_results
from gigacampus.compare.changes import ABSENT, Change, changes, said
from gigacampus.compare.comparison import Against, Comparison, alike
from gigacampus.compare.moves import moves, party_moves
from gigacampus.compare.player import Player, drawn, home
from gigacampus.compare.shapley import MOST_PLAYERS, Subset
from gigacampus.compare.subject import Subject, subjects
from gigacampus.errors import Fault, UsageError
from gigacampus.scenario import Scenario


def compare(
    *what: str | Path,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    seed: int | None = None,
    kind: Literal["run", "plan"] = "run",
    draws: int = 0,
    seeds: int = 1,
    together: bool = True,
    deep: bool = False,
    cache: Path | Literal["home"] | None = "home",
    tell: Callable[[str], None] = lambda step: None,
) -> Comparison:
    """Hold runs or scenarios against the first of them.

    `what` are run folders, scenarios, `SCENARIO+VARIANT`, or names of the first scenario's variants; each of `variants`
    is a further case, and with `together` so are all of them at once. `kind="plan"` leaves out jobs, energy and money.
    `draws` samples the ranges of the plan, `seeds` repeats whole runs; both are paired between the cases. `deep` plays
    every combination of causes as a whole run, however many there are. InputError says what cannot be compared.
    """
    if not what:
        raise UsageError(Fault("U001", "there is nothing to compare", fix="name runs or scenarios"))
    found = subjects([str(one) for one in what], variants, overrides, seed, together=together, plays=kind == "run")
    _alike(found)
    player = Player(home() if cache == "home" else cache, tell)
    cases = [_case(one, player, kind, draws, seeds, tell) for one in found]
    pairs = [
        _against(found[0], cases[0], one, case, player, kind, deep)
        for one, case in zip(found[1:], cases[1:], strict=True)
    ]
    made = Comparison(cases[0], pairs, alike(cases), kind, _notes(found))
    for pair in pairs:
        pair.sentences = words.sentences(made, pair)
    return made


def _alike(found: list[Subject]) -> None:
    """A replay of a log and a campus have no result in common. UsageError where both are among them."""
    replays = [one.name for one in found if one.is_replay]
    others = [one.name for one in found if not one.is_replay]
    if replays and others:
        raise UsageError(
            Fault("U001", f"{replays[0]} is a replay of a log and {others[0]} a campus: they have no results in common",
                  fix="compare replays with replays, and runs or scenarios with each other")
        )  # fmt: skip


def _case(subject: Subject, player: Player, kind: str, draws: int, seeds: int, tell: Callable[[str], None]) -> Case:
    if subject.results is not None:
        made = of_results(subject.name, subject.results)
    else:
        made = player.case(subject.name, _scenario(subject), kind)
    scenario = subject.scenario
    if scenario is not None:
        names = subject.variants or tuple(scenario.applied)
        made.title = "; ".join(scenario.variants[one].title for one in names) or scenario.title
        statuses = [scenario.variants[one].status for one in names]
        made.status = next((one for one in ("alleged", "opinion") if one in statuses), statuses[0] if statuses else "")
        if draws:
            tell(f"{draws:,} draws: {subject.name}")
            drawn(made, scenario, draws, scenario.seed)
        if seeds > 1 and subject.results is None:
            made.seeded = _seeded(subject, player, kind, seeds)
    return made


def _scenario(subject: Subject) -> Scenario:
    if subject.scenario is None:
        raise UsageError(Fault("U001", f"{subject.name} cannot be played again", fix="compare finished runs with it"))
    return subject.scenario


def _seeded(subject: Subject, player: Player, kind: str, seeds: int) -> dict[str, Any]:
    """The numbers of this seed and of the next ones; shape (seeds,) each."""
    first = _scenario(subject).seed
    found = [
        player.case(f"{subject.name}, seed {first + k}", subject.load(seed=first + k), kind).numbers
        for k in range(seeds)
    ]
    return {key: np.array([one.get(key, np.nan) for one in found]) for key in found[0]}


def _against(
    first: Subject, base: Case, subject: Subject, case: Case, player: Player, kind: str, deep: bool
) -> Against:
    if first.scenario is None or subject.scenario is None:
        return Against(case, _asked(first, subject), moves(base, case), [])
    listed = changes(first.scenario, subject.scenario)
    made = Against(case, listed, moves(base, case), party_moves(base, case))
    if base.is_planned != case.is_planned:
        made.parties = [replace(one, usd=math.nan) for one in made.parties if one.role != "books"]
        made.notes.append(
            f"{base.name if base.is_planned else case.name} is a plan alone: work, energy and money are not held "
            "against each other"
        )
    if base.months != case.months:
        made.notes.append("the two have other horizons: parties and months are not held against each other")
    made.because = _because(first, subject, listed, player, kind, deep)
    if made.because is not None and made.because.kind != kind:
        made.notes.append(
            f"{made.because.combinations} combinations were planned, not run: contributions to work, energy and money "
            "are left out (--deep plays them)"
        )
    if listed:
        case.sentences = player.moved(subject.scenario, first.scenario)[1:]
    return made


def _asked(first: Subject, subject: Subject) -> list[Change]:
    """What differs between the options of two replays."""
    asked = [(one.results.meta.get("asked") or {}) if one.results is not None else {} for one in (first, subject)]
    return [
        Change(key, said(asked[0].get(key, ABSENT)), said(asked[1].get(key, ABSENT)))
        for key in dict.fromkeys([*asked[0], *asked[1]])
        if asked[0].get(key) != asked[1].get(key)
    ]


def _because(
    first: Subject, subject: Subject, listed: list[Change], player: Player, kind: str, deep: bool
) -> Because | None:
    assert first.scenario is not None
    assert subject.scenario is not None
    if not listed:
        return None
    causes, made = _causes(first, subject, listed)
    walk = kind if deep or 2 ** len(causes) <= MOST_RUNS else "plan"

    def play(one: Subset) -> dict[str, float]:
        names = " + ".join(causes[k].name for k in sorted(one)) or "none of the changes"
        return player.case(names, made[one], walk).numbers

    return because(causes, play, walk)


def _causes(first: Subject, subject: Subject, listed: list[Change]) -> tuple[list[Cause], dict[Subset, Scenario]]:
    """Variants, where several are on beyond those of the first; else the changed keys."""
    assert first.scenario is not None
    assert subject.scenario is not None
    more = [one for one in subject.variants if one not in first.variants]
    if subject.origin == first.origin and subject.results is None and 1 < len(more) <= MOST_PLAYERS:
        made = by_variants(lambda names: subject.load([*first.variants, *names]), more)
        if made is not None:
            known = subject.scenario.variants
            return [Cause(name, known[name].title) for name in more], made
    causes, combined = separable(first.scenario, subject.scenario, grouped(listed))
    if len(causes) == 1 and len(more) == 1:
        causes = [replace(causes[0], words=subject.scenario.variants[more[0]].title)]
    return causes, combined


def _notes(found: list[Subject]) -> list[str]:
    """Runs that other versions made are held against each other all the same; the reader should know."""
    stored = [one.results.stored for one in found if one.results is not None]
    versions = {(one.get("gigacampus"), tuple(sorted((one.get("packages") or {}).items()))) for one in stored}
    return ["the runs were made by different versions of the program or its packages"] if len(versions) > 1 else []
