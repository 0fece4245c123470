"""Who is told when a kernel has to be compiled: a light place that the command line can reach without numba."""

from __future__ import annotations

from collections.abc import Callable

hearers: list[Callable[[], None]] = []
"""Called, each once, when the first kernel of this process is compiled instead of being loaded from disk."""


def compiling() -> None:
    """Tell them, and forget them."""
    while hearers:
        hearers.pop()()
