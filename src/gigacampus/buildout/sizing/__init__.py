"""Sizing: chips to racks, IT and facility power, H100e and cost, and back, from the chip's rack and its plant."""

from gigacampus.buildout.sizing.fleet import Fleet, fitting, fitting_range, parse_fleet, parse_power
from gigacampus.buildout.sizing.inputs import Spread, inputs_of
from gigacampus.buildout.sizing.plant import PLANTS, facility_ratio
from gigacampus.buildout.sizing.size import KEYS, Sized, check_plant, size

__all__ = [
    "KEYS", "PLANTS", "Fleet", "Sized", "Spread", "check_plant", "facility_ratio", "fitting", "fitting_range",
    "inputs_of", "parse_fleet", "parse_power", "size",
]  # fmt: skip
