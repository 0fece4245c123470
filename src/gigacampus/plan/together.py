"""Dates that slip together: crews, the utility and vendors are the same for all phases of a campus."""

from __future__ import annotations

import re
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.dice import stream
from gigacampus.scenario import Scenario

Floats = NDArray[np.float64]
DATES = re.compile(r"campus\.(halls\.[^.]+\.(building|cooling|power)_ready|feeds\.[^.]+\.ready)")
_NORMAL = NormalDist()
_quantile = np.frompyfunc(_NORMAL.inv_cdf, 1, 1)
_share = np.frompyfunc(_NORMAL.cdf, 1, 1)


def together(scenario: Scenario, paths: tuple[str, ...], uniforms: Floats, root: int) -> Floats:
    """The uniforms, shape (samples, ranges), with those of the campus's dates tied to one common draw a sample.

    In normal terms a draw is sqrt(r) of the common one and sqrt(1 - r) of its own, r being `campus.common_delay`:
    each date keeps its own P10, P50 and P90, and any two of them correlate by r (a Gaussian copula of one factor).
    """
    tied = float(scenario.campus.common_delay)
    columns = [k for k, path in enumerate(paths) if DATES.fullmatch(path)]
    if tied == 0.0 or not columns:
        return uniforms
    found = uniforms.copy()
    common = _normal(stream(root, "plan:campus.common_delay").random(len(uniforms)))
    own = _normal(uniforms[:, columns])
    found[:, columns] = _share(np.sqrt(tied) * common[:, np.newaxis] + np.sqrt(1.0 - tied) * own).astype(np.float64)
    return found


def _normal(uniforms: Floats) -> Floats:
    return np.asarray(_quantile(np.clip(uniforms, 1e-12, 1.0 - 1e-12)), dtype=np.float64)
