"""Chips, A100e, H100e, GB300e and TPP: one into another, always by a named basis.

A unit is TPP, a chip of the catalog (`GB300`), or a chip's equivalent (`GB300e`: as much as one GB300 by the basis).
Without a basis the answer is the range over all bases and sources; arithmetic without one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from gigacampus.catalog.chip import Chip, chips, names, plain
from gigacampus.errors import Fault, UsageError

BASES: dict[str, str] = {
    "dense-8bit": "dense 8-bit operations a second: the higher of FP8 and INT8",
    "dense-16bit": "dense FP16/BF16 operations a second",
    "tpp-8bit": "total processing performance at 8 bit: 8 x dense 8-bit rate",
    "tpp-max": "total processing performance, bit length x dense rate, highest over the formats",
}
"""The bases by name, with what each counts."""
_KEYS = {"dense-16bit": "fp16_dense_tflops", "tpp-max": "tpp_max"}
TPP_BASES = ("tpp-8bit", "tpp-max")


def unit_chip(unit: str) -> str:
    """The catalog id behind a unit: `GB300e`, `GB300` and `gb300 nvl72` give GB300; empty for TPP and bare chips.

    Raises UsageError where the catalog has no such chip.
    """
    if unit in {"TPP", "chips"}:
        return ""
    known = names()
    for name in (plain(unit), plain(unit).removesuffix("e")):
        if name in known:
            return known[name]
    raise UsageError(
        Fault(
            "K003",
            f'"{unit}" is no unit of compute',
            fix="write TPP, a chip such as GB300, or its equivalent such as GB300e",
        )
    )


def rates(chip: Chip, basis: str) -> tuple[tuple[float, str], ...]:
    """What one chip counts by a basis, from every source: (value, source), the default first; empty where unknown."""
    check(basis)
    if basis in _KEYS:
        found = tuple((figure.value, figure.source) for figure in chip.all_of(_KEYS[basis]))
        if not found and basis == "tpp-max" and chip.tpp_max == chip.tpp_max:
            return ((chip.tpp_max, "derived: bit length x dense rate, highest over the formats"),)
        return found
    bits = 8.0 if basis == "tpp-8bit" else 1.0
    by_fp8 = chip.fp8_dense_tflops == chip.dense_8bit_tops
    figures = chip.all_of("fp8_dense_tflops" if by_fp8 else "int8_dense_tops")
    return tuple((bits * figure.value, figure.source) for figure in figures)


def check(basis: str) -> None:
    """Raise UsageError where the basis is none of `BASES`."""
    if "int8" in basis.lower():
        fix = "use dense-8bit: Blackwell Ultra runs INT8 at a thirtieth of its FP8 rate, which makes GB300 look tiny"
        raise UsageError(Fault("K004", f'"{basis}" is no basis', fix=fix))
    if basis not in BASES:
        raise UsageError(Fault("K004", f'no basis "{basis}"', fix=f"one of {', '.join(BASES)}"))


def _weights(unit: str, basis: str) -> tuple[float, ...]:
    if unit == "TPP":
        return (1.0,) if basis in TPP_BASES else ()
    return tuple(value for value, _ in rates(chips()[unit_chip(unit)], basis))


def ratio(unit: str, other: str, basis: str) -> float:
    """How many of `other` one `unit` is by a basis, from the catalog's default figures.

    Units of the same chip (`GB300` and `GB300e`, or the same unit twice) need no basis: the answer is 1.
    Raises UsageError where the basis does not cover both units.
    """
    if unit == other or (unit_chip(unit) and unit_chip(unit) == unit_chip(other)):
        return 1.0
    if "chips" in (unit, other):
        raise UsageError(
            Fault(
                "K005",
                f'"chips" names no model, so it cannot be turned into {other if unit == "chips" else unit}',
                fix="name the chip, such as GB300",
            )
        )
    if not basis:
        raise UsageError(
            Fault(
                "K006",
                f"{unit} and {other} cannot be put together without a basis",
                fix=f"name one: {', '.join(BASES)}",
            )
        )
    check(basis)
    top, bottom = _weights(unit, basis), _weights(other, basis)
    if not top or not bottom:
        lacking = unit if not top else other
        raise UsageError(
            Fault(
                "K007",
                f"the catalog has no {basis} figure for {lacking}",
                fix=f"try {', '.join(b for b in BASES if b != basis)}",
            )
        )
    return top[0] / bottom[0]


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in another unit: by each basis a low and a high over the sources, and the range over all."""

    value: float
    unit: str
    other: str
    by_basis: dict[str, tuple[float, float]]

    @property
    def low(self) -> float:
        """The least over all bases and sources."""
        return min(low for low, _ in self.by_basis.values())

    @property
    def high(self) -> float:
        """The most over all bases and sources."""
        return max(high for _, high in self.by_basis.values())


def convert(value: float, unit: str, other: str, basis: str = "") -> Converted:
    """An amount in another unit, by one basis or by every basis that covers both.

    Raises UsageError for an unknown unit or basis, or where no basis covers both units.
    """
    if basis:
        check(basis)
    if unit == other or (unit_chip(unit) and unit_chip(unit) == unit_chip(other)):
        return Converted(value, unit, other, dict.fromkeys([basis] if basis else BASES, (value, value)))
    if "chips" in (unit, other):
        ratio(unit, other, basis)
    found: dict[str, tuple[float, float]] = {}
    for name in [basis] if basis else BASES:
        top, bottom = _weights(unit, name), _weights(other, name)
        if top and bottom:
            found[name] = (value * min(top) / max(bottom), value * max(top) / min(bottom))
    if not found:
        by = f" by {basis}" if basis else ""
        fix = f"bases are {', '.join(BASES)}; TPP needs {' or '.join(TPP_BASES)}"
        raise UsageError(Fault("K007", f"the catalog has no figure that covers both {unit} and {other}{by}", fix=fix))
    return Converted(value, unit, other, found)


@dataclass(frozen=True, slots=True)
class ChipAmount:
    """So much of a unit. Amounts of one unit add up; for any other sum, say `a + b.to(a.unit, basis)`."""

    value: float
    unit: str

    def to(self, unit: str, basis: str) -> ChipAmount:
        """The amount in another unit by a basis, from the catalog's default figures."""
        return ChipAmount(self.value * ratio(self.unit, unit, basis), unit)

    def __add__(self, other: ChipAmount) -> ChipAmount:
        return ChipAmount(self.value + other.value * ratio(other.unit, self.unit, ""), self.unit)

    def __sub__(self, other: ChipAmount) -> ChipAmount:
        return ChipAmount(self.value - other.value * ratio(other.unit, self.unit, ""), self.unit)

    def __lt__(self, other: ChipAmount) -> bool:
        return self.value < other.value * ratio(other.unit, self.unit, "")
