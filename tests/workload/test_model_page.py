"""Statements of the page on the work name tests that exist, and the suite holds."""

from __future__ import annotations

import re
from pathlib import Path

from gigacampus.validate.frame import score

ROOT = Path(__file__).parents[2]


def test_named_tests_exist() -> None:
    text = (ROOT / "docs" / "model" / "workload.md").read_text(encoding="utf-8")
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"::(test_\w+)", text)
    assert len(named) >= 10
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_the_suite_passes() -> None:
    found = score("workload")
    assert [case.id for case in found if case.verdict == "fail"] == []
    assert len(found) > 25
