"""What the grid may ask about swings: amplitudes, largest steps, and the storage that keeps a rule."""

from __future__ import annotations

from typing import Any

from gigacampus.clock import HOUR_S
from gigacampus.facility.reopen import Reopened
from gigacampus.facility.series import Series
from gigacampus.facility.summary import storage_j, worst_steps_w
from gigacampus.facility.swings import meter_edges, steps_w, swings_at
from gigacampus.units import J_PER_KWH

VALIDITY = (
    "not modelled: voltage, frequency, faults, harmonics of the mains, protection. Jobs are summed as independent; the "
    "beat is that of one metered run (GPT-3 on 512 H100), other models and chips differ"
)


def told(again: Reopened, found: Series, at_s: int, ramp_w_per_s: float | None, swing: float) -> dict[str, Any]:
    """Everything that `gigacampus power` prints about an instant, as plain values in W, s and J.

    `ramp_w_per_s` is the rule to keep; the site's own where None. `swing` is the largest swing over the load.
    """
    meter = float(found.facility_w[min(at_s // HOUR_S, len(found.facility_w) - 1)])
    scenario, timeline, log = again.scenario, again.timeline, again.log
    beats = swings_at(scenario, log, found, at_s, again.written_every_s)
    steps = steps_w(meter_edges(scenario, log, found))
    worst = worst_steps_w(scenario, timeline, log, found)
    rate = ramp_w_per_s
    if rate is None and scenario.site.ramp_limit is not None:
        rate = float(scenario.site.ramp_limit) / 60.0
    rules = [_swing_rule(beats.rows(), meter, swing), *_write_rule(beats.rows(), meter, swing)]
    if rate is not None:
        for name, step in worst.items():
            energy = storage_j(step, rate) / J_PER_KWH
            what = name.removeprefix("step_").removesuffix("_w").replace("_", " ")
            rules.append(
                {
                    "rule": f"ramp of at most {rate * 60 / 1e6:,.0f} MW/min, loss of {what}",
                    "needs": f"{step / 1e6:,.1f} MW and {energy:,.0f} kWh of storage or dump load,"
                    f" {step / rate / 60:,.1f} min",
                    "power_w": step, "energy_kwh": energy,
                }
            )  # fmt: skip
    return {
        "at_s": at_s,
        "meter_w": meter,
        "swings": list(beats.rows()),
        "steps": [{"window_s": window, "up_w": up, "down_w": down} for window, (up, down) in steps.items()],
        "worst_cases": worst,
        "rules": rules,
        "validity": VALIDITY,
    }


def _swing_rule(beats: Any, meter_w: float, swing: float) -> dict[str, Any]:
    """Storage that flattens what the worst case swings beyond the rule: power of the excess, energy of a half-cycle."""
    rows = [row for row in beats if row["beat"] == "step"]
    total = sum(row["in_step_w"] for row in rows)
    period = max((row["period_s"] for row in rows if row["in_step_w"] > 0.0), default=0.0)
    excess = max(total - swing * meter_w, 0.0)
    needs = (
        f"{excess / 1e6:,.1f} MW and {excess * period / 4 / J_PER_KWH:,.1f} kWh of storage, all jobs in step"
        if excess else "nothing, even with all jobs in step"
    )  # fmt: skip
    return {
        "rule": f"swing of at most {100 * swing:g} % of the load", "needs": needs, "power_w": excess,
        "energy_kwh": excess * period / 4 / J_PER_KWH,
    }  # fmt: skip


def _write_rule(beats: Any, meter_w: float, swing: float) -> list[dict[str, Any]]:
    """The same for the checkpoint of the largest job: power of the excess, for as long as it is written."""
    rows = [row for row in beats if row["beat"] == "checkpoint"]
    if not rows:
        return []
    most = max(rows, key=lambda row: row["one_w"])
    excess = max(most["one_w"] - swing * meter_w, 0.0)
    energy = excess * most["dip_s"] / J_PER_KWH
    needs = f"{excess / 1e6:,.1f} MW and {energy:,.1f} kWh of storage" if excess else "nothing"
    rule = f"the same while the largest job writes a checkpoint ({most['dip_s']:,.0f} s)"
    return [{"rule": rule, "needs": needs, "power_w": excess, "energy_kwh": energy}]
