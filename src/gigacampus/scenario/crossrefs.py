"""Checks across sections, after the schema: names that lead nowhere, shares that do not sum, ends before starts.

Each check is a small generator over the scenario. A room may add its own to `CHECKS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gigacampus.scenario.model import Scenario


class Problem(NamedTuple):
    """A fault before it has a place: `path` leads to the value at fault."""

    code: str
    message: str
    path: str
    fix: str = ""


Check = Callable[[Scenario], Iterator[Problem]]


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?`, or the list of what is known."""
    words = list(known)
    found = difflib.get_close_matches(word, words, 1, 0.5)
    return f'did you mean "{found[0]}"?' if found else f"known: {', '.join(words) or 'none'}"


def order(scenario: Scenario) -> Iterator[Problem]:
    """The horizon ends after it starts."""
    if scenario.end < scenario.start:
        yield Problem(
            "S304", f"the scenario ends ({scenario.end}) before it starts ({scenario.start})", "end", "swap them"
        )


CHECKS: list[Check] = [order]
"""Every check, in the order of the report."""


def check(scenario: Scenario) -> list[Problem]:
    """All problems across sections."""
    return [problem for one in CHECKS for problem in one(scenario)]
