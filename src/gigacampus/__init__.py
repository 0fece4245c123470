"""gigacampus, from deal to watts: an open simulator of gigawatt AI campuses.

In Python the walks are functions: `gigacampus.run("stargate-uae", variants=["xai-share"])`, and so `plan`, `replay`,
`sweep`, `find` and `compare`. Nothing heavy is imported before one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from gigacampus.api import compare, find, plan, replay, run, sweep

__all__ = ["__version__", "compare", "find", "plan", "replay", "run", "sweep"]


def __getattr__(name: str) -> Any:
    """The walks, imported when they are first asked for."""
    if name in __all__:
        import importlib

        if name == "find":  # no room of its own: it is a question to `sweep`
            return importlib.import_module("gigacampus.api").find
        return importlib.import_module(f"gigacampus.{name}")
    raise AttributeError(f"module 'gigacampus' has no attribute {name!r}")
