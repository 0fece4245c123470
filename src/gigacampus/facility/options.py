"""Other cooling plants under the same work and weather: what each would build, draw, drink and throttle."""

from __future__ import annotations

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


def options_table(scenario: Scenario, outside: Conditions, found: Series) -> Table:
    """One row for the scenario's own plant and one for each of `CHOICES`; IT power is that of the run in all."""
    own = scenario.site.cooling
    rows = [_row("as in the scenario", True, found.plant, scenario, outside, found)]
    for name, changes in CHOICES:
        cooling = Cooling.model_validate({"liquid_share": own.liquid_share, "cycles": own.cycles} | changes)
        rows.append(_row(name, False, plant(cooling), scenario, outside, found))
    return Table.from_rows(OPTIONS, rows)


def _run(made: Plant, outside: Conditions, it_w: Array, rated_w: Array) -> CoolingHours:
    weather = outside.hours
    return cooling_hours(
        made, weather["dry_bulb_degc"], weather["wet_bulb_degc"], weather["pressure_pa"], it_w, rated_w
    )


def _row(
    name: str, is_own: bool, made: Plant, scenario: Scenario, outside: Conditions, found: Series
) -> dict[str, Any]:
    it = found.it
    at = _run(made, outside, it.it_w, it.provisioned_w)
    most = np.full_like(it.it_w, it.provisioned_w.max(initial=0.0))
    full = _run(made, outside, most, most)
    meter = it.it_w + found.loss_w + at.power_w + found.misc_w
    price = found.served.energy_usd.sum() / max(found.served.served_w.sum() / WH_PER_KWH, 1e-12)
    water_l = float(at.water_l.sum())
    built_w = float(np.quantile(full.lifted_w, DESIGN_FRACTION)) if len(meter) else 0.0
    return {
        "option": name,
        "is_own": is_own,
        "pue_fraction": float(meter.sum() / it.it_w.sum()) if it.it_w.any() else np.nan,
        "cooling_j": float(at.power_w.sum()) * HOUR_S,
        "chiller_h": int((at.is_trimmed & (it.it_w > 0.0)).sum()),
        "chiller_thermal_w": built_w,
        "peak_facility_w": float(meter.max(initial=0.0)),
        "water_l": water_l,
        "throttled_gpu_h": throttled_gpu_h(it, at),
        "energy_usd": float(at.power_w.sum() / WH_PER_KWH * price),
        "water_usd": water_l / L_PER_M3 * float(scenario.site.water_price),
        "chiller_usd": built_w * CHILLER_USD_PER_W,
        "limited_gpu_h": _limited_gpu_h(scenario, found, meter),
    }


def _limited_gpu_h(scenario: Scenario, found: Series, meter: Array) -> float:
    """Busy GPU-hours that a meter limit of 90 % of the scenario's own peak would stop.

    Work gives way first: a share s of the busy chips falls to idle until the meter holds, at the hour's PUE.
    """
    limit = LIMIT_FRACTION * float(found.facility_w.max(initial=0.0))
    it = found.it
    over_w = np.maximum(meter - limit, 0.0) / np.maximum(meter / np.maximum(it.it_w, 1.0), 1.0)
    busy = it.chips.busy.sum(axis=(1, 2)) / HOUR_S
    dynamic_w = it.it_w - busy * it.chip_w * float(scenario.site.draw.idle)
    share = np.minimum(over_w / np.maximum(dynamic_w, 1.0), 1.0)
    return float((busy * share).sum())
