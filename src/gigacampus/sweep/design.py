"""Which points of a study are run: every one of a grid, or a sample that fills the ranges evenly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.dice import stream
from gigacampus.sweep.axes import Axis, Choices, Sampled

Floats = NDArray[np.float64]
Method = Literal["lhs", "sobol", "random", "saltelli"]
METHODS: tuple[Method, ...] = ("lhs", "sobol", "random", "saltelli")
MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Point:
    """One run of a study: where it stands, and what it changes."""

    number: int
    variant: str
    """Variants that are on, joined by `+`; empty for none."""
    seed_step: int
    """Added to the scenario's seed: all variants and values meet the same seeds."""
    texts: tuple[tuple[str, str], ...]
    """Path and value as written."""
    numbers: dict[str, float] = field(compare=False)
    """Path and value as a number, in canonical units; the position of a word in its list."""
    sample: int = 0
    """Row of the sample."""
    block: str = ""
    """Part of a Saltelli design: A, B, or the path that is taken from B."""

    @property
    def overrides(self) -> list[str]:
        """What is worked into the scenario."""
        return [f"{path}={text}" for path, text in self.texts]

    @property
    def variants(self) -> list[str]:
        """The variants that are on."""
        return [one for one in self.variant.split("+") if one]


@dataclass(frozen=True)
class Row:
    """One row of a sample: shares in [0, 1), one a sampled axis; shape (axes,)."""

    sample: int
    block: str
    shares: tuple[float, ...]


def sample(method: Method, axes: int, n: int, seed: int) -> list[Row]:
    """`n` rows that fill the unit cube; for `saltelli` n · (axes + 2), from which Sobol indices follow.

    lhs: one row in each of n slices of every axis (McKay, Beckman and Conover 1979). sobol: scrambled Sobol sequence.
    saltelli: matrices A and B and, for each axis, A with that axis from B (Saltelli et al. 2010).
    """
    if axes == 0 or n == 0:
        return [Row(0, "", ())]
    if method == "saltelli":
        return _saltelli(_sobol(2 * axes, n, seed), axes)
    if method == "sobol":
        shares = _sobol(axes, n, seed)
    elif method == "lhs":
        dice = stream(seed, "sweep:lhs")
        slices = np.stack([dice.permutation(n) for _ in range(axes)], axis=1)
        shares = (slices + dice.random((n, axes))) / n
    else:
        shares = stream(seed, "sweep:random").random((n, axes))
    return [Row(k, "", tuple(one)) for k, one in enumerate(shares.tolist())]


def _sobol(axes: int, n: int, seed: int) -> Floats:
    try:
        from scipy.stats import qmc
    except ImportError:
        fault = Fault("U005", "Sobol samples need scipy", fix="pip install scipy, or --method lhs")
        raise UsageError(fault) from None
    if n & (n - 1):
        near = 2 ** round(math.log2(n))
        raise UsageError(Fault("Y002", f"a Sobol sequence has 2, 4, 8, … rows, not {n}", fix=f"--samples {near}"))
    drawn = qmc.Sobol(axes, scramble=True, rng=stream(seed, "sweep:sobol")).random(n)
    return np.asarray(drawn, dtype=np.float64)


def _saltelli(both: Floats, axes: int) -> list[Row]:
    rows = []
    for k, one in enumerate(both.tolist()):
        a, b = one[:axes], one[axes:]
        rows += [Row(k, "A", tuple(a)), Row(k, "B", tuple(b))]
        rows += [Row(k, str(axis), (*a[:axis], b[axis], *a[axis + 1 :])) for axis in range(axes)]
    return rows


def size(axes: Sequence[Axis], variants: int, seeds: int, method: Method, n: int) -> int:
    """How many points a study has."""
    choices = math.prod(len(axis.texts) for axis in axes if isinstance(axis, Choices))
    sampled = sum(not isinstance(axis, Choices) for axis in axes)
    rows = (n * (sampled + 2 if method == "saltelli" else 1)) if sampled and n else 1
    return choices * rows * max(1, variants) * seeds


def points(
    axes: Sequence[Axis], variants: Sequence[str], seeds: int, method: Method, n: int, seed: int
) -> Iterator[Point]:
    """The points in order: variants, then grid, then samples, then seeds, the last running fastest."""
    grid = [axis for axis in axes if isinstance(axis, Choices)]
    sampled: list[Sampled] = [axis for axis in axes if not isinstance(axis, Choices)]
    rows = sample(method, len(sampled), n, seed)
    number = 0
    for variant in variants or ("",):
        for chosen in itertools.product(*(range(len(axis.texts)) for axis in grid)):
            held = [(axis.path, axis.texts[k], axis.numbers()[k]) for axis, k in zip(grid, chosen, strict=True)]
            for row in rows:
                values = [axis.value(share) for axis, share in zip(sampled, row.shares, strict=False)]
                drawn = [(axis.path, axis.text(value), value) for axis, value in zip(sampled, values, strict=False)]
                texts = tuple((path, text) for path, text, _ in (*held, *drawn))
                numbers = {path: value for path, _, value in (*held, *drawn)}
                block = sampled[int(row.block)].path if row.block.isdigit() else row.block
                for step in range(seeds):
                    yield Point(number, variant, step, texts, numbers, row.sample, block)
                    number += 1
