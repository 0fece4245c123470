"""The resolved scenario as YAML: variants worked in, ranges and sources kept; it loads back to an equal one."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from gigacampus.scenario.model import Scenario
from gigacampus.scenario.quantity import Origin, Quantity, When
from gigacampus.scenario.read import scalar

HEADER = "# yaml-language-server: $schema=./scenario.schema.json\n"


def resolved(scenario: Scenario) -> str:
    """The scenario as YAML text. What it leaves at a default stays left out."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 10_000
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump(_plain(scenario), out)
    return HEADER + out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return CommentedMap(
            (fields[name].alias or name, _plain(getattr(value, name)))
            for name in fields
            if name in value.model_fields_set
        )
    if isinstance(value, dict):
        return CommentedMap((_word(str(key)), _plain(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return CommentedSeq(_plain(one) for one in value)
    if isinstance(value, Quantity):
        return _sourced(_amount(value), value.origin)
    if isinstance(value, When):
        return _sourced(_dates(value), value.origin)
    if isinstance(value, date):
        return _day(value)
    return _word(value) if isinstance(value, str) else value


def _word(text: str) -> str:
    """Text that reads back as text; quoted where plain it would be a number or a truth (ruamel quotes the rest)."""
    return text if isinstance(scalar(text), str) else DoubleQuotedScalarString(text)


def _amount(value: Quantity) -> Any:
    """As written where it was written; else every digit in the canonical unit."""
    if value.raw is not None:
        return _plain(value.raw)
    unit = "" if value.canonical == "one" else f" {value.canonical}"
    basis = f" {value.basis}" if value.basis else ""

    def text(number: float) -> Any:
        if not math.isfinite(number) or (unit == "" and basis == ""):
            return float(number)
        return _word(f"{number!r}{unit}{basis}")

    if value.is_range:
        return CommentedMap(p10=text(value.low), p50=text(float(value)), p90=text(value.high))
    return text(float(value))


def _dates(value: When) -> Any:
    if not value.is_range:
        return _day(value)
    ends = {"p10": value.low, "p50": value, "p90": value.high}
    return CommentedMap((name, _day(day)) for name, day in ends.items())


def _day(value: date) -> date:
    return date(value.year, value.month, value.day)


def _sourced(bare: Any, origin: Origin) -> Any:
    told = {"source": origin.source, "as_of": origin.as_of, "status": origin.status, "note": origin.note}
    said = {key: text for key, text in told.items() if text and not (key == "status" and text == "assumption")}
    if not said:
        return bare
    return CommentedMap({"value": bare, **{key: _word(text) for key, text in said.items()}})
