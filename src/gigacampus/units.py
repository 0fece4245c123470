"""Constants, the unit parser, and the closed list of suffixes that dimensional names end in.

Human units live at the two doors (scenario, report); inside, numbers are in the canonical unit of their
field and wear it as a suffix. Unit objects are not used: kernels could not carry them.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import NamedTuple

J_PER_KWH = 3.6e6
J_PER_MWH = 3.6e9
S_PER_HOUR = 3_600.0
S_PER_DAY = 86_400.0
S_PER_YEAR = 365.25 * S_PER_DAY
HOURS_PER_YEAR = 8_766.0
L_PER_M3 = 1_000.0

SUFFIXES = (
    "_w", "_kw", "_mw", "_j", "_kwh", "_mwh", "_s", "_h", "_d", "_degc", "_k", "_l", "_kg", "_gco2", "_usd",
    "_cents", "_fraction", "_index", "_id", "_pa", "_wm2", "_ms", "_deg", "_gb", "_gbps", "_tbps", "_tflops",
    "_m", "_m2", "_m3", "_h100e", "_a100e", "_gb300e", "_tpp",
    "_usd_per_kwh", "_usd_per_mwh", "_usd_per_w", "_usd_per_m3", "_usd_per_chip", "_usd_per_gpu_h",
    "_usd_per_h100e_h", "_kg_per_kwh", "_g_per_kwh", "_l_per_kwh", "_w_per_min", "_gpu_s", "_gpu_h", "_per_s",
    "_chip_s", "_per_year", "_h100e_h", "_mvar", "_rps", "_usd_per_year",
)  # fmt: skip
"""What a dimensional name may end in. Plural nouns (`chips`, `gpus`, `racks`) are counts and wear none."""


class Unit(NamedTuple):
    """A unit: its size in the base units of its dimension, and the powers of the base dimensions.

    Base dimensions: J (energy), s (time), usd (money), m (length), kg, K (a temperature difference), B (bytes),
    and the counts chip, op, h100e.
    """

    factor: float
    dimension: tuple[tuple[str, int], ...]


def _table() -> dict[str, Unit]:
    table: dict[str, Unit] = {}

    def add(names: str, factor: float, **dimension: int) -> None:
        for name in names.split():
            table[name] = Unit(factor, tuple(sorted(dimension.items())))

    for prefix, size in {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.items():
        add(f"{prefix}W", size, J=1, s=-1)
        add(f"{prefix}Wh", size * 3600.0, J=1)
        add(f"{prefix}J", size, J=1)
        add(f"{prefix}USD", size, usd=1)
        add(f"{prefix}B", size, B=1)
        add(f"{prefix}bit", size / 8.0, B=1)
    add("s sec second seconds", 1.0, s=1)
    add("ms", 1e-3, s=1)
    add("min minute minutes", 60.0, s=1)
    add("h hour hours", 3600.0, s=1)
    add("d day days", 86400.0, s=1)
    add("week weeks", 604800.0, s=1)
    add("month months", 365.25 * 86400.0 / 12.0, s=1)
    add("quarter quarters", 365.25 * 86400.0 / 4.0, s=1)
    add("year years yr a", 365.25 * 86400.0, s=1)
    add("USc cent cents", 0.01, usd=1)
    add("BUSD", 1e9, usd=1)
    add("K", 1.0, K=1)
    add("km", 1e3, m=1)
    add("m", 1.0, m=1)
    add("m2", 1.0, m=2)
    add("km2", 1e6, m=2)
    add("L l litre litres", 1e-3, m=3)
    add("m3", 1.0, m=3)
    add("g gCO2", 1e-3, kg=1)
    add("kg kgCO2", 1.0, kg=1)
    add("t tonne tonnes tCO2", 1e3, kg=1)
    add("chip chips GPU GPUs gpu gpus", 1.0, chip=1)
    add("A100e H100e GB300e TPP", 1.0, chip=1)
    add("rack racks node nodes hall halls", 1.0, rack=1)
    add("%", 0.01)
    add("one fraction", 1.0)
    return table


UNITS = _table()
_SCALES = {"k": 1e3, "M": 1e6, "bn": 1e9, "billion": 1e9, "million": 1e6, "thousand": 1e3, "trillion": 1e12}
NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:_\d+)*)?(?:(?<=\d)\.\d*|\.\d+|(?<=\d))(?:[eE][-+]?\d+)?"
_AMOUNT = re.compile(rf"^\s*(\$)?\s*({NUMBER})\s*(.*?)\s*$", re.DOTALL)
_RANGE = re.compile(rf"^\s*(\$?\s*{NUMBER}.*?)\s*(?:\bto\b|\.\.)\s*(\$?\s*{NUMBER}.*)$", re.DOTALL)
_MONTHS = {"month": 1, "months": 1, "quarter": 3, "quarters": 3, "year": 12, "years": 12, "yr": 12}
BASES = ("chip", "it", "facility", "poi")
"""Where a power is measured: at the chip, at the IT inlet, at the facility, at the point of interconnection."""


class UnitError(ValueError):
    """Text that is no amount of the wanted unit: what was expected and found, and a fix.

    `number` is the number, with its scale, where no unit stands after it.
    """

    def __init__(self, message: str, fix: str = "", number: str = "") -> None:
        super().__init__(message)
        self.fix, self.number = fix, number


class Amount(NamedTuple):
    """A parsed amount: `value` in the unit asked for, the unit as written, and the power basis where one stands."""

    value: float
    unit: str
    given: float
    basis: str


@lru_cache(maxsize=1024)
def unit(text: str) -> Unit:
    """The unit named by text such as `USc/kWh`, `$/MWh`, `MW/min` or `chips/year`; UnitError if unknown."""
    factor, powers = 1.0, dict[str, int]()
    for position, part in enumerate(text.replace("·", "*").replace("$", "USD").split("/")):
        sign = 1 if position == 0 else -1
        for name in part.split("*"):
            token = name.strip()
            if token not in UNITS:
                raise UnitError(f'unknown unit "{token}"', near_unit(token))
            one = UNITS[token]
            factor *= one.factor**sign
            for base, power in one.dimension:
                powers[base] = powers.get(base, 0) + sign * power
    return Unit(factor, tuple(sorted((base, power) for base, power in powers.items() if power)))


def near_unit(token: str) -> str:
    """`did you mean "MW"?` for `mw`; empty where no unit's name is near."""
    folded = {name.lower(): name for name in reversed(UNITS)}
    near = difflib.get_close_matches(token, UNITS, 1, 0.5) if token.lower() not in folded else [folded[token.lower()]]
    return f'did you mean "{near[0]}"?' if near else ""


def whole_months(amount: float, unit_name: str) -> int | None:
    """The calendar months in an amount that was written in months, quarters or years; None for others."""
    months = amount * _MONTHS.get(unit_name, 0)
    return int(months) if unit_name in _MONTHS and months == int(months) else None


class _Written(NamedTuple):
    """An amount taken apart: number and scale multiply; `unit` is a unit's name or empty."""

    digits: str
    number: float
    scale: float
    unit: str
    basis: str


def _taken_apart(text: str, is_plain: bool, example: str) -> _Written:
    match = _AMOUNT.match(text)
    if not match:
        raise UnitError(f'"{text}" is no amount', f'write a number and a unit, such as "1 {example}"')
    dollar, digits, rest = match.groups()
    if rest[:1] in {",", "."}:
        raise UnitError(f'"{text}" is no number', "a point marks decimals, commas groups of three digits: 1,400.5")
    number = float(digits.replace(",", "").replace("_", ""))
    words = rest.replace(" / ", "/").replace("/ ", "/").replace(" /", "/").replace(" per ", "/").split()
    basis = ""
    if len(words) > 1 and words[-1].lower() in BASES:
        basis, words = words[-1].lower(), words[:-1]
    scale = 1.0
    if words and words[0] in _SCALES and (len(words) > 1 or dollar or is_plain):
        scale, words = _SCALES[words[0]], words[1:]
    elif words and dollar and "/" in words[0] and words[0].split("/")[0] in _SCALES:
        head, tail = words[0].split("/", 1)
        scale, words = _SCALES[head], [f"/{tail}"]
    name = " ".join(words)
    if dollar:
        name = f"USD/{name.removeprefix('/')}" if name else "USD"
    return _Written(digits, number, scale, name, basis)


@lru_cache(maxsize=4096)
def parse(text: str, canonical: str) -> Amount:
    """Read `1.2 GW`, `200 MW IT`, `98 %`, `$4.2 bn`, `35 $/MWh`, `500k chips/year` as an amount of the canonical unit.

    Raises UnitError where the text is no number, has no unit, or its unit is of another dimension.
    """
    want = unit(canonical)
    written = _taken_apart(text, not want.dimension, canonical)
    given = written.number * written.scale
    head = written.unit.split("/")[0]
    if want.dimension and (written.unit == "" or head in _SCALES):
        number = f"{written.digits} {head}" if len(head) > 2 else written.digits + head
        raise UnitError(f'"{text}" has no unit', f'write it with one, such as "{number} {canonical}"', number)
    if written.unit == "":
        return Amount(given, "", given, written.basis)
    found = unit(written.unit)
    if found.dimension != want.dimension:
        raise UnitError(f'"{written.unit}" is no unit of what this wants', f'give it in "{canonical}" or a multiple')
    return Amount(_times(given, found.factor / want.factor), written.unit, given, written.basis)


def _times(given: float, ratio: float) -> float:
    """The product, by division where the ratio is a whole one's inverse: 70 % is 0.7, not 0.7000000000000001."""
    inverse = 1.0 / ratio
    is_whole = ratio < 1.0 and inverse < 1e12 and abs(inverse - round(inverse)) < 1e-12 * inverse
    return given / round(inverse) if is_whole else given * ratio


@lru_cache(maxsize=4096)
def parse_range(text: str, canonical: str) -> tuple[Amount, Amount] | None:
    """Read `9 to 12 BUSD` or `180 MW to 0.2 GW IT` as its two ends; None where text is no range.

    A first end without a unit takes the unit (and the scale, where it has none either) of the second.
    """
    match = _RANGE.match(text)
    if not match:
        return None
    low_text, high_text = match.groups()
    high = parse(high_text, canonical)
    rest = _AMOUNT.match(low_text).group(3)  # type: ignore[union-attr]
    tail = _AMOUNT.match(high_text).group(3)  # type: ignore[union-attr]
    words = tail.split()
    if rest in _SCALES and words and words[0] in _SCALES:
        tail = " ".join(words[1:])
    is_bare = rest == "" or rest in _SCALES
    low = parse(f"{low_text} {tail}" if is_bare else low_text, canonical)
    return low._replace(basis=low.basis or high.basis), high


def human(value: float, canonical: str, digits: int = 4) -> str:
    """A number in its canonical unit as text with a fitting prefix: 2e8 W is `200 MW`."""
    ladders = {
        "W": [(1e9, "GW"), (1e6, "MW"), (1e3, "kW"), (1.0, "W")],
        "J": [(3.6e15, "TWh"), (3.6e12, "GWh"), (3.6e9, "MWh"), (3.6e6, "kWh"), (1.0, "J")],
        "USD": [(1e9, "BUSD"), (1e6, "MUSD"), (1e3, "kUSD"), (1.0, "USD")],
        "s": [(86400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s")],
    }
    for size, name in ladders.get(canonical, []):
        if abs(value) >= size:
            return f"{value / size:,.{digits}g} {name}"
    if canonical in {"one", ""}:
        return f"{value:,.{digits}g}"
    text = f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:,.{digits}g}"
    return f"{text} {canonical}"
