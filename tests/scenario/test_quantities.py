"""The unit parser against a table, its round trips, and what a quantity knows."""

from __future__ import annotations

import contextlib
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter

from gigacampus import units
from gigacampus.scenario.quantity import BasedPower, EnergyPrice, Moment, Money, Quantity, Share, Span, median

TABLE = [
    ("1.2 GW", "W", 1.2e9, ""),
    ("200 MW IT", "W", 2e8, "it"),
    ("200MW facility", "W", 2e8, "facility"),
    ("140 kW poi", "W", 1.4e5, "poi"),
    ("98 %", "one", 0.98, ""),
    ("98%", "one", 0.98, ""),
    (".5", "one", 0.5, ""),
    ("5.", "one", 5.0, ""),
    ("-3", "one", -3.0, ""),
    ("+1e3", "one", 1000.0, ""),
    ("4k", "one", 4000.0, ""),
    ("$4.2 bn", "USD", 4.2e9, ""),
    ("4.2 bn USD", "USD", 4.2e9, ""),
    ("$4.2bn", "USD", 4.2e9, ""),
    ("7.58 BUSD", "USD", 7.58e9, ""),
    ("$1.4 trillion", "USD", 1.4e12, ""),
    ("3 million USD", "USD", 3e6, ""),
    ("50k USD", "USD", 5e4, ""),
    ("35 $/MWh", "USD/kWh", 0.035, ""),
    ("$35/MWh", "USD/kWh", 0.035, ""),
    ("35 USD per MWh", "USD/kWh", 0.035, ""),
    ("5.5 USc/kWh", "USD/kWh", 0.055, ""),
    ("-2 USc / kWh", "USD/kWh", -0.02, ""),
    ("500k chips/year", "chips/year", 5e5, ""),
    ("500,000 chips per year", "chips/year", 5e5, ""),
    ("1_400 racks", "racks", 1400.0, ""),
    ("12 racks/day", "racks/day", 12.0, ""),
    ("84 racks/week", "racks/day", 12.0, ""),
    ("30 days", "s", 30 * 86400.0, ""),
    ("6 months", "s", 365.25 * 86400.0 / 2.0, ""),
    ("15 min", "s", 900.0, ""),
    ("490 g/kWh", "kg/kWh", 0.49, ""),
    ("490 kg/MWh", "kg/kWh", 0.49, ""),
    ("19 GWh", "J", 19e9 * 3600.0, ""),
    ("100 MW/min", "W/min", 1e8, ""),
    ("120 USD/kW/month", "USD/W/year", 1.44, ""),
    ("1.2 USD/m3", "USD/m3", 1.2, ""),
    ("1.2 USD/kL", "USD/m3", None, ""),
]


@pytest.mark.parametrize(("text", "canonical", "value", "basis"), TABLE)
def test_table_of_amounts(text: str, canonical: str, value: float | None, basis: str) -> None:
    if value is None:
        with pytest.raises(units.UnitError):
            units.parse(text, canonical)
        return
    found = units.parse(text, canonical)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.basis == basis


@pytest.mark.parametrize(
    ("text", "canonical", "low", "high"),
    [
        ("9 to 12 BUSD", "USD", 9e9, 12e9),
        ("$9 to $12 bn", "USD", 9e9, 12e9),
        ("9 BUSD to 12 BUSD", "USD", 9e9, 12e9),
        ("900 MUSD to 1.2 BUSD", "USD", 9e8, 1.2e9),
        ("10 to 20 %", "one", 0.1, 0.2),
        ("0.1 to 0.2", "one", 0.1, 0.2),
        ("180 to 220 MW IT", "W", 1.8e8, 2.2e8),
        ("180 MW to 0.22 GW IT", "W", 1.8e8, 2.2e8),
        ("500k to 600k chips/year", "chips/year", 5e5, 6e5),
        ("5..7 USc/kWh", "USD/kWh", 0.05, 0.07),
        ("-2 to 3 USc/kWh", "USD/kWh", -0.02, 0.03),
    ],
)
def test_table_of_ranges(text: str, canonical: str, low: float, high: float) -> None:
    found = units.parse_range(text, canonical)
    assert found is not None
    assert (found[0].value, found[1].value) == pytest.approx((low, high), rel=1e-12)
    assert found[0].basis == found[1].basis


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "-",
        ".",
        "1.2.3 W",
        "1,2 W",
        "12,34 W",
        "1 2 W",
        "W",
        "1 W W",
        "1 W/",
        "1 /W",
        "--1 W",
        "1e W",
        "5 W it it",
    ],
)
def test_what_is_no_power(text: str) -> None:
    with pytest.raises(units.UnitError):
        units.parse(text, "W")


numbers = st.floats(-1e12, 1e12, allow_nan=False).map(lambda one: float(f"{one:.9g}"))
POWERS = [name for name, one in units.UNITS.items() if one.dimension == units.unit("W").dimension]


@given(numbers, st.sampled_from(POWERS), st.sampled_from(["", *units.BASES]))
def test_an_amount_reads_back(number: float, unit: str, basis: str) -> None:
    found = units.parse(f"{number!r} {unit} {basis}", unit)
    assert found.value == number
    assert found.basis == basis


@given(numbers, st.sampled_from(sorted(units.UNITS)), st.sampled_from(sorted(units.UNITS)))
def test_there_and_back_again(number: float, one: str, other: str) -> None:
    if units.UNITS[one].dimension != units.UNITS[other].dimension:
        with pytest.raises(units.UnitError):
            units.parse(f"{number!r} {one}", other)
        return
    there = units.parse(f"{number!r} {one}", other).value
    assert units.parse(f"{there!r} {other}", one).value == pytest.approx(number, rel=1e-12)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_unit_error(text: str) -> None:
    for canonical in ("W", "one", "USD/kWh"):
        for parser in (units.parse_range, units.parse):
            with contextlib.suppress(units.UnitError):
                parser(text, canonical)


@given(st.floats(1e-3, 1e15), st.sampled_from(["W", "J", "USD", "s", "one", "chips"]))
def test_human_text_is_near(value: float, canonical: str) -> None:
    assert units.parse(units.human(value, canonical), canonical).value == pytest.approx(value, rel=6e-4, abs=0.51)


def read(kind: Any, raw: Any) -> Any:
    return TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(raw)


def test_a_quantity_is_a_float_that_knows_more() -> None:
    found = read(Money, {"value": "9 to 12 BUSD", "source": "https://x.y", "as_of": "2026-01", "status": "reported"})
    assert found == 10.5e9
    assert (found.low, found.high, found.is_range) == (9e9, 12e9, True)
    assert found.origin.status == "reported"
    assert read(Money, found) is found
    again = pickle.loads(pickle.dumps(found))
    assert (again, again.low, again.high, again.origin, again.raw) == (found, 9e9, 12e9, found.origin, found.raw)


def test_wide_ranges_have_a_geometric_median() -> None:
    assert read(Money, "1 to 9 BUSD") == pytest.approx(3e9)
    assert read(Money, "1 to 2 BUSD") == pytest.approx(1.5e9)
    assert read(Money, {"p10": "1 BUSD", "p50": "5 BUSD", "p90": "9 BUSD"}) == 5e9
    assert read(EnergyPrice, "-1 to 9 USc/kWh") == pytest.approx(0.04)


@given(st.floats(0.0, 1e12), st.floats(0.0, 1e12))
def test_the_median_lies_between(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert low <= median(low, high) * (1 + 1e-12)
    assert median(low, high) <= high * (1 + 1e-12)


def test_months_survive_calendars() -> None:
    assert read(Span, "6 months").months == 6
    assert read(Span, "2 quarters").months == 6
    assert read(Span, "1 year").months == 12
    assert read(Span, "30 days").months is None


def test_bases() -> None:
    assert read(BasedPower, "200 MW IT").basis == "it"
    assert read(BasedPower, "180 to 200 MW poi").basis == "poi"
    assert read(BasedPower, {"p10": "180 MW IT", "p90": "200 MW IT"}).basis == "it"


def test_dates() -> None:
    found = read(Moment, {"value": "2026-01-01 to 2026-01-31", "source": "x"})
    assert str(found) == "2026-01-16"
    assert (str(found.low), str(found.high)) == ("2026-01-01", "2026-01-31")
    assert str(read(Moment, "2026-02")) == "2026-02-01"
    assert pickle.loads(pickle.dumps(found)).high == found.high


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_share_keeps_its_bounds(value: float, other: float) -> None:
    assert read(Share, value) == value
    drawn = read(Share, value).at(other)
    assert isinstance(drawn, Quantity)
    assert drawn == other
    assert not drawn.is_range
    assert math.isfinite(drawn.given)
