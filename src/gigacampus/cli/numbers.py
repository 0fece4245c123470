"""The one place where options are read as numbers: not of the kind or out of bounds is a fault, with its fix."""

from __future__ import annotations

from typing import Any

import click

from gigacampus.bounds import Bounds
from gigacampus.errors import Fault, UsageError


class Number(click.FloatRange):
    """A number within bounds. NaN and infinity are in none."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds.least, bounds.most, min_open=bounds.above)
        self.bounds = bounds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; UsageError with what was expected and found."""
        return _read(self.bounds, value, param)


class Whole(click.IntRange):
    """A whole number within bounds."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(int(bounds.least), int(bounds.most))
        self.bounds = bounds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; UsageError with what was expected and found."""
        return _read(self.bounds, value, param)


def within(bounds: Bounds) -> Number | Whole:
    """The type of an option."""
    return Whole(bounds) if bounds.is_whole else Number(bounds)


def _read(bounds: Bounds, value: Any, param: click.Parameter | None) -> float | int:
    try:
        return bounds.read(str(value))
    except ValueError as expected:
        name = param.opts[0] if param is not None else "a number"
        raise UsageError(
            Fault("U006", f'{name}: expected {expected}, found "{value}"', path=name, fix=f"write {expected}")
        ) from None
