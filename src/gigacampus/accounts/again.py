"""Steps of the books that a like scenario need not post anew: for walks that move one price or one date at a time.

The first scenario's entries are remembered step by step, with the state of all that each step reads. Where that is the
same in another scenario, its entries are taken; every other step is posted as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gigacampus.accounts.ground import Ground
from gigacampus.accounts.journal import Entries, Names

T = TypeVar("T")
State = Mapping[str, Any]
"""What there is of each source, by its name: anything that is equal only where the source is the same."""
TABLES = ("lots", "halls", "installs", "usage", "obligations", "flows")
"""Sources that are tables: the campus's lots, ..., what chips did (usage and busy chips), what the facility billed."""
PRICES = {
    "capital": r"costs\.((chip|rack|network|storage)_price\..+|spares|chip_price_fall|building|contingency"
    r"|(chip|building)_(life|residual))",
    "operation": r"costs\.operation", "insurance": r"costs\.insurance", "rent": r"costs\.hosting_rent",
    "lease": r"costs\.chip_lease_rate", "sales": r"costs\.(gpu_hour_price\..+|gpu_hour_price_fall|relet_price_factor)",
    "loans": r"costs\.tranches\..+", "worth": r"costs\.(discount_rate|flop_utilisation|tokens_per_gpu_h)",
}  # fmt: skip
"""Sources that are prices and terms, by the paths of their inputs. No step reads `worth`, the measures do."""
REST = "rest"
"""Every other input that the accounts read by itself: every step is taken to read it."""
_ASSETS = ("lots", "halls", "capital")
READS = {
    "invest": _ASSETS, "energy": ("flows",), "water": ("flows",), "operation": ("installs", "operation"),
    "insurance": (*_ASSETS, "insurance"), "obligations": ("obligations",),
    "sell": ("lots", "halls", "installs", "usage", "sales"), "rent": ("lots", "installs", "rent"),
    "lease": (*_ASSETS, "lease"), "pass_on": ("lots", "installs", "flows", "operation"), "depreciate": _ASSETS,
    "borrow": (*_ASSETS, "loans"),
}  # fmt: skip
"""What each step reads. Tax and equity read the journal and are always posted."""


def source_of(path: str) -> str:
    """The source that an input's path belongs to."""
    return next((name for name, paths in PRICES.items() if re.fullmatch(paths, path)), REST)


@dataclass(frozen=True, slots=True)
class Made:
    """What a step gave and posted."""

    state: tuple[Any, ...]
    result: Any
    entries: Entries
    outlays: list[Any]
    revenues: list[Any]


@dataclass(slots=True)
class Memory:
    """The steps of the first scenario, and the names of all."""

    names: Names = field(default_factory=Names)
    made: dict[str, Made] = field(default_factory=dict)

    def step(self, ground: Ground, state: State, name: str, make: Callable[[], T]) -> T:
        """Make a step's entries, or take those of the first scenario where all that it reads is the same."""
        mine = (state[REST], *(state[one] for one in READS[name]))
        known, journal = self.made.get(name), ground.journal
        if known is not None and known.state == mine:
            journal.again(known.entries)
            ground.outlays.extend(known.outlays)
            ground.revenues.extend(known.revenues)
            return known.result  # type: ignore[no-any-return]
        mark, outlays, revenues = journal.mark(), len(ground.outlays), len(ground.revenues)
        result = make()
        if known is None:
            after = journal.since(mark), ground.outlays[outlays:], ground.revenues[revenues:]
            self.made[name] = Made(mine, result, *after)
        return result
