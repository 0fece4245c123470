"""Compiled and plain runs agree to the bit, and plain ones with their twins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import digests


@pytest.mark.slow
def test_plain_python_gives_the_same_schedules(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.digests", str(tmp_path / "mine.py")], cwd=root, text=True, check=True,
        capture_output=True, env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)},
    )  # fmt: skip
    compiled = digests.digests(f"{tmp_path / 'mine.py'}:largest_first")
    assert json.loads(ran.stdout) == compiled


@pytest.mark.slow
def test_the_general_loop_is_its_twin_in_plain_python() -> None:
    root = Path(__file__).parents[2]
    names = ("on_nodes_equals_its_twin[easy]", "planned_runs_equal_their_twin[srtf]", "quotas_equal_their_twin[quota]")
    cases = [f"tests/engine/test_general.py::test_{name}" for name in names]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-m", "", *cases],
        cwd=root, text=True, capture_output=True, check=False, env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1].startswith("3 passed"), ran.stdout
