"""Wet bulb and dew point against PsychroLib, ice branch included."""

from __future__ import annotations

import numpy as np
import psychrolib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.catalog.weather import STATIONS
from gigacampus.conditions import read_bundled
from gigacampus.kernels.psychrometrics import (
    dew_point_degc,
    evaporation_kg_per_j,
    saturation_pressure_pa,
    wet_bulb_degc,
)

psychrolib.SetUnitSystem(psychrolib.SI)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(STATIONS))
def test_wet_bulb_agrees_with_psychrolib(name: str) -> None:
    year = read_bundled(STATIONS[name])
    pick = np.unique(np.concatenate((np.arange(0, 8760, 9), np.flatnonzero(np.abs(year.wet_bulb_degc) < 0.5))))
    ours = year.wet_bulb_degc[pick]
    theirs = [
        psychrolib.GetTWetBulbFromTDewPoint(dry, dew, pressure)
        for dry, dew, pressure in zip(
            year.dry_bulb_degc[pick].tolist(), year.dew_point_degc[pick].tolist(), year.pressure_pa[pick].tolist(),
            strict=True,
        )
    ]  # fmt: skip
    assert np.abs(ours - theirs).max() < 0.05


@pytest.mark.slow
@settings(deadline=None)
@given(dry=st.floats(-30.0, 50.0), relative=st.floats(0.05, 1.0), pressure=st.floats(70_000.0, 105_000.0))
def test_wet_bulb_lies_between_dew_point_and_dry_bulb(dry: float, relative: float, pressure: float) -> None:
    dew = float(dew_point_degc(dry, relative))
    wet = float(wet_bulb_degc(dry, dew, pressure))
    assert dew - 1e-9 <= wet <= dry + 1e-9
    theirs = psychrolib.GetTWetBulbFromTDewPoint(dry, dew, pressure)
    assert abs(wet - theirs) < 0.05


@settings(deadline=None)
@given(dry=st.floats(-30.0, 50.0), relative=st.floats(0.05, 1.0))
def test_dew_point_inverts_saturation(dry: float, relative: float) -> None:
    dew = dew_point_degc(dry, relative)
    assert float(saturation_pressure_pa(dew) / saturation_pressure_pa(dry)) == pytest.approx(relative, rel=1e-3)


def test_a_tower_evaporates_more_in_warm_air() -> None:
    share = evaporation_kg_per_j(np.linspace(-10.0, 35.0, 50), 9.0, 101_325.0) * 2.45e6
    assert np.all(np.diff(share) > 0.0)
    assert 0.3 < share[0] < 0.5 < 0.8 < share[-1] < 0.95
