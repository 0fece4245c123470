"""The command line starts fast: help and version import nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMANDS = ("run", "check", "explain", "list", "init", "schema", "sweep", "compare")
HEAVY = ["numpy", "pydantic", "pyarrow", "numba", "ruamel", "rich", "plotly", "scipy", "pandas", "llvmlite"]
PROBE = """
import sys
from gigacampus.cli import gigacampus
try:
    gigacampus.main({arguments!r}, standalone_mode=False)
except SystemExit:
    pass
heavy = {heavy!r}
print(*sorted(set(one.split(".")[0] for one in sys.modules) & set(heavy)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", ["--help", "--version", *(f"{name} --help" for name in COMMANDS)])
def test_help_imports_nothing_heavy(arguments: str) -> None:
    code = PROBE.format(arguments=arguments.split(), heavy=HEAVY)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout
    assert ran.stderr.split() == []


def test_help_groups_all_commands() -> None:
    ran = subprocess.run([sys.executable, "-m", "gigacampus", "--help"], capture_output=True, text=True, check=True)
    for word in ("Play a scenario", "Look things up", "run", "check", "explain", "init"):
        assert word in ran.stdout
    assert ran.stderr == ""


def test_a_bad_scenario_leaves_no_traceback_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "gigacampus", "run", "stargate-uea"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert 'did you mean "stargate-uae"?' in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m gigacampus list facts | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "fact" in ran.stdout
    assert ran.stderr == ""
