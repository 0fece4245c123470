"""The middle of the walk alone: a trace, a machine, a policy. One verb: `replay`."""

from gigacampus.doors import opened
from gigacampus.replay.asked import Asked
from gigacampus.replay.walk import replay

__all__ = ["Asked", "replay"]

opened(__name__)
