"""Policies as cases of a test: those of the general loop, which takes long to compile, are of the slow set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from gigacampus.engine.schedule import CONSERVATIVE, FAIR, PREEMPTIVE, QUEUES


def cases(policies: Iterable[str]) -> list[Any]:
    lean = {*QUEUES, *FAIR, *CONSERVATIVE, *PREEMPTIVE}
    return [one if one in lean else pytest.param(one, marks=pytest.mark.slow) for one in policies]
