"""The page on formats is what the readers say."""

from __future__ import annotations

from pathlib import Path

from gigacampus.workload.reference import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "traces.md"


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "python -m gigacampus.workload.reference > docs/reference/traces.md"
    )
