"""The build-out room: halls, power, racks, commissioning; what is live when, and what binds."""

from gigacampus.buildout.planning import plan, stand

__all__ = ["plan", "stand"]
