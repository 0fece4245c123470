"""Samples of a plan: every range drawn, P10, P50 and P90 by month and of the milestones' dates."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import DAY_S, Clock
from gigacampus.errors import InvariantError
from gigacampus.kernels.dice import stream
from gigacampus.kernels.planning import DONE, Reached, play_out
from gigacampus.plan.batch import Batch, batches, reaches
from gigacampus.plan.milestones import Milestone, milestones
from gigacampus.plan.past import Past, past_of
from gigacampus.plan.together import together
from gigacampus.scenario import Ranges, Scenario, ranges

Floats = NDArray[np.float64]
PERCENTILES = (10, 50, 90)
THREADS = 2
"""Samples are played on this many threads; which one plays a sample changes nothing."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What the samples reach: levels at the months' ends, shape (samples, months); days of the milestones, -1 never."""

    clock: Clock
    paths: tuple[str, ...]
    values: Floats
    chips: Floats
    h100e: Floats
    it_w: Floats
    milestones: tuple[Milestone, ...]
    met_day: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.chips)

    def monthly(self, name: str) -> Floats:
        """P10, P50 and P90 of `chips`, `h100e` or `it_w` by month; shape (3, months)."""
        return np.asarray(np.percentile(getattr(self, name), PERCENTILES, axis=0))

    def date_of(self, milestone: int, percentile: float) -> date | None:
        """The day by which a milestone is met in so many of a hundred samples; None where it is not in the horizon."""
        days = np.sort(np.where(self.met_day[:, milestone] < 0, np.iinfo(np.int64).max, self.met_day[:, milestone]))
        day = int(days[min(int(np.ceil(percentile / 100.0 * len(days))), len(days)) - 1])
        return None if day == np.iinfo(np.int64).max else self.clock.day(day * DAY_S)

    def never_fraction(self, milestone: int) -> float:
        """The share of samples that do not meet a milestone within the horizon."""
        return float((self.met_day[:, milestone] < 0).mean())


def options(scenario: Scenario) -> dict[str, float]:
    """Quotas whose extension has a probability, and how likely each is taken up."""
    return {
        name: float(quota.extension.probability)
        for name, quota in scenario.deal.quotas.items()
        if quota.extension is not None and quota.extension.probability is not None
    }


def drawn(scenario: Scenario, n: int, root: int) -> NDArray[np.bool_]:
    """Whether each option is taken up in each sample; shape (n, options)."""
    taken = np.zeros((n, len(options(scenario))), dtype=np.bool_)
    for column, (name, probability) in enumerate(options(scenario).items()):
        taken[:, column] = stream(root, f"plan:deal.quotas.{name}.extension").random(n) < probability
    return taken


def taken_up(scenario: Scenario, pattern: Iterable[bool]) -> Scenario:
    """The scenario with its options taken up or not."""
    quotas = dict(scenario.deal.quotas)
    for name, is_taken in zip(options(scenario), pattern, strict=True):
        extension = quotas[name].extension
        if extension is not None:
            changed = extension.model_copy(update={"exercised": bool(is_taken)})
            quotas[name] = quotas[name].model_copy(update={"extension": changed})
    return scenario.model_copy(update={"deal": scenario.deal.model_copy(update={"quotas": quotas})})


def relevant(scenario: Scenario) -> Ranges:
    """The scenario's ranges that can move live chips."""
    found = ranges(scenario)
    mask = np.array([reaches(scenario, path) for path in found.paths], dtype=bool)
    columns = {
        name: getattr(found, name)[mask]
        for name in ("low", "mid", "high", "least", "most", "is_log", "is_whole", "is_date")
    }
    return replace(found, paths=tuple(p for p, keep in zip(found.paths, mask, strict=True) if keep), **columns)


def samples(scenario: Scenario, n: int, seed: int | None = None) -> Samples:
    """Draw every range `n` times and play each draw; each range has a stream of its own from the seed."""
    past = past_of(scenario)
    scenario = past.scenario
    found = relevant(scenario)
    root = scenario.seed if seed is None else seed
    uniforms = np.empty((n, len(found.paths)))
    for column, path in enumerate(found.paths):
        uniforms[:, column] = stream(root, f"plan:{path}").random(n)
    uniforms = together(scenario, found.paths, uniforms, root)
    values, taken = found.values(uniforms), drawn(scenario, n, root)
    parts = [
        (rows, played(replace(past, scenario=taken_up(scenario, pattern)), found, values[rows]))
        for pattern in np.unique(taken, axis=0)
        for rows in [np.flatnonzero((taken == pattern).all(axis=1))]
    ]
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))

    def joined(name: str) -> NDArray[Any]:
        return np.asarray(np.concatenate([getattr(part, name) for _, part in parts])[order])

    return replace(
        parts[0][1], values=values, chips=joined("chips"), h100e=joined("h100e"), it_w=joined("it_w"),
        met_day=joined("met_day"),
    )  # fmt: skip


def played(given: Scenario | Past, found: Ranges, values: Floats) -> Samples:
    """Play given values, shape (samples, ranges); `found` are ranges of the scenario with its past, if it has one."""
    past = given if isinstance(given, Past) else Past(given)
    scenario = past.scenario
    marks = milestones(scenario)
    thresholds_w = np.array([mark.threshold_w for mark in marks], dtype=np.float64)
    parts = [_play(one, thresholds_w) for one in batches(past, found, values)]

    def joined(name: str) -> NDArray[Any]:
        arrays = [getattr(part, name) for part in parts]
        return np.concatenate(arrays) if len(arrays) > 1 else np.asarray(arrays[0])

    return Samples(
        scenario.clock, found.paths, values, joined("chips"), joined("h100e"), joined("it_w"), marks, joined("met_day")
    )


def _play(batch: Batch, thresholds_w: Floats) -> Reached:
    months = len(batch.deals.month_days) - 1
    shape = (batch.samples, months)
    met_day = np.full((batch.samples, len(thresholds_w)), -1, dtype=np.int64)
    reached = Reached(np.zeros(shape), np.zeros(shape), np.zeros(shape), met_day)
    edges = np.linspace(0, batch.samples, min(THREADS, batch.samples) + 1).astype(np.int64)
    spans = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))

    def play(span: tuple[int, int]) -> int:
        return play_out(span[0], span[1], batch.deals, batch.sites, thresholds_w, reached)

    if len(spans) == 1:
        found = [play(spans[0])]
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(play, spans))
    if any(status != DONE for status in found):
        raise InvariantError("a sample of the plan needed more rows than its tables have")
    return reached
