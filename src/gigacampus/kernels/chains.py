"""From the point of interconnection to the rack: the stages of a power chain and their loss curves.

Curves are (a0, a1, a2) of `stage_loss_w`, from the rack upward; each stage is rated at the provisioned IT power.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gigacampus.kernels.power_chain import chain_loss_w

Array = NDArray[np.float64]
Curve = tuple[float, float, float]

BUSWAY: Curve = (0.0, 0.002, 0.006)
"""415 V busway and switchgear (engineering practice, not re-read)."""
DOUBLE_CONVERSION: Curve = (0.008, 0.010, 0.010)
"""Double-conversion UPS, 97 % at three quarters of its load (engineering practice, not re-read)."""
RACK_BATTERY: Curve = (0.003, 0.004, 0.003)
"""Rack batteries or a UPS in eco mode, 99 % (engineering practice, not re-read)."""
TRANSFORMER: Curve = (0.001, 0.0, 0.006)
"""Medium to low voltage, 99.3-99.4 % (engineering practice, not re-read)."""
RECTIFIER_800V: Curve = (0.003, 0.006, 0.008)
"""One rectifier from medium voltage to 800 V DC: chain of 2.5-3 % with its transformer (vendor claims)."""
BUS_800V: Curve = (0.0, 0.001, 0.002)
"""800 V DC bus: a quarter of the copper loss of 415 V at the same section."""

CHAINS: dict[str, tuple[Curve, ...]] = {
    "ac_415": (BUSWAY, DOUBLE_CONVERSION, TRANSFORMER),
    "ac_415_rack_battery": (BUSWAY, RACK_BATTERY, TRANSFORMER),
    "computer": (BUSWAY, TRANSFORMER),
    "dc_800": (BUS_800V, RECTIFIER_800V, TRANSFORMER),
}
"""Chains by name. Hyperscale halls carry their batteries in the racks; supercomputers mostly run without any."""


def losses_w(kind: Literal["ac_415", "dc_800"] | str, it_w: Array, rated_w: Array) -> Array:
    """Conversion losses of the chain that carries the IT power, shape (hours,)."""
    return chain_loss_w(it_w, rated_w, CHAINS[kind])
