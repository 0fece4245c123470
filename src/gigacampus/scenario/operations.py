"""How the campus is run: the queue's policy, checkpoints, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gigacampus.scenario.base import Rules, Section
from gigacampus.scenario.floor import Component, Floor, Maintenance
from gigacampus.scenario.quantity import Quantity, Span, quantity

if TYPE_CHECKING:
    Failing = Quantity
    Slack = Quantity
else:
    Failing = quantity("one", le=1_000.0, example="6.5")
    Slack = quantity("one", le=1e6, example="3")


class Failures(Section):
    """How often nodes fail and what that costs."""

    per_1000_node_days: Failing
    """Failures per 1,000 node-days."""
    repair: Span
    """Mean time to repair a node (exponential)."""
    restart: Span
    """Detection, restart and reload: time lost beside the work since the last checkpoint."""
    components: dict[str, Component] = Field(default_factory=dict)
    """What else may fail, component by component, beside the nodes above; each unit draws from a stream of its own."""


class Operations(Section):
    """How the campus is run."""

    policy: Literal[
        "fcfs", "sjf", "priority", "deadline", "fair", "easy", "sjf-easy", "priority-easy", "deadline-easy",
        "fair-easy", "conservative", "sjf-conservative", "priority-conservative", "deadline-conservative",
        "fair-conservative", "srtf", "srsf", "las", "spot",
    ] = "easy"  # fmt: skip
    """Queue policy within each tenant's own chips. fcfs: in line, the head blocks. sjf: shortest first. priority:
    highest first (stated runs before the stream of jobs). deadline: earliest first. fair: the user who used least
    lately. easy: in line, and others may jump ahead where they do not delay the head's reservation. conservative: every
    waiting job holds a reservation. NAME-easy and NAME-conservative: the same over that order. srtf, srsf, las, spot:
    jobs stop for others and resume later, at the price of `failures.restart`."""
    own_policy: str | None = None
    """A policy of one's own in place of `policy`: `FILE.py:function`, found from where the command runs, or the name of
    an installed one."""
    deadline_slack: Slack | None = None
    """Deadline of every job: so many times its expected length after its submission. The policies that go by deadlines
    need it."""
    failures: Failures | None = None
    """Hardware failures; none are drawn where left out."""
    checkpoint: Span | None = None
    """Time between checkpoints of jobs that name none; a failure loses all their work where left out."""
    checkpoint_write: Span | None = None
    """How long writing a checkpoint holds a job up. Where given, a job that writes checkpoints does so as often as
    suits its size: after sqrt(2 x write x its mean time between failures), Young 1974, where that is less than its
    interval."""
    floor: Floor | None = None
    """Nodes and racks; where left out each tenant's chips are one count."""
    maintenance: dict[str, Maintenance] = Field(default_factory=dict)
    """Planned maintenance of nodes; needs `floor`."""

    def _rules(self) -> Rules:
        told = "takes nodes out of service; say how jobs stand on them under `floor`"
        yield "maintenance", lambda: bool(self.maintenance) and self.floor is None and told
        yield "deadline_slack", self._no_slack

    def _no_slack(self) -> str:
        wanted = self.policy.startswith("deadline") and self.deadline_slack is None
        return f"{self.policy} goes by deadlines; say how far they lie off, such as 3" if wanted else ""
