"""The months of the horizon, and what falls into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import Clock
from gigacampus.units import S_PER_HOUR, S_PER_YEAR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Periods:
    """Calendar months as half-open intervals `[edges_s[i], edges_s[i + 1])`; the last one ends with the horizon."""

    clock: Clock
    edges_s: Ints
    names: list[str] = field(init=False)
    """Each month as `2027-03`."""

    def __post_init__(self) -> None:
        """Name the months once."""
        names = [self.clock.day(int(start)).strftime("%Y-%m") for start in self.starts_s]
        object.__setattr__(self, "names", names)

    @classmethod
    def of(cls, clock: Clock) -> Periods:
        """The months that the clock's horizon touches."""
        return cls(clock, clock.month_starts_s())

    def __len__(self) -> int:
        """The number of months."""
        return len(self.edges_s) - 1

    @property
    def starts_s(self) -> Ints:
        """First second of each month; shape (months,)."""
        return self.edges_s[:-1]

    @property
    def dues_s(self) -> Ints:
        """First second of each month's last day, when its bills are posted; shape (months,)."""
        return self.edges_s[1:] - 86_400

    @property
    def hours_h(self) -> Floats:
        """Length of each month; shape (months,)."""
        return np.diff(self.edges_s) / S_PER_HOUR

    def index(self, at_s: Any) -> Ints:
        """The month that an instant falls into, clipped to the horizon."""
        found = np.searchsorted(self.edges_s, np.asarray(at_s, dtype=np.int64), side="right") - 1
        return np.clip(found, 0, len(self) - 1)

    def overlap_s(self, from_s: Any, until_s: Any) -> Floats:
        """Seconds that `[from_s, until_s)` shares with each month; shape (rows, months)."""
        start = np.asarray(from_s, dtype=np.float64).reshape(-1, 1)
        end = np.asarray(until_s, dtype=np.float64).reshape(-1, 1)
        shared: Floats = np.clip(np.minimum(end, self.edges_s[1:]) - np.maximum(start, self.edges_s[:-1]), 0.0, None)
        return shared

    def integral_s(self, at_s: Any, change: Any) -> Floats:
        """Integral over each month of the running sum of `change` (unit × s); shape (months,)."""
        whole: Floats = np.asarray(change, dtype=np.float64) @ self.overlap_s(at_s, np.full(np.shape(at_s), np.inf))
        return whole

    def years(self, at_s: Any, since_s: int = 0) -> Floats:
        """Julian years of 365.25 days from `since_s` to `at_s`."""
        return (np.asarray(at_s, dtype=np.float64) - since_s) / S_PER_YEAR
