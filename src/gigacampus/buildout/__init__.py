"""The build-out room: halls, power, racks, commissioning; what is live when, and what binds."""

from gigacampus.buildout.planning import plan

__all__ = ["plan"]
