"""The halls: when each is built, energised, filled, and lost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, series, time_figure
from gigacampus.report.listing import n, table
from gigacampus.report.view import View, short

GANTT_HALLS = 60
HALLS = "t-halls"


def chart(view: View) -> Figure:
    """A bar for each stage of each hall."""
    halls = view.table("halls")
    kept = np.unique(np.linspace(0, len(halls) - 1, min(len(halls), GANTT_HALLS)).round().astype(np.int64))
    shown = len(kept)
    names = [short(str(halls["hall"][k]), 24) for k in kept.tolist()]
    if len(set(names)) < len(names):
        names = [f"{k + 1} {name}" for k, name in zip(kept.tolist(), names, strict=True)]
    end_s = view.clock.end_s
    first, last = _filling(view)
    ready, powered = np.minimum(halls["building_s"], end_s), np.minimum(halls["power_s"], end_s)
    first, last = np.minimum(first, end_s), np.minimum(last, end_s)
    stages = (
        ("built, without power", ready, np.maximum(ready, powered), "--c6"),
        ("energised, empty", np.maximum(ready, powered), np.maximum(first, np.maximum(ready, powered)), "--c5"),
        ("filling", first, last, "--c3"),
        ("filled", last, np.full(len(halls), end_s), "--c1"),
    )
    traces = [_stage(view, names, kept, *stage) for stage in stages]
    lost = halls["lost_from_s"] < end_s
    if lost.any():
        until = np.minimum(halls["lost_until_s"], end_s)
        traces.append(
            _stage(view, names, kept, "lost", np.where(lost, halls["lost_from_s"], 0), np.where(lost, until, 0), "--c4")
        )
    note = (
        ""
        if shown == len(halls)
        else f"{shown} of {len(halls)} halls, evenly spaced; all of them stand in the table below."
    )
    figure = time_figure(
        view,
        "chart-halls",
        "Halls: built, energised, filled",
        traces,
        "",
        table=HALLS,
        height_px=max(220, 90 + 19 * shown),
        barmode="overlay",
        hovermode="closest",
        note=note,
    )
    figure.layout["yaxis"] = axis("", autorange="reversed", type="category", tickfont={"size": 11})
    return figure


def _stage(
    view: View, names: list[str], kept: NDArray[np.int64], stage: str, start_s: Any, end_s: Any, color: str
) -> dict[str, Any]:
    start_s, end_s = np.asarray(start_s)[kept], np.asarray(end_s)[kept]
    length = np.maximum(0, end_s - start_s)
    starts = view.days(start_s.astype(np.int64))
    return {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": series(length * 1000.0, 9),
        "base": starts,
        "name": stage,
        "marker": {"color": color},
        "customdata": view.days((start_s + length).astype(np.int64)),
        "hovertemplate": "%{y}: " + stage + " from %{base} to %{customdata}<extra></extra>",
    }


def _filling(view: View) -> tuple[Any, Any]:
    """When each hall gets its first live chips and when it stops growing; NEVER where it gets none."""
    halls = len(view.table("halls"))
    first, last = np.full(halls, NEVER), np.full(halls, NEVER)
    if not view.has("installs"):
        return first, last
    installs = view.table("installs")
    grows = installs["chips"] > 0
    index, at = installs["hall_index"][grows], installs["at_s"][grows]
    lowest, highest = np.full(halls, NEVER), np.full(halls, -1)
    np.minimum.at(lowest, index, at)
    np.maximum.at(highest, index, at)
    return lowest, np.where(highest >= 0, highest, NEVER)


def listing(view: View) -> Any:
    """The halls with their dates."""
    halls = view.table("halls")
    heads = [
        "hall",
        "phase",
        n("can hold", "MW IT", "halls.it_limit_w"),
        "building ready",
        "energised",
        "first chips live",
        "filled",
        "lost",
    ]
    first, last = _filling(view)
    rows = [
        [
            row["hall"],
            row["phase"],
            numbers.figure(row["it_limit_w"] / 1e6),
            view.day(row["building_s"]),
            view.day(row["power_s"]),
            view.day(first[k]),
            view.day(last[k]),
            "" if row["lost_from_s"] == NEVER else f"{view.day(row['lost_from_s'])} to {view.day(row['lost_until_s'])}",
        ]
        for k, row in enumerate(halls.rows())
    ]
    return table(
        "Halls with their dates; those after the record's last day are the scenario's", heads, rows, ident=HALLS
    )
