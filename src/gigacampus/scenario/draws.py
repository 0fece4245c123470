"""Draw every range of a scenario: samples for `plan --samples`.

A range states P10, P50 and P90. It is drawn as a normal distribution in two halves that meet at the median, each as
wide as its own end demands; in logarithms where the range is positive and its ends lie more than a factor WIDE apart.
Draws are clipped to the bounds of the key; whole numbers are rounded; dates are drawn in whole days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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

Path = tuple[str | int, ...]
Z90 = NormalDist().inv_cdf(0.9)
"""Standard deviations from the median to P90 of a normal distribution."""


def ranged(scenario: Scenario) -> list[str]:
    """Dotted paths of every quantity and date that is a range, in the order of the schema."""
    return [one.path for one in every_input(scenario) if getattr(one.value, "is_range", False)]


def draw(scenario: Scenario, source: np.random.Generator | Sequence[float] | NDArray[np.float64]) -> Scenario:
    """The scenario with every range replaced by one draw: of a generator, or of unit uniforms, one a ranged path."""
    paths = ranged(scenario)
    if isinstance(source, np.random.Generator):
        uniforms: Sequence[float] = source.random(len(paths)).tolist()
    else:
        uniforms = [float(one) for one in source]
    if len(uniforms) != len(paths):
        raise ValueError(f"{len(paths)} ranges need as many uniforms, not {len(uniforms)}")
    values = {path: at_quantile(scenario, path, one) for path, one in zip(paths, uniforms, strict=True)}
    return with_values(scenario, values)


def at_quantile(scenario: Scenario, path: str, share: float) -> float | date:
    """The value of a ranged path at a quantile in (0, 1), in the canonical unit (a date for dates)."""
    value = look_up(scenario, path)
    z = NormalDist().inv_cdf(min(max(share, 1e-12), 1.0 - 1e-12))
    if isinstance(value, When):
        days = _two_halves(value.low.toordinal(), value.toordinal(), value.high.toordinal(), z)
        return date.fromordinal(round(min(max(days, EARLIEST.toordinal()), LATEST.toordinal())))
    if not isinstance(value, Quantity):
        raise TypeError(f"{path} is no quantity")
    if value.low > 0.0 and value.high / value.low > WIDE:
        drawn = math.exp(_two_halves(math.log(value.low), math.log(value), math.log(value.high), z))
    else:
        drawn = _two_halves(value.low, float(value), value.high, z)
    least, most, is_whole = _bounds(_shape(path))
    drawn = float(round(drawn)) if is_whole else drawn
    return min(max(drawn, least), most)


def _two_halves(low: float, mid: float, high: float, z: float) -> float:
    return mid + z / Z90 * ((high - mid) if z > 0.0 else (mid - low))


def _shape(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


@cache
def _bounds(path: tuple[str, ...]) -> tuple[float, float, bool]:
    spot = walk.at(Scenario, path)
    for one in walk.alternatives(spot) if spot else ():
        schema = one.schema
        if "x-maximum" in schema:
            return float(schema.get("x-minimum", -math.inf)), float(schema["x-maximum"]), bool(schema.get("x-whole"))
    return -math.inf, math.inf, False


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
