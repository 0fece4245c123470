"""How tests are spread over the cores: those that need the same compiled kernels stay together."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent
KERNELS = {
    "tests/engine/test_chains.py": "walks", "tests/cli": "walks", "tests/plan": "walks",
    "tests/engine": "loops", "tests/replay": "loops", "tests/sweep": "loops", "tests/floor": "floor",
}  # fmt: skip
"""Files and folders that share kernels that take long to compile: on two cores they would be compiled twice."""
APART = ("test_no_knob_is_dead",)
"""Tests whose cases take a core each as it gets free."""
SLOW = (
    "floor",
    "replay/test_wishes.py",
    *(f"engine/test_{name}.py" for name in (
        "announced", "campus_rules", "general", "own", "packing", "rackmasks", "structures",
    )),
)  # fmt: skip
"""Folders and files whose kernels take long to compile: of the slow set, but for what `test_plain` plays of them."""


class ByKernels(LoadScopeScheduling):
    """A file's tests go to one core, and so do those of all folders that share kernels.

    (The marks of `--dist loadgroup` are lost on pytest 9.2: pytest-xdist issue 1386.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    path, _, name = nodeid.partition("::")
    if name.partition("[")[0] in APART:
        return nodeid
    return next((group for start, group in KERNELS.items() if path.startswith(start)), path)


def pytest_collection_finish() -> None:
    """What has been imported stays; looking through it for garbage again and again takes a tenth of the tests' time."""
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_unconfigure() -> None:
    """All may go."""
    gc.unfreeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByKernels:
    config.option.loadscopereorder = False
    return ByKernels(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long goes first and what each core can take goes last, so that no core is left alone at the end."""
    for item in items:
        if item.path.relative_to(ROOT).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)
    groups = {item: group_of(item.nodeid) for item in items}
    sizes = Counter(groups.values())
    items.sort(key=lambda item: ("::" in groups[item], -sizes[groups[item]], groups[item]))
