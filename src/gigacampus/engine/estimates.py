"""What a scheduler believes about how long jobs take, and what happens to those that take longer."""

from __future__ import annotations

import numpy as np

from gigacampus.engine.desk import Ints
from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.dice import stream

MAX_FACTOR = 1e6


def estimates(rule: str, estimate_s: Ints, run_s: Ints, seed: int) -> Ints:
    """Estimates by a rule; 0 where there is none, which means the run time.

    `trace`: as the log has them. `exact`: the run time. `none`: no job says how long it takes, so that each counts as
    the longest of the log, as on a machine with one time limit for all. `factor:LO..HI`: the run time times a factor
    drawn evenly from LO to HI for each job. Raises UsageError for any other text.
    """
    if rule == "trace":
        return estimate_s
    if rule == "exact":
        return run_s.copy()
    if rule == "none":
        return np.full_like(run_s, run_s.max(initial=0))
    low, high = _bounds(rule)
    factor = stream(seed, "engine/estimates").uniform(low, high, len(run_s))
    return np.ceil(run_s * factor).astype(np.int64)


def _bounds(rule: str) -> tuple[float, float]:
    head, _, span = rule.partition(":")
    low_text, dots, high_text = span.partition("..")
    try:
        low, high = float(low_text), float(high_text)
    except ValueError:
        low = high = 0.0
    if head != "factor" or not dots or not 0 < low <= high <= MAX_FACTOR:
        fix = "trace, exact, none, or factor:LO..HI such as factor:1..5"
        raise UsageError(Fault("E303", f"--estimates {rule!r} is not known", fix=fix))
    return low, high


def cut(run_s: Ints, estimate_s: Ints) -> Ints:
    """Run times of jobs that are killed when their estimate is over; those without an estimate run on."""
    return np.where(estimate_s > 0, np.minimum(run_s, estimate_s), run_s)
