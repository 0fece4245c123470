"""The facility room: what the campus draws, drinks and emits."""

from gigacampus.facility.derive import derive, series
from gigacampus.facility.plant import Loop, Plant, cooling_hours, plant

__all__ = ["Loop", "Plant", "cooling_hours", "derive", "plant", "series"]
