"""The named inputs of sizing, each with its range, status and source; and how ranges combine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from gigacampus import catalog
from gigacampus.catalog.read import rows
from gigacampus.errors import Fault, UsageError

NAN = float("nan")


class Spread(NamedTuple):
    """One input or answer: its value with its low and high end, P10 to P90."""

    value: float
    low: float
    high: float


class Input(NamedTuple):
    """A named input of sizing."""

    key: str
    spread: Spread
    unit: str
    status: str
    source: str
    note: str


@cache
def named() -> dict[str, Input]:
    """The inputs that the catalog names for every site, and prices that it knows."""
    found = {}
    for row in rows("sizing"):
        spread = Spread(float(row["value"]), float(row["low"]), float(row["high"]))
        found[row["key"]] = Input(row["key"], spread, row["unit"], row["status"], row["source"], row["note"])
    return found


def rack_of(chip: str) -> catalog.RackModel:
    """The rack in which a chip usually stands; UsageError where the catalog knows none."""
    for rack in catalog.racks().values():
        if rack.chip == chip:
            return rack
    known = ", ".join(dict.fromkeys(rack.chip for rack in catalog.racks().values()))
    raise UsageError(Fault("Z004", f"the catalog has no rack for {chip}", fix=f"chips with racks: {known}"))


def inputs_of(chips: list[str]) -> dict[str, Input]:
    """All inputs that the size of a fleet of these chips rests on."""
    found = {key: one for key, one in named().items() if not key.startswith("price:")}
    for chip in chips:
        rack = rack_of(chip)
        middle = (rack.kw_low + rack.kw_high) / 2.0
        key = f"rack:{chip}"
        spread = Spread(middle, rack.kw_low, rack.kw_high)
        found[key] = Input(key, spread, "kW", "estimate", rack.source, f"{rack.id}, {rack.chips} chips; {rack.note}")
        price = _price(chip)
        if price is not None:
            found[price.key] = price
    return found


def _price(chip: str) -> Input | None:
    key = f"price:{chip}"
    if key in named():
        return named()[key]
    known = catalog.chips()[chip]
    if math.isnan(known.price_usd_low):
        return None
    low, high = known.price_usd_low, known.price_usd_high
    source = known.all_of("price_usd_low")[0].source
    return Input(key, Spread((low + high) / 2.0, low, high), "USD", "estimate", source, "price of a chip")


def spread_of(answer: Callable[[Mapping[str, float]], float], inputs: Mapping[str, Input]) -> Spread:
    """An answer with its range: each input moved alone to its ends, the moves added in quadrature (independent)."""
    middle = {key: one.spread.value for key, one in inputs.items()}
    value = answer(middle)
    down = up = 0.0
    for key, one in inputs.items():
        moves = [answer({**middle, key: end}) - value for end in (one.spread.low, one.spread.high)]
        down += min(*moves, 0.0) ** 2
        up += max(*moves, 0.0) ** 2
    return Spread(value, value - math.sqrt(down), value + math.sqrt(up))
