"""When kernels are compiled: at their first use, once for a type; on a terminal it is said, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
import pytest
from numba.core.codegen import JITCodeLibrary

from gigacampus.cli.progress import COMPILING, told
from gigacampus.kernels import jit, parts
from gigacampus.kernels.parts import KeptParts


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


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is on disk is compiled again."""
    monkeypatch.setattr(jit._Kept, "load_overload", lambda self, kinds, context: None)


@jit.kernel
def _next(x: int) -> int:
    return x + 1


@jit.kernel
def _sum(x: int) -> int:
    return _next(0) + _next(1) + _next(x)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_a_number_that_is_written_out_is_no_type_of_its_own(anew: None) -> None:
    assert _sum(5) == 1 + 2 + 6
    assert len(_next.inside().signatures) == 1  # type: ignore[attr-defined]


@jit.kernel
def _at_least(x: int) -> int:
    if x < 0:
        raise ValueError("less than nothing")
    return _next(x)


@jit.kernel
def _twice(x: int) -> int:
    return _at_least(x) + _at_least(x - 1)


@numba.njit
def _by_others(x: int) -> int:
    return _twice(x)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_a_part_is_compiled_within_the_kernels_that_call_it(anew: None) -> None:
    assert _twice(3) == 4 + 3
    assert _by_others(3) == 7
    for asked in (_twice, _by_others):
        with pytest.raises(ValueError, match="less than nothing"):
            asked(0)
    (made,) = _at_least.inside().overloads.values()  # type: ignore[attr-defined]
    assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == 0
    assert [one.name for one in made.library.own().functions if not one.is_declaration] == [made.fndesc.llvm_func_name]
    again = KeptParts(_at_least.py_func).rebuild(made.target_context, KeptParts(_at_least.py_func).reduce(made))  # type: ignore[attr-defined]
    names = {one.name for one in again.library.own().functions if not one.is_declaration}
    (called,) = _next.inside().overloads.values()  # type: ignore[attr-defined]
    assert {made.fndesc.llvm_func_name, called.fndesc.llvm_func_name} <= names


def _four() -> int:
    return 4


def _is_there() -> bool:
    """Whether a kernel's code is found on disk rather than compiled."""
    made: Any = jit.kernel(_four)
    assert made() == 4
    return bool(made.stats.cache_hits)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_half_a_file_of_compiled_code_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "cache_root", lambda: tmp_path)
    assert not _is_there()
    for ending in ("nbi", "nbc"):
        for share in (0.0, 0.1, 0.5, 0.99):
            assert _is_there()
            for path in tmp_path.rglob(f"*.{ending}"):
                content = path.read_bytes()
                path.write_bytes(content[: int(share * len(content))])
            assert not _is_there()
    for path in tmp_path.rglob("*.nb?"):
        path.write_bytes(bytes(path.stat().st_size))
    assert not _is_there()
    assert _is_there()


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_compiled_code_that_cannot_be_kept_serves_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, *given: object) -> None:
        raise OSError(28, "No space left on device")

    def five() -> int:
        return 5

    monkeypatch.setattr(jit, "cache_root", lambda: tmp_path)
    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    assert jit.kernel(five)() == 5


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_compiled_code_is_kept_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def six() -> int:
        return 6

    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(jit, "cache_root", lambda: tmp_path / "file")
    made: Any = jit.kernel(six)
    assert made() == 6
    assert made._cache.cache_path is None


class Held:
    """A library of one function that calls another."""

    def __init__(self, name: str, called: str) -> None:
        self.module = llvm.parse_assembly(
            f"declare void @{called}()\ndefine linkonce_odr void @{name}() {{\n  call void @{called}()\n  ret void\n}}"
        )

    def _get_module_for_linking(self) -> Any:
        return self.module


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_libraries_are_taken_in_whatever_their_order(order: tuple[int, ...]) -> None:
    libraries = [Held("_ZNa", "_ZNb"), Held("_ZNb", "_ZNc"), Held("_ZNc", "sin")]
    module = llvm.parse_assembly("declare void @_ZNa()\ndefine void @_ZNk() {\n  call void @_ZNa()\n  ret void\n}")
    parts.take_in(module, [libraries[k] for k in order])
    assert [one.name for one in module.functions if one.is_declaration] == ["sin"]


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_another_release_of_numba_compiles_as_it_does_by_itself(monkeypatch: pytest.MonkeyPatch, anew: None) -> None:
    monkeypatch.setattr(jit, "IS_KNOWN", False)

    def above(x: int) -> int:
        return _at_least(x) + 1

    made = jit.kernel(above)
    assert made(3) == 5
    assert [type(one.library) for one in made.overloads.values()] == [JITCodeLibrary]  # type: ignore[attr-defined]
