"""Export control classes, by the thresholds of the catalog's rules."""

from __future__ import annotations

from gigacampus import catalog
from gigacampus.catalog import Chip


def eccn(chip: Chip) -> str:
    """The class of a chip, and of a system that holds it, by its highest total processing performance.

    3A090.a from the threshold of rule `ear.3a090a.tpp` (4,800 TPP), 4A090.a for the system; empty below it. The
    thresholds by performance density need die areas, which vendors do not publish: a chip below 4,800 TPP is left open.
    """
    return "3A090.a; system 4A090.a" if chip.tpp_max >= catalog.look_up("rule", "ear.3a090a.tpp").number else ""
