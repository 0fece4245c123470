"""The inputs walk: every number and date of a scenario, with its path, range, source, and whether it is a default."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel

from gigacampus.clock import add_months
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.quantity import Origin, Quantity, When
from gigacampus.tables import Table
from gigacampus.tables.premise import INPUTS

STALE_DAYS = 180
"""A statement older than this, seen from `known_as_of`, is listed as stale."""
UNSAID = Origin()
"""What is said of a value's origin where nothing is."""
NOT_INPUTS = frozenset({"variants", "applied", "title", "description"})


class Input(NamedTuple):
    """One input: where it stands, what it says, and where it comes from. Numbers are in `unit`; NaN for others."""

    path: str
    value: Any
    is_default: bool
    entry: Origin = UNSAID
    """What the entry that it stands in (an owner's share, a licence) says of all its values."""

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        own = self.value.origin if isinstance(self.value, (Quantity, When)) else UNSAID
        return self.entry if own == UNSAID else own

    @property
    def text(self) -> str:
        """The value as a person would write it."""
        if isinstance(self.value, (Quantity, When)):
            return self.value.text
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


def walk(scenario: Scenario) -> Iterator[Input]:
    """Every quantity, date and plain number of the scenario, in the order of the schema."""
    for name in type(scenario).model_fields:
        if name not in NOT_INPUTS:
            yield from _walk(getattr(scenario, name), name, name not in scenario.model_fields_set)


def _walk(value: Any, path: str, is_default: bool, entry: Origin = UNSAID) -> Iterator[Input]:
    if isinstance(value, BaseModel):
        source = getattr(value, "source", "")
        if isinstance(source, str) and source:
            said: Any = value
            stated = {name: getattr(said, name) for name in ("as_of", "status") if hasattr(said, name)}
            entry = Origin(source=source, **stated)
        for name in type(value).model_fields:
            left_out = is_default or name not in value.model_fields_set
            yield from _walk(getattr(value, name), f"{path}.{name}", left_out, UNSAID if left_out else entry)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _walk(one, f"{path}.{key}", is_default, entry)
    elif isinstance(value, (list, tuple)):
        for position, one in enumerate(value):
            yield from _walk(one, f"{path}.{position}", is_default, entry)
    elif isinstance(value, (Quantity, date)) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        yield Input(path, value, is_default, entry)


def inputs(scenario: Scenario) -> Table:
    """Every input as a row of `tables.premise.INPUTS`."""
    return Table.from_rows(INPUTS, [_row(one, scenario.known_as_of) for one in walk(scenario)])


def _row(one: Input, known: date) -> dict[str, Any]:
    value, origin = one.value, one.origin
    is_number = not isinstance(value, date)
    is_quantity = isinstance(value, Quantity)
    return {
        "path": one.path,
        "text": one.text,
        "value": float(value) if is_number else math.nan,
        "low": value.low if is_quantity else float(value) if is_number else math.nan,
        "high": value.high if is_quantity else float(value) if is_number else math.nan,
        "unit": value.canonical if is_quantity else "" if is_number else "date",
        "basis": value.basis if is_quantity else "",
        "source": origin.source,
        "as_of": origin.as_of,
        "status": origin.status,
        "note": origin.note,
        "stale": is_stale(origin, known),
        "default": one.is_default,
    }


_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")


def span_of(as_of: str) -> tuple[date, date] | None:
    """The first and the last day that an `as_of` (a day, a month, a quarter, a year) may mean; None if no date."""
    text = as_of.strip()
    quarter = _QUARTER.fullmatch(text)
    try:
        if quarter:
            first, months = date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1), 3
        elif len(text) == 4:
            first, months = date(int(text), 1, 1), 12
        elif len(text) == 7:
            first, months = date.fromisoformat(f"{text}-01"), 1
        else:
            day = date.fromisoformat(text)
            return day, day
        return first, add_months(first, months) - timedelta(days=1)
    except ValueError:  # no date, or one at the end of all dates
        return None


def is_stale(origin: Origin, known: date) -> bool:
    """Whether a sourced statement is more than STALE_DAYS older than the record's last day."""
    span = span_of(origin.as_of) if origin.as_of else None
    return span is not None and (known - span[1]).days > STALE_DAYS


def active(scenario: Scenario) -> tuple[str, ...]:
    """The variants that are worked into the scenario, in order."""
    return tuple(scenario.applied)
