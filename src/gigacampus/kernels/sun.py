"""Where the sun stands, what a single-axis tracker sees of it, and what a photovoltaic plant makes of that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALBEDO = 0.2
"""Reflected share of the global irradiance (usual value for soil and sand)."""
TURN_DEG = 60.0
"""Furthest tilt of a tracker from the horizontal."""
STANDARD_WM2 = 1_000.0
STANDARD_DEGC = 25.0
HEAT_LOSS_PER_K = 0.0037
"""Output lost by kelvin of cell temperature over 25 degC (PVWatts v5, standard modules 0.0047, premium 0.0035)."""
INVERTER_FRACTION = 0.96
"""Inverter efficiency (PVWatts v5 default)."""


def sun_position_deg(unix_s: NDArray[np.int64], latitude_deg: float, longitude_deg: float) -> tuple[Array, Array]:
    """Zenith and azimuth (from north, clockwise) of the sun, without refraction (NOAA's solar calculator)."""
    century = (unix_s / 86_400.0 + 2_440_587.5 - 2_451_545.0) / 36_525.0
    mean_longitude = np.radians((280.46646 + century * (36_000.76983 + 0.0003032 * century)) % 360.0)
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    centre = (
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2.0 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3.0 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    apparent = mean_longitude + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
    tilt = np.radians(23.439291 - 0.0130042 * century + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(tilt) * np.sin(apparent))
    eccentricity = 0.016708634 - 0.000042037 * century
    half = np.tan(tilt / 2.0) ** 2
    equation_min = 4.0 * np.degrees(
        half * np.sin(2.0 * mean_longitude)
        - 2.0 * eccentricity * np.sin(anomaly)
        + 4.0 * eccentricity * half * np.sin(anomaly) * np.cos(2.0 * mean_longitude)
        - 0.5 * half * half * np.sin(4.0 * mean_longitude)
        - 1.25 * eccentricity * eccentricity * np.sin(2.0 * anomaly)
    )
    solar_min = (unix_s % 86_400) / 60.0 + equation_min + 4.0 * longitude_deg
    hour = np.radians(solar_min / 4.0 - 180.0)
    latitude = np.radians(latitude_deg)
    east = -np.cos(declination) * np.sin(hour)
    north = np.sin(declination) * np.cos(latitude) - np.cos(declination) * np.cos(hour) * np.sin(latitude)
    up = np.sin(declination) * np.sin(latitude) + np.cos(declination) * np.cos(hour) * np.cos(latitude)
    return np.degrees(np.arccos(np.clip(up, -1.0, 1.0))), np.degrees(np.arctan2(east, north)) % 360.0


def tracker_wm2(zenith_deg: Array, azimuth_deg: Array, ghi_wm2: Array, dni_wm2: Array, dhi_wm2: Array) -> Array:
    """Irradiance on a horizontal north-south single-axis tracker without backtracking, isotropic sky.

    Rotation R = atan(tan(zenith) sin(azimuth)), limited to `TURN_DEG`; beam on the plane DNI cos(incidence), sky
    DHI (1 + cos R) / 2, ground GHI albedo (1 - cos R) / 2 (Lorenzo et al., Prog. Photovolt. 2011, 19, 747).
    """
    zenith, azimuth = np.radians(zenith_deg), np.radians(azimuth_deg)
    across, up = np.sin(zenith) * np.sin(azimuth), np.cos(zenith)
    is_day = zenith_deg < 90.0
    turn = np.where(is_day, np.arctan2(across, up), 0.0)
    turn = np.clip(turn, -np.radians(TURN_DEG), np.radians(TURN_DEG))
    incidence = np.maximum(across * np.sin(turn) + up * np.cos(turn), 0.0)
    plane = np.cos(turn)
    sky = dhi_wm2 * (1.0 + plane) / 2.0 + ghi_wm2 * ALBEDO * (1.0 - plane) / 2.0
    return np.where(is_day, dni_wm2 * incidence, 0.0) + sky


def plant_fraction(
    plane_wm2: Array, dry_bulb_degc: Array, wind_ms: Array, dc_to_ac: float, loss_fraction: float
) -> Array:
    """Alternating-current output over module peak: PVWatts v5 (NREL/TP-6A20-62641) with the Faiman cell temperature.

    Cell: T = T_air + G / (25 + 6.84 v); direct current
    G/1000 (1 - 0.0037 (T - 25)) (1 - losses); clipped at 1 / dc_to_ac.
    """
    cell = dry_bulb_degc + plane_wm2 / (25.0 + 6.84 * wind_ms)
    direct = plane_wm2 / STANDARD_WM2 * (1.0 - HEAT_LOSS_PER_K * (cell - STANDARD_DEGC)) * (1.0 - loss_fraction)
    return np.clip(direct * INVERTER_FRACTION, 0.0, 1.0 / dc_to_ac)
