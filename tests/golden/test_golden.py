"""The small built-in scenario says what it said: a change of a result is a change on purpose."""

from __future__ import annotations

import math

from gigacampus.run import run
from gigacampus.scenario import load
from tests.golden import make

TOLERANCE = 1e-9
"""Relative; platforms differ in the last digits of sums and powers."""


def test_headlines_and_row_counts_are_the_golden_ones() -> None:
    expected, found = make.read(), make.golden(run(load(make.SCENARIO)))
    assert list(found) == list(expected)
    moved = {
        name: (expected[name], value)
        for name, value in found.items()
        if not math.isclose(value, expected[name], rel_tol=TOLERANCE)
    }
    assert moved == {}, "if this is meant, run `python tests/golden/make.py` and say why in the change"
