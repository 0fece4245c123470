"""The decorator of kernels that only other kernels call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from gigacampus.kernels.jit import cached_in, once

F = TypeVar("F", bound=Callable[..., Any])


def inner(function: F) -> F:
    """Compile a kernel without a door to Python: unpacking dozens of arrays is most of the compiling of a small one."""
    with cached_in(function):
        flags: Any = {"cache": True, "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        compiled: Any = njit(**flags)(function)
    return cast(F, once(compiled))


def inner_part(function: F) -> F:
    """The same, always inlined where it is called."""
    with cached_in(function):
        flags: Any = {"cache": True, "nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        compiled: Any = njit(**flags, forceinline=True)(function)
    return cast(F, once(compiled))
