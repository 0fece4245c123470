"""A weather year: hourly arrays in local standard time, from 1 January 00:00, February of 28 days."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.psychrometrics import dew_point_degc, saturation_pressure_pa, wet_bulb_degc
from gigacampus.kernels.sun import sun_position_deg, tracker_wm2

Array = NDArray[np.float64]

HOURS = 8_760
STANDARD_PA = 101_325.0


def height_pressure_pa(height_m: float) -> float:
    """Mean pressure at a height: p = 101325 (1 - 2.25577e-5 h)^5.2559 (ASHRAE 2017, chapter 1, equation 3)."""
    return float(STANDARD_PA * (1.0 - 2.25577e-5 * height_m) ** 5.2559)


@dataclass(frozen=True, slots=True)
class WeatherYear:
    """One year of hours, shape (8760,) each. Irradiances are zero where the source has none."""

    place: str
    source: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    utc_offset_h: float
    dry_bulb_degc: Array
    dew_point_degc: Array
    pressure_pa: Array
    ghi_wm2: Array
    dni_wm2: Array
    dhi_wm2: Array
    wind_ms: Array
    notes: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    """Those of the notes that tell what the file lacked and what stands for it."""

    @property
    def wet_bulb_degc(self) -> Array:
        """Thermodynamic wet bulb."""
        return wet_bulb_degc(self.dry_bulb_degc, self.dew_point_degc, self.pressure_pa)

    @property
    def tracker_wm2(self) -> Array:
        """Irradiance on a single-axis tracker; the sun stands where it does at mid-hour."""
        middle = np.datetime64("2023-01-01T00:30", "s").astype(np.int64) + np.arange(HOURS) * 3600
        utc_s = middle - round(self.utc_offset_h * 3600)
        zenith, azimuth = sun_position_deg(utc_s, self.latitude_deg, self.longitude_deg)
        return tracker_wm2(zenith, azimuth, self.ghi_wm2, self.dni_wm2, self.dhi_wm2)

    def warmed(self, by_k: float) -> WeatherYear:
        """The same year in a climate warmer by `by_k`: every dry bulb shifted, relative humidity kept."""
        if by_k == 0.0:
            return self
        relative = saturation_pressure_pa(self.dew_point_degc) / saturation_pressure_pa(self.dry_bulb_degc)
        dry = self.dry_bulb_degc + by_k
        return replace(
            self, dry_bulb_degc=dry, dew_point_degc=dew_point_degc(dry, relative),
            notes=(*self.notes, f"warmed by {by_k:g} K at the same relative humidity"),
        )  # fmt: skip
