"""Other cooling plants under the same work and weather: what each would build, draw, drink and throttle in a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.facility.series import Series
from gigacampus.facility.summary import DESIGN_FRACTION, throttled_gpu_h
from gigacampus.kernels.plant import CoolingHours, Plant, cooling_hours
from gigacampus.scenario import Scenario
from gigacampus.scenario.plants import plant
from gigacampus.scenario.site import Cooling
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import OPTIONS
from gigacampus.tables.table import Table
from gigacampus.units import L_PER_M3

Array = NDArray[np.float64]

YEAR_H = 8_760
CHILLER_USD_PER_W = 0.35
"""Installed price of air-cooled chillers by watt of heat, about 1,200 USD a ton (engineering practice, not re-read)."""
LIMIT_FRACTION = 0.9
"""Share of the scenario's own peak that the grid is taken to give in `limited_gpu_h`."""
WH_PER_KWH = 1_000.0

CHOICES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("dry W45", {"archetype": "dry", "water_class": "W45"}),
    ("dry W45, no chillers", {"archetype": "dry", "water_class": "W45", "chillers": "0 %"}),
    ("dry W40", {"archetype": "dry", "water_class": "W40"}),
    ("dry W40, no chillers", {"archetype": "dry", "water_class": "W40", "chillers": "0 %"}),
    ("adiabatic W40", {"archetype": "adiabatic", "water_class": "W40"}),
    ("adiabatic W40, no chillers", {"archetype": "adiabatic", "water_class": "W40", "chillers": "0 %"}),
    ("tower W32", {"archetype": "tower", "water_class": "W32"}),
    ("chiller", {"archetype": "chiller"}),
)
"""Plants that are compared in every run."""


@dataclass(frozen=True, slots=True)
class Year:
    """The last year of the horizon, or all of it where it is shorter: shape (hours,) each."""

    dry: Array
    wet: Array
    pressure: Array
    it_w: Array
    rated_w: Array
    busy_gpus: Array
    chip_w: Array
    beside_w: Array
    """Conversion losses and house load, the same under every plant."""
    own_w: Array
    """The scenario's own meter."""
    usd_per_kwh: float
    idle_fraction: float


def last_year(scenario: Scenario, outside: Conditions, found: Series) -> Year:
    """What the plants are compared on."""
    weather, last = outside.hours, slice(-YEAR_H, None)
    served = found.served
    kwh = float(served.served_w[last].sum()) / WH_PER_KWH
    return Year(
        weather["dry_bulb_degc"][last], weather["wet_bulb_degc"][last], weather["pressure_pa"][last],
        found.it.it_w[last], found.it.provisioned_w[last], found.it.busy_gpus[last], found.it.chip_w[last],
        (found.loss_w + found.misc_w)[last], found.facility_w[last],
        float(served.energy_usd[last].sum()) / kwh if kwh > 0.0 else 0.0, float(scenario.site.draw.idle),
    )  # fmt: skip


def options_table(scenario: Scenario, outside: Conditions, found: Series) -> Table:
    """One row for the scenario's own plant and one for each of `CHOICES`; IT power is that of the run in all."""
    own, year = scenario.site.cooling, last_year(scenario, outside, found)
    rows = [_row("as in the scenario", True, found.plant, scenario, year)]
    for name, changes in CHOICES:
        cooling = Cooling.model_validate({"liquid_share": own.liquid_share, "cycles": own.cycles} | changes)
        rows.append(_row(name, False, plant(cooling), scenario, year))
    return Table.from_rows(OPTIONS, rows)


def _run(made: Plant, year: Year, it_w: Array, rated_w: Array) -> CoolingHours:
    return cooling_hours(made, year.dry, year.wet, year.pressure, it_w, rated_w)


def _row(name: str, is_own: bool, made: Plant, scenario: Scenario, year: Year) -> dict[str, Any]:
    at = _run(made, year, year.it_w, year.rated_w)
    most = np.full_like(year.it_w, year.rated_w.max(initial=0.0))
    full = _run(made, year, most, most)
    meter = year.it_w + at.power_w + year.beside_w
    water_l = float(at.water_l.sum())
    built_w = float(np.quantile(full.lifted_w, DESIGN_FRACTION)) if len(meter) else 0.0
    return {
        "option": name,
        "is_own": is_own,
        "pue_fraction": float(meter.sum() / year.it_w.sum()) if year.it_w.any() else np.nan,
        "cooling_j": float(at.power_w.sum()) * HOUR_S,
        "chiller_h": int((at.is_trimmed & (year.it_w > 0.0)).sum()),
        "chiller_thermal_w": built_w,
        "peak_facility_w": float(meter.max(initial=0.0)),
        "water_l": water_l,
        "throttled_gpu_h": throttled_gpu_h(year.it_w, year.rated_w, year.busy_gpus, at),
        "energy_usd": float(at.power_w.sum()) / WH_PER_KWH * year.usd_per_kwh,
        "water_usd": water_l / L_PER_M3 * float(scenario.site.water_price),
        "chiller_usd": built_w * CHILLER_USD_PER_W,
        "limited_gpu_h": _limited_gpu_h(year, meter),
    }


def _limited_gpu_h(year: Year, meter: Array) -> float:
    """Busy GPU-hours that a meter limit of 90 % of the scenario's own peak would stop.

    Work gives way first: a share s of the busy chips falls to idle until the meter holds, at the hour's PUE.
    """
    limit = LIMIT_FRACTION * float(year.own_w.max(initial=0.0))
    over_w = np.maximum(meter - limit, 0.0) / np.maximum(meter / np.maximum(year.it_w, 1.0), 1.0)
    dynamic_w = year.it_w - year.busy_gpus * year.chip_w * year.idle_fraction
    share = np.minimum(over_w / np.maximum(dynamic_w, 1.0), 1.0)
    return float((year.busy_gpus * share).sum())
