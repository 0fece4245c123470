"""Chips held over spans of time, and their exact integrals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gigacampus.engine.desk import NEVER, Ints


@dataclass(frozen=True, slots=True)
class Spans:
    """Chips held from one time until another; equal-length arrays. `until_s` NEVER is open."""

    from_s: Ints
    until_s: Ints
    chips: Any

    @classmethod
    def joined(cls, parts: list[Spans]) -> Spans:
        """Several lists as one."""
        none = np.zeros(0, dtype=np.int64)
        return cls(
            *(
                np.concatenate([none, *(getattr(part, name) for part in parts)])
                for name in ("from_s", "until_s", "chips")
            )
        )

    def changes(self) -> tuple[Ints, Any]:
        """Times and changes in the number of chips held, unordered."""
        is_closed = self.until_s < NEVER
        at_s = np.concatenate((self.from_s, self.until_s[is_closed]))
        return at_s, np.concatenate((self.chips, -self.chips[is_closed]))

    def integral(self, edges_s: Ints) -> Any:
        """Chip-seconds between neighbouring edges; shape (edges - 1,)."""
        return between(*self.changes(), edges_s)


def between(at_s: Ints, change: Any, edges_s: Ints) -> Any:
    """Chip-seconds between neighbouring edges of the step function with the given changes; integers stay exact."""
    order = np.argsort(at_s, kind="stable")
    at_s, level = at_s[order], np.cumsum(change[order])
    if not len(at_s):
        return np.zeros(len(edges_s) - 1, dtype=change.dtype)
    so_far = np.concatenate(([0], np.cumsum(level[:-1] * np.diff(at_s))))
    place = np.searchsorted(at_s, edges_s, side="right") - 1
    reached = np.where(place < 0, 0, so_far[place] + level[place] * (edges_s - at_s[place]))
    return np.diff(reached)


def steps_of(at_s: Ints, value: Any) -> tuple[Ints, Ints]:
    """The changes of a step function given by its levels, those of 0 left out."""
    change = np.diff(value, prepend=0)
    return at_s[change != 0], change[change != 0]
