"""Every table that is declared anywhere in `gigacampus.tables`, by name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from gigacampus import tables
from gigacampus.tables.table import Spec


@cache
def specs() -> dict[str, Spec]:
    """Table name to its declaration, sorted by name."""
    found: dict[str, Spec] = {}
    for module in pkgutil.iter_modules(tables.__path__):
        for value in vars(importlib.import_module(f"gigacampus.tables.{module.name}")).values():
            if isinstance(value, Spec):
                found[value.name] = value
    return dict(sorted(found.items()))
