"""CPU time of a year of facility and energy: ours hourly and by the minute, beside Vessim where it is installed.

Ours works out power chain, cooling, water, solar, battery, grid and gas; Vessim a load, a solar producer, a battery and
the grid. Run: python benchmarks/energy.py (and pip install vessim to see the second table).
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from gigacampus.conditions import read_weather, solar_fraction
from gigacampus.kernels.chains import losses_w
from gigacampus.kernels.dispatch import STORE, dispatch
from gigacampus.kernels.plant import cooling_hours
from gigacampus.scenario.plants import plant
from gigacampus.scenario.site import Cooling

RATED_W = 1e9


def year(steps_per_hour: int) -> dict[str, np.ndarray]:
    """Weather, sun and load of a year at a step."""
    weather = read_weather("abu_dhabi")
    hours = np.arange(8760 * steps_per_hour) / steps_per_hour

    def finer(values: np.ndarray) -> np.ndarray:
        return np.interp(hours, np.arange(8760), values)

    load = RATED_W * (0.65 + 0.1 * np.sin(2 * np.pi * hours / 24) + 0.02 * np.sin(2 * np.pi * hours * 3))
    return {
        "dry": finer(weather.dry_bulb_degc),
        "wet": finer(weather.wet_bulb_degc),
        "pressure": finer(weather.pressure_pa),
        "sun": finer(solar_fraction(weather, 1.3, 0.14)),
        "it": load,
        "rated": np.full(len(hours), RATED_W),
    }


def ours(data: dict[str, np.ndarray], step_s: float) -> float:
    """One year through the facility and its supply; returns the energy at the meter in TWh."""
    made = plant(Cooling.model_validate({"archetype": "adiabatic", "water_class": "W40", "liquid_share": "87 %"}))
    cooling = cooling_hours(made, data["dry"], data["wet"], data["pressure"], data["it"], data["rated"], step_s=step_s)
    meter = data["it"] * 1.01 + losses_w("ac_415", data["it"], data["rated"]) + cooling.power_w
    stores = np.zeros(4, dtype=STORE)
    stores[1] = (1e9, 1e9, 4e9 * 3600, 0.95, 0.05, 0.95, 1e-6, 3e-5, 0.0)
    count = len(meter)
    capacity = np.stack([data["sun"] * 2e9, np.zeros(count), np.full(count, 6e8), np.full(count, 1e9)], axis=1)
    kinds, since = np.array([1, 3, 0, 4], dtype=np.int64), np.zeros(4, dtype=np.int64)
    served, charged, _, _ = dispatch(meter, capacity, kinds, stores, since, step_s)
    assert abs((served - charged).sum() / meter.sum() - 1.0) < 1e-9
    return float(meter.sum() * step_s / 3.6e15)


def vessim(data: dict[str, np.ndarray], step_s: int) -> float:
    """The same load, sun and battery in Vessim; returns the number of steps."""
    import pandas as pd
    import vessim as vs

    count = len(data["it"])
    offsets = np.arange(count) * step_s
    load = vs.Trace(pd.Series(data["it"], index=offsets))
    sun = vs.Trace(pd.Series(data["sun"] * 2e9, index=offsets))
    with vs.Environment(sim_start="2023-01-01", step_size=step_s) as world:
        world.add_microgrid(
            actors=[vs.Consumer("load", load), vs.Producer("sun", sun)],
            dispatchables=[vs.SimpleBattery("battery", 4e9, min_soc=0.05), vs.GridConnection()],
        )
        world.run(until=(count - 1) * step_s)
    return float(count)


def timed(work: Callable[[], float]) -> float:
    """CPU seconds of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Warm up, then one year at each step."""
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    ours(year(1), 3600.0)
    print(f"{'tool':<14}{'step':<8}{'CPU s a year':>14}")
    for name, per_hour in (("hour", 1), ("minute", 60)):
        data = year(per_hour)
        best = min(timed(lambda data=data, per_hour=per_hour: ours(data, 3600.0 / per_hour)) for _ in range(3))
        print(f"{'gigacampus':<14}{name:<8}{best:>14.3f}")
    try:
        name = f"vessim {version('vessim')}"
    except PackageNotFoundError:
        print("vessim      not installed: pip install vessim")
        return
    for step, per_hour in (("hour", 1), ("minute", 60)):
        data = year(per_hour)
        spent = timed(lambda data=data, per_hour=per_hour: vessim(data, 3600 // per_hour))
        print(f"{name:<14}{step:<8}{spent:>14.3f}")


if __name__ == "__main__":
    main()
