"""What the README promises is what happens: its commands run, and print the lines that it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def block(mark: str) -> str:
    """The fenced block that follows a mark."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n```\w*\n(.*?)\n```", TEXT, re.DOTALL)
    assert found, mark
    return found[1]


def gigacampus(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gigacampus", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    command = block("run").split("&&")[1]
    return gigacampus(shlex.split(command)[1:], folder)


def test_the_main_command_prints_what_is_shown(printed: str) -> None:
    shown = block("output of: gigacampus run stargate-uae").splitlines()
    missing = [line for line in shown if line not in printed.splitlines()]
    assert not missing, f"make the README's output again; not printed now: {missing}"


def test_its_report_shows_no_noise_of_floats(printed: str, folder: Path) -> None:
    page = (folder / re.findall(r"^report: (.*)$", printed, re.MULTILINE)[0]).read_text(encoding="utf-8")
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    assert "Khazna" in body
    assert re.findall(r"[^\s>]*\.0{7,}[^\s<]*", body) == []


def test_the_scenario_of_15_lines_is_sound(tmp_path: Path) -> None:
    lines = block("scenario: mine.yaml")
    assert len(lines.splitlines()) <= 15
    (tmp_path / "mine.yaml").write_text(lines, encoding="utf-8")
    assert "is sound" in gigacampus(["check", "mine.yaml"], tmp_path)


@pytest.mark.slow
def test_the_scenario_of_15_lines_plays(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(block("scenario: mine.yaml"), encoding="utf-8")
    assert "what binds" in gigacampus(["run", "mine.yaml"], tmp_path)


TABLE = re.findall(r"^\| .* \| (`.*`) \|$", TEXT, re.MULTILINE)
QUICK = ("convert", "size", "ledger")
LONG = ("plan", "sweep", "train", "trace", "replay", "load", "power")
"""The others are played elsewhere: `run` and `compare` in docs/many.md, `validate` suite by suite."""


def _asked() -> list[object]:
    commands = [one for cell in TABLE for one in re.findall(r"`gigacampus ([^`]+)`", cell)]
    return [pytest.param(one, marks=pytest.mark.slow) if one.startswith(LONG) else one for one in commands]


@pytest.mark.parametrize("command", _asked())
def test_commands_of_the_table_run_or_exist(command: str, tmp_path: Path) -> None:
    arguments = shlex.split(command)
    if "LOG" in arguments:
        rows = [f"{k},{10 * k},{60 + k},{1 + k % 8}" for k in range(40)]
        (tmp_path / "LOG").write_text("\n".join(["job_id,submit_s,run_s,gpus", *rows]), encoding="utf-8")
    if "RUN" in arguments:
        gigacampus(["run", "one-hall", "--quiet", "--out", "RUN"], tmp_path)
    if arguments[0] in (*QUICK, *LONG):
        assert gigacampus(arguments, tmp_path)
    else:
        assert "Usage" in gigacampus([arguments[0], "--help"], tmp_path)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (README.parent / target).exists(), target


def test_the_test_command_is_pytest_on_the_extra() -> None:
    assert block("test") == "pip install '.[test]' && pytest -q"
