"""One door to the catalog: a kind and a key give a typed row, or an error that suggests the nearest key."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, Literal, overload

from gigacampus.catalog import chip as chip_rows
from gigacampus.catalog import records
from gigacampus.errors import Fault, UsageError

Kind = Literal["chip", "rack", "fact", "rule", "campus", "timeline"]
_TABLES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "chip": chip_rows.chips,
    "rack": records.racks,
    "fact": records.facts,
    "rule": records.rules,
    "campus": records.campuses,
    "timeline": records.timelines,
}
KINDS: tuple[str, ...] = tuple(_TABLES)
"""What can be looked up."""


def names_of(kind: str) -> tuple[str, ...]:
    """The keys of a kind; UsageError where there is no such kind."""
    if kind not in _TABLES:
        raise UsageError(Fault("K001", f'the catalog has no kind "{kind}"', fix=f"one of {', '.join(KINDS)}"))
    return tuple(_TABLES[kind]())


@overload
def look_up(kind: Literal["chip"], key: str) -> chip_rows.Chip: ...
@overload
def look_up(kind: Literal["rack"], key: str) -> records.RackModel: ...
@overload
def look_up(kind: Literal["fact"], key: str) -> records.Fact: ...
@overload
def look_up(kind: Literal["rule"], key: str) -> records.Rule: ...
@overload
def look_up(kind: Literal["campus"], key: str) -> tuple[records.CampusFact, ...]: ...
@overload
def look_up(kind: Literal["timeline"], key: str) -> tuple[records.Milestone, ...]: ...
@overload
def look_up(kind: str, key: str) -> Any: ...
def look_up(kind: str, key: str) -> Any:
    """The row of a kind under a key (a chip also under its aliases); UsageError names the nearest key."""
    known = names_of(kind)
    name = chip_rows.names().get(chip_rows.plain(key), key) if kind == "chip" else key
    if name not in known:
        lower = {one.lower(): one for one in known}
        near = difflib.get_close_matches(name.lower(), lower, 1, 0.5)
        fix = f'did you mean "{lower[near[0]]}"?' if near else f"`gigacampus list` shows every {kind}"
        raise UsageError(Fault("K002", f'the catalog has no {kind} "{key}"', fix=fix))
    return _TABLES[kind]()[name]
