"""What drives an outcome: Sobol indices, a tornado of rank correlations, fans and the Pareto front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, UsageError
from gigacampus.sweep.outcome import Outcome

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sobol:
    """Shares of an outcome's variance: by each input alone (first) and with all its interactions (total)."""

    inputs: tuple[str, ...]
    first: Floats
    total: Floats
    samples: int


def sobol(found: Outcome, measure: str) -> Sobol:
    """Sobol indices of a measure from a Saltelli design, shape (inputs,); several seeds of a point count by their mean.

    First order by Janon et al. (2014, ESAIM: Probability and Statistics 18, p. 342-364, estimator T), which wavers less
    than the older ones; total by Jansen (1999, Computer Physics Communications 117, p. 35-43). Points without the
    measure are left out in whole.
    """
    blocks = _blocks(found, measure)
    paths = tuple(path for path in found.inputs if path in blocks)
    if not paths or "A" not in blocks:
        told = "Sobol indices need a Saltelli design"
        raise UsageError(Fault("Y006", told, fix="sweep with --method saltelli --samples 256"))
    a, b = blocks["A"], blocks["B"]
    crossed = np.stack([blocks[path] for path in paths])
    whole = np.isfinite(a) & np.isfinite(b) & np.isfinite(crossed).all(axis=0)
    a, b, crossed = a[whole], b[whole], crossed[:, whole]
    if len(a) < 2 or np.ptp(np.concatenate([a, b])) == 0.0:
        return Sobol(paths, np.zeros(len(paths)), np.zeros(len(paths)), len(a))
    middle = (b + crossed).mean(axis=1) / 2.0
    first = ((b * crossed).mean(axis=1) - middle**2) / ((b**2 + crossed**2).mean(axis=1) / 2.0 - middle**2)
    total = ((a - crossed) ** 2).mean(axis=1) / (2.0 * np.concatenate([a, b]).var())
    return Sobol(paths, first, total, len(a))


def _blocks(found: Outcome, measure: str) -> dict[str, Floats]:
    """The measure by block of the design, in the order of the sample, mean over seeds; shape (samples,)."""
    values = found.column(measure)
    block = np.array(found.table.column("block").to_pylist(), dtype=object)
    row = np.asarray(found.table.column("sample").to_numpy(), dtype=np.int64)
    made: dict[str, Floats] = {}
    for name in dict.fromkeys(block.tolist()):
        mine = block == name
        if name:
            counts = np.bincount(row[mine])
            made[str(name)] = np.bincount(row[mine], values[mine]) / np.maximum(counts, 1)
    return made


@dataclass(frozen=True)
class Swing:
    """What one input does to a measure: its mean where the input is in its lowest and highest fifth, and the rank."""

    path: str
    low: float
    high: float
    rank: float
    """Spearman's rank correlation of input and measure."""


def tornado(found: Outcome, measure: str) -> list[Swing]:
    """Each input's swing, the widest first; inputs that take one value alone are left out."""
    values = found.column(measure)
    swings = []
    for path in found.inputs:
        if str(found.table.schema.field(path).type) == "string":
            words = np.array(found.table.column(path).to_pylist(), dtype=object)
            means = sorted(float(np.nanmean(values[words == word])) for word in dict.fromkeys(words.tolist()))
            if len(means) > 1:
                swings.append(Swing(path, means[0], means[-1], float("nan")))
            continue
        at = found.column(path)
        good = np.isfinite(at) & np.isfinite(values)
        if good.sum() < 2 or np.ptp(at[good]) == 0.0:
            continue
        low, high = np.quantile(at[good], (0.2, 0.8))
        ends = (values[good][at[good] <= low].mean(), values[good][at[good] >= high].mean())
        swings.append(Swing(path, float(ends[0]), float(ends[1]), _spearman(at[good], values[good])))
    return sorted(swings, key=lambda one: (-abs(one.high - one.low), one.path))


def _spearman(one: Floats, two: Floats) -> float:
    ranks = [_ranks(values) for values in (one, two)]
    if min(float(np.ptp(values)) for values in ranks) == 0.0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    """Ranks, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[inverse], dtype=np.float64)


def front(one: Floats, two: Floats, *, more: tuple[bool, bool] = (False, False)) -> NDArray[np.int64]:
    """Points of the Pareto front, by position: none is at least as good in both and better in one.

    `more` says for each of the two whether more is better; points with a NaN are never on it.
    """
    first, second = (-v if up else v for v, up in zip((one, two), more, strict=True))
    good = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    order = good[np.lexsort((second[good], first[good]))]
    kept, best = [], np.inf
    last = None
    for k in order.tolist():
        here = (first[k], second[k])
        if second[k] < best or here == last:
            kept.append(k)
            best, last = min(best, second[k]), here
    return np.array(kept, dtype=np.int64)
