"""When kernels are compiled: at their first use, once for a type; on a terminal it is said, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from gigacampus.cli.progress import COMPILING, told
from gigacampus.kernels import jit


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_compiling_is_said_once_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jit.cache_root().is_dir()
    with told(quiet=False):
        numba.njit(lambda x: x + 4)(1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with told(quiet=False):
        for shift in (1, 2):
            numba.njit(lambda x, shift=shift: x + shift)(1)
    assert capsys.readouterr().err.count(COMPILING) == 1
    with told(quiet=True):
        numba.njit(lambda x: x + 3)(1)
    assert capsys.readouterr().err == ""


def test_no_import_compiles_anything(tmp_path: Path) -> None:
    code = "import gigacampus.replay, gigacampus.engine.consult, gigacampus.engine.floor.play"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@jit.kernel
def _next(x: int) -> int:
    return x + 1


@jit.kernel
def _sum(x: int) -> int:
    return _next(0) + _next(1) + _next(x)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_a_number_that_is_written_out_is_no_type_of_its_own() -> None:
    assert _sum(5) == 1 + 2 + 6
    assert len(_next.inside().signatures) == 1  # type: ignore[attr-defined]
