"""What is asked: a fleet such as `50400 GB200 + 18000 GB300`, or a power such as `200 MW`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from gigacampus import units
from gigacampus.buildout.sizing.inputs import inputs_of, rack_of, spread_of
from gigacampus.buildout.sizing.plant import facility_ratio
from gigacampus.catalog import unit_chip
from gigacampus.errors import Fault, UsageError

_PART = re.compile(r"^\s*(\d[\d,_]*(?:\.\d+)?)\s*([kM]?)\s+(\S.*?)\s*$|^\s*(\d[\d,_]*(?:\.\d+)?)([kM])\s*(\S.*?)\s*$")
_BETWEEN = re.compile(r"\+|;|,\s+|\s+and\s+")
"""What parts a fleet; a comma within a number has no space after it."""
_MOST = 10**9


class Fleet(NamedTuple):
    """Chips by model, in the order in which they were named."""

    chips: dict[str, int]

    @property
    def racks(self) -> dict[str, int]:
        """Racks by chip model, the last one filled in part."""
        return {chip: -(-count // rack_of(chip).chips) for chip, count in self.chips.items()}


def parse_fleet(text: str) -> Fleet:
    """Read `50400 GB200 + 18000 GB300`, or with commas or `and`; UsageError with every part that cannot be read."""
    faults: list[Fault] = []
    chips: dict[str, int] = {}
    for part in _BETWEEN.split(text):
        match = _PART.match(part)
        if not match:
            fix = "write a number and a chip, such as 50400 GB200"
            faults.append(Fault("Z001", f'"{part.strip()}" is no number of chips', fix=fix))
            continue
        digits, scale, name = match.groups()[:3] if match[1] else match.groups()[3:]
        count = float(digits.replace(",", "").replace("_", "")) * {"": 1, "k": 1_000, "M": 1_000_000}[scale]
        try:
            chip = unit_chip(re.sub(r"\s+(?:chips|GPUs|gpus)$", "", name))
            if chip and is_equivalent(name):
                fix = f"convert it first: gigacampus convert {int(count)} {name} {chip}"
                raise UsageError(Fault("Z009", f'"{name}" counts compute, not chips', fix=fix))
            if not chip:
                raise UsageError(Fault("Z002", f'"{name}" names no chip', fix="name the model, such as GB300"))
            rack_of(chip)
        except UsageError as error:
            faults += error.faults
            continue
        if count != int(count) or not 1 <= count <= _MOST:
            faults.append(Fault("Z003", f'"{part.strip()}" is no whole number of chips from 1 to {_MOST:,}'))
            continue
        chips[chip] = chips.get(chip, 0) + int(count)
    if faults:
        raise UsageError(faults)
    return Fleet(chips)


def is_equivalent(name: str) -> bool:
    """Whether a name such as `A100e` means as much compute as a chip, not the chip itself."""
    try:
        return name.endswith("e") and unit_chip(name) == unit_chip(name.removesuffix("e"))
    except UsageError:
        return False


def parse_power(text: str) -> tuple[float, str] | None:
    """Read `200 MW` or `280 MW facility` as watts and basis (IT where none is named); None where it is no power."""
    try:
        amount = units.parse(text, "W")
    except units.UnitError:
        return None
    basis = amount.basis or "it"
    if basis == "chip" or not 0.0 < amount.value <= 1e12:
        fix = "write it like 200 MW IT or 280 MW facility, up to 1,000 GW"
        raise UsageError(Fault("Z005", f'"{text}" is no power that a campus is built for', fix=fix))
    return amount.value, basis


def fitting(power_w: float, basis: str, chip: str, plant: str = "") -> Fleet:
    """As many chips as fit into a power, in whole racks, by the middle of every input; UsageError where none does."""
    rack, inputs = rack_of(chip), inputs_of([chip])
    each_w = _rack_w(chip, basis, plant, {key: one.spread.value for key, one in inputs.items()})
    racks = int(power_w / each_w + 1e-9)
    if racks < 1:
        fix = f"a rack needs {units.human(each_w, 'W')} with all that belongs to it"
        raise UsageError(Fault("Z006", f"{units.human(power_w, 'W')} does not hold one {rack.id} rack", fix=fix))
    return Fleet({chip: racks * rack.chips})


def fitting_range(power_w: float, basis: str, chip: str, plant: str = "") -> tuple[int, Fleet, int]:
    """The same with the least and the most chips over the inputs' ranges."""
    inputs, size = inputs_of([chip]), rack_of(chip).chips
    each_w = spread_of(lambda values: _rack_w(chip, basis, plant, values), inputs)
    low, high = (int(power_w / end + 1e-9) * size for end in (each_w.high, each_w.low))
    return low, fitting(power_w, basis, chip, plant), high


def _rack_w(chip: str, basis: str, plant: str, values: Mapping[str, float]) -> float:
    """A rack's power by a basis, with its share of network and storage, W."""
    rack = rack_of(chip)
    it_w = 1e3 * values[f"rack:{chip}"] * (1.0 + values["network"] + values["storage"])
    return it_w if basis == "it" else it_w * facility_ratio(plant or rack.plant, rack.liquid_fraction, values)
