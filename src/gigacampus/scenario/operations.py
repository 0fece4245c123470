"""How the campus is run: the queue's policy, checkpoints, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import Quantity, Span, quantity

if TYPE_CHECKING:
    Failing = Quantity
else:
    Failing = quantity("one", le=1_000.0, example="6.5")


class Failures(Section):
    """How often nodes fail and what that costs."""

    per_1000_node_days: Failing
    """Failures per 1,000 node-days."""
    repair: Span
    """Mean time to repair a node (exponential)."""
    restart: Span
    """Detection, restart and reload: time lost beside the work since the last checkpoint."""


class Operations(Section):
    """How the campus is run."""

    policy: Literal["fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy"] = "easy"
    """Queue policy within each tenant's quota. fcfs: in line, the head blocks. sjf: shortest first. priority: highest
    first. easy: in line, and others may jump ahead where they do not delay the head's reservation; so with sjf-easy and
    priority-easy over those orders."""
    failures: Failures | None = None
    """Hardware failures; none are drawn where left out."""
    checkpoint: Span | None = None
    """Time between checkpoints of jobs that name none; a failure loses all their work where left out."""
    checkpoint_write: Span | None = None
    """How long writing a checkpoint holds a job up. Where given, a job that writes checkpoints does so as often as
    suits its size: after sqrt(2 x write x its mean time between failures), Young 1974, where that is less than its
    interval."""
