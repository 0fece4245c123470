"""Walk a scenario's values by patterns of keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from gigacampus.scenario.unknown import UNKNOWN


def matching(value: Any, pattern: tuple[str, ...], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every value of the scenario whose path fits a pattern of keys, `*` for any and KEYS for a map's keys."""
    if value is UNKNOWN:
        return
    if not pattern:
        yield ".".join(path), value
        return
    key, rest = pattern[0], pattern[1:]
    if key == "KEYS":
        yield from ((".".join((*path, name)), name) for name in value)
    elif isinstance(value, BaseModel):
        if key in type(value).model_fields:
            yield from matching(getattr(value, key), rest, (*path, key))
    elif isinstance(value, dict):
        for name in value if key == "*" else [key] if key in value else []:
            yield from matching(value[name], rest, (*path, str(name)))
    elif isinstance(value, (list, tuple)) and key == "*":
        for position, one in enumerate(value):
            yield from matching(one, rest, (*path, str(position)))
