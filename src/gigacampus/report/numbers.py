"""Numbers as people read them: thousands apart, three or four figures, a fitting prefix."""

from __future__ import annotations

import math

from gigacampus.units import J_PER_KWH

Number = float | int | None
NONE = "–"
GLUE = "\u00a0"
"""Between a number and its unit: a line never breaks there."""


class Shown(str):
    """A number as text, with the number itself beside it: in a table, in the unit of the column's head."""

    value: float

    def __new__(cls, text: str, value: float) -> Shown:
        """The text, and the number that it shows."""
        made = super().__new__(cls, text)
        made.value = float(value)
        return made


def missing(value: Number) -> bool:
    """Whether there is no number to show."""
    return value is None or not math.isfinite(value)


def count(value: Number) -> str:
    """A count: 72,000."""
    return NONE if value is None or missing(value) else Shown(_minus(f"{round(value):,}"), value)


def _minus(text: str) -> str:
    """A true minus sign, as wide as the plus."""
    return text.replace("-", "−")


def figure(value: Number, digits: int = 3) -> str:
    """A number with so many significant digits, never in powers of ten."""
    if value is None or missing(value):
        return NONE
    if value == 0:
        return Shown("0", 0.0)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return Shown(_minus(f"{rounded:,.{max(0, places)}f}"), value)


def prefix(largest: float) -> tuple[float, str]:
    """What to divide an axis by so that its numbers stay short, and the word for it with a space behind."""
    for size, word in ((1e9, "billion "), (1e6, "million "), (1e3, "thousand ")):
        if largest >= size:
            return size, word
    return 1.0, ""


def signed(value: Number, digits: int = 3) -> str:
    """A number with its sign, plus too."""
    text = figure(value, digits)
    return Shown(f"+{text}", value) if value is not None and not missing(value) and value > 0 else text


def _scaled(value: Number, steps: tuple[tuple[float, str], ...], digits: int) -> str:
    if value is None or missing(value):
        return NONE
    for size, name in steps:
        if abs(value) >= size:
            return f"{figure(value / size, digits)}{GLUE}{name}"
    size, name = steps[-1]
    return f"{figure(value / size, digits)}{GLUE}{name}"


def power(value_w: Number, digits: int = 3) -> str:
    """Watts as GW, MW, kW or W."""
    return _scaled(value_w, ((1e9, "GW"), (1e6, "MW"), (1e3, "kW"), (1.0, "W")), digits)


def energy(value_j: Number, digits: int = 3) -> str:
    """Joules as TWh, GWh, MWh or kWh."""
    steps = ((1e9, "TWh"), (1e6, "GWh"), (1e3, "MWh"), (1.0, "kWh"))
    return _scaled(None if value_j is None else value_j / J_PER_KWH, steps, digits)


def money(value_usd: Number, digits: int = 3) -> str:
    """Dollars: $3.94 billion, $12,300, $4.45."""
    if value_usd is None or missing(value_usd):
        return NONE
    sign = "−" if value_usd < 0 else ""
    size = abs(value_usd)
    if size >= 1e6:
        return f"{sign}${_scaled(size, ((1e12, 'trillion'), (1e9, 'billion'), (1e6, 'million')), digits)}"
    return f"{sign}${figure(size, digits) if size < 1e3 else count(size)}"


def mass(value_kg: Number, digits: int = 3) -> str:
    """Kilograms as Mt, kt, t or kg."""
    return _scaled(value_kg, ((1e9, "Mt"), (1e6, "kt"), (1e3, "t"), (1.0, "kg")), digits)


def volume(value_l: Number, digits: int = 3) -> str:
    """Litres as millions of m3, m3 or L."""
    return _scaled(value_l, ((1e9, "million m³"), (1e3, "m³"), (1.0, "L")), digits)


def span(value_s: Number) -> str:
    """Seconds as days, hours, minutes or seconds."""
    return _scaled(value_s, ((86_400.0, "days"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")), 3)


def percent(value: Number, digits: int = 3) -> str:
    """A fraction as a percentage."""
    if value is None or missing(value):
        return NONE
    return Shown(f"{figure(100 * value, digits)}{GLUE}%", 100 * value)


def large(value: Number, unit: str = "", digits: int = 3) -> str:
    """A large count with words: 2.12 billion GPU h."""
    if value is None or missing(value):
        return NONE
    text = (
        count(value)
        if abs(value) < 1e6
        else _scaled(value, ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")), digits)
    )
    return f"{text}{GLUE}{unit}" if unit else Shown(text, value)
