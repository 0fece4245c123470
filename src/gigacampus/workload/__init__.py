"""The workload room: real logs, generators fitted to them, and the work that a scenario's tenants ask for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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
from gigacampus.workload.write import write_csv, write_swf

if TYPE_CHECKING:
    from gigacampus.scenario import Scenario
    from gigacampus.tables.timeline import Timeline
    from gigacampus.tables.work import Work

__all__ = [
    "FORMATS", "Trace", "draw", "locate", "read_nodes", "read_rates", "read_requests", "read_trace", "sniff",
    "write_csv", "write_swf",
]  # fmt: skip


def draw(scenario: Scenario, timeline: Timeline) -> Work:
    """Who asks for what (`workload/draw.py`), imported on the first call: who reads a log needs no scenario."""
    verb = globals()["draw"]
    module = import_module("gigacampus.workload.draw")
    globals()["draw"] = verb  # the import put the file of that name here
    drawn: Work = module.draw(scenario, timeline)
    return drawn
