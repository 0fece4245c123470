"""The engine: jobs meet chips, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gigacampus.engine.campus import simulate
    from gigacampus.engine.policies import order_key, placement, policy, preemption

NONE = -1
"""What a policy returns to start nothing now."""

__all__ = ["NONE", "order_key", "placement", "policy", "preemption", "simulate"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: the parts need numba, the names do not."""
    if name == "simulate":
        from gigacampus.engine.campus import simulate

        return simulate
    if name in ("order_key", "placement", "policy", "preemption"):
        from gigacampus.engine import policies

        return getattr(policies, name)
    raise AttributeError(name)
