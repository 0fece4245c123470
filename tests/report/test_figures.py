"""Static figures: every one that a run has tables for, in each format, the same bytes each time."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from gigacampus.errors import ResultsError, UsageError
from gigacampus.plan import plan
from gigacampus.report.figures import DRAWN, figures
from gigacampus.results import Results
from gigacampus.run import run
from gigacampus.scenario import load


@pytest.fixture(scope="module")
def played() -> Results:
    return run(load("one-hall"))


@pytest.mark.slow
def test_all_figures_of_a_run(played: Results, tmp_path: Path) -> None:
    found = figures(played, tmp_path / "a", ("svg",))
    assert {path.stem for path in found} == set(DRAWN) - {"fan"}
    for path, again in zip(found, figures(played, tmp_path / "b", ("svg",)), strict=True):
        assert path.read_bytes() == again.read_bytes()
        assert path.read_text().count("<path") > 5


@pytest.mark.parametrize(("kind", "start"), [("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_other_formats(tmp_path: Path, kind: str, start: bytes) -> None:
    (path,) = figures(plan(load("one-hall"), draws=20), tmp_path, (kind,), ("fan",))
    assert path.read_bytes().startswith(start)


def test_what_cannot_be_drawn_is_said(played: Results, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="buildout"):
        figures(played, tmp_path, only=("nonsense",))
    with pytest.raises(ResultsError, match="fan"):
        figures(played, tmp_path, only=("fan",))


def test_the_missing_extra_is_named(played: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="matplotlib"):
        figures(played, tmp_path)
