"""The page on comparisons and sweeps is true: its commands run and print the lines shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_start import DOCS, in_order, steps


@pytest.mark.slow
def test_every_block_prints_what_it_shows(tmp_path: Path) -> None:
    python = Path(sys.executable)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "200", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = 0
    for kind, code, shown in steps((DOCS / "many.md").read_text(encoding="utf-8")):
        if kind == "python" and not code:
            continue  # a template for somebody's cluster, not an output
        command = [str(python), "-c", code] if kind == "python" else ["bash", "-c", code]
        said = subprocess.run(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip
        assert said.returncode == 0, said.stdout
        assert in_order(shown, said.stdout.splitlines()) == [], f"{code}\n{said.stdout}"
        ran += 1
    assert ran == 6
