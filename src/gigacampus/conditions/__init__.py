"""The conditions room: the world outside, drawn up front."""

from gigacampus.conditions.draw import draw, grid_price, look
from gigacampus.conditions.grid import ewec_2026_kg_per_kwh, solar_fraction
from gigacampus.conditions.reading import read_bundled, read_file, read_weather
from gigacampus.conditions.weather_year import WeatherYear

__all__ = [
    "WeatherYear", "draw", "ewec_2026_kg_per_kwh", "grid_price", "look", "read_bundled", "read_file", "read_weather",
    "solar_fraction",
]  # fmt: skip
