"""Walk the schema by dotted paths: what may stand where, its unit, its sentence, its default."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the schema: the type there, what annotates it, and the field it belongs to."""

    type: Any
    metadata: tuple[Any, ...] = ()
    field: FieldInfo | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema that a quantity's or a date's type states; empty for others."""
        for note in self.metadata:
            if isinstance(note, WithJsonSchema):
                return dict(note.json_schema or {})
        return {}

    @property
    def unit(self) -> str:
        """The canonical unit of a quantity, `date` for a date, else empty."""
        return str(self.schema.get("x-unit", ""))

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices of a closed list."""
        return tuple(map(str, get_args(self.type))) if get_origin(self.type) is Literal else ()


def alternatives(spot: Spot) -> Iterator[Spot]:
    """A type's alternatives, `None` left out, wrappers opened."""
    origin = get_origin(spot.type)
    if origin is Annotated:
        inner, *notes = get_args(spot.type)
        notes = [one for note in notes for one in (note.metadata if isinstance(note, FieldInfo) else [note])]
        yield from alternatives(Spot(inner, (*notes, *spot.metadata), spot.field))
    elif origin in (Union, types.UnionType):
        for one in get_args(spot.type):
            if one is not type(None):
                yield from alternatives(Spot(one, spot.metadata, spot.field))
    else:
        yield spot


def models_of(spot: Spot) -> list[type[BaseModel]]:
    """The sections that may stand at a spot."""
    kinds = (one.type for one in alternatives(spot))
    return [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]


def model_of(spot: Spot) -> type[BaseModel] | None:
    """The section at a spot, if it is one; of several the first."""
    return next(iter(models_of(spot)), None)


def step(spot: Spot, key: str) -> Spot | None:
    """One key down: a field, or any entry of a map or a list."""
    for one in alternatives(spot):
        if isinstance(one.type, type) and issubclass(one.type, BaseModel):
            found = one.type.model_fields.get(key)
            if found:
                return Spot(found.annotation, tuple(found.metadata), found)
        elif get_origin(one.type) is dict:
            return Spot(get_args(one.type)[1])
        elif get_origin(one.type) in (list, tuple):
            return Spot(get_args(one.type)[0])
    return None


def at(root: type[BaseModel], path: tuple[str | int, ...]) -> Spot | None:
    """The spot at a path; None where the schema has no such place. Wildcards and indices match any entry."""
    spot: Spot | None = Spot(root)
    for key in path:
        spot = step(spot, str(key)) if spot else None
    return spot


def every(
    root: type[BaseModel], path: tuple[str, ...] = (), above: tuple[type, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Spot]]:
    """Every field of the schema with its path; entries of maps and lists are `*`."""
    for name, found in root.model_fields.items():
        spot = Spot(found.annotation, tuple(found.metadata), found)
        yield (*path, name), spot
        yield from _within(spot, (*path, name), (*above, root))


def _within(spot: Spot, path: tuple[str, ...], above: tuple[type, ...]) -> Iterator[tuple[tuple[str, ...], Spot]]:
    for one in alternatives(spot):
        if isinstance(one.type, type) and issubclass(one.type, BaseModel):
            if one.type not in above:
                yield from every(one.type, path, above)
        elif get_origin(one.type) in (dict, list, tuple):
            inner = Spot(get_args(one.type)[-1 if get_origin(one.type) is dict else 0])
            yield from _within(inner, (*path, "*"), above)
