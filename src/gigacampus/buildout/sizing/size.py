"""The size of a fleet: racks, IT and facility power, H100e, TPP and cost, each with its range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gigacampus import catalog
from gigacampus.buildout.sizing.fleet import Fleet
from gigacampus.buildout.sizing.inputs import NAN, Input, Spread, inputs_of, rack_of, spread_of
from gigacampus.buildout.sizing.plant import PLANTS, facility_ratio, serves
from gigacampus.errors import Fault, UsageError

KEYS = ("chips", "racks", "it_mw", "facility_mw", "h100e_8bit", "h100e_16bit", "tpp")
"""What `size --json` always gives."""
Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sized:
    """A fleet's size. Power in MW: `it_mw` is provisioned IT, `facility_mw` the connection to be built."""

    fleet: Fleet
    plants: dict[str, str]
    it_mw: Spread
    facility_mw: Spread
    facility_mw_by_cooling: dict[str, Spread]
    h100e_8bit: Spread
    h100e_16bit: Spread
    tpp: Spread
    chip_cost_usd: Spread
    inputs: dict[str, Input]
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The size as `--json` prints it: `KEYS` and the cost by value, ranges, inputs and notes beside them."""
        spreads = {
            "it_mw": self.it_mw, "facility_mw": self.facility_mw, "h100e_8bit": self.h100e_8bit,
            "h100e_16bit": self.h100e_16bit, "tpp": self.tpp, "chip_cost_usd": self.chip_cost_usd,
        }  # fmt: skip
        racks = self.fleet.racks
        return {
            "chips": sum(self.fleet.chips.values()),
            "racks": sum(racks.values()),
            **{key: _plain(one.value) for key, one in spreads.items()},
            "ranges": {key: [_plain(one.low), _plain(one.high)] for key, one in spreads.items()},
            "by_chip": [
                {"chip": chip, "chips": count, "racks": racks[chip], "rack": rack_of(chip).id,
                 "plant": self.plants[chip]}
                for chip, count in self.fleet.chips.items()
            ],
            "facility_mw_by_cooling": {
                plant: {"value": one.value, "range": [one.low, one.high], "what": PLANTS[plant].title}
                for plant, one in self.facility_mw_by_cooling.items()
            },
            "inputs": [
                {"key": one.key, "value": one.spread.value, "low": one.spread.low, "high": one.spread.high,
                 "unit": one.unit, "status": one.status, "source": one.source, "note": one.note}
                for one in self.inputs.values()
            ],
            "notes": list(self.notes),
        }  # fmt: skip


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value


def size(fleet: Fleet, plant: str = "") -> Sized:
    """The size of a fleet, cooled by the plant that usually stands behind each chip's rack, or by the named one.

    Raises UsageError where the named plant cannot cool the racks.
    """
    check_plant(plant, list(fleet.chips))
    inputs = inputs_of(list(fleet.chips))
    plants = {chip: plant or rack_of(chip).plant for chip in fleet.chips}
    eight, sixteen = (_counted(fleet, basis) for basis in ("dense-8bit", "dense-16bit"))
    return Sized(
        fleet=fleet, plants=plants,
        it_mw=spread_of(partial(it_mw, fleet), inputs),
        facility_mw=spread_of(partial(facility_mw, fleet, plants), inputs),
        facility_mw_by_cooling={
            name: spread_of(partial(facility_mw, fleet, dict.fromkeys(fleet.chips, name)), inputs)
            for name in PLANTS
            if all(serves(name, rack_of(chip).liquid_fraction) for chip in fleet.chips)
        },
        h100e_8bit=eight, h100e_16bit=sixteen, tpp=_tpp(fleet),
        chip_cost_usd=spread_of(partial(_cost_usd, fleet), inputs),
        inputs=inputs, notes=_missing(fleet, inputs),
    )  # fmt: skip


def _missing(fleet: Fleet, inputs: Mapping[str, Input]) -> tuple[str, ...]:
    """What is not published of the chips, in words."""
    found = []
    for chip in fleet.chips:
        model = catalog.chips()[chip]
        lacks = {
            "price": f"price:{chip}" not in inputs,
            "dense 16-bit rate": math.isnan(model.h100e_16bit),
            "dense 8-bit rate": math.isnan(model.h100e_8bit),
        }
        found += [f"{chip}: no {what} is published, so there is no total" for what, is_so in lacks.items() if is_so]
    return tuple(found)


def check_plant(plant: str, chips: list[str]) -> None:
    """Raise UsageError where there is no such plant, or it has no water for racks that need it."""
    if not plant:
        return
    if plant not in PLANTS:
        raise UsageError(Fault("Z007", f'no cooling plant "{plant}"', fix=f"one of {', '.join(PLANTS)}"))
    wet = [chip for chip in chips if not serves(plant, rack_of(chip).liquid_fraction)]
    if wet:
        fix = f"one of {', '.join(name for name, one in PLANTS.items() if one.liquid)}"
        raise UsageError(Fault("Z008", f"{', '.join(wet)} needs water at the rack, {plant} has none", fix=fix))


def _it_mw(fleet: Fleet, chip: str, values: Values) -> float:
    outside = 1.0 + values["network"] + values["storage"]
    return fleet.racks[chip] * values[f"rack:{chip}"] * outside / 1e3


def it_mw(fleet: Fleet, values: Values) -> float:
    """Provisioned IT power, MW: racks at full load with their shares of network and storage."""
    return sum(_it_mw(fleet, chip, values) for chip in fleet.chips)


def facility_mw(fleet: Fleet, plants: Mapping[str, str], values: Values) -> float:
    """The connection to be built, MW: each chip's IT power through its plant."""
    return sum(
        _it_mw(fleet, chip, values) * facility_ratio(plants[chip], rack_of(chip).liquid_fraction, values)
        for chip in fleet.chips
    )


def _cost_usd(fleet: Fleet, values: Values) -> float:
    return sum(count * values.get(f"price:{chip}", NAN) for chip, count in fleet.chips.items())


def _counted(fleet: Fleet, basis: str) -> Spread:
    """The fleet in H100 equivalents by a basis: the catalog's default, least and most over its sources."""
    key = {"dense-8bit": "h100e_8bit", "dense-16bit": "h100e_16bit"}[basis]
    total = Spread(0.0, 0.0, 0.0)
    for chip, count in fleet.chips.items():
        one: float = getattr(catalog.chips()[chip], key)
        low, high = catalog.convert(1.0, chip, "H100e", basis).by_basis[basis] if one == one else (NAN, NAN)
        total = Spread(*(a + count * b for a, b in zip(total, (one, min(low, one), max(high, one)), strict=True)))
    return total


def _tpp(fleet: Fleet) -> Spread:
    """Total processing performance: bit length x dense rate, the highest over the formats; range over sources."""
    total = Spread(0.0, 0.0, 0.0)
    for chip, count in fleet.chips.items():
        model = catalog.chips()[chip]
        known = [figure.value for figure in model.all_of("tpp_max")] + [model.tpp_max]
        total = Spread(*(a + count * b for a, b in zip(total, (model.tpp_max, min(known), max(known)), strict=True)))
    return total
