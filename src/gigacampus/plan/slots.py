"""Where the value of a path goes in the arrays of many samples: one writer for each kind of path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S
from gigacampus.deal.terms import Terms
from gigacampus.scenario import Scenario

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slots:
    """Arrays of shape (samples, rows) that values are written into; `parts` are numbers that are put together later."""

    numbers: Terms
    streams: Array
    licences: Array
    windows: Array
    owed: Array
    due_usd: Array
    gates: Array
    transit_days: Array
    building_day: Array
    cooling_day: Array
    power_day: Array
    parts: dict[str, Floats]


Writer = Callable[[Slots, Floats], None]


def slot_of(path: str, scenario: Scenario) -> Writer | None:
    """What writes a path's values (canonical units, ordinals for dates) into the samples; None where none is known."""
    for pattern, make in WRITERS:
        match = re.fullmatch(pattern, path)
        if match:
            return make(scenario, *match.groups())
    return None


def _days(scenario: Scenario, values: Floats) -> Array:
    return (values - scenario.start.toordinal()).astype(np.int64)


def _licence(scenario: Scenario, name: str, key: str) -> Writer | None:
    one = scenario.deal.licences[name]

    def write(slots: Slots, values: Floats) -> None:
        if name not in slots.numbers.licence_names:
            return
        row = slots.numbers.licence_names.index(name)
        if key == "quantity":
            slots.licences["quantity"][:, row] = values
            return
        days = _days(scenario, values)
        if key == "issued" and one.state == "issued":
            # A record lies within the record: a late draw must not make the licence unknown.
            days = np.minimum(days, scenario.known_as_of.toordinal() - scenario.start.toordinal())
        slots.licences[{"issued": "issued_day", "expires": "expires_day"}[key]][:, row] = days

    return write


def _delivery(scenario: Scenario, name: str, key: str) -> Writer | None:
    def write(slots: Slots, values: Floats) -> None:
        if name not in slots.numbers.stream_names:
            return
        row = slots.numbers.stream_names.index(name)
        if key == "start":
            slots.streams["start_day"][:, row] = np.maximum(_days(scenario, values), 0)
        elif key == "end":
            slots.streams["end_day"][:, row] = _days(scenario, values)
        elif key == "transit":
            slots.transit_days[:, row] = np.rint(values / DAY_S).astype(np.int64)
        else:
            slots.streams[{"rate": "chips_per_year", "total": "total"}[key]][:, row] = values

    return write


def _cap(scenario: Scenario, name: str) -> Writer | None:
    base = float(scenario.deal.quotas[name].cap)
    if base == 0.0:
        return None

    def write(slots: Slots, values: Floats) -> None:
        mine = [slots.numbers.class_names[window["party_class"]][0] == name for window in slots.numbers.law.windows]
        slots.parts["cap_factor"][:, mine] *= (values / base)[:, np.newaxis]

    return write


def _obligation(scenario: Scenario, name: str, key: str) -> Writer | None:
    one = scenario.deal.obligations[name]
    base = float(getattr(one, key) or 0.0)
    if one.base == "mw" and one.blocks and key != "evidence_lag" and key != "headroom":
        return None  # dollars that follow the racks' watts are worked out anew
    if key in {"ratio", "per_chip"} and (
        base == 0.0 or (key == "per_chip" and (one.per_chip_of or one.base == "chip_value"))
    ):
        return None

    def write(slots: Slots, values: Floats) -> None:
        if name not in slots.numbers.owed_names:
            return
        row = slots.numbers.owed_names.index(name)
        if key == "evidence_lag":
            slots.owed["lag_day"][:, row] = np.rint(values / DAY_S).astype(np.int64)
        elif key == "headroom":
            slots.owed["headroom_usd"][:, row] = values
        else:
            slots.due_usd[:, row, :] *= (values / base)[:, np.newaxis]

    return write


def _halls(scenario: Scenario, name: str) -> list[int]:
    """Rows of a hall, `count` alike ones included."""
    first = 0
    for key, hall in scenario.campus.halls.items():
        if key == name:
            return list(range(first, first + hall.count))
        first += hall.count
    return []


def _hall(scenario: Scenario, name: str, key: str) -> Writer | None:
    rows = _halls(scenario, name)

    def write(slots: Slots, values: Floats) -> None:
        part = {"power": "hall_power", "cooling_it_power": "hall_cooling", "air_cooling_it_power": "hall_air"}.get(key)
        if part is not None:
            slots.parts[part][:, rows] = values[:, np.newaxis]
            return
        days = {
            "building_ready": slots.building_day,
            "cooling_ready": slots.cooling_day,
            "power_ready": slots.power_day,
        }
        days[key][:, rows] = _days(scenario, values)[:, np.newaxis]

    return write


def _rack(scenario: Scenario, name: str, key: str) -> Writer | None:
    if any(one.base == "mw" and one.blocks for one in scenario.deal.obligations.values()):
        return None
    row = list(scenario.campus.racks).index(name)
    part = {"it_power": "rack_w"}.get(key, key)

    def write(slots: Slots, values: Floats) -> None:
        slots.parts[part][:, row] = values

    return write


def _campus(scenario: Scenario, key: str) -> Writer | None:
    def write(slots: Slots, values: Floats) -> None:
        slots.parts[key][:, 0] = values

    return write


WRITERS: tuple[tuple[str, Callable[..., Writer | None]], ...] = (
    (r"deal\.licences\.([^.]+)\.(quantity|issued|expires)", _licence),
    (r"deal\.deliveries\.([^.]+)\.(start|end|rate|total|transit)", _delivery),
    (r"deal\.quotas\.([^.]+)\.cap", _cap),
    (r"deal\.obligations\.([^.]+)\.(evidence_lag|headroom|ratio|per_chip)", _obligation),
    (r"campus\.halls\.([^.]+)\.(power|(?:air_)?cooling_it_power|building_ready|cooling_ready|power_ready)", _hall),
    (r"campus\.racks\.([^.]+)\.(it_power|network|storage|liquid_share)", _rack),
    (r"campus\.(install_rate|commissioning|early_failures|replacement|facility_ratio|poi_ratio)", _campus),
)
"""Kinds of paths whose cells are known. Any other (an opening gate, an allocation, a feed) is worked out anew."""
