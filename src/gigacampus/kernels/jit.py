"""The one decorator that holds all numba flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a kernel: cached on disk, releasing the GIL, no fastmath, no threads of its own."""
    compiled: F = njit(cache=True, nogil=True)(function)
    return compiled
