"""Ready-made energy sources: what `like:` fills in, as a scenario would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RTC_SOURCE = {"source": "https://guest.meed.com/?p=12498", "as_of": "2025-04-03", "status": "reported"}
RTC_PRICE = {
    "value": "6.1 to 7.2 USc/kWh", "status": "estimate",
    "source": "derived: 6 BUSD, 5 to 7 %, 25 years, 1.5 % operation, 8.4 TWh a year",
}  # fmt: skip
RTC_CARBON = {"value": "0 g/kWh", "source": "derived: no direct emissions", "status": "estimate"}


def _rtc(gw: float) -> dict[str, Any]:
    """Solar with storage round the clock, as built for Abu Dhabi."""
    return {
        "kind": "solar_storage", "price": RTC_PRICE, "carbon": RTC_CARBON,
        "solar": {"peak": {"value": f"{5.2 * gw} GW", **RTC_SOURCE}},
        "battery": {
            "power": {"value": f"{3.0 * gw} GW", "status": "assumption",
                      "source": "assumption: charges 19 GWh in a little over six hours; not published"},
            "energy": {"value": f"{19.0 * gw} GWh", **RTC_SOURCE},
        },
    }  # fmt: skip


STARTS = "Kumar et al., Power plant cycling costs, NREL/SR-5500-55433 (2012), medians of hot starts; not re-read"


def _gas(
    gw: float, words: str, g_per_kwh: int, per_k: tuple[str, str], least: str, usd_per_mw: float
) -> dict[str, Any]:
    """Gas turbines: direct carbon at 15 degC, losses of output and of efficiency by kelvin, least load, one start."""
    practice = {"source": f"engineering practice for {words}, not re-read", "status": "assumption"}
    return {
        "kind": "gas",
        "carbon": {"value": f"{g_per_kwh} g/kWh", "status": "estimate",
                   "source": f"derived: {words}, {202 / g_per_kwh:.0%} net at 15 degC, gas of 202 g/kWh of heat"},
        "turbine": {
            "derating": {"value": per_k[0], **practice}, "heat_rate_rise": {"value": per_k[1], **practice},
            "minimum": {"value": least, **practice},
            "start_cost": {"value": f"{1e3 * gw * usd_per_mw} USD", "source": STARTS, "status": "estimate"},
        },
    }  # fmt: skip


BLOCKS: dict[str, Callable[[float], dict[str, Any]]] = {
    "abu_dhabi_rtc": _rtc,
    "open_cycle": lambda gw: _gas(gw, "open cycle", 546, ("0.0065", "0.002"), "40 %", 32.0),
    "combined_cycle": lambda gw: _gas(gw, "combined cycle", 367, ("0.005", "0.001"), "50 %", 35.0),
}
"""What each block says of itself, for its size in GW."""
USUAL_LIMIT = {"abu_dhabi_rtc": {"limit": "1 GW poi"}}
"""How large a block is built, where it is one plant."""
