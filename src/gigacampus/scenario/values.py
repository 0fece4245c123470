"""Numbers and dates that know their range, their source and their status, and are used like plain ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from gigacampus import units
from gigacampus.scenario.sourced import Origin


class Quantity(float):
    """A float in its field's canonical unit (the median), with P10, P90, unit, basis and origin beside it."""

    __slots__ = ("basis", "canonical", "given", "given_unit", "high", "low", "origin", "raw")

    low: float
    high: float
    canonical: str
    given: float
    given_unit: str
    basis: str
    origin: Origin
    raw: Any

    def __new__(
        cls,
        value: float,
        canonical: str = "one",
        *,
        low: float | None = None,
        high: float | None = None,
        given: float | None = None,
        given_unit: str = "",
        basis: str = "",
        origin: Origin | None = None,
        raw: Any = None,
    ) -> Quantity:
        """`value` is the median in `canonical`; `low` and `high` default to it (no range); `raw` is as written."""
        made = super().__new__(cls, value)
        made.low = float(value if low is None else low)
        made.high = float(value if high is None else high)
        made.canonical = canonical
        made.given = float(value if given is None else given)
        made.given_unit = given_unit or canonical
        made.basis = basis
        made.origin = origin or Origin()
        made.raw = raw
        return made

    @property
    def is_range(self) -> bool:
        """Whether P10 and P90 differ from the median."""
        return self.low != float(self) or self.high != float(self)

    def at(self, value: float) -> Quantity:
        """The same quantity taking another value, without a range: a drawn sample or an operation's result."""
        given, unit = value, self.canonical
        if abs(self.given) > 1e-100 and abs(self) > 1e-100:
            given, unit = value * (self.given / float(self)), self.given_unit
        return Quantity(value, self.canonical, given=given, given_unit=unit, basis=self.basis, origin=self.origin)

    @property
    def months(self) -> int | None:
        """Whole calendar months where the amount was written in months or years, else None."""
        return units.whole_months(self.given, self.given_unit)

    @property
    def text(self) -> str:
        """The amount for people: as written where it was, else with a fitting prefix."""
        if isinstance(self.raw, str):
            return self.raw
        basis = f" {self.basis}" if self.basis else ""
        if self.is_range:
            low, high = units.human(self.low, self.canonical), units.human(self.high, self.canonical)
            return f"{low} to {high}{basis}"
        return units.human(float(self), self.canonical) + basis

    def __repr__(self) -> str:
        return f"Quantity({units.human(float(self), self.canonical)})"

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("low", "high", "given", "given_unit", "basis", "origin", "raw")
        return (_rebuild, (float(self), self.canonical, {name: getattr(self, name) for name in names}))


def _rebuild(value: float, canonical: str, rest: dict[str, Any]) -> Quantity:
    return Quantity(value, canonical, **rest)


class When(date):
    """A date (the median) that may carry an earliest (P10) and a latest (P90), and knows its origin."""

    low: date
    high: date
    origin: Origin

    @classmethod
    def of(cls, day: date, low: date | None = None, high: date | None = None, origin: Origin | None = None) -> When:
        """A date with its range and origin."""
        made = cls(day.year, day.month, day.day)
        made.low = low or day
        made.high = high or day
        made.origin = origin or Origin()
        return made

    @property
    def is_range(self) -> bool:
        """Whether P10 and P90 differ from the median."""
        return self.low != self or self.high != self

    @property
    def text(self) -> str:
        """The date, or its range, for people."""
        return f"{self.low} to {self.high}" if self.is_range else self.isoformat()

    def __reduce__(self) -> tuple[Any, ...]:
        return (When.of, (date(self.year, self.month, self.day), self.low, self.high, self.origin))
