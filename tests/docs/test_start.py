"""The quick start is true: its commands run, one after the other, and print the lines shown in their order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(console|python|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODES = {"--fail-if": 3, "campus.install_rate=4": 2}
"""Exit codes other than 0, by what stands in the command."""


def steps(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """What is run, in what, and the lines that it shows."""
    python = ""
    for kind, body in BLOCK.findall(text):
        if kind == "python":
            python = body
        elif kind == "text":
            yield "python", python, body.splitlines()
        else:
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *shown = part.splitlines()
                yield "bash", command, shown


def in_order(shown: list[str], printed: list[str]) -> list[str]:
    """The lines that are not printed, or not in this order; `...` stands for anything, within a line as well."""
    missing, at = [], 0
    for line in shown:
        if line == "...":
            continue
        wanted = re.compile(re.escape(line).replace(re.escape("..."), ".*"))
        found = next((i for i in range(at, len(printed)) if wanted.fullmatch(printed[i])), None)
        if found is None:
            missing.append(line)
        else:
            at = found + 1
    return missing


@pytest.mark.slow
@pytest.mark.parametrize("page", ["start.md"])
def test_every_block_prints_what_it_shows(page: str, tmp_path: Path) -> None:
    python = Path(sys.executable)
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    ran = 0
    for kind, code, shown in steps((DOCS / page).read_text(encoding="utf-8")):
        command = [str(python), "-c", code] if kind == "python" else ["bash", "-c", code]
        said = subprocess.run(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip
        expected = next((number for mark, number in CODES.items() if mark in code), 0)
        assert said.returncode == expected, said.stdout
        assert in_order(shown, said.stdout.splitlines()) == [], f"{code}\n{said.stdout}"
        ran += 1
    assert ran >= 8


def test_what_is_not_printed_is_found() -> None:
    assert in_order(["a", "...", "c 3"], ["a", "b", "c 3"]) == []
    assert in_order(["fix: ..."], ["fix: do this"]) == []
    assert in_order(["c 4", "a"], ["a", "c 3"]) == ["c 4"]
    assert in_order(["b", "a"], ["a", "b"]) == ["a"]
