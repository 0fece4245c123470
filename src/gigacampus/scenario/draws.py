"""Draw every range of a scenario: samples for `plan --samples`.

A range states P10, P50 and P90. It is drawn as a normal distribution in two halves that meet at the median, each as
wide as its own end demands; in logarithms where the range is positive and its ends lie more than a factor WIDE apart.
Draws are clipped to the bounds of the key; whole numbers are rounded; dates are drawn in whole days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from gigacampus.scenario import walk
from gigacampus.scenario.inputs import walk as every_input
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.quantity import EARLIEST, LATEST, WIDE, Quantity, When

Floats = NDArray[np.float64]
_NORMAL = NormalDist()
Z90 = _NORMAL.inv_cdf(0.9)
"""Standard deviations from the median to P90 of a normal distribution."""
_quantile = np.frompyfunc(_NORMAL.inv_cdf, 1, 1)


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of a scenario, compiled once for many draws. Every array has shape (ranges,); dates are ordinals."""

    scenario: Scenario
    paths: tuple[str, ...]
    low: Floats
    mid: Floats
    high: Floats
    least: Floats
    most: Floats
    is_log: NDArray[np.bool_]
    is_whole: NDArray[np.bool_]
    is_date: NDArray[np.bool_]

    def values(self, uniforms: NDArray[np.float64] | Sequence[float]) -> Floats:
        """Values at quantiles in (0, 1), in canonical units; shape (..., ranges) in, the same out."""
        shares = np.clip(np.asarray(uniforms, dtype=np.float64), 1e-12, 1.0 - 1e-12)
        if shares.shape[-1:] != (len(self.paths),):
            raise ValueError(f"{len(self.paths)} ranges need as many uniforms, not {shares.shape[-1:]}")
        z = np.asarray(_quantile(shares), dtype=np.float64) / Z90
        with np.errstate(divide="ignore", invalid="ignore"):
            low, mid, high = (np.where(self.is_log, np.log(one), one) for one in (self.low, self.mid, self.high))
        drawn = mid + z * np.where(z > 0.0, high - mid, mid - low)
        drawn = np.where(self.is_log, np.exp(np.where(self.is_log, drawn, 0.0)), drawn)
        drawn = np.where(self.is_whole, np.rint(drawn), drawn)
        return np.asarray(np.clip(drawn, self.least, self.most))

    def at(self, values: Floats) -> Scenario:
        """The scenario with one value for each range; shape (ranges,)."""
        return with_values(
            self.scenario,
            {
                path: date.fromordinal(int(value)) if is_date else value
                for path, value, is_date in zip(self.paths, values.tolist(), self.is_date.tolist(), strict=True)
            },
        )


def ranges(scenario: Scenario) -> Ranges:
    """Every quantity and date that is a range, in the order of the schema, ready to be drawn."""
    found = [one for one in every_input(scenario) if getattr(one.value, "is_range", False)]
    ends = np.array([_ends(one.value) for one in found], dtype=np.float64).reshape(len(found), 3)
    limits = [_bounds(tuple(one.path.split("."))) for one in found]
    is_date = np.array([isinstance(one.value, When) for one in found], dtype=bool)
    low, mid, high = ends.T
    return Ranges(
        scenario,
        tuple(one.path for one in found),
        low,
        mid,
        high,
        least=np.array([least for least, _, _ in limits], dtype=np.float64),
        most=np.array([most for _, most, _ in limits], dtype=np.float64),
        is_log=(low > 0.0) & (high > WIDE * low) & ~is_date,
        is_whole=np.array([is_whole for _, _, is_whole in limits], dtype=bool),
        is_date=is_date,
    )


def _ends(value: Quantity | When) -> tuple[float, float, float]:
    if isinstance(value, When):
        return value.low.toordinal(), value.toordinal(), value.high.toordinal()
    return value.low, float(value), value.high


@cache
def _bounds(path: tuple[str, ...]) -> tuple[float, float, bool]:
    """Least and most that a key may be, and whether it is a whole number."""
    spot = walk.at(Scenario, path)
    for one in walk.alternatives(spot) if spot else ():
        schema = one.schema
        if schema.get("x-unit") == "date":
            return EARLIEST.toordinal(), LATEST.toordinal(), True
        if "x-maximum" in schema:
            return float(schema.get("x-minimum", -math.inf)), float(schema["x-maximum"]), bool(schema.get("x-whole"))
    return -math.inf, math.inf, False


def ranged(scenario: Scenario) -> list[str]:
    """Dotted paths of every quantity and date that is a range, in the order of the schema."""
    return list(ranges(scenario).paths)


def draw(scenario: Scenario, source: np.random.Generator | Sequence[float] | Floats) -> Scenario:
    """The scenario with every range replaced by one draw: of a generator, or of unit uniforms, one a range.

    For many draws compile `ranges` once and use its `values` and `at`.
    """
    found = ranges(scenario)
    uniforms = source.random(len(found.paths)) if isinstance(source, np.random.Generator) else source
    return found.at(found.values(uniforms))


def look_up(scenario: Scenario, path: str) -> Any:
    """What stands at a dotted path of a scenario; KeyError where nothing does."""
    value: Any = scenario
    for key in path.split("."):
        try:
            value = _child(value, key)
        except (KeyError, IndexError, AttributeError, ValueError):
            raise KeyError(path) from None
    return value


def _child(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value[key]
    if isinstance(value, (list, tuple)):
        return value[int(key)]
    if key not in type(value).model_fields:
        raise KeyError(key)
    return getattr(value, key)


def with_values(scenario: Scenario, values: Mapping[str, float | date]) -> Scenario:
    """The scenario with other values at some paths, in canonical units; units, bases and origins stay.

    Nothing is validated again, so that 10,000 samples stay cheap: give values within the bounds of their keys.
    """
    tree: dict[str, Any] = {}
    for path, value in values.items():
        node = tree
        *above, last = path.split(".")
        for key in above:
            node = node.setdefault(key, {})
        node[last] = value
    changed: Scenario = _changed(scenario, tree)
    return changed


def _changed(value: Any, tree: Any) -> Any:
    if not isinstance(tree, dict):
        if isinstance(value, Quantity):
            return value.at(float(tree))
        if isinstance(value, When):
            return When.of(date(tree.year, tree.month, tree.day), origin=value.origin)
        return type(value)(tree)
    update = {key: _changed(_child(value, key), below) for key, below in tree.items()}
    if isinstance(value, BaseModel):
        return value.model_copy(update=update)
    if isinstance(value, dict):
        return {**value, **update}
    copy = list(value)
    for key, one in update.items():
        copy[int(key)] = one
    return copy
