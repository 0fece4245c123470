"""All hourly series of a derivation, before they become tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigacampus.facility.it import ItHours
from gigacampus.facility.supply import Served
from gigacampus.kernels.plant import CoolingHours, Plant

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """Powers are means over the hour in watts; shape (hours,) each."""

    plant: Plant
    it: ItHours
    loss_w: Array
    cooling: CoolingHours
    misc_w: Array
    facility_w: Array
    """What is drawn at the meter."""
    served: Served
    wanted_w: Array
    """What would be drawn, had no source been short and no event forbidden it."""

    @property
    def off_w(self) -> Array:
        """Power of racks that are switched off because no source serves them, or because an event forbids it."""
        return np.maximum(self.wanted_w - self.facility_w, 0.0)

    @property
    def pue_fraction(self) -> Array:
        """Facility over IT power; NaN where there is no IT power."""
        it_w = self.it.it_w
        return np.where(it_w > 0.0, self.facility_w / np.where(it_w > 0.0, it_w, 1.0), np.nan)
