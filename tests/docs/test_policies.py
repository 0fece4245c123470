"""The page on policies of one's own is true: its file and commands run, compiled and plain, and print what is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gigacampus.engine.policies import JOB_FIELDS, NODE_FIELDS, View
from tests.docs.test_start import DOCS, in_order, steps

PAGE = (DOCS / "policies.md").read_text(encoding="utf-8")
FILE = re.search(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def run(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **more}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert FILE is not None
    (tmp_path / "mine.py").write_text(FILE[1])
    return tmp_path


@pytest.mark.slow
def test_every_block_prints_what_it_shows(folder: Path) -> None:
    ran = 0
    for _, command, shown in steps(PAGE):
        said = run(command, folder)
        assert said.returncode == (2 if "bad.py:" in command else 0), said.stdout
        assert in_order(shown, said.stdout.splitlines()) == [], f"{command}\n{said.stdout}"
        ran += 1
    assert ran == 7


@pytest.mark.slow
def test_compiled_and_plain_write_the_same_table(folder: Path) -> None:
    rows = [f"{k},{k * 7 % 50},{k * 13 % 31},{1 + k * 5 % 8}" for k in range(60)]
    (folder / "log.csv").write_text("\n".join(["job_id,submit_s,run_s,gpus", *rows]))
    rule = "--gpus 16 --gpus-per-node 8 --policy mine.py:least_left --placement mine.py:roomiest"
    for plain in ("0", "1"):
        said = run(f"gigacampus replay log.csv {rule} --out out-{plain}", folder, NUMBA_DISABLE_JIT=plain)
        assert said.returncode == 0, said.stdout
    tables = [(folder / f"out-{plain}" / "tables" / "jobs.parquet").read_bytes() for plain in ("0", "1")]
    assert tables[0] == tables[1]


def test_the_page_names_every_field() -> None:
    for name, sentence in {**JOB_FIELDS, **NODE_FIELDS}.items():
        assert f"| `{name}` | {sentence} |" in PAGE
    assert all(f"view.{name}" in PAGE for name in View._fields)
