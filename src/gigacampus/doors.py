"""Modules that are called: `gigacampus.run(...)` beside `gigacampus.run.run(...)`, in any order of import."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

VERBS = ("run", "plan", "replay", "sweep", "compare")


class Door(ModuleType):
    """A module that, called, does what `gigacampus.api` has under its name."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Do it."""
        return getattr(importlib.import_module("gigacampus.api"), self.__name__.rpartition(".")[2])(*args, **options)


def opened(name: str) -> None:
    """Let the module of this name be called."""
    sys.modules[name].__class__ = Door
