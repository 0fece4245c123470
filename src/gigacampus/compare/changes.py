"""What differs between two scenarios, key by key, and how to work part of it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from gigacampus.errors import ScenarioError
from gigacampus.scenario import Scenario
from gigacampus.scenario.load import validated
from gigacampus.scenario.nodes import Node, Source
from gigacampus.scenario.quantity import Quantity, When

NOT_COMPARED = frozenset({"title", "description", "variants", "applied"})
"""Words, and what-ifs that are not on: they change no result."""
ABSENT = "–"
LONGEST = 90


@dataclass(frozen=True, slots=True)
class Change:
    """One input that differs: its path, what it says in either scenario, and where the new value comes from."""

    path: str
    old: str
    new: str
    source: str = ""
    status: str = ""

    def as_dict(self) -> dict[str, str]:
        """The change as plain values."""
        return asdict(self)

    @property
    def said(self) -> str:
        """The change in a few words."""
        if self.old == ABSENT:
            return f"{self.path} is added ({self.new})"
        return f"{self.path} is taken out" if self.new == ABSENT else f"{self.path}: {self.old} → {self.new}"


def changes(base: Scenario, other: Scenario) -> list[Change]:
    """Every input of `other` that differs from `base`, in the order of the schema; an entry that is new stands whole.

    Values count, not how they are written; a source that changes alone is no change.
    """
    return [
        one
        for name in Scenario.model_fields
        if name not in NOT_COMPARED
        for one in _between(getattr(base, name), getattr(other, name), name)
    ]


def _between(old: Any, new: Any, path: str) -> Iterator[Change]:
    if isinstance(old, BaseModel) and type(old) is type(new):
        for name in type(old).model_fields:
            yield from _between(getattr(old, name), getattr(new, name), f"{path}.{name}")
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _between(old.get(key, ABSENT), new.get(key, ABSENT), f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for position, (one, two) in enumerate(zip(old, new, strict=True)):
            yield from _between(one, two, f"{path}.{position}")
    elif _meaning(old) != _meaning(new):
        origin = _origin(new) or _origin(old)
        yield Change(path, said(old), said(new), *(origin or ("", "")))


def _meaning(value: Any) -> Any:
    """What a value says, whatever its source."""
    if isinstance(value, Quantity):
        return ("quantity", float(value), value.low, value.high, value.canonical, value.basis)
    if isinstance(value, When):
        return ("when", value.toordinal(), value.low.toordinal(), value.high.toordinal())
    if isinstance(value, date):
        return ("when", value.toordinal(), value.toordinal(), value.toordinal())
    if isinstance(value, BaseModel):
        return (type(value).__name__, *((name, _meaning(getattr(value, name))) for name in type(value).model_fields))
    if isinstance(value, dict):
        return tuple((key, _meaning(one)) for key, one in value.items())
    return tuple(_meaning(one) for one in value) if isinstance(value, list) else value


def _origin(value: Any) -> tuple[str, str] | None:
    """Source and status of a value, or of the first value inside an entry that has one."""
    if isinstance(value, (Quantity, When)):
        return value.origin.source, value.origin.status
    if isinstance(value, BaseModel):
        stated = getattr(value, "source", "")
        if isinstance(stated, str) and stated:
            return stated, str(getattr(value, "status", ""))
        inner: Iterable[Any] = (getattr(value, name) for name in type(value).model_fields)
    else:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for one in map(_origin, inner) if one is not None]
    return next((one for one in found if one[0]), found[0] if found else None)


def said(value: Any) -> str:
    """A value as a person would write it; of an entry what was stated in it, cut to a line."""
    if isinstance(value, (Quantity, When)):
        return value.text
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, BaseModel):
        stated = [(name, getattr(value, name)) for name in type(value).model_fields if name in value.model_fields_set]
        return _cut(", ".join(f"{name}: {said(one)}" for name, one in stated if name not in ("source", "status")))
    if isinstance(value, dict):
        return _cut("{" + ", ".join(f"{key}: {said(one)}" for key, one in value.items()) + "}")
    if isinstance(value, list):
        return _cut("[" + ", ".join(said(one) for one in value) + "]")
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def worked_in(base: Scenario, other: Scenario, some: Iterable[Change]) -> Scenario | None:
    """`base` with some of the changes to `other`; None where these changes cannot stand without the rest."""
    ours, theirs = _source(base), _source(other)
    root = ours.root.copy()
    for change in some:
        _put(root, theirs.root, change.path.split("."))
    try:
        return validated(Source(root, {**theirs.texts, **ours.texts}))
    except ScenarioError:
        return None


def _source(scenario: Scenario) -> Source:
    if scenario._source is None:
        raise ValueError("a scenario that was not read from a file cannot be taken apart")
    return scenario._source


def _put(root: Node, theirs: Node, path: list[str]) -> None:
    """Give a path of the tree the value that it has in another tree; take it out where it has none there."""
    holder, given = root, theirs
    for position, key in enumerate(path):
        new = given.child(key)
        last = position == len(path) - 1
        if new is None:
            if isinstance(holder.value, dict):
                holder.value.pop(key, None)
            return
        old = holder.child(key)
        if last or old is None or not isinstance(old.value, (dict, list)) or old.is_sourced or new.is_sourced:
            if isinstance(holder.value, list):
                holder.value[int(key)] = new.copy()
            elif isinstance(holder.value, dict):
                holder.value[key] = new.copy()
                holder.keys[key] = given.keys.get(key, new.mark)
            return
        holder, given = old, new
