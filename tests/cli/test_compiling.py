"""That kernels are compiled is said once, on a terminal."""

from __future__ import annotations

import sys

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
