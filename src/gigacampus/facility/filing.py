"""What a utility can file: hourly load, peaks and load factors, energisation steps, steps and ramp durations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import HOUR_S, NEVER
from gigacampus.facility.reopen import Reopened
from gigacampus.facility.series import Series
from gigacampus.facility.summary import worst_steps_w
from gigacampus.facility.swings import meter_edges, steps_w
from gigacampus.facility.tally import limits_w, month_edges
from gigacampus.tables.load import ENERGISATION, HOURLY, MONTHLY, RAMPS
from gigacampus.tables.table import Table

Array = NDArray[np.float64]
TEN_MINUTES_S = 600
SHARES = (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Filing:
    """Tables to file and the facts to say beside them."""

    hours: Table
    months: Table
    energisation: Table
    ramps: Table
    facts: dict[str, Any]


def filing(again: Reopened, found: Series, at: Literal["poi", "it"]) -> Filing:
    """The load of a finished run at the point of interconnection, or of its IT."""
    clock, site = again.scenario.clock, again.scenario.site
    load = found.facility_w if at == "poi" else found.it.it_w
    shift = timedelta(hours=site.utc_offset_h)
    utc = [clock.utc(h * HOUR_S) for h in range(len(load))]
    tangent = float(np.tan(np.arccos(site.power_factor)))
    hours = Table(
        HOURLY,
        {
            "hour_utc": [one.strftime("%Y-%m-%dT%H:%MZ") for one in utc],
            "hour_local": [(one + shift).strftime("%Y-%m-%dT%H:%M") for one in utc],
            "load_mw": load / 1e6,
            "load_mvar": load / 1e6 * tangent,
        },
    )
    return Filing(
        hours, _months(again, found, load), _energisation(again), _ramps(again, found), _facts(again, found, load)
    )


def _months(again: Reopened, found: Series, load: Array) -> Table:
    clock = again.scenario.clock
    edges = month_edges(clock, len(load))
    starts = clock.month_starts_s()[:-1]
    peak, mean = np.maximum.reduceat(load, edges[:-1]), np.add.reduceat(load, edges[:-1]) / np.diff(edges)
    return Table(
        MONTHLY,
        {
            "month": [clock.iso(one)[:7] for one in starts],
            "peak_mw": peak / 1e6,
            "least_mw": np.minimum.reduceat(load, edges[:-1]) / 1e6,
            "mean_mw": mean / 1e6,
            "load_factor_fraction": np.where(peak > 0.0, mean / np.where(peak > 0.0, peak, 1.0), np.nan),
            "contracted_mw": limits_w(again.scenario, starts) / 1e6,
            "provisioned_it_mw": found.it.provisioned_w[edges[1:] - 1] / 1e6,
        },
    )


def _energisation(again: Reopened) -> Table:
    halls, clock = again.timeline.halls, again.scenario.clock
    order = np.argsort(halls["power_s"], kind="stable")
    order = order[halls["power_s"][order] < NEVER]
    return Table(
        ENERGISATION,
        {
            "hall": halls["hall"][order],
            "day": [clock.iso(one) for one in halls["power_s"][order]],
            "it_mw": halls["it_limit_w"][order] / 1e6,
            "total_it_mw": np.cumsum(halls["it_limit_w"][order]) / 1e6,
        },
    )


def _ramps(again: Reopened, found: Series) -> Table:
    edges = meter_edges(again.scenario, again.log, found)
    first = int(edges.at_s[0])
    grid = np.arange(first, again.scenario.clock.end_s, TEN_MINUTES_S)
    level = edges.meter_w[np.maximum(np.searchsorted(edges.at_s, grid, side="right") - 1, 0)]
    change = np.diff(level) if len(level) > 1 else np.zeros(1)
    return Table(
        RAMPS,
        {
            "exceeded_fraction": SHARES,
            "up_mw": [float(np.quantile(np.maximum(change, 0.0), 1.0 - share)) / 1e6 for share in SHARES],
            "down_mw": [float(np.quantile(np.maximum(-change, 0.0), 1.0 - share)) / 1e6 for share in SHARES],
        },
    )


def _facts(again: Reopened, found: Series, load: Array) -> dict[str, Any]:
    """Peaks, steps and the validity that must stand beside them."""
    year = load[-8760:]
    days = year[: len(year) // 24 * 24].reshape(-1, 24).max(axis=1) if len(year) >= 24 else year
    p50, p90, p99 = (float(np.quantile(days, q)) for q in (0.5, 0.9, 0.99)) if len(days) else (0.0, 0.0, 0.0)
    steps = steps_w(meter_edges(again.scenario, again.log, found))
    weather = again.found.meta.get("notes", {}).get("conditions", [])
    contracted = float(limits_w(again.scenario, again.scenario.clock.month_starts_s()[-2:-1])[0])
    site = again.scenario.site
    is_typical = any("typical" in note or "derived" in note for note in weather)
    years = 1 if isinstance(site.weather, str) else len(site.weather)
    return {
        "contracted_w": contracted,
        "peak_p50_w": p50, "peak_p90_w": p90, "peak_p99_w": p99, "peak_w": float(load.max(initial=0.0)),
        "peak_basis": "daily peaks of the last year of the run",
        "design_peak_w": again.found.summary.get("facility", {}).get("design_peak_w"),
        "design_basis": again.found.summary.get("facility", {}).get("design_basis", ""),
        "worst_cases": worst_steps_w(again.scenario, again.timeline, again.log, found),
        "power_factor": again.scenario.site.power_factor,
        "steps": [{"window_s": window, "up_w": up, "down_w": down} for window, (up, down) in steps.items()],
        "weather": list(weather),
        "validity": _validity(is_typical, years, site.design_day is not None),
        "not_modelled": "voltage, frequency, faults and harmonics of the mains",
    }  # fmt: skip


def _validity(is_typical: bool, years: int, has_day: bool) -> str:
    """What peaks and sizes are good for, by the weather that they rest on."""
    if has_day:
        return "sizes and the design peak follow from the design day given, hours and energy from the weather years"
    if years > 1 and not is_typical:
        return f"peak MW, chiller hours and sizes follow from the {years} years given"
    return (
        "not a design year: peak MW, chiller hours and sizes follow from a typical or morphed year until several real "
        "years or a design day are given"
    )
