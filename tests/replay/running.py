"""Small logs, and a replay of them through the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported

Rows = list[tuple[int, ...]]


def swf(path: Path, rows: Rows, header: str = "") -> Path:
    """Rows of (submit, run, estimate, gpus, priority as queue) as SWF, ids from 1 on."""
    lines = [header] if header else []
    for i, (submit, run, estimate, gpus, *_) in enumerate(rows, 1):
        fields = [i, submit, -1, run, gpus, -1, -1, gpus, estimate, -1, 1, 1 + i % 3, 1, -1, -1, -1, -1, -1]
        lines.append(" ".join(map(str, fields)))
    path.write_text("\n".join(lines) + "\n")
    return path


def call(*arguments: object) -> int:
    """The exit code of `gigacampus replay ARGUMENTS`."""
    before = sys.argv
    sys.argv = ["gigacampus", "replay", *map(str, arguments)]
    try:
        return reported(gigacampus)
    finally:
        sys.argv = before


def found(folder: Path) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Columns of the jobs, and the summary."""
    jobs = pq.read_table(folder / "tables" / "jobs.parquet").to_pydict()
    return jobs, json.loads((folder / "summary.json").read_text())


def replayed(folder: Path, *arguments: object) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Replay quietly into a folder, and read it."""
    assert call(*arguments, "--out", folder, "--force", "--quiet") == 0
    return found(folder)
