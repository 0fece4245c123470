"""The ranges under a kind of result: the few inputs whose sources lie apart and that move it most."""

from __future__ import annotations

from typing import Any

from gigacampus.report import lineage
from gigacampus.report.html import Html, join, link, tag
from gigacampus.report.view import View

MOST = 4


def ranges(view: View, topic: str) -> Html | None:
    """Low and high of the ranged inputs under a topic, those that move the run most first; None where there is none."""
    if not topic or not view.has("inputs"):
        return None
    found = [row for row in lineage.under(topic, view.inputs_by_path.values()) if is_range(row)]
    if not found:
        return None
    swings = _swings(view, topic)
    found.sort(key=lambda row: -swings.get(row["path"], 0.0))
    items = [
        tag(
            "li",
            tag("code", row["path"]),
            f": {row['text']}, {row['status']}",
            join(", ", link(row["source"])) if row["source"] else None,
            f" ({row['as_of']})" if row["as_of"] else None,
        )
        for row in found[:MOST]
    ]
    said = f"{len(found):,} of the inputs under it are ranges, from P10 to P90"
    return join(tag("p", f"{said}; those that move the run most:" if swings else f"{said}:"), tag("ul", items))


def is_range(row: dict[str, Any]) -> bool:
    """Whether an input is a range: of numbers, or of dates."""
    return bool(row["low"] == row["low"] and row["low"] != row["high"]) or " to " in row["text"]


def _swings(view: View, topic: str) -> dict[str, float]:
    """How far each input alone moves the cost (for cash and cost) or the build-out (for the rest)."""
    table, name, low, high = ("movers", "path", "low", "high")
    if topic in {"cash", "cost"}:
        table, name, low, high = ("cost_movers", "input", "low_usd_per_gpu_h", "high_usd_per_gpu_h")
    if not view.has(table):
        return {}
    found = {row[name]: abs(float(row[high]) - float(row[low])) for row in view.table(table).rows()}
    return {path: swing for path, swing in found.items() if swing == swing}
