"""Which policies the loop on a floor plays."""

from __future__ import annotations

IN_LINE = ("fcfs", "sjf", "priority", "easy", "sjf-easy", "priority-easy")
"""All others, planned runs, and jobs that run beyond their estimates are played by the general loop."""
