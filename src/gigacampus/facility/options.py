"""Other cooling plants under the same work and weather: what each would build, draw, drink and throttle in a year.

The same once more under a grid that gives 90 % of the scenario's own peak: work gives way in the hours above it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.facility.it import shares
from gigacampus.facility.series import Series
from gigacampus.facility.summary import DESIGN_FRACTION, throttled_gpu_h
from gigacampus.facility.water import cost_usd
from gigacampus.kernels.chains import losses_w
from gigacampus.kernels.plant import CoolingHours, Plant, cooling_hours
from gigacampus.scenario import Scenario
from gigacampus.scenario.plants import plant
from gigacampus.scenario.site import Cooling
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.flows import LIMITED_OPTIONS, OPTIONS
from gigacampus.tables.table import Table
from gigacampus.tables.work import Kind

Array = NDArray[np.float64]

YEAR_H = 8_760
CHILLER_USD_PER_W = 0.35
"""Installed price of air-cooled chillers by watt of heat, about 1,200 USD a ton (engineering practice, not re-read)."""
CHILLER_CHARGE = 0.102
"""Yearly charge of a chiller over its price: an annuity over 20 years at 8 %."""
LIMIT_FRACTION = 0.9
"""Share of the scenario's own peak that the grid is taken to give in the second comparison."""
ROUNDS = 8
"""Rounds of the fixed point that finds the load under a limit: the PUE hardly moves with load, five would do."""
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

    scenario: Scenario
    outside: Conditions
    dry: Array
    wet: Array
    pressure: Array
    it_w: Array
    rated_w: Array
    busy_gpus: Array
    dynamic_w: Array
    """IT power that falls away where all work stops and its chips idle."""
    own_w: Array
    """The scenario's own meter."""
    usd_per_kwh: float


def last_year(scenario: Scenario, outside: Conditions, found: Series) -> Year:
    """What the plants are compared on."""
    weather, last = outside.hours, slice(-YEAR_H, None)
    served, it = found.served, found.it
    kwh = float(served.served_w[last].sum()) / WH_PER_KWH
    share = shares(scenario.site.draw)
    above = np.einsum("htk,k->h", it.chips.busy[last], share - share[Kind.IDLE]) / HOUR_S
    return Year(
        scenario, outside, weather["dry_bulb_degc"][last], weather["wet_bulb_degc"][last], weather["pressure_pa"][last],
        it.it_w[last], it.provisioned_w[last], it.busy_gpus[last], np.minimum(above * it.chip_w[last], it.it_w[last]),
        found.facility_w[last], float(served.energy_usd[last].sum()) / kwh if kwh > 0.0 else 0.0,
    )  # fmt: skip


def options_tables(scenario: Scenario, outside: Conditions, found: Series) -> tuple[Table, Table]:
    """One row for the scenario's own plant and one for each of `CHOICES`, in two tables: the work as it ran, and the
    same work under a grid that gives `LIMIT_FRACTION` of the scenario's own peak.
    """
    own, year = scenario.site.cooling, last_year(scenario, outside, found)
    plants = [("as in the scenario", True, found.plant)]
    for name, changes in CHOICES:
        cooling = Cooling.model_validate({"liquid_share": own.liquid_share, "cycles": own.cycles} | changes)
        plants.append((name, False, plant(cooling)))
    free, limited = [], []
    limit_w = LIMIT_FRACTION * float(year.own_w.max(initial=0.0))
    most_w = np.full_like(year.it_w, year.rated_w.max(initial=0.0))
    for name, is_own, made in plants:
        cut, lost = under_limit(made, year, limit_w)
        named = {"option": name, "is_own": is_own}
        free.append(named | _row(made, year, most_w) | {"limited_gpu_h": lost})
        limited.append(
            named | {"limit_w": limit_w} | _row(made, cut, _held(made, year, most_w, limit_w)) | {"limited_gpu_h": lost}
        )
    return Table.from_rows(OPTIONS, free), Table.from_rows(LIMITED_OPTIONS, limited)


def under_limit(made: Plant, year: Year, limit_w: float) -> tuple[Year, float]:
    """The year with work stopped in the hours in which the meter would pass a limit, and the busy GPU-hours lost.

    Work gives way first, its chips idle; where idle racks alone pass the limit, they are switched off.
    """
    held_w = _held(made, year, year.it_w, limit_w)
    cut_w = year.it_w - held_w
    stopped = np.clip(cut_w / np.where(year.dynamic_w > 0.0, year.dynamic_w, 1.0), 0.0, 1.0)
    lost = year.busy_gpus * np.where(cut_w > 0.0, stopped, 0.0)
    return replace(year, it_w=held_w, busy_gpus=year.busy_gpus - lost), float(lost.sum())


def _held(made: Plant, year: Year, it_w: Array, limit_w: float) -> Array:
    """The most IT power, up to `it_w`, with which the meter keeps a limit; shape (hours,)."""
    over = meter_w(made, year, it_w) > limit_w
    held = it_w.copy()
    if not over.any():
        return held
    hot = replace(
        year, dry=year.dry[over], wet=year.wet[over], pressure=year.pressure[over], rated_w=year.rated_w[over]
    )
    found = it_w[over]
    for _ in range(ROUNDS):
        found = np.minimum(found * limit_w / meter_w(made, hot, found), it_w[over])
    held[over] = found
    return held


def meter_w(made: Plant, year: Year, it_w: Array) -> Array:
    """Power at the meter for an IT power under a plant, shape (hours,)."""
    rated = np.maximum(year.rated_w, it_w)
    loss = losses_w(year.scenario.site.chain.kind, it_w, rated)
    return it_w + loss + _run(made, year, it_w, rated).power_w + made.misc_fraction * rated


def _run(made: Plant, year: Year, it_w: Array, rated_w: Array) -> CoolingHours:
    return cooling_hours(made, year.dry, year.wet, year.pressure, it_w, rated_w)


def _row(made: Plant, year: Year, most_w: Array) -> dict[str, Any]:
    """What a plant does in a year; `most_w` is the IT power that it is built for, shape (hours,)."""
    at = _run(made, year, year.it_w, year.rated_w)
    rated = np.full_like(most_w, year.rated_w.max(initial=0.0))
    full = _run(made, year, most_w, rated)
    meter = meter_w(made, year, year.it_w)
    water_l = float(at.water_l.sum())
    built_w = float(np.quantile(full.lifted_w, DESIGN_FRACTION)) if len(meter) else 0.0
    energy_usd = float(at.power_w.sum()) / WH_PER_KWH * year.usd_per_kwh
    water_usd, chiller_usd = cost_usd(year.scenario, year.outside, at.water_l), built_w * CHILLER_USD_PER_W
    return {
        "pue_fraction": float(meter.sum() / year.it_w.sum()) if year.it_w.any() else np.nan,
        "cooling_j": float(at.power_w.sum()) * HOUR_S,
        "chiller_h": int((at.is_trimmed & (year.it_w > 0.0)).sum()),
        "chiller_thermal_w": built_w,
        "peak_facility_w": float(meter.max(initial=0.0)),
        "water_l": water_l,
        "throttled_gpu_h": throttled_gpu_h(year.it_w, year.rated_w, year.busy_gpus, at),
        "energy_usd": energy_usd,
        "water_usd": water_usd,
        "chiller_usd": chiller_usd,
        "cost_usd": energy_usd + water_usd + CHILLER_CHARGE * chiller_usd,
    }
