"""Electrical losses, stage by stage: each a quadratic in its load."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def stage_loss_w(output_w: ArrayLike, rated_w: ArrayLike, curve: tuple[float, float, float]) -> Array:
    """Loss of one stage: rated x (a0 + a1 x + a2 x^2), x = output over rated power; none where nothing is rated.

    a0 is the no-load loss (iron, controls), a1 the loss in junctions, a2 the resistive one.
    """
    rated = np.asarray(rated_w, dtype=np.float64)
    output = np.asarray(output_w, dtype=np.float64)
    load = np.where(rated > 0.0, output / np.where(rated > 0.0, rated, 1.0), 0.0)
    constant, linear, square = curve
    return rated * (constant + linear * load + square * load * load)


def chain_loss_w(output_w: ArrayLike, rated_w: ArrayLike, curves: tuple[tuple[float, float, float], ...]) -> Array:
    """Loss of stages one above another, from the load upward: each carries the losses of those below it.

    `rated_w` is the rating of every stage, in watts of its output.
    """
    output = np.asarray(output_w, dtype=np.float64)
    carried = output
    for curve in curves:
        carried = carried + stage_loss_w(carried, rated_w, curve)
    return carried - output


def affine_curve(efficiency: float, fixed_w: float, rated_w: float) -> tuple[float, float, float]:
    """The curve of a converter given as P_in = (P_out + fixed) / efficiency."""
    return (fixed_w / efficiency / rated_w, 1.0 / efficiency - 1.0, 0.0)
