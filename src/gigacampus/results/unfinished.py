"""What a replay tells of jobs that did not finish, beside figures that leave them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 3
"""Reasons that are told."""


def of_unfinished(summary: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """How many never started, what held most of them when they came, and what waits count; empty where all finished.

    `summary` is one policy's; `words` name reasons. A packing study, where nothing ever ends, has none.
    """
    count, never = summary.get("unfinished"), summary.get("never_started")
    if not count or never is None or summary["allocation_fraction"] is not None:
        return ""
    reasons = list(summary["never_started_by_reason"].items())
    by = ", ".join(f"{many:,} by {words.get(name, name)}" for name, many in reasons[:MOST])
    held = f" (held when they came: {by})" if by else ""
    return f"{never:,} of {count:,} unfinished never started{held}; waits count finished jobs only"


def left_out(jobs: int, pairs: int) -> str:
    """How many measured jobs a paired difference leaves out; empty where none."""
    return f"{jobs - pairs:,} of {jobs:,} jobs are left out of pairs: not finished under both" if jobs > pairs else ""
