"""How long jobs wait: the whole distribution, by hour and weekday, and by size."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, line, series
from gigacampus.report.listing import n, table
from gigacampus.report.section import behind
from gigacampus.report.view import OTHERS, View, short

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PER_TENANT, HEAT = "t-waits-by-tenant", "t-waits-by-hour"
QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
WAIT = "jobs.wait_s"


def parts(view: View) -> list[Any]:
    """The charts of waits, each with its table."""
    return [
        _distribution(view),
        behind("Waits by tenant", _tenants(view)),
        _heat(view),
        behind("Waits by hour and weekday", _hours(view)),
        behind("Waits by size of job", _sizes(view)),
    ]


def _finished(view: View) -> dict[int, int]:
    """Finished jobs of each tenant that has some."""
    jobs = view.table("jobs")
    mine = jobs["tenant_index"][jobs["outcome"] == "finished"]
    return {k: count for k in range(len(view.tenants)) if (count := int((mine == k).sum()))}


def _kept(view: View) -> list[int]:
    """The tenants that the chart shows: those with a colour of their own; where none of them has jobs, the busiest."""
    found = _finished(view)
    colored = [int(key) for key in view.tenant_colors if int(key) in found]
    return colored or sorted(found, key=lambda k: -found[k])[:1]


def _waits(view: View, tenant: int) -> Any:
    """Waits of a tenant's finished jobs in ascending order; seconds."""
    jobs = view.table("jobs")
    return np.sort(jobs["wait_s"][(jobs["outcome"] == "finished") & (jobs["tenant_index"] == tenant)])


def _distribution(view: View) -> Figure:
    jobs = view.table("jobs")
    longest = max(60.0, float(jobs["wait_s"][jobs["outcome"] == "finished"].max()))
    grid = np.concatenate([[0.0], np.geomspace(1.0, longest, 160)])
    minutes = series(np.maximum(grid, 0.5) / 60)
    traces = []
    for k in _kept(view):
        waits = _waits(view, k)
        share = np.searchsorted(waits, grid, side="right") / len(waits)
        traces.append(line(minutes, share * 100, short(view.tenants[k]), view.tenant_colors.get(str(k), OTHERS)))
    ticks = {
        "tickvals": [1 / 60, 1, 10, 60, 600, 1440, 14400],
        "ticktext": ["1 s", "1 min", "10 min", "1 h", "10 h", "", "10 days"],
        "tickangle": 0,
    }
    layout = {
        "xaxis": axis("wait", type="log", **ticks),
        "yaxis": axis("% of jobs that waited no longer", range=[0, 101]),
        "hovermode": "x unified",
    }
    note = "Wait is end less submit less useful run time; jobs that did not wait stand at the left edge."
    return Figure("chart-waits", "Waits of the jobs that finished", traces, layout, note, table=PER_TENANT)


def _tenants(view: View) -> Any:
    heads = [
        "tenant",
        n("finished jobs", "", "Rows of jobs whose outcome is finished"),
        n("did not wait", "%", "Jobs with a wait of zero over all that finished"),
        n("mean", "", f"{WAIT} Mean over the finished jobs."),
        *(n(f"P{100 * q:g}", "", f"{WAIT} So many of a hundred jobs waited no longer.") for q in QUANTILES),
    ]
    rows = []
    for k in _finished(view):
        waits = _waits(view, k)
        told = [numbers.span(float(np.quantile(waits, q))) for q in QUANTILES]
        still = numbers.percent(float((waits <= 0).mean()))
        rows.append([view.tenants[k], numbers.count(len(waits)), still, numbers.span(float(waits.mean())), *told])
    return table("Waits by tenant", heads, rows, ident=PER_TENANT)


def _cells(view: View) -> Any:
    """Mean wait by weekday and hour of submission, minutes, NaN where nothing was submitted; shape (7, 24)."""
    jobs = view.table("jobs")
    done = jobs["outcome"] == "finished"
    local = jobs["submit_s"][done] + round(float(view.meta.get("utc_offset_h", 0.0)) * 3600)
    day = (local // 86_400 + view.clock.start.weekday()) % 7
    cell = day * 24 + local % 86_400 // 3_600
    total = np.bincount(cell, weights=jobs["wait_s"][done], minlength=168)
    count = np.bincount(cell, minlength=168)
    return np.where(count > 0, total / np.maximum(count, 1) / 60, np.nan).reshape(7, 24)


def _heat(view: View) -> Figure:
    cells = _cells(view)
    most = float(np.nanmax(cells))
    size, unit = (1_440.0, "days") if most >= 2 * 1_440 else (60.0, "h") if most >= 2 * 60 else (1.0, "min")
    trace = {
        "type": "heatmap",
        "z": [series(row / size, 3) for row in cells],
        "y": list(WEEKDAYS),
        "x": list(range(24)),
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": unit}, "thickness": 12},
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{y} %{x}:00, mean wait %{z} " + unit + "<extra></extra>",
    }
    layout = {"xaxis": axis(f"hour of submission, {_zone(view)}"), "yaxis": axis("", autorange="reversed")}
    title = "Mean wait by hour and weekday of submission"
    return Figure("chart-heat", title, [trace], layout, height_px=280, table=HEAT)


def _zone(view: View) -> str:
    return f"UTC{float(view.meta.get('utc_offset_h', 0.0)):+g}"


def _hours(view: View) -> Any:
    how = f"{WAIT} Mean over the jobs submitted in that hour of that weekday, in minutes."
    heads = ["hour", *(n(day, "min", how) for day in WEEKDAYS)]
    cells = _cells(view)
    rows = [[f"{hour:02d}:00", *(numbers.figure(float(cells[day, hour])) for day in range(7))] for hour in range(24)]
    return table(f"Mean wait by weekday and hour of submission, {_zone(view)}", heads, rows, ident=HEAT)


def _sizes(view: View) -> Any:
    jobs = view.table("jobs")
    done = jobs["outcome"] == "finished"
    heads = [
        n("chips", "", "jobs.gpus"),
        n("jobs", "", "Finished jobs of that size"),
        n("mean wait", "", WAIT),
        n("median wait", "", WAIT),
        n("95th percentile", "", WAIT),
        n("chip-hours", "", "Chips times useful run time, summed"),
    ]
    rows = []
    edges = [1, 2, 8, 64, 256, 1_024, 8_192, 1 << 62]
    for low, high in pairwise(edges):
        mine = done & (jobs["gpus"] >= low) & (jobs["gpus"] < high)
        if not mine.any():
            continue
        waits = jobs["wait_s"][mine]
        label = f"{low:,}" if high == low + 1 else f"{low:,} to {high - 1:,}" if high < 1 << 60 else f"{low:,} and more"
        rows.append(
            [
                label,
                numbers.count(mine.sum()),
                numbers.span(float(waits.mean())),
                numbers.span(float(np.median(waits))),
                numbers.span(float(np.quantile(waits, 0.95))),
                numbers.large(float((jobs["gpus"] * jobs["run_s"])[mine].sum()) / 3_600),
            ]
        )
    return table("Waits by size of job", heads, rows)
