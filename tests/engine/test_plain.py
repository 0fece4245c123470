"""Compiled and plain runs agree to the bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.engine import digests


def test_plain_python_gives_the_same_schedules(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.digests", str(tmp_path / "mine.py")], cwd=root, text=True, check=True,
        capture_output=True, env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)},
    )  # fmt: skip
    compiled = digests.digests(f"{tmp_path / 'mine.py'}:largest_first")
    assert json.loads(ran.stdout) == compiled
