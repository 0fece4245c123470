"""The condition of a search: a finite number, or told before anything is played."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigacampus.errors import UsageError
from gigacampus.sweep.find import find
from gigacampus.sweep.study import Study


@pytest.mark.parametrize("until", ["pue_mean<1e999", "pue_mean>-1e999", "pue_mean<1.2.3", "pue_mean", ""])
def test_a_condition_without_a_finite_number_is_refused(tmp_path: Path, until: str) -> None:
    with pytest.raises(UsageError, match="Y006"):
        find(Study("one-hall"), "campus.install_rate=1..2", until, tmp_path / "out")
    assert not (tmp_path / "out").exists()
