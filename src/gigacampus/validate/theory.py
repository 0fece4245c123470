"""Waits against queueing theory: closed forms on the one side, long simulated queues on the other.

Times are whole seconds, so a mean service of MEAN_S seconds keeps rounding below a millionth. The tolerance of a case
is the half width of the simulated mean's 99.9 % confidence interval (batch means), so that all together hold at 99 %.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.dice import stream
from gigacampus.validate.frame import Case

TITLE = "Queues against theory: Erlang C, Pollaczek-Khinchine, Cobham, Schrage-Miller"
MEAN_S = 1_000_000
JOBS = 2_000_000
WARM_UP = 0.1
"""Share of the jobs that is left out at the start."""
Ints = NDArray[np.int64]


def cases(data: Path | None) -> list[Case]:
    """M/M/c under fcfs, M/G/1 under fcfs, M/M/1 with two priorities, and M/M/1 under srtf."""
    if data is not None:
        raise UsageError(Fault("V003", "the theory suite takes no --data", fix="replay your own log instead"))
    found = []
    for servers, load in ((1, 0.7), (4, 0.8), (16, 0.9), (64, 0.95)):
        job = _drawn(f"mmc/{servers}", servers, load)
        found.append(
            _case(
                f"M/M/{servers} at {100 * load:.0f} %", erlang_c_wait(servers, load), job, servers, "fcfs", "Erlang C"
            )
        )
    heavy = _drawn("mg1", 1, 0.6, spread=1.0)
    second = float((heavy["run"].astype(np.float64) ** 2).mean()) / MEAN_S**2
    found.append(_case("M/G/1 at 60 %", 0.6 * second / (2 * 0.4), heavy, 1, "fcfs", "Pollaczek-Khinchine"))
    two = _drawn("cobham", 1, 0.8)
    two["priority"] = (stream(1, "validate/theory/class").random(JOBS) < 0.4).astype(np.int64)
    for level, published in ((1, 0.8 / (1 - 0.32)), (0, 0.8 / ((1 - 0.32) * 0.2))):
        found.append(
            _case(f"M/M/1 priority {level}", published, two, 1, "priority", "Cobham", two["priority"] == level)
        )
    found.append(_case("M/M/1 at 70 % srtf", srpt_wait(0.7), _drawn("srpt", 1, 0.7), 1, "srtf", "Schrage-Miller"))
    return found


def _drawn(name: str, servers: int, load: float, spread: float | None = None) -> dict[str, Ints]:
    """Poisson arrivals; exponential services, or log-normal ones with the standard deviation `spread` of the log."""
    dice = stream(1, f"validate/theory/{name}")
    gaps = dice.exponential(MEAN_S / (servers * load), JOBS)
    if spread is None:
        run = dice.exponential(MEAN_S, JOBS)
    else:
        run = MEAN_S * np.exp(dice.normal(-spread * spread / 2, spread, JOBS))
    return {
        "submit": np.cumsum(gaps).astype(np.int64), "run": np.rint(run).astype(np.int64),
        "priority": np.zeros(JOBS, dtype=np.int64),
    }  # fmt: skip


def _case(
    name: str, published: float, job: dict[str, Ints], servers: int, policy: str, formula: str, chosen: Any = None
) -> Case:
    """One queue: mean wait (end less submission less run) in units of the mean service."""
    from gigacampus.engine.outcome import Who
    from gigacampus.engine.play import Jobs
    from gigacampus.engine.schedule import schedule
    from gigacampus.engine.statistics import T_999, half_width

    nothing = np.zeros(JOBS, dtype=np.int64)
    jobs = Jobs(job["submit"], job["run"], job["run"], nothing + 1, nothing)
    played = schedule(policy, jobs, Who(job["priority"], nothing - 1, nothing - 1), servers)
    wait = (played.end_s - job["submit"] - job["run"]) / MEAN_S
    kept = np.arange(JOBS) >= WARM_UP * JOBS
    values = wait[kept if chosen is None else kept & chosen]
    half = half_width(values, T_999) or math.nan
    return Case(
        name, published, float(values.mean()), half, "own-derivation", formula, "mean services", is_absolute=True,
        note="tolerance: half the 99.9 % confidence interval",
    )  # fmt: skip


def erlang_c_wait(servers: int, load: float) -> float:
    """Mean wait in M/M/c in units of the mean service: C / (c (1 - rho)), C Erlang's probability of waiting."""
    offered = servers * load
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    waiting = blocked / (1.0 - load * (1.0 - blocked))
    return waiting / (servers * (1.0 - load))


def srpt_wait(load: float, steps: int = 20_000, top: float = 40.0) -> float:
    """Mean time in M/M/1 under shortest remaining time, less one service (Schrage and Miller, 1966), by Simpson's rule.

    E[T(x)] = load (m2(x) + x^2 (1 - F(x))) / (2 (1 - rho(x))^2) + integral from 0 to x of dt / (1 - rho(t)), with
    rho(x) the load and m2(x) the second moment of services up to x, both per unit rate, averaged over exponential x.
    """
    x = np.linspace(0.0, top, 2 * steps + 1)
    tail = np.exp(-x)
    rho = load * (1.0 - tail * (1.0 + x))
    second = 2.0 - tail * (x * x + 2.0 * x + 2.0)
    residence = np.concatenate(([0.0], np.cumsum(0.5 * np.diff(x) * (1 / (1 - rho[1:]) + 1 / (1 - rho[:-1])))))
    time = load * (second + x * x * tail) / (2.0 * (1.0 - rho) ** 2) + residence
    weight = np.ones(len(x))
    weight[1:-1:2], weight[2:-1:2] = 4.0, 2.0
    return float((weight * time * tail).sum() * (x[1] - x[0]) / 3.0) - 1.0
