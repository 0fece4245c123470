"""How tests are spread over the cores: those that need the same compiled kernels stay together."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent
KERNELS = {"engine": "loops", "replay": "loops", "floor": "floor"}
"""Folders whose tests share kernels that take long to compile: on two cores they would be compiled twice."""
SLOW = ("floor",)
"""Folders whose kernels take a minute to compile: all of their tests are of the slow set."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(ROOT)
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(KERNELS.get(place.parts[0], place.as_posix())))
        if place.parts[0] in SLOW:
            item.add_marker(pytest.mark.slow)
