"""A scenario of which some values cannot be read: the rest of it, for the checks that come after."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from gigacampus.scenario.base import Section
from gigacampus.scenario.diagnose import nearest
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.unknown import UNKNOWN
from gigacampus.scenario.walk import Spot, alternatives, models_of

Path = tuple[str | int, ...]
Broken = tuple[Path, list[tuple[str, str]]]


def partly(plain: dict[str, Any]) -> tuple[Scenario, list[Broken]]:
    """What can be read of a scenario's plain values, and the rules of sections that it breaks, with their paths."""
    broken: list[Broken] = []
    found: Scenario = _section(Scenario, plain, (), broken)
    return found, broken


def _read(spot: Spot, raw: Any, path: Path, broken: list[Broken]) -> Any:
    """A value as its type has it; of a section, a map or a list what can be read; else UNKNOWN."""
    with contextlib.suppress(ValidationError):
        return _adapter(spot.type, spot.metadata).validate_python(raw)
    sections = models_of(spot)
    if isinstance(raw, dict) and len(sections) == 1:
        return _section(sections[0], raw, path, broken)
    for one in alternatives(spot):
        if isinstance(raw, dict) and get_origin(one.type) is dict:
            inner = Spot(get_args(one.type)[1])
            return {key: _read(inner, value, (*path, key), broken) for key, value in raw.items()}
        if isinstance(raw, list) and get_origin(one.type) is list:
            inner = Spot(get_args(one.type)[0])
            return [_read(inner, value, (*path, place), broken) for place, value in enumerate(raw)]
    return UNKNOWN


def _section(model: type[BaseModel], raw: dict[str, Any], path: Path, broken: list[Broken]) -> Any:
    """A section field by field; of its rules those are looked at that its readable values allow."""
    for name, one in model.__pydantic_decorators__.model_validators.items():
        raw = getattr(model, name)(raw) if one.info.mode == "before" else raw
    known = [field.alias or name for name, field in model.model_fields.items()]
    meant = {nearest(key, known) for key in raw if key not in model.model_fields and key not in known}
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias if field.alias and field.alias in raw else name
        spot = Spot(field.annotation, tuple(field.metadata), field)
        if key in raw:
            values[name] = _read(spot, raw[key], (*path, key), broken)
        elif field.is_required() or (field.alias or name) in meant:
            values[name] = UNKNOWN
        else:
            values[name] = _default(spot, field)
    made = model.model_construct(
        {name for name, field in model.model_fields.items() if {name, field.alias} & set(raw)}, **values
    )
    if isinstance(made, Section) and (told := made.broken()):
        broken.append((path, told))
    return made


def _default(spot: Spot, field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True)
    return _adapter(spot.type, spot.metadata).validate_python(value) if field.validate_default else value


@lru_cache(maxsize=1024)
def _adapter(kind: Any, notes: tuple[Any, ...]) -> TypeAdapter[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return TypeAdapter(kind)
    config = ConfigDict(arbitrary_types_allowed=True)
    return TypeAdapter(Annotated[(kind, *notes)] if notes else kind, config=config)
