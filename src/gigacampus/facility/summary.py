"""The facility's headline numbers: PUE, water, peaks, carbon, plant sizing, and the largest steps of load."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S
from gigacampus.facility import carbon
from gigacampus.facility.it import shares
from gigacampus.facility.series import Series
from gigacampus.facility.water import supplied
from gigacampus.kernels.chains import losses_w
from gigacampus.kernels.plant import CoolingHours, cooling_hours
from gigacampus.scenario import Scenario
from gigacampus.tables.conditions import Conditions
from gigacampus.tables.log import Log
from gigacampus.tables.timeline import Timeline
from gigacampus.tables.work import Kind
from gigacampus.units import J_PER_KWH, L_PER_M3

DESIGN_FRACTION = 0.996
"""Plants are sized for the hour that 0.4 % of hours exceed (ASHRAE's annual cooling design condition)."""
DESIGN_BASIS = "hour exceeded 0.4 % of the time in the weather given; a typical or morphed year is no design year"
Array = NDArray[np.float64]
WH_PER_KWH = 1_000.0
DAY_H = 24


def summarise(scenario: Scenario, timeline: Timeline, outside: Conditions, log: Log, found: Series) -> dict[str, Any]:
    """Headline numbers of a derivation, plain values; units are in the names."""
    it_kwh = float(found.it.it_w.sum()) * HOUR_S / J_PER_KWH
    facility_kwh = float(found.facility_w.sum()) * HOUR_S / J_PER_KWH
    water_l = float(found.cooling.water_l.sum())
    pue = found.pue_fraction
    some = np.isfinite(pue)
    peak = int(np.argmax(found.facility_w)) if len(found.facility_w) else 0
    return {
        "pue_mean": facility_kwh / it_kwh if it_kwh else None,
        "pue_max": float(pue[some].max()) if some.any() else None,
        "wue_l_per_kwh": water_l / it_kwh if it_kwh else None,
        "it_energy_kwh": it_kwh,
        "facility_energy_kwh": facility_kwh,
        "peak_facility_w": float(found.facility_w[peak]) if len(found.facility_w) else 0.0,
        "peak_at": scenario.clock.utc(peak * HOUR_S).isoformat(timespec="hours"),
        "peak_mvar": float(found.facility_w[peak]) / 1e6 * float(np.tan(np.arccos(scenario.site.power_factor))),
        "provisioned_it_w": float(found.it.provisioned_w[-1]) if len(found.it.provisioned_w) else 0.0,
        "drawn_it_w": float(found.it.it_w[-24:].mean()) if len(found.it.it_w) else 0.0,
        "drawn_over_provisioned_fraction": _ratio(found.it.it_w.sum(), found.it.provisioned_w.sum()),
        "loss_over_it_fraction": _ratio(found.loss_w.sum(), found.it.it_w.sum()),
        "cooling_over_it_fraction": _ratio(found.cooling.power_w.sum(), found.it.it_w.sum()),
        "chiller_h": int((found.cooling.lift > 0.0).sum()),
        "rack_chiller_h": int(found.cooling.is_trimmed.sum()),
        "over_limit_h": int(found.cooling.is_over_limit.sum()),
        "throttled_gpu_h": throttled_gpu_h(found.it.it_w, found.it.provisioned_w, found.it.busy_gpus, found.cooling),
        **_supply(scenario, outside, found, water_l),
        **carbon.summary(scenario, outside, found),
        **_embodied(scenario, timeline, found),
        **_design(scenario, outside, found),
        **_steps(scenario, timeline, log, found),
    }


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _supply(scenario: Scenario, outside: Conditions, found: Series, water_l: float) -> dict[str, Any]:
    served = found.served
    emitted = float(served.carbon_kg.sum())
    kwh = served.served_w.sum(axis=0) / WH_PER_KWH
    supplies = supplied(scenario, outside, found.cooling.water_l)
    return {
        "carbon_kg": emitted,
        "carbon_kg_per_kwh": _ratio(emitted, float(kwh.sum())),
        "carbon_boundary": outside.carbon_boundary,
        "energy_by_source_kwh": dict(zip(served.names, kwh.tolist(), strict=True)),
        "energy_usd": float(served.energy_usd.sum()),
        "spilled_kwh": float(served.spilled_w.sum()) / WH_PER_KWH,
        "unserved_kwh": float(found.off_w.sum()) / WH_PER_KWH,
        "unserved_h": int((found.off_w > 0.0).sum()),
        "water_m3": water_l / L_PER_M3,
        "water_by_source_m3": {one.name: float(one.water_l.sum()) / L_PER_M3 for one in supplies},
        "water_usd": float(sum(one.cost_usd.sum() for one in supplies)),
        "water_supply_kwh": float(sum(one.energy_kwh.sum() for one in supplies)),
        "water_supply_carbon_kg": float(sum(one.carbon_kg.sum() for one in supplies)),
    }


def throttled_gpu_h(it_w: Array, provisioned_w: Array, busy_gpus: Array, cooling: CoolingHours) -> float:
    """Busy chip-hours that would have to stop to keep the racks' class: the part of the load above what is allowed."""
    load = np.where(provisioned_w > 0.0, it_w / np.maximum(provisioned_w, 1.0), 0.0)
    over = np.where(load > 0.0, np.maximum(1.0 - cooling.allowed / np.maximum(load, 1e-12), 0.0), 0.0)
    over = np.where(cooling.is_over_limit, over, 0.0)
    return float((busy_gpus * over).sum())


def _embodied(scenario: Scenario, timeline: Timeline, found: Series) -> dict[str, Any]:
    """Carbon of making what was installed and built; operational carbon is told apart."""
    chips = float(np.maximum(timeline.installs["chips"], 0).sum())
    rule = scenario.site.embodied
    return {
        "embodied_chips_kg": chips * float(rule.chip),
        "embodied_buildings_kg": float(found.it.provisioned_w.max(initial=0.0)) * float(rule.building),
    }


def design_air(scenario: Scenario, outside: Conditions) -> tuple[Array, Array, Array]:
    """Dry bulb, wet bulb and pressure to size for: the design day's one hour, or all hours of the horizon."""
    weather, day = outside.hours, scenario.site.design_day
    if day is None or not len(weather):
        return weather["dry_bulb_degc"], weather["wet_bulb_degc"], weather["pressure_pa"]
    return (
        np.array([day.dry_bulb_degc]), np.array([day.wet_bulb_degc]), np.array([float(weather["pressure_pa"].mean())]),
    )  # fmt: skip


def _design(scenario: Scenario, outside: Conditions, found: Series) -> dict[str, Any]:
    """Plant sizes at the site's design hour, at the highest provisioned IT power at full load.

    From typical or morphed years these are not a design year's: `design_basis` says so. `design_peak_w` is the meter in
    that hour at the highest IT power that the run drew.
    """
    rated = float(found.it.provisioned_w.max(initial=0.0))
    drawn = float(found.it.it_w.max(initial=0.0))
    dry, wet, pressure = design_air(scenario, outside)
    full = np.full(len(dry), rated)
    at = cooling_hours(found.plant, dry, wet, pressure, full, full)
    part = cooling_hours(found.plant, dry, wet, pressure, np.full(len(dry), drawn), full)

    def design(values: Any) -> float:
        return float(np.quantile(values, DESIGN_FRACTION))

    losses = losses_w(scenario.site.chain.kind, np.array([rated, drawn]), np.array([rated, rated]))
    house = rated * found.plant.misc_fraction
    day = scenario.site.design_day
    return {
        "design_dry_bulb_degc": design(dry),
        "design_wet_bulb_degc": design(wet),
        "design_it_w": rated,
        "design_chiller_thermal_w": design(at.lifted_w),
        "design_chiller_electric_w": design(at.chiller_w),
        "design_cooling_w": design(at.power_w),
        "design_facility_w": rated + house + float(losses[0]) + design(at.power_w),
        "design_peak_w": drawn + house + float(losses[1]) + design(part.power_w),
        "design_water_m3_per_d": _wettest_day_l(at.water_l) / L_PER_M3 if day is None
        else float(at.water_l[0]) * DAY_H / L_PER_M3,
        "design_basis": DESIGN_BASIS if day is None
        else f"design day given: {day.dry_bulb_degc:g} degC dry, {day.wet_bulb_degc:g} degC wet bulb"
        + (f" ({day.source})" if day.source else ""),
    }  # fmt: skip


def _wettest_day_l(water_l: Array) -> float:
    whole = len(water_l) // DAY_H * DAY_H
    return float(water_l[:whole].reshape(-1, DAY_H).sum(axis=1).max(initial=0.0))


def worst_steps_w(scenario: Scenario, timeline: Timeline, log: Log, found: Series) -> dict[str, float]:
    """The largest losses of load in one instant, at the meter and the mean PUE: one job, one hall, the site.

    A job drops from its work to idle; a hall, at the highest share of its limit that the campus ever draws, and the
    site drop what they draw to nothing; beside them one synchronous training job on all live chips.
    """
    share = shares(scenario.site.draw)
    chip_w = float(found.it.chip_w.max(initial=0.0))
    pue = _ratio(found.facility_w.sum(), found.it.it_w.sum()) or 0.0
    jobs = log.jobs
    ran = np.isin(jobs["outcome"], ["finished", "running"]) if len(jobs) else np.zeros(0, dtype=bool)
    drop = np.maximum(share[jobs["kind_index"]] - share[Kind.IDLE], 0.0) if len(jobs) else np.zeros(0)
    job_w = float((jobs["gpus"] * drop * ran).max(initial=0.0)) * chip_w * pue
    rated = found.it.provisioned_w
    drawn = float((found.it.it_w / np.where(rated > 0.0, rated, np.inf)).max(initial=0.0))
    hall_w = float(timeline.halls["it_limit_w"].max(initial=0.0)) * drawn * pue
    site_w = float(found.facility_w.max(initial=0.0))
    most_chips = float(found.it.chips.live.sum(axis=1).max(initial=0)) / HOUR_S
    return {
        "step_job_w": job_w,
        "step_hall_w": min(hall_w, site_w),
        "step_site_w": site_w,
        "step_one_synchronous_job_w": most_chips * float(share[Kind.PRETRAIN] - share[Kind.IDLE]) * chip_w * pue,
    }


def _steps(scenario: Scenario, timeline: Timeline, log: Log, found: Series) -> dict[str, float]:
    out = worst_steps_w(scenario, timeline, log, found)
    if scenario.site.ramp_limit is None:
        return out
    per_s = float(scenario.site.ramp_limit) / 60.0
    for name in ("job", "hall", "site"):
        out[f"storage_for_{name}_step_kwh"] = storage_j(out[f"step_{name}_w"], per_s) / J_PER_KWH
    return out


def storage_j(step_w: float, ramp_w_per_s: float) -> float:
    """Energy a battery must give or take while the grid follows a step at its ramp limit: dP^2 / (2 R)."""
    return step_w * step_w / (2.0 * ramp_w_per_s)
