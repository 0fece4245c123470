"""The build-out as arrays: what arrives, where it may stand, from when. Relaxing a limit makes another problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, NEVER, Clock
from gigacampus.errors import Fault, ScenarioError
from gigacampus.kernels.installing import DAYS, LOSSES
from gigacampus.kernels.recorded import RECORD
from gigacampus.scenario import Scenario
from gigacampus.scenario.campus import Campus
from gigacampus.tables.table import Table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NO_LIMIT_W = 1e17
"""Supply of a campus that names no feeds, cooling of a hall that names none: more than any hall can use."""
WITH_BUILDING_S = -(10**6) * DAY_S
"""Date of a cooling plant of which nothing is said: never later than its building."""
FOR_GOOD_DAY = 10**8
"""The day on which what is taken away for good comes back: after any horizon."""
SITE = "campus"
"""How deliveries name this campus, as against `elsewhere` sites on the same quota."""


@dataclass(frozen=True, slots=True)
class Lots:
    """Lots for this campus in order of arrival; arrays of shape (lots,)."""

    cleared_s: Ints
    arrive_s: Ints
    chips: Ints
    h100e: Floats
    model_index: Ints
    delivery_id: NDArray[np.object_]
    party: NDArray[np.object_]

    def __len__(self) -> int:
        """The number of lots."""
        return len(self.chips)


@dataclass(frozen=True, slots=True)
class Standing:
    """Halls in the order in which they are filled; arrays of shape (halls,), days since the start."""

    names: tuple[str, ...]
    phases: tuple[str, ...]
    building_day: Ints
    cooling_day: Ints
    power_day: Ints
    power_w: Floats
    cooling_w: Floats
    air_w: Floats

    @property
    def limit_w(self) -> Floats:
        """IT power that each hall holds: no more than it is powered and cooled for."""
        return np.minimum(self.power_w, self.cooling_w)

    @property
    def open_day(self) -> Ints:
        """The first day on which racks can be installed: building, cooling and power all stand."""
        return np.maximum(np.maximum(self.building_day, self.cooling_day), self.power_day)


@dataclass(frozen=True, slots=True)
class Problem:
    """One build-out. Days count from the scenario's start; powers are provisioned IT watts."""

    clock: Clock
    lots: Lots
    models: tuple[str, ...]
    chips_per_rack: Ints
    rack_w: Floats
    air_w: Floats
    halls: Standing
    losses: NDArray[np.void]
    racks_per_day: Floats
    campus_w: Floats
    commissioning_s: int
    early_fraction: float
    replacement_s: int
    record: NDArray[np.void] | None = None
    """What really went live until the record ends, in seconds; None where no ledger says."""

    @property
    def chip_w(self) -> Floats:
        """Provisioned IT watts per chip of each model; shape (models,)."""
        return self.rack_w / self.chips_per_rack

    @property
    def days(self) -> NDArray[np.void]:
        """What the install kernel reads of each day; shape (days,)."""
        days = np.zeros(len(self.racks_per_day), dtype=DAYS)
        days["racks"], days["campus_w"] = self.racks_per_day, self.campus_w
        return days


def pose(scenario: Scenario, deliveries: Table, actuals: Table | None = None) -> Problem:
    """The scenario's campus and the deliveries as a problem; ScenarioError where a chip has no rack.

    Rows of `actuals` that tell of commissioning take the place of the plan until the record ends.
    """
    clock, campus = scenario.clock, scenario.campus
    halls = standing(campus, clock)
    models = tuple(campus.racks)
    _demand_racks(campus, deliveries)
    return Problem(
        clock=clock,
        lots=lots(deliveries, models),
        models=models,
        chips_per_rack=np.array([rack.chips_per_rack for rack in campus.racks.values()], dtype=np.int64),
        rack_w=np.array([rack.provisioned_w for rack in campus.racks.values()], dtype=np.float64),
        air_w=np.array([rack.air_w for rack in campus.racks.values()], dtype=np.float64),
        halls=halls,
        losses=losses(campus, halls, clock),
        racks_per_day=racks_per_day(campus, clock),
        campus_w=campus_w(campus, clock),
        commissioning_s=round(campus.commissioning),
        early_fraction=float(campus.early_failures or 0.0),
        replacement_s=round(campus.replacement or 0.0),
        record=None if actuals is None else recorded(actuals, models, halls.names),
    )


def recorded(actuals: Table, models: tuple[str, ...], halls: tuple[str, ...]) -> NDArray[np.void] | None:
    """Commissioning rows as the kernel reads them; None where there are none, so that the plan stands."""
    rows = [
        (row["at_s"], models.index(row["chip"]), halls.index(row["name"]) if row["name"] in halls else -1, row["chips"])
        for row in actuals.rows()
        if row["kind"] == "commissioning" and row["chip"] in models
    ]
    return np.array(sorted(rows), dtype=RECORD) if rows else None


def _demand_racks(campus: Campus, deliveries: Table) -> None:
    here = deliveries["site"] == SITE
    missing = sorted({str(chip) for chip in deliveries["chip"][here]} - set(campus.racks))
    if missing:
        known = ", ".join(campus.racks) or "none"
        raise ScenarioError(
            [
                Fault(
                    "S306", f"{chip} is delivered to the campus, but the campus has no rack for it (known: {known})",
                    path=f"campus.racks.{chip}", fix=f"add campus.racks.{chip} with chips_per_rack and it_power",
                )
                for chip in missing
            ]
        )  # fmt: skip


def lots(deliveries: Table, models: tuple[str, ...]) -> Lots:
    """The campus's lots in order of arrival; lots that arrive at one instant keep the order of the table."""
    here = np.flatnonzero((deliveries["site"] == SITE) & (deliveries["chips"] > 0))
    order = here[np.argsort(deliveries["arrive_s"][here], kind="stable")]
    index = {model: i for i, model in enumerate(models)}
    return Lots(
        cleared_s=deliveries["cleared_s"][order],
        arrive_s=deliveries["arrive_s"][order],
        chips=deliveries["chips"][order],
        h100e=deliveries["h100e"][order],
        model_index=np.array([index[chip] for chip in deliveries["chip"][order]], dtype=np.int64),
        delivery_id=deliveries["delivery_id"][order],
        party=deliveries["party"][order],
    )


def standing(campus: Campus, clock: Clock) -> Standing:
    """The halls, `count` alike ones spelled out as `name-1`, `name-2`."""
    names, phases, rows = list[str](), list[str](), list[tuple[int, int, int, float, float, float]]()
    for name, hall in campus.halls.items():
        building, power = clock.seconds(hall.building_ready), clock.seconds(hall.power_ready)
        cooling = clock.seconds(hall.cooling_ready) if hall.cooling_ready else WITH_BUILDING_S
        for i in range(hall.count):
            names.append(name if hall.count == 1 else f"{name}-{i + 1}")
            phases.append(hall.phase)
            heat_w, air_w = (float(one or NO_LIMIT_W) for one in (hall.cooling_it_power, hall.air_cooling_it_power))
            rows.append((building // DAY_S, cooling // DAY_S, power // DAY_S, campus.it_w(hall.power), heat_w, air_w))
    building_d, cooling_d, power_d, power_w, cooling_w, air = zip(*rows, strict=True) if rows else ((),) * 6
    return Standing(
        tuple(names), tuple(phases), np.array(building_d, dtype=np.int64), np.array(cooling_d, dtype=np.int64),
        np.array(power_d, dtype=np.int64), np.array(power_w, dtype=np.float64),
        np.array(cooling_w, dtype=np.float64), np.array(air, dtype=np.float64),
    )  # fmt: skip


def losses(campus: Campus, halls: Standing, clock: Clock) -> NDArray[np.void]:
    """The halls that each loss takes: `share` of the halls open at its start, from the first, the last one in part."""
    rows: list[tuple[int, int, int, float]] = []
    for loss in sorted(campus.losses.values(), key=lambda one: one.start):
        start = clock.seconds(loss.start) // DAY_S
        end = FOR_GOOD_DAY if loss.end is None else clock.seconds(loss.end) // DAY_S
        there = np.flatnonzero(halls.open_day <= start)
        left = float(loss.share) * len(there)
        for hall in there:
            fraction = min(1.0, left)
            if fraction > 1e-9:
                rows.append((int(hall), start, end, fraction))
            left -= fraction
    return np.array(rows, dtype=LOSSES)


def racks_per_day(campus: Campus, clock: Clock) -> Floats:
    """Racks that the crew can install on each day of the horizon, stops taken off; shape (days,)."""
    rate = np.full(clock.end_s // DAY_S, float(campus.install_rate))
    for stop in campus.stops.values():
        first, last = clock.seconds(stop.start) // DAY_S, clock.seconds(stop.end) // DAY_S
        rate[max(first, 0) : max(last + 1, 0)] *= 1.0 - float(stop.share)
    return rate


def campus_w(campus: Campus, clock: Clock) -> Floats:
    """IT power that the feeds ready on each day carry; without feeds, no limit; shape (days,)."""
    days = clock.end_s // DAY_S
    if not campus.feeds:
        return np.full(days, NO_LIMIT_W)
    supply = np.zeros(days)
    for feed in campus.feeds.values():
        supply[max(clock.seconds(feed.ready) // DAY_S, 0) :] += campus.it_w(feed.power)
    return supply


def arrival_day(arrive_s: Ints) -> Ints:
    """The first day on whose midnight a lot is there; NEVER stays never."""
    day = -(-arrive_s // DAY_S)
    return np.where(arrive_s == NEVER, NEVER, day)
