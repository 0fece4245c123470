"""Axes of a study: which keys vary, over which values or between which ends."""

from __future__ import annotations

import contextlib
import fnmatch
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, ScenarioError, UsageError
from gigacampus.scenario import Scenario, ranges
from gigacampus.scenario.draws import Ranges, look_up
from gigacampus.scenario.quantity import Quantity, When
from gigacampus.scenario.unknown import UNKNOWN, UnknownError

Floats = NDArray[np.float64]
_SPAN = re.compile(r"^(?P<low>.+?)\.\.(?P<high>.+?)(?::(?P<steps>\d+))?$")
_AMOUNT = re.compile(r"[-+]?[\d.]+ ?([A-Za-z%$/][^,]*)")
Load = Callable[[Sequence[str]], Scenario]
"""The base scenario with some `path=value` overrides."""


@dataclass(frozen=True)
class Choices:
    """A key over listed values: an axis of the grid."""

    path: str
    texts: tuple[str, ...]

    def numbers(self) -> list[float]:
        """The values as numbers for the results table; their position where they are words."""
        try:
            return [float(text) for text in self.texts]
        except ValueError:
            return [float(position) for position in range(len(self.texts))]


@dataclass(frozen=True)
class Span:
    """A key between two ends: an axis that is sampled. Ends are in the key's canonical unit; dates are ordinals."""

    path: str
    low: float
    high: float
    unit: str = ""
    basis: str = ""
    is_whole: bool = False
    is_date: bool = False

    def value(self, share: float) -> float:
        """The value at a share in [0, 1] of the way from low to high."""
        found = self.low + share * (self.high - self.low)
        return float(round(found)) if self.is_whole or self.is_date else found

    def text(self, value: float) -> str:
        """A value as it is written into the scenario, every digit kept."""
        return written(value, self.unit, self.basis, is_whole=self.is_whole, is_date=self.is_date)


@dataclass(frozen=True)
class Stated:
    """A key that the scenario states as a range: it is drawn as `plan --samples` draws it."""

    path: str
    ranges: Ranges
    unit: str
    basis: str

    def value(self, share: float) -> float:
        """The value at a quantile."""
        return float(self.ranges.values(np.array([share]))[0])

    def text(self, value: float) -> str:
        """A value as it is written into the scenario, every digit kept."""
        return written(
            value, self.unit, self.basis, is_whole=bool(self.ranges.is_whole[0]), is_date=bool(self.ranges.is_date[0])
        )


Sampled = Span | Stated
Axis = Choices | Span | Stated


def written(value: float, unit: str, basis: str, *, is_whole: bool, is_date: bool) -> str:
    """A number in a canonical unit as the scenario would have it."""
    if is_date:
        return date.fromordinal(round(value)).isoformat()
    number = str(round(value)) if is_whole else repr(float(value))
    return " ".join(one for one in (number, "" if unit == "one" else unit, basis) if one)


def read_axes(texts: Sequence[str], load: Load) -> list[Axis]:
    """The axes that `--vary` texts name, every value checked against the schema; UsageError with all their faults.

    `path=a,b,c` and `path=lo..hi:n` are axes of a grid, `path=lo..hi` and `path` (its own stated range, or a pattern
    such as `deal.*`) are sampled.
    """
    found: dict[str, Axis] = {}
    faults: list[Fault] = []
    base = load(())
    for text in texts:
        try:
            for axis in _read(text, load, base):
                if axis.path in found:
                    told = f"{axis.path} varies twice"
                    faults.append(Fault("Y002", told, f"--vary {text}", path=axis.path, fix="name it once"))
                found[axis.path] = axis
        except UnknownError:
            continue  # what it takes cannot be told before the scenario's own faults are mended
        except (UsageError, ScenarioError) as error:
            faults += [_at(fault, text) for fault in error.faults]
    if faults:
        raise UsageError(faults)
    return list(found.values())


def _at(fault: Fault, text: str) -> Fault:
    return Fault(fault.code, fault.message, f"--vary {text}", path=fault.path, fix=fault.fix)


def _read(text: str, load: Load, base: Scenario) -> list[Axis]:
    path, equals, values = (part.strip() for part in text.partition("="))
    if not path:
        raise _fault("an axis begins with a path", "write --vary campus.install_rate=10,20")
    if not equals:
        return list(_stated(path, base))
    if not values:
        raise _fault(f"{path} has no values", f"write --vary {path}=a,b,c or {path}=lo..hi")
    match = _SPAN.match(values)
    if match is None:
        return [_choices(path, _listed(values), load)]
    span = _span(path, match["low"], match["high"], load)
    if match["steps"] is None:
        return [span]
    steps = int(match["steps"])
    if steps < 2 or steps > 1_000_000:
        raise _fault(f"{steps} steps between {match['low']} and {match['high']}", "2 or more, at most a million")
    return [Choices(path, tuple(dict.fromkeys(span.text(span.value(k / (steps - 1))) for k in range(steps))))]


def _listed(values: str) -> list[str]:
    """Values parted by commas; commas within brackets, or within a number such as 1,000, part nothing."""
    parts = re.split(r",(?![^\[\{]*[\]\}])(?!\d{3}(?:\D|$))", values)
    return [part.strip() for part in parts if part.strip()]


def _choices(path: str, texts: Sequence[str], load: Load) -> Choices:
    if not texts:
        raise _fault(f"{path} has no values", f"write --vary {path}=a,b,c")
    last = _AMOUNT.fullmatch(texts[-1])
    if last:  # the unit of the last value is that of bare numbers before it, as in 9,10 racks/day
        texts = [f"{one} {last[1]}" if _number(one) is not None else one for one in texts]
    faults = []
    for one in texts:
        try:
            load([f"{path}={one}"])
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise UsageError(faults)
    return Choices(path, tuple(dict.fromkeys(texts)))


def _span(path: str, low: str, high: str, load: Load) -> Span:
    """Both ends as one range, where the key takes ranges; else as two numbers."""
    low, high = low.strip(), high.strip()
    try:
        value = look_up(load([f"{path}={low} to {high}"]), path)
    except KeyError:
        value = None
    except ScenarioError as error:
        if _number(low) is None or _number(high) is None:
            raise _empty(path, low, high, error) from None
        for end in (low, high):
            load([f"{path}={end}"])
        value = None
    if isinstance(value, When):
        ends = float(value.low.toordinal()), float(value.high.toordinal())
        return _sound(Span(path, *ends, is_date=True), low, high)
    if isinstance(value, Quantity):
        whole = bool(ranges(load([f"{path}={low} to {high}"])).is_whole[0]) if value.is_range else False
        return _sound(Span(path, value.low, value.high, value.canonical, value.basis, is_whole=whole), low, high)
    first, last = _number(low), _number(high)
    if first is None or last is None:
        raise _fault(f"{path} takes words, not numbers: {low}..{high} is no range of it", f"--vary {path}=a,b,c")
    whole = isinstance(look_up(load([f"{path}={low}"]), path), int)
    return _sound(Span(path, first, last, is_whole=whole), low, high)


def _empty(path: str, low: str, high: str, error: ScenarioError) -> UsageError:
    """A range whose low end is not below its high one is said to be empty; all else as the schema says it."""
    if any(fault.code in ("S107", "S108") for fault in error.faults):
        return _fault(f"the range {low}..{high} of {path} is empty", "the lower end first")
    return UsageError(error.faults)


def _sound(span: Span, low: str, high: str) -> Span:
    if not span.low < span.high or not math.isfinite(span.high - span.low):
        raise _fault(f"the range {low}..{high} of {span.path} is empty", "the lower end first")
    return span


def _number(text: str) -> float | None:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return None


def _stated(pattern: str, base: Scenario) -> list[Stated]:
    """The ranges of the scenario that a path or pattern names."""
    known = ranges(base)
    picked = [k for k, path in enumerate(known.paths) if fnmatch.fnmatchcase(path, pattern)]
    with contextlib.suppress(KeyError):
        if not picked and look_up(base, pattern) is UNKNOWN:
            raise UnknownError
    if not picked:
        fix = f"give its values, --vary {pattern}=lo..hi; `gigacampus check --json` lists all ranges"
        raise _fault(f"the scenario states no range at {pattern}", fix)
    return [_one(known, k, base) for k in picked]


def _one(known: Ranges, k: int, base: Scenario) -> Stated:
    arrays: dict[str, Any] = {
        name: getattr(known, name)[k : k + 1]
        for name in ("low", "mid", "high", "least", "most", "is_log", "is_whole", "is_date")
    }
    value = look_up(base, known.paths[k])
    unit, basis = (value.canonical, value.basis) if isinstance(value, Quantity) else ("", "")
    return Stated(known.paths[k], Ranges(base, (known.paths[k],), **arrays), unit, basis)


def _fault(message: str, fix: str) -> UsageError:
    return UsageError(Fault("Y002", message, fix=fix))
