"""The facility room: what the campus draws, drinks and emits."""

from gigacampus.facility.derive import derive, series

__all__ = ["derive", "series"]
