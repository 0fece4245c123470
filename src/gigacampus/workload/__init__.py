"""The workload room: real logs, generators fitted to them, and the work that a scenario's tenants ask for."""

from gigacampus.workload.draw import draw
from gigacampus.workload.readers import (
    FORMATS,
    locate,
    read_nodes,
    read_rates,
    read_requests,
    read_trace,
    sniff,
)
from gigacampus.workload.trace import Trace
from gigacampus.workload.write import write_swf

__all__ = [
    "FORMATS", "Trace", "draw", "locate", "read_nodes", "read_rates", "read_requests", "read_trace", "sniff",
    "write_swf",
]  # fmt: skip
