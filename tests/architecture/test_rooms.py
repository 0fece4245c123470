"""The borders between rooms are checked, and the check itself is checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(command), "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_the_rooms_keep_their_borders(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("deal/trespass.py", "import gigacampus.buildout", "The rooms"),
        ("catalog/trespass.py", "import gigacampus.scenario", "The rooms"),
        ("report/trespass.py", "import gigacampus.kernels", "The report reads results only"),
        ("kernels/trespass.py", "import pydantic", "Kernels know numbers only"),
    ],
)
def test_a_deliberate_violation_is_caught(tree: Path, file: str, line: str, contract: str) -> None:
    (tree / "src/gigacampus" / file).write_text(line + "\n")
    done = lint(tree)
    assert done.returncode != 0
    assert contract in done.stdout
    assert "trespass" in done.stdout
