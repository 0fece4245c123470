"""Every figure of a summary has a sentence, and every sentence a figure."""

from __future__ import annotations

from typing import Any

import pytest

from gigacampus.run import run
from gigacampus.scenario import load
from gigacampus.tables.measures import ACCOUNTS, ENGINE, FACILITY, HEADLINE


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    return run(load("one-hall", overrides=("site.ramp_limit=5 MW/min",))).summary


@pytest.mark.parametrize(
    ("room", "told"),
    [("engine", ENGINE), ("facility", FACILITY), ("accounts", ACCOUNTS)],
    ids=("engine", "facility", "accounts"),
)
def test_a_rooms_figures_are_told(room: str, told: dict[str, Any], summary: dict[str, Any]) -> None:
    assert set(summary[room]) - set(told) == set()


def test_the_headline_is_told(summary: dict[str, Any]) -> None:
    flat = {
        name for name, value in summary.items() if not isinstance(value, dict) or name.endswith(("_months", "_status"))
    }
    assert flat - {"movers", "statements"} - set(HEADLINE) == set()


def test_no_sentence_is_left_over(summary: dict[str, Any]) -> None:
    assert set(ENGINE) - set(summary["engine"]) == set()
    assert set(FACILITY) - set(summary["facility"]) == set()
