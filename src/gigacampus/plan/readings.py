"""What the stated figures of the first phase say when held against each other: readings of its power, its licences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gigacampus import catalog
from gigacampus.deal.terms import CAMPUS
from gigacampus.scenario import Scenario
from gigacampus.scenario.campus import Hall, Rack
from gigacampus.tables.supply import Supply
from gigacampus.units import human


@dataclass(frozen=True, slots=True)
class Phase:
    """The phase of the first hall, and the chip that comes first."""

    name: str
    halls: tuple[Hall, ...]
    chip: str
    rack: Rack

    @property
    def stated_w(self) -> float:
        """Its power as stated, whatever the basis, W."""
        return sum(float(hall.power) * hall.count for hall in self.halls)

    @property
    def claimed(self) -> int:
        """Chips that it is said to hold; 0 where nobody says."""
        return sum(int(hall.claimed_chips) * hall.count for hall in self.halls if hall.claimed_chips is not None)


def first_phase(scenario: Scenario, supply: Supply) -> Phase | None:
    """The first phase and the first chip delivered to the campus; None where nothing is delivered to it."""
    here = next((row for row in _lots(supply) if row["chip"] in scenario.campus.racks), None)
    if here is None:
        return None
    name = next(iter(scenario.campus.halls.values())).phase
    halls = tuple(hall for hall in scenario.campus.halls.values() if hall.phase == name)
    return Phase(name, halls, here["chip"], scenario.campus.racks[here["chip"]])


def readings(scenario: Scenario, supply: Supply) -> dict[str, Any]:
    """Numbers and sentences: `stated_w`, chips by reading, what the claimed chips need, who may fill them.

    A consistency check of the scenario's own figures, not a validation. Empty where nothing is delivered.
    """
    phase = first_phase(scenario, supply)
    if phase is None:
        return {}
    return _power(scenario, phase) | _need(phase) | _cover(scenario, supply, phase)


def _lots(supply: Supply) -> list[dict[str, Any]]:
    """The lots for this campus, in the order in which they arrive."""
    return sorted((row for row in supply.deliveries.rows() if row["site"] == CAMPUS), key=lambda row: row["arrive_s"])


def _chip_w(rack: Rack) -> tuple[float, float, float]:
    """Provisioned IT watts per chip: low, median, high of rack power, network and storage together."""

    def with_(end: str) -> float:
        power, network, storage = (float(getattr(one, end)) for one in (rack.it_power, rack.network, rack.storage))
        return power * (1.0 + network + storage) / rack.chips_per_rack

    return with_("low"), rack.chip_w, with_("high")


def _held(power_w: float, rack: Rack) -> int:
    """Chips in whole racks that a power of IT can hold."""
    return math.floor(power_w / rack.provisioned_w + 1e-9) * rack.chips_per_rack


def _power(scenario: Scenario, phase: Phase) -> dict[str, Any]:
    ratio = float(scenario.campus.facility_ratio)
    as_it, at_meter = _held(phase.stated_w, phase.rack), _held(phase.stated_w / ratio, phase.rack)
    used = "at the meter" if scenario.campus.power_reading in ("facility", "poi") else "as each hall states it"
    said = (
        f"{phase.name} is stated at {human(phase.stated_w, 'W')}. Read as IT it holds {as_it:,} {phase.chip}; read at "
        f"the meter ({ratio:g} W a watt of IT) it holds {at_meter:,}. This run reads it {used}."
    )
    return {
        "phase": phase.name, "chip": phase.chip, "stated_w": phase.stated_w, "chips_read_as_it": as_it,
        "chips_read_at_meter": at_meter, "sentences": [said],
    }  # fmt: skip


def _need(phase: Phase) -> dict[str, Any]:
    if not phase.claimed:
        return {}
    low, mid, high = (phase.claimed * watts for watts in _chip_w(phase.rack))
    return {
        "claimed_chips": phase.claimed, "claimed_it_w": mid, "claimed_it_low_w": low, "claimed_it_high_w": high,
        "claimed_over_stated_fraction": mid / phase.stated_w,
    }  # fmt: skip


def _cover(scenario: Scenario, supply: Supply, phase: Phase) -> dict[str, Any]:
    """Which licences fill the claimed chips, in the order in which lots arrive."""
    if not phase.claimed:
        return {}
    left, filled = phase.claimed, dict[str, int]()
    for row in _lots(supply):
        if row["chip"] != phase.chip or left <= 0:
            continue
        take = min(left, row["chips"])
        filled[row["licence"]] = filled.get(row["licence"], 0) + take
        left -= take
    licences = scenario.deal.licences
    shares = {name: chips / phase.claimed for name, chips in filled.items()}
    words = [
        f"{name} ({scenario.deal.parties[licences[name].licensee].name}, {licences[name].state}, "
        f"{licences[name].quantity.origin.status}) {chips:,} = {100 * shares[name]:.0f} %"
        for name, chips in filled.items()
    ]
    if left > 0:
        words.append(f"nobody in this scenario {left:,} = {100 * left / phase.claimed:.0f} %")
    low, mid, high = (phase.claimed * watts / 1e6 for watts in _chip_w(phase.rack))
    off = 100 * (mid * 1e6 / phase.stated_w - 1)
    said = [
        f"Consistency check, not a validation: {phase.claimed:,} {phase.chip} in racks of {phase.rack.chips_per_rack} "
        f"need {mid:.0f} MW of provisioned IT ({low:.0f} to {high:.0f} MW from rack power, network and storage), "
        f"{abs(off):.0f} % {'above' if off >= 0 else 'below'} the stated {phase.stated_w / 1e6:.0f} MW; what they "
        "really draw is lower.",
        f"Who fills the first {phase.claimed:,} {phase.chip}, counted by chips: {'; '.join(words)}.",
    ]
    own = [_own(scenario, name, phase) for name in licences if _is_owners(scenario, name)]
    return {
        "filled_by": filled, "filled_fraction": shares, "unfilled_chips": left,
        "sentences": [*_power(scenario, phase)["sentences"], *said, *(one for one in own if one)],
    }  # fmt: skip


def _is_owners(scenario: Scenario, name: str) -> bool:
    one = scenario.deal.licences[name]
    return one.state == "issued" and one.site == CAMPUS and one.licensee == scenario.campus.owner


def _own(scenario: Scenario, name: str, phase: Phase) -> str:
    """How far the owner's licence goes, by its own unit and basis."""
    one = scenario.deal.licences[name]
    chips = float(one.quantity)
    if one.unit != "chips":
        basis = getattr(one, "basis", "") or "8bit"
        weight = catalog.ratio(one.unit, phase.chip, basis)
        chips *= weight
    return (
        f"{scenario.deal.parties[one.licensee].name}'s own licence {name} of {float(one.quantity):,.0f} {one.unit} "
        f"({one.quantity.origin.status}) is {chips:,.0f} {phase.chip}: {100 * chips / phase.claimed:.0f} % of "
        f"{phase.claimed:,}."
    )
