"""Numbers and dates of a scenario: each knows its range, its source and its status, and is used like a plain one.

A field may be written as an amount (`200 MW`), a range (`9 to 12 BUSD`, P10 to P90; or `{p10:, p50:, p90:}`) or a
sourced value (`{value:, source:, as_of:, status:, note:}`, whose `value` may itself be a range).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, WithJsonSchema

from gigacampus import units

Status = Literal["official", "reported", "estimate", "opinion", "alleged", "assumption"]
STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a URL, `derived:` with its formula, or `article`; and what kind of statement it is."""

    source: str = ""
    as_of: str = ""
    status: str = "assumption"
    note: str = ""


class Quantity(float):
    """A float in its field's canonical unit (the median), with P10, P90, unit, basis and origin beside it."""

    __slots__ = ("basis", "canonical", "given", "given_unit", "high", "low", "origin")

    low: float
    high: float
    canonical: str
    given: float
    given_unit: str
    basis: str
    origin: Origin

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
    ) -> Quantity:
        """`value` is the median in `canonical`; `low` and `high` default to it (no range)."""
        made = super().__new__(cls, value)
        made.low = float(value if low is None else low)
        made.high = float(value if high is None else high)
        made.canonical = canonical
        made.given = float(value if given is None else given)
        made.given_unit = given_unit or canonical
        made.basis = basis
        made.origin = origin or Origin()
        return made

    @property
    def is_range(self) -> bool:
        """Whether P10 and P90 differ from the median."""
        return self.low != float(self) or self.high != float(self)

    def at(self, value: float) -> Quantity:
        """The same quantity taking another value, without a range: a drawn sample or an operation's result."""
        scale = value / float(self) if self else 1.0
        return Quantity(
            value, self.canonical, given=self.given * scale, given_unit=self.given_unit, basis=self.basis,
            origin=self.origin,
        )  # fmt: skip

    @property
    def months(self) -> int | None:
        """Whole calendar months where the amount was written in months or years, else None."""
        per = {"month": 1, "months": 1, "year": 12, "years": 12, "quarter": 3, "quarters": 3}
        if self.given_unit in per and float(self.given * per[self.given_unit]).is_integer():
            return int(self.given * per[self.given_unit])
        return None

    def __repr__(self) -> str:
        return f"Quantity({units.human(float(self), self.canonical)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (float(self), self.canonical, self.low, self.high, self.given, self.given_unit, self.basis, self.origin))


def _rebuild(value: float, canonical: str, low: float, high: float, given: float, given_unit: str, basis: str, origin: Origin) -> Quantity:
    return Quantity(value, canonical, low=low, high=high, given=given, given_unit=given_unit, basis=basis, origin=origin)


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

    def __reduce__(self) -> tuple[Any, ...]:
        return (When.of, (date(self.year, self.month, self.day), self.low, self.high, self.origin))


_SOURCED = {"value", "p10", "p50", "p90", "source", "as_of", "status", "note"}


def _open(raw: Any, shape: str) -> tuple[Any, Origin]:
    """Split a sourced value into the bare value and its origin."""
    if not isinstance(raw, dict):
        return raw, Origin()
    unknown = set(raw) - _SOURCED
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r} in a sourced value; known: {', '.join(sorted(_SOURCED))}")
    status = str(raw.get("status", "assumption"))
    if status not in STATUSES:
        raise ValueError(f"status {status!r} is none of {', '.join(STATUSES)}")
    origin = Origin(str(raw.get("source", "")), str(raw.get("as_of", "")), status, str(raw.get("note", "")))
    if "value" in raw:
        return raw["value"], origin
    if {"p10", "p90"} <= set(raw):
        return {key: raw[key] for key in ("p10", "p50", "p90") if key in raw}, origin
    raise ValueError(f"a sourced value needs `value:` (such as {shape}) or `p10:` and `p90:`")


def _amount(raw: Any, canonical: str) -> units.Amount:
    if isinstance(raw, bool) or raw is None:
        raise ValueError(f"expected an amount such as 1 {canonical}, found {raw!r}")
    if isinstance(raw, (int, float)):
        raw = repr(raw)
    return units.parse(str(raw), canonical)


def quantity(
    canonical: str,
    *,
    ge: float | None = 0.0,
    le: float,
    basis: Literal["none", "required"] = "none",
    whole: bool = False,
    example: str = "",
) -> Any:
    """The type of a numeric field: read in any unit of the dimension, kept as a `Quantity` in `canonical`.

    `le` is the field's stated upper bound, in the canonical unit. `basis="required"` demands `200 MW IT` and the like.
    """
    shape = example or (f"1 {canonical}" if canonical != "one" else "0.5")

    def read(raw: Any) -> Quantity:
        if isinstance(raw, Quantity):
            return raw
        bare, origin = _open(raw, shape)
        if isinstance(bare, dict):
            low, high = _amount(bare["p10"], canonical), _amount(bare["p90"], canonical)
            mid = _amount(bare["p50"], canonical) if "p50" in bare else None
        else:
            ends = units.parse_range(bare, canonical) if isinstance(bare, str) else None
            mid = None if ends else _amount(bare, canonical)
            low, high = ends or (mid, mid)  # type: ignore[assignment]
        if low.value > high.value:
            raise ValueError(f"a range runs from low to high; found {bare!r}")
        value = mid.value if mid else (low.value + high.value) / 2.0
        given = mid.given if mid else (low.given + high.given) / 2.0
        for one in (low.value, value, high.value):
            if one != one or one in (float("inf"), float("-inf")):
                raise ValueError(f"expected a finite number, found {bare!r}")
            if ge is not None and one < ge:
                raise ValueError(f"must be at least {units.human(ge, canonical)}, found {bare!r}")
            if one > le:
                raise ValueError(f"must be at most {units.human(le, canonical)}, found {bare!r}")
        if not low.value <= value <= high.value:
            raise ValueError(f"p50 must lie between p10 and p90; found {bare!r}")
        if whole and value != int(value) and not low.value < high.value:
            raise ValueError(f"must be a whole number, found {bare!r}")
        found_basis = (mid or high).basis
        if basis == "required" and not found_basis:
            raise ValueError(
                f"a power needs its basis: write for example \"{bare} IT\" (one of {', '.join(units.BASES)})"
            )
        if basis == "none" and found_basis and canonical == "W":
            raise ValueError(f"this key already names the basis; drop {found_basis!r}")
        return Quantity(
            value, canonical, low=low.value, high=high.value, given=given, given_unit=(mid or high).unit,
            basis=found_basis, origin=origin,
        )  # fmt: skip

    note = f"{'whole number' if whole else 'amount'} in {canonical}" if canonical != "one" else "a number or a percentage"
    schema = {
        "description": f"{note}, at most {units.human(le, canonical)}; a plain amount, a range or a sourced value",
        "anyOf": [
            {"type": "string", "examples": [shape]},
            {"type": "number", **({"minimum": ge} if ge is not None else {}), "maximum": le}
            if canonical == "one" else {"type": "string", "pattern": "^.+ to .+$"},
            _sourced_schema(),
        ],
        "x-unit": canonical,
        "x-maximum": le,
    }  # fmt: skip
    return Annotated[Quantity, BeforeValidator(read), WithJsonSchema(schema)]


def _sourced_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "value": {"description": "the amount, or a range"},
            "p10": {"description": "one in ten values lies below"},
            "p50": {"description": "the median"},
            "p90": {"description": "one in ten values lies above"},
            "source": {"type": "string", "description": "a URL, `derived:` with its formula, or `article`"},
            "as_of": {"type": "string", "description": "the date of the statement"},
            "status": {"enum": list(STATUSES), "description": "what kind of statement it is"},
            "note": {"type": "string", "description": "what to know about it"},
        },
    }


_DAY = re.compile(r"^(\d{4})-(\d{2})(?:-(\d{2}))?$")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


def _day(raw: Any) -> date:
    if isinstance(raw, date):
        day = date(raw.year, raw.month, raw.day)
    else:
        match = _DAY.match(str(raw).strip())
        if not match:
            raise ValueError(f"expected a date such as 2026-12-01 or 2026-12, found {raw!r}")
        try:
            day = date(int(match[1]), int(match[2]), int(match[3] or 1))
        except ValueError:
            raise ValueError(f"{raw!r} is no day of the calendar") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"expected a date from {EARLIEST} to {LATEST}, found {raw!r}")
    return day


def _when(raw: Any) -> When:
    if isinstance(raw, When):
        return raw
    bare, origin = _open(raw, "2026-12-01")
    if isinstance(bare, dict):
        low, high = _day(bare["p10"]), _day(bare["p90"])
        day = _day(bare["p50"]) if "p50" in bare else low + (high - low) / 2
    elif isinstance(bare, str) and " to " in bare:
        low, high = (_day(part) for part in bare.split(" to ", 1))
        day = low + (high - low) / 2
    else:
        day = low = high = _day(bare)
    if not low <= day <= high:
        raise ValueError(f"dates of a range run from early to late; found {bare!r}")
    return When.of(day, low, high, origin)


# The types that sections share. Bounds are generous: they catch slipped units, not ambition.
if TYPE_CHECKING:
    Moment = When
    ItPower = Quantity
    BasedPower = Quantity
    Energy = Quantity
    Share = Quantity
    Factor = Quantity
    Span = Quantity
    Chips = Quantity
    ChipRate = Quantity
    Racks = Quantity
    RackRate = Quantity
    Money = Quantity
    EnergyPrice = Quantity
    Carbon = Quantity
    WaterPrice = Quantity
else:
    Moment = Annotated[
        When,
        BeforeValidator(_when),
        WithJsonSchema(
            {
                "description": "a date (2026-12-01 or 2026-12), a range (2026-10-01 to 2027-02-01) or a sourced value",
                "anyOf": [{"type": "string", "format": "date"}, {"type": "string"}, _sourced_schema()],
            }
        ),
    ]
    ItPower = quantity("W", le=1e12, example="200 MW")
    BasedPower = quantity("W", le=1e12, basis="required", example="200 MW IT")
    Energy = quantity("J", le=3.6e18, example="19 GWh")
    Share = quantity("one", le=1.0, example="20 %")
    Factor = quantity("one", le=1e6, example="1.2")
    Span = quantity("s", le=100 * units.S_PER_YEAR, example="30 days")
    Chips = quantity("chips", le=1e9, whole=True, example="35k chips")
    ChipRate = quantity("chips/year", le=1e9, example="500k chips/year")
    Racks = quantity("racks", le=1e8, whole=True, example="1,400 racks")
    RackRate = quantity("racks/day", le=1e6, example="12 racks/day")
    Money = quantity("USD", le=1e14, example="7.58 BUSD")
    EnergyPrice = quantity("USD/kWh", ge=-10.0, le=100.0, example="5.5 USc/kWh")
    Carbon = quantity("kg/kWh", le=10.0, example="490 g/kWh")
    WaterPrice = quantity("USD/m3", le=1e4, example="1.2 USD/m3")
