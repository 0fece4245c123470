"""The command line starts fast: help and version import nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

COMMANDS = ("run", "check", "explain", "list", "init", "schema", "sweep", "compare")
HEAVY = ["numpy", "pydantic", "pyarrow", "numba", "ruamel", "rich", "plotly", "scipy", "pandas", "llvmlite"]
PROBE = """
import sys
from importlib.util import find_spec
from pathlib import Path
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


@pytest.mark.skipif(find_spec("pandas") is None or find_spec("scipy") is None, reason="what may not be there is not")
def test_a_warm_replay_imports_neither_pandas_nor_scipys_algebra(tmp_path: Path) -> None:
    log = tmp_path / "log.swf"
    log.write_text("; MaxProcs: 8\n" + "".join(f"{k} {k} -1 60 2 -1 -1 2 90 {'-1 ' * 9}\n" for k in range(1, 9)))
    code = (
        "import sys; from gigacampus.cli import gigacampus\n"
        f"gigacampus.main(['replay', {str(log)!r}, '--policy', 'easy', '--out', sys.argv[1]], standalone_mode=False)\n"
        "print('heavy:', *sorted({'pandas', 'scipy.linalg'} & set(sys.modules)))"
    )
    for run in ("compiling", "warm"):
        command = [sys.executable, "-c", code, str(tmp_path / run)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-1] == "heavy:"
