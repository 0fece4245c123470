"""Numbers and dates of a scenario: each knows its range, its source and its status, and is used like a plain one.

A field may be written as an amount (`200 MW`), a range (`9 to 12 BUSD`, P10 to P90; or `{p10:, p50:, p90:}`) or a
sourced value (`{value:, source:, as_of:, status:, note:}`, whose `value` may itself be a range).
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from gigacampus import units
from gigacampus.scenario.sourced import STATUSES, Origin, Status, UnreadableError, opened, sourced_schema
from gigacampus.scenario.values import Quantity, When

__all__ = ["STATUSES", "Origin", "Quantity", "Status", "UnreadableError", "When", "assumed", "quantity"]

WIDE = 3.0
"""Ranges whose ends lie further apart than this factor are taken as lognormal: their median is the geometric mean."""


def assumed(value: Any, source: str = "", *, status: Status = "assumption", as_of: str = "", note: str = "") -> Any:
    """A field's default, written as in a scenario, with its source.

    `lag: Span = assumed("30 days", "https://…")`; the inputs list it as a default with that source.
    """
    told = {"source": source, "as_of": as_of, "note": note}
    given = {key: text for key, text in told.items() if text}
    return Field(default={"value": value, "status": status, **given}, validate_default=True)


def _amount(raw: Any, canonical: str, shape: str) -> units.Amount:
    if isinstance(raw, (bool, dict, list)) or raw is None:
        kinds = {type(None): "nothing", bool: "true or false", dict: "a map", list: "a list"}
        raise UnreadableError("S103", f"expected an amount such as {shape}, found {kinds[type(raw)]}", f"write {shape}")
    if isinstance(raw, float) and not math.isfinite(raw):
        raise UnreadableError("S106", f"expected a finite number, found {raw!r}", f"write it like {shape}")
    try:
        return units.parse(repr(raw) if isinstance(raw, (int, float)) else str(raw), canonical)
    except units.UnitError as error:
        wanted = shape.partition(" ")[2]
        if error.number and wanted:
            message = f"{raw!r} has no unit; this key wants an amount in {canonical}"
            if not error.number[-1].isdigit():  # a scale goes with the plain unit: 4k W, not 4k MW
                wanted = " ".join([canonical, *(word for word in wanted.split() if word.lower() in units.BASES)])
            fix = f'write it with its unit, such as "{error.number} {wanted}"'
            raise UnreadableError("S104", message, fix) from None
        raise UnreadableError("S104", str(error), error.fix or f"write it like {shape}") from None


def _amounts(bare: Any, canonical: str, shape: str) -> tuple[units.Amount, units.Amount | None, units.Amount]:
    """P10, P50 (None where it is not stated) and P90."""
    if isinstance(bare, dict):
        mid = _amount(bare["p50"], canonical, shape) if "p50" in bare else None
        return _amount(bare["p10"], canonical, shape), mid, _amount(bare["p90"], canonical, shape)
    try:
        ends = units.parse_range(bare, canonical) if isinstance(bare, str) else None
    except units.UnitError as error:
        raise UnreadableError("S104", str(error), error.fix or f"write it like {shape}") from None
    if ends:
        return ends[0], None, ends[1]
    mid = _amount(bare, canonical, shape)
    return mid, mid, mid


def median(low: float, high: float) -> float:
    """The median of a range given by its P10 and P90: the mean of the ends, geometric where they lie far apart."""
    if low > 0.0 and high / low > WIDE:
        return math.sqrt(low) * math.sqrt(high)
    return (low + high) / 2.0


def _bounded(values: tuple[float, float, float], bare: Any, canonical: str, ge: float | None, le: float) -> None:
    low, value, high = values
    for one in values:
        if not math.isfinite(one):
            raise UnreadableError("S106", f"expected a finite number, found {bare!r}", "write a number")
        if ge is not None and one < ge:
            fix = "check the sign" if one < 0 else "write a larger amount, or check the unit"
            raise UnreadableError("S106", f"must be at least {units.human(ge, canonical)}, found {bare!r}", fix)
        if one > le:
            fix = "check the unit and the number of zeros"
            raise UnreadableError("S106", f"must be at most {units.human(le, canonical)}, found {bare!r}", fix)
    if low > high:
        raise UnreadableError("S109", f"a range runs from low to high, found {bare!r}", "swap its ends")
    if not low <= value <= high:
        raise UnreadableError("S109", f"p50 must lie between p10 and p90, found {bare!r}", "check the three", ("p50",))


def _based(found: str, basis: str, canonical: str, bare: Any, shape: str) -> None:
    written = bare if isinstance(bare, str) else shape.removesuffix(" IT")
    if basis == "required" and not found:
        message = f"a power needs its basis, one of {', '.join(units.BASES)}"
        raise UnreadableError("S105", message, f'write for example "{written} IT" or "{written} facility"')
    if basis == "none" and found and canonical == "W" and found != "it":
        raise UnreadableError("S105", f"this key is IT power, found a power at {found!r}", "give the IT power")


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
        bare, origin = opened(raw, shape)
        low, mid, high = _amounts(bare, canonical, shape)
        value = mid.value if mid else median(low.value, high.value)
        if whole and mid is None:
            value = min(max(float(round(value)), low.value), high.value)
        _bounded((low.value, value, high.value), bare, canonical, ge, le)
        if whole and mid is not None and value != int(value):
            raise UnreadableError("S106", f"must be a whole number, found {bare!r}", "round it")
        found = (mid or high).basis or high.basis or low.basis
        _based(found, basis, canonical, bare, shape)
        given = mid.given if mid else median(low.given, high.given)
        return Quantity(
            value, canonical, low=low.value, high=high.value, given=given, given_unit=(mid or high).unit,
            basis=found, origin=origin, raw=bare,
        )  # fmt: skip

    kind = "whole number" if whole else "amount"
    note = f"{kind} in {canonical}" if canonical != "one" else "a number or a percentage"
    schema: dict[str, Any] = {
        "anyOf": [
            {"type": "string", "examples": [shape]},
            sourced_schema(),
        ],
        "description": f"{note}, at most {units.human(le, canonical)}; a plain amount, a range or a sourced value",
        "x-unit": canonical,
        "x-maximum": le,
        "x-example": shape,
    }
    if canonical == "one":
        schema["anyOf"].insert(0, {"type": "number", "maximum": le} | ({} if ge is None else {"minimum": ge}))
    if ge is not None:
        schema["x-minimum"] = ge
    if whole:
        schema["x-whole"] = True
    if basis == "required":
        schema["x-basis"] = list(units.BASES)
    return Annotated[Quantity, BeforeValidator(read), WithJsonSchema(schema)]


_DAY = re.compile(r"^(\d{4})-(\d{2})(?:-(\d{2}))?$")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


def _day(raw: Any) -> date:
    if isinstance(raw, date):
        day = date(raw.year, raw.month, raw.day)
    else:
        match = _DAY.match(str(raw).strip())
        if not match or isinstance(raw, (bool, float)):
            raise UnreadableError(
                "S108", f"expected a date such as 2026-12-01 or 2026-12, found {raw!r}", "write YYYY-MM-DD"
            )
        try:
            day = date(int(match[1]), int(match[2]), int(match[3] or 1))
        except ValueError:
            raise UnreadableError("S108", f"{raw!r} is no day of the calendar", "check month and day") from None
    if not EARLIEST <= day <= LATEST:
        raise UnreadableError("S108", f"expected a date from {EARLIEST} to {LATEST}, found {raw!r}", "check the year")
    return day


def read_when(raw: Any) -> When:
    """A date, a range of dates, or a sourced one, as it stands in a scenario."""
    if isinstance(raw, When):
        return raw
    bare, origin = opened(raw, "2026-12-01")
    if isinstance(bare, dict):
        low, high = _day(bare["p10"]), _day(bare["p90"])
        day = _day(bare["p50"]) if "p50" in bare else low + (high - low) / 2
    elif isinstance(bare, str) and " to " in bare:
        low, high = (_day(part) for part in bare.split(" to ", 1))
        day = low + (high - low) / 2
    else:
        day = low = high = _day(bare)
    if not low <= day <= high:
        raise UnreadableError("S109", f"dates of a range run from early to late, found {bare!r}", "swap its ends")
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
        BeforeValidator(read_when),
        WithJsonSchema(
            {
                "description": "a date (2026-12-01 or 2026-12), a range (2026-10-01 to 2027-02-01) or a sourced value",
                "anyOf": [{"type": "string", "format": "date"}, {"type": "string"}, sourced_schema()],
                "x-unit": "date",
                "x-example": "2026-12-01",
            }
        ),
    ]
    ItPower = quantity("W", ge=1.0, le=1e12, example="200 MW")
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
