"""How fast the load moves: the largest steps that one event can cause, and ramps from hour to hour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, line, series
from gigacampus.report.html import prose, tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section
from gigacampus.report.view import View

STEPS = (
    ("job", "the largest job stops", "Its chips fall from work to idle"),
    ("hall", "the largest hall is lost", "Its IT limit at the highest share that is ever drawn, to nothing"),
    ("site", "the whole site is lost", "The peak hour, to nothing"),
    ("one_synchronous_job", "one training job on all live chips stops", "All live chips fall from training to idle"),
)
SHARES = (0.0, 0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5)
RAMPS = "t-ramps"
HOW = (
    "Steps: `step_…_w` of the facility's summary, at the meter and the mean PUE. Ramps: differences of `facility_w` of "
    "flows_hours between one hour and the next, hours without load left out."
)
NOTE = (
    "Hours are means: what happens within seconds is in the steps above, and `gigacampus power RUN` and `gigacampus "
    "load RUN` go down to seconds and to ten minutes."
)


def section(view: View) -> Section | None:
    """Steps and ramps; None for a run without hours."""
    ramps = _ramps(view)
    if not len(ramps):
        return None
    parts: list[Any] = [_curve(ramps), _ramp_table(ramps)]
    if _steps(view):
        parts.insert(0, _step_table(view))
    parts.append(tag("p", prose(NOTE), class_="note"))
    return Section(
        "swings", "Swings", "How fast can the load move?", answer(view, ramps), parts, how=HOW, topic="power"
    )


def _steps(view: View) -> dict[str, float]:
    """Watts by kind of step."""
    told = view.results.summary.get("facility") or {}
    found = {key: told.get(f"step_{key}_w") for key, _, _ in STEPS}
    return {key: float(value) for key, value in found.items() if isinstance(value, (int, float))}


def _ramps(view: View) -> NDArray[np.float64]:
    """Changes of the load at the meter from hour to hour, W; hours without load are left out."""
    if not view.has("flows_hours"):
        return np.zeros(0)
    load = view.table("flows_hours")["facility_w"]
    busy = view.table("flows_hours")["it_w"] > 0
    change = np.diff(load)[busy[1:] & busy[:-1]]
    return change.astype(np.float64)


def answer(view: View, ramps: NDArray[np.float64]) -> str:
    """The largest step and the usual ramps in words."""
    size = np.abs(ramps)
    seldom, most = (numbers.power(float(one)) for one in (np.quantile(size, 0.99), size.max()))
    said = (
        f"From one hour to the next the load at the meter moves by more than {seldom} in one of a hundred hours, "
        f"and by {most} at the most"
    )
    steps = _steps(view)
    if not steps:
        return f"{said}."
    told = [f"{numbers.power(steps[key])} where {what}" for key, what, _ in STEPS[:3] if key in steps]
    return f"{said}; in one instant it can fall by {', '.join(told[:-1])}, and {told[-1]}." if told[1:] else f"{said}."


def _curve(ramps: NDArray[np.float64]) -> Figure:
    share = np.geomspace(1 / max(2, len(ramps)), 1.0, 120)
    traces = []
    for sign, name, color in ((1, "rise", "--c4"), (-1, "fall", "--c1")):
        found = np.quantile(np.maximum(0.0, sign * ramps), 1 - share) / 1e6
        traces.append(line(series(share * 100), found, name, color))
    ticks = {"tickvals": [0.001, 0.01, 0.1, 1, 10, 100], "ticktext": ["0.001", "0.01", "0.1", "1", "10", "100"]}
    layout = {
        "xaxis": axis("% of hours in which the change is larger", type="log", **ticks),
        "yaxis": axis("MW from one hour to the next", rangemode="tozero"),
        "hovermode": "x unified",
    }
    return Figure("chart-ramps", "Ramp-duration curve, hour to hour", traces, layout, height_px=300, table=RAMPS)


def _ramp_table(ramps: NDArray[np.float64]) -> Any:
    how = "flows_hours.facility_w Difference to the hour before, at that share of hours."
    heads = [
        n("of hours", "%", "Share of hours with load"),
        n("rise is more than", "MW", how),
        n("fall is more than", "MW", how),
    ]
    rows = []
    for share in SHARES:
        up, down = (float(np.quantile(np.maximum(0.0, sign * ramps), 1 - share)) / 1e6 for sign in (1, -1))
        rows.append([numbers.Shown(f"{100 * share:g}\u00a0%", 100 * share), numbers.figure(up), numbers.figure(down)])
    return table("Changes of the load from hour to hour; 0 % is the largest", heads, rows, ident=RAMPS)


def _step_table(view: View) -> Any:
    steps = _steps(view)
    told = view.results.summary.get("facility") or {}
    heads = [
        "event",
        n("load falls by", "MW", "From the facility's summary, at the meter and the mean PUE"),
        "what falls",
    ]
    stores = {key: told.get(f"storage_for_{key}_step_kwh") for key in steps}
    if any(isinstance(one, (int, float)) for one in stores.values()):
        heads.append(
            n(
                "storage at the ramp limit",
                "MWh",
                "step² ÷ (2 × ramp limit): what a battery gives while the grid follows",
            )
        )
    rows = []
    for key, what, falls in STEPS:
        if key in steps:
            row: list[Any] = [what, numbers.figure(steps[key] / 1e6), falls]
            if len(heads) > 3:
                store = stores[key]
                row.append(numbers.figure(store / 1e3) if isinstance(store, (int, float)) else numbers.NONE)
            rows.append(row)
    return table("Largest steps in one instant", heads, rows, ident="t-steps", topic="power")
