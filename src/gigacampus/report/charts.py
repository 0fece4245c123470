"""Figures as plain dicts that the page draws when they scroll into view; colours are tokens of the style sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.report.view import OTHERS, View, ranked, short

Trace = dict[str, Any]
POINTS = 1_600
"""Points that a long series keeps: two for each pixel column of a wide screen's chart."""


FEW_MONTHS = 3
SOFT = {"fill": "tozeroy", "fillcolor": "--c1-soft"}
"""The fill under the line that a chart is about."""


@dataclass(frozen=True)
class Figure:
    """One chart: its traces and layout, what it is called, and what is said under it."""

    id: str
    title: str
    traces: list[Trace]
    layout: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    height_px: int = 340
    is_time: bool = False
    table: str = ""
    """The table behind it, by the table's id."""

    def as_data(self) -> dict[str, Any]:
        """What the page's script needs."""
        return {
            "title": self.title,
            "data": self.traces,
            "layout": self.layout,
            "height": self.height_px,
            "time": self.is_time,
            "table": self.table,
        }


def series(values: NDArray[Any] | Sequence[float], digits: int = 5) -> list[float | None]:
    """Numbers for JSON: rounded to so many significant digits, NaN as null."""
    found: list[float | None] = []
    for value in np.asarray(values, dtype=np.float64).tolist():
        if not math.isfinite(value):
            found.append(None)
        elif value == 0:
            found.append(0)
        else:
            rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
            found.append(int(rounded) if rounded == int(rounded) else rounded)
    return found


def line(x: Sequence[Any], y: Any, name: str, color: str, **more: Any) -> Trace:
    """A line; single points get a marker so that they are seen."""
    mode = "lines+markers" if len(x) <= 2 else "lines"
    styled = {"color": color, "width": more.pop("width", 2), **more.pop("line", {})}
    return {
        "type": "scatter",
        "mode": mode,
        "x": list(x),
        "y": series(y),
        "name": name,
        "line": styled,
        "marker": {"color": color},
        **more,
    }


def steps(view: View, y: Any, name: str, color: str, **more: Any) -> Trace:
    """A monthly value as a step function that holds to the month's end."""
    values = np.asarray(y, dtype=np.float64)
    styled = {"shape": "hv", **more.pop("line", {})}
    x = [*view.months, view.day(view.clock.end_s)]
    return line(x, np.append(values, values[-1:]), name, color, line=styled, hovertemplate="%{y:,.4~r}", **more)


def stock(view: View, y: Any, name: str, color: str, **more: Any) -> Trace:
    """A level at the months' ends: it holds to the next end. A horizon of a month or two shows whole months."""
    if len(view.months) < FEW_MONTHS:
        return steps(view, y, name, color, **more)
    styled = {"shape": "hv", **more.pop("line", {})}
    return line(view.days(view.edges_s[1:]), y, name, color, line=styled, **more)


def area_steps(view: View, y: Any, name: str, color: str) -> Trace:
    """One band of a stack of monthly values; fills are opaque, so that stacked colours do not mix."""
    return steps(view, y, name, color, width=0, stackgroup="one", fillcolor=color)


def area_stock(view: View, y: Any, name: str, color: str) -> Trace:
    """One band of a stack of levels at the months' ends."""
    return stock(view, y, name, color, width=0, stackgroup="one", fillcolor=color)


def stack(
    totals: Mapping[str, float],
    draw: Callable[[list[str], str, str], Trace],
    label: Callable[[str], str],
    colors: Mapping[str, str],
) -> list[Trace]:
    """Bands of a stack, the largest first, what is zero throughout left out; the smallest of many are one band.

    `draw` makes a trace of the summed members under a name in a colour; `colors` stay the same across charts, and what
    has none of its own is among the others.
    """
    present = {key: value for key, value in totals.items() if value}
    kept, rest = ranked({key: value for key, value in present.items() if key in colors} or present)
    rest += [key for key in present if key not in {*kept, *rest}]
    traces = [draw([key], short(label(key)), colors.get(key, OTHERS)) for key in kept]
    return [*traces, draw(rest, f"{len(rest)} others", OTHERS)] if rest else traces


def bars(x: Sequence[Any], y: Any, name: str, color: str | list[str], **more: Any) -> Trace:
    """Bars."""
    return {"type": "bar", "x": list(x), "y": series(y), "name": name, "marker": {"color": color}, **more}


def month_bars(view: View, y: Any, name: str, color: str) -> Trace:
    """Bars of monthly values, as wide as most of their month."""
    middle = (view.edges_s[:-1] + view.edges_s[1:]) // 2
    widths = (np.diff(view.edges_s) * 700).tolist()
    return bars(view.days(middle), y, name, color, width=widths)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its unit in the title."""
    return {"title": {"text": title}, **more}


def time_figure(
    view: View,
    ident: str,
    title: str,
    traces: list[Trace],
    unit: str,
    *,
    table: str = "",
    note: str = "",
    height_px: int = 340,
    **layout: Any,
) -> Figure:
    """A chart over time, the day `known_as_of` marked, the projection shaded; `table` is the id of its table."""
    made = {
        "xaxis": {"type": "date", "range": [view.day(0), view.day(view.clock.end_s)], "hoverformat": "%Y-%m-%d"},
        "yaxis": axis(unit, rangemode="tozero"),
        "hovermode": "x unified",
        **known_mark(view),
        **layout,
    }
    return Figure(ident, title, traces, made, note, height_px, is_time=True, table=table)


def known_mark(view: View) -> dict[str, Any]:
    """Shapes that part the record from the projection; nothing where all or none of the horizon is record."""
    known_s, end_s = view.clock.known_s, view.clock.end_s
    if known_s >= end_s or known_s <= 0:
        text = "all record" if known_s >= end_s else "all projection"
        return {"annotations": [_note(f"{text} (known as of {view.meta['known_as_of']})", 1.0, "right", "paper")]}
    known = view.day(known_s)
    return {
        "shapes": [
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": known,
                "x1": view.day(end_s),
                "y0": 0,
                "y1": 1,
                "fillcolor": "--shade",
                "line": {"width": 0},
                "layer": "below",
            },
            {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": known,
                "x1": known,
                "y0": 0,
                "y1": 1.02,
                "line": {"color": "--known", "width": 1.2, "dash": "dot"},
            },
        ],
        "annotations": [_note(f"known as of {view.meta['known_as_of']}", known, _side(view), "x")],
    }


def _side(view: View) -> str:
    return "left" if view.clock.known_s < 0.6 * view.clock.end_s else "right"


def _note(text: str, x: Any, anchor: str, ref: str) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "xref": ref,
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": anchor,
        "showarrow": False,
        "font": {"size": 11, "color": "--known"},
    }


def min_max(
    at: NDArray[np.int64], values: NDArray[np.float64], points: int = POINTS
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """A long series cut to its lowest and highest value in each of points/2 equal buckets, in their true order.

    Every spike survives. Short series are returned whole; buckets of NaN alone keep one NaN.
    """
    n = len(values)
    if n <= points:
        return at, values
    edges = np.linspace(0, n, points // 2 + 1).astype(np.int64)
    keep: list[int] = []
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = values[low:high]
        if np.isnan(part).all():
            keep.append(low)
            continue
        keep += sorted({low + int(np.nanargmin(part)), low + int(np.nanargmax(part))})
    index = np.array(keep)
    return at[index], values[index]


def instants(view: View, at_s: NDArray[np.int64]) -> list[str]:
    """ISO instants of many seconds, to the minute, UTC."""
    origin = np.datetime64(view.meta["start"], "s")
    return [str(one)[:16] for one in origin + at_s.astype("timedelta64[s]")]
