"""The workload room: real logs, generators fitted to them, and the work that a scenario's tenants ask for."""

from gigacampus.workload.draw import draw
from gigacampus.workload.readers import FORMATS, read_trace, sniff
from gigacampus.workload.trace import Trace

__all__ = ["FORMATS", "Trace", "draw", "read_trace", "sniff"]
