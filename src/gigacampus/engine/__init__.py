"""The engine: jobs meet chips, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gigacampus.engine.campus import simulate

__all__ = ["simulate"]


def __getattr__(name: str) -> Any:
    if name == "simulate":
        from gigacampus.engine.campus import simulate

        return simulate
    raise AttributeError(name)
