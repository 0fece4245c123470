"""A comparison: what differs in the inputs, what moved in the results, and because of what."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from gigacampus.compare.because import Because
from gigacampus.compare.case import Case
from gigacampus.compare.changes import Change
from gigacampus.compare.moves import Move, PartyMove, differs

NOT_RESULTS = frozenset({"inputs", "variants", "movers", "sample_months", "sample_milestones", "cost_movers"})
"""Tables that tell of the inputs or of their ranges: that they differ moves no result."""


@dataclass
class Against:
    """One case held against the first."""

    case: Case
    changes: list[Change]
    moves: list[Move]
    parties: list[PartyMove]
    because: Because | None = None
    sentences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.case.name,
            "title": self.case.title,
            "status": self.case.status,
            "inputs": [one.as_dict() for one in self.changes],
            "results": [one.as_dict() for one in self.moves],
            "parties": [one.as_dict() for one in self.parties],
            "because": self._because(),
            "sentences": self.sentences,
            "notes": self.notes,
        }

    def _because(self) -> dict[str, Any] | None:
        if self.because is None:
            return None
        names = [one.name for one in self.because.causes]
        return {
            "by": self.because.kind,
            "combinations": self.because.combinations,
            "causes": [
                {"name": one.name, "words": one.words, "paths": [c.path for c in one.changes]}
                for one in self.because.causes
            ],
            "contributions": {
                key: dict(zip(names, (float(x) for x in parts), strict=True))
                for key, parts in self.because.parts.items()
                if abs(parts).sum() > 0
            },
        }


@dataclass
class Comparison:
    """Cases held against the first of them."""

    base: Case
    others: list[Against]
    same: list[list[str]]
    """Names of cases that give identical numbers."""
    kind: str
    version_notes: list[str] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        """Whether any result of any case differs from the first."""
        return any(not identical(self.base, one.case) for one in self.others)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain values: the same that `compare --json` prints."""
        return {
            "base": self.base.name,
            "title": self.base.title,
            "kind": self.kind,
            "known_as_of": self.base.known_as_of,
            "changed": self.is_changed,
            "cases": [one.as_dict() for one in self.others],
            "identical": self.same,
            "notes": self.version_notes,
        }

    def series(self) -> dict[str, dict[str, Any]]:
        """Levels by month of every case, for charts laid over each other: `months`, and `live_chips` and so on."""
        cases = [self.base, *(one.case for one in self.others)]
        return {
            one.name: {"months": one.months, **{key: values.tolist() for key, values in one.series.items()}}
            for one in cases
        }

    def to_json(self) -> str:
        """The comparison as JSON."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        """The comparison as text."""
        from gigacampus.compare.words import lines

        return "\n".join(lines(self))

    def _repr_html_(self) -> str:
        """For notebooks: the sentences and the tables."""
        from gigacampus.compare.words import html

        return html(self)


def identical(one: Case, two: Case) -> bool:
    """Whether two cases have the same results: every number, and every table where both have tables."""
    if one.hashes and two.hashes:
        tables = [{k: v for k, v in case.hashes.items() if k not in NOT_RESULTS} for case in (one, two)]
        if tables[0] != tables[1]:
            return False
    keys = {*one.numbers, *two.numbers}
    return not any(differs(one.numbers.get(k, math.nan), two.numbers.get(k, math.nan)) for k in keys)


def alike(cases: list[Case]) -> list[list[str]]:
    """Groups of two or more cases that give identical numbers."""
    groups: list[list[Case]] = []
    for case in cases:
        home = next((group for group in groups if identical(group[0], case)), None)
        if home is None:
            groups.append([case])
        else:
            home.append(case)
    return [[case.name for case in group] for group in groups if len(group) > 1]
