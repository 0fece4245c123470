"""The renewal form for planning against the discrete-event engine that plays runs."""

from __future__ import annotations

import numpy as np
import pytest

from gigacampus.engine.play import Jobs, Steps, Strikes, play_queue
from gigacampus.workload.llm.goodput import daly_s, ettr, mttf_s


@pytest.mark.parametrize(
    ("chips", "rate_per_chip_h", "write_s", "recover_s"),
    [(16_384, 2e-5, 5, 300), (16_384, 2e-5, 30, 900), (102_400, 2e-5, 5, 300), (1_024, 2e-4, 60, 600)],
)
def test_the_engine_agrees_with_the_renewal_form_within_a_point(
    chips: int, rate_per_chip_h: float, write_s: int, recover_s: int
) -> None:
    mean_s = mttf_s(chips, rate_per_chip_h)
    interval_s = max(1, round(daly_s(write_s, mean_s)))
    useful_s = round(3_000 * mean_s)
    dice = np.random.default_rng(11)
    at_s = np.cumsum(dice.exponential(mean_s, 12_000)).astype(np.int64)
    one = np.ones(1, np.int64)
    jobs = Jobs(0 * one, useful_s * one, useful_s * one, chips * one, interval_s * one)
    strikes = Strikes(at_s, dice.integers(0, chips, len(at_s)), np.full(len(at_s), 8), np.ones(len(at_s), np.int64))
    # spare nodes stand by, so that a broken node costs its restart and not its repair
    steps = Steps(np.zeros(1, np.int64), (chips + 80) * one, 0 * one)
    played = play_queue(jobs, 0, steps=steps, strikes=strikes, restart_s=recover_s, write_s=write_s)
    # the engine's first start costs nothing, the renewal form has none: both are one in thousands
    measured = useful_s / (int(played.end_s[0]) - int(played.start_s[0]))
    assert played.tries[0] > 1_000
    assert measured == pytest.approx(ettr(mean_s, interval_s, write_s, recover_s), abs=0.01)
