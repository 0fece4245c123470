"""Policies as cases of a test: those of the general loop, which takes long to compile, are of the slow set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from gigacampus.engine.schedule import CONSERVATIVE, FAIR, PREEMPTIVE, QUEUES

IN_TROUBLE = ("fcfs", "easy", "sjf", "sjf-easy", "priority", "priority-easy")
"""Policies that a loop of their own plays through failures."""
CALM = (*QUEUES, *FAIR, *CONSERVATIVE, *PREEMPTIVE)


def cases(policies: Iterable[str], lean: Iterable[str] = CALM) -> list[Any]:
    return [one if one in lean else pytest.param(one, marks=pytest.mark.slow) for one in policies]
