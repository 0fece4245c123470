"""The facility room: what the campus draws, drinks and emits."""

from gigacampus.facility.derive import derive, series
from gigacampus.facility.supply import Bills, month_bills
from gigacampus.facility.tally import month_edges

__all__ = ["Bills", "derive", "month_bills", "month_edges", "series"]
