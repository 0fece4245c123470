"""Swings of synchronous work: one dip a step, its harmonics, and how jobs add up."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gigacampus.kernels.jit import kernel

Array = NDArray[np.float64]


def harmonic_fraction(depth_fraction: float, duty_fraction: float, order: int) -> float:
    """Amplitude of a harmonic of a rectangular dip, over the mean power: 2 d |sin(pi n t)| / (pi n (1 - d t)).

    `depth_fraction` d is the dip over the high level, `duty_fraction` t its share of the period (Fourier series).
    """
    mean = 1.0 - depth_fraction * duty_fraction
    angle = np.pi * order
    return float(2.0 * depth_fraction * abs(np.sin(angle * duty_fraction)) / angle / mean)


def rms_fraction(depth_fraction: float, duty_fraction: float) -> float:
    """Root mean square of the swing over the mean power: d sqrt(t (1 - t)) / (1 - d t)."""
    mean = 1.0 - depth_fraction * duty_fraction
    return float(depth_fraction * np.sqrt(duty_fraction * (1.0 - duty_fraction)) / mean)


def dip(time_s: Array, period_s: float, phase_fraction: float, depth_fraction: float, duty_fraction: float) -> Array:
    """Power over its mean along time: high, then low for the last `duty_fraction` of every period; its mean is one."""
    place = (time_s / period_s + phase_fraction) % 1.0
    mean = 1.0 - depth_fraction * duty_fraction
    return np.where(place >= 1.0 - duty_fraction, 1.0 - depth_fraction, 1.0) / mean


def together_w(amplitudes_w: ArrayLike) -> tuple[float, float]:
    """Amplitude of jobs that swing independently (root of the sum of squares) and in step (sum)."""
    each = np.asarray(amplitudes_w, dtype=np.float64)
    return float(np.sqrt(np.sum(each * each))), float(np.sum(each))


def half_cycle_j(swing_w: float, period_s: float) -> float:
    """Energy that storage moves in a half-cycle to flatten a swing between two levels: dP T / 4."""
    return swing_w * period_s / 4.0


@kernel
def largest_steps_w(at_s: Array, after_w: Array, window_s: float) -> tuple[float, float]:
    """Largest rise and fall of a step function within any window: (up, down), both at least 0.

    `after_w[i]` holds from `at_s[i]` on, times ascending. The extreme lies between a value and one in force at most
    `window_s` earlier; two monotone queues keep the least and the most of the window behind every instant.
    """
    count = at_s.shape[0]
    lows, highs = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    low_head, low_end, high_head, high_end, first = 0, 0, 0, 0, 0
    up, down = 0.0, 0.0
    for i in range(count):
        while first < i and at_s[first + 1] <= at_s[i] - window_s:
            first += 1  # the value in force where the window begins entered before it
        while low_head < low_end and lows[low_head] < first:
            low_head += 1
        while high_head < high_end and highs[high_head] < first:
            high_head += 1
        while low_end > low_head and after_w[lows[low_end - 1]] >= after_w[i]:
            low_end -= 1
        lows[low_end] = i
        low_end += 1
        while high_end > high_head and after_w[highs[high_end - 1]] <= after_w[i]:
            high_end -= 1
        highs[high_end] = i
        high_end += 1
        up = max(up, after_w[i] - after_w[lows[low_head]])
        down = max(down, after_w[highs[high_head]] - after_w[i])
    return up, down
