"""The policies by name: what the queue is sorted by, and how it is walked."""

from __future__ import annotations

from typing import NamedTuple

from gigacampus.engine.general import state as at


class Rule(NamedTuple):
    """An order and a pass, as `engine/general/state.py` numbers them."""

    order: int
    walk: int


RULES = {
    "fcfs": Rule(at.FCFS, at.STRICT),
    "sjf": Rule(at.SJF, at.STRICT),
    "priority": Rule(at.PRIORITY, at.STRICT),
    "deadline": Rule(at.DEADLINE, at.STRICT),
    "fair": Rule(at.FAIR, at.STRICT),
    "easy": Rule(at.FCFS, at.EASY),
    "sjf-easy": Rule(at.SJF, at.EASY),
    "priority-easy": Rule(at.PRIORITY, at.EASY),
    "deadline-easy": Rule(at.DEADLINE, at.EASY),
    "fair-easy": Rule(at.FAIR, at.EASY),
    "conservative": Rule(at.FCFS, at.CONSERVATIVE),
    "sjf-conservative": Rule(at.SJF, at.CONSERVATIVE),
    "priority-conservative": Rule(at.PRIORITY, at.CONSERVATIVE),
    "deadline-conservative": Rule(at.DEADLINE, at.CONSERVATIVE),
    "fair-conservative": Rule(at.FAIR, at.CONSERVATIVE),
    "quota": Rule(at.PRIORITY, at.QUOTA),
    "quota-easy": Rule(at.PRIORITY, at.QUOTA_EASY),
    "srtf": Rule(at.SRTF, at.PREEMPTIVE),
    "srsf": Rule(at.SRSF, at.PREEMPTIVE),
    "las": Rule(at.LAS, at.PREEMPTIVE),
    "spot": Rule(at.SPOT, at.PREEMPTIVE),
}
"""NAME-easy and NAME-conservative: backfill over that order instead of over the line."""
LAS_THRESHOLD = 3_600
"""Attained service in chip-seconds at which a job sinks to the second queue of las: one chip-hour; an assumption."""
OWN = Rule(at.FCFS, at.OWN)
"""A policy of one's own that names jobs."""
PREEMPTIVE = tuple(name for name, rule in RULES.items() if rule.walk == at.PREEMPTIVE)
STOPS_JOBS = (*PREEMPTIVE, "quota", "quota-easy")
"""Policies that stop jobs, which may cost a restart."""
USES_ESTIMATES = tuple(
    name for name, rule in RULES.items()
    if rule.walk in (at.EASY, at.CONSERVATIVE, at.QUOTA_EASY) or rule.order in (at.SJF,)
)  # fmt: skip
"""Policies that look at how long jobs say they take."""


def own_rule(backfill: str) -> Rule:
    """An order of one's own, walked strictly or with backfill."""
    return Rule(at.OWN_ORDER, {"": at.STRICT, "easy": at.EASY, "conservative": at.CONSERVATIVE}[backfill])
