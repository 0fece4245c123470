"""Gas turbines in the heat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ISO_DEGC = 15.0
"""Air temperature at which turbines are rated (ISO 3977-2)."""


def derated_fraction(dry_bulb_degc: Array, per_k: float) -> Array:
    """Output over the rated one: 1 - per_k (T - 15), never above 1 (the contract's limit) nor below 0."""
    return np.clip(1.0 - per_k * (dry_bulb_degc - ISO_DEGC), 0.0, 1.0)


def heat_rate_factor(dry_bulb_degc: Array, per_k: float) -> Array:
    """Fuel by kWh over that at 15 degC: 1 + per_k max(T - 15, 0)."""
    return 1.0 + per_k * np.maximum(dry_bulb_degc - ISO_DEGC, 0.0)
