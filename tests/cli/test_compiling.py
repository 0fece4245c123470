"""That kernels are compiled is said once, on stderr."""

from __future__ import annotations

import numba
import pytest

from gigacampus.cli.progress import COMPILING, told
from gigacampus.kernels import jit


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_compiling_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert jit.cache_root().is_dir()
    with told(quiet=False):
        assert capsys.readouterr().err == ""
        for shift in (1, 2):
            numba.njit(lambda x, shift=shift: x + shift)(1)
        assert capsys.readouterr().err == f"{COMPILING}\n"
    with told(quiet=True):
        numba.njit(lambda x: x + 3)(1)
    assert capsys.readouterr().err == ""
