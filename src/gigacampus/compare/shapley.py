"""Contributions of several causes to one change: Shapley's values, the mean over all orders in which they may come.

Shapley, L. S. (1953), A value for n-person games, in Contributions to the Theory of Games II, p. 307-317.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Subset = frozenset[int]
MOST_PLAYERS = 6


def subsets(players: int) -> list[Subset]:
    """All subsets of 0 … players - 1, the smaller first."""
    everyone = range(players)
    return [frozenset(one) for size in range(players + 1) for one in itertools.combinations(everyone, size)]


def shapley(players: int, value: Callable[[Subset], Floats] | Mapping[Subset, Floats]) -> Floats:
    """What each player adds on average over all orders; shape (players, ...). They sum to value(all) - value(none)."""
    of = value if callable(value) else value.__getitem__
    worth = {one: of(one) for one in subsets(players)}
    total = np.zeros((players, *np.shape(worth[frozenset()])))
    for one, level in worth.items():
        for player in set(range(players)) - one:
            weight = math.factorial(len(one)) * math.factorial(players - len(one) - 1) / math.factorial(players)
            total[player] += weight * (worth[one | {player}] - level)
    return total
