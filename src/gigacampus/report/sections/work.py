"""What the tenants feel: waits, use, goodput. The workload is illustrative, and the section says so."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, Trace, area_steps, axis, line, series, stack, steps, time_figure
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import OTHERS, View, ranked, short

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WARNING = "Illustrative workload: the tenants' real jobs are not public."


def section(view: View) -> Section | None:
    """GPU-hours against entitlement, waits, failures; None for a run without jobs."""
    if not view.has("usage"):
        return None
    parts: list[Any] = [_use_over_time(view), _tenants(view)]
    if view.has("jobs") and (view.table("jobs")["outcome"] == "finished").any():
        parts += [_waits(view), _heat(view), behind("Waits by size of job", _sizes(view))]
    parts += [_goodput(view), behind("GPU-hours month by month", _months(view))]
    if view.has("outages"):
        parts.append(behind("Failures by cause", _failures(view)))
    return Section("work", "Work", "What do the tenants feel?", answer(view), parts, warning=WARNING)


def answer(view: View) -> str:
    """Use, waits and goodput in words."""
    use, good = view.number("utilisation_fraction"), view.number("goodput_fraction")
    said = (
        f"{numbers.percent(use)} of the GPU-hours that tenants are entitled to are "
        f"held by work, and {numbers.percent(good)} of those are useful"
    )
    wait, median = view.number("wait_mean_s"), view.number("wait_median_s")
    if wait is not None and median is not None:
        said += (
            f"; the mean job of {numbers.count(view.number('finished_jobs'))} that finish "
            f"waits {numbers.span(wait)}, the median one {numbers.span(median)}"
        )
    return f"{said}."


def _use_over_time(view: View) -> Figure:
    def band(keys: list[str], name: str, color: str) -> Trace:
        useful = sum(view.per_month("usage", "useful_gpu_h", tenant_index=int(key)) for key in keys)
        return area_steps(view, useful / 1e6, name, color)

    usage = view.table("usage")
    totals = {str(k): float(usage["useful_gpu_h"][usage["tenant_index"] == k].sum()) for k in range(len(view.tenants))}
    entitled = view.per_month("usage", "entitled_gpu_h") / 1e6
    traces = [
        *stack(totals, band, lambda key: view.tenants[int(key)], view.tenant_colors),
        steps(view, entitled, "entitled", "--ink", line={"dash": "dot"}),
    ]
    title = "Useful GPU-hours by tenant, against what they are entitled to"
    return time_figure(view, "chart-use", title, traces, "million GPU h a month")


def _tenants(view: View) -> Any:
    usage = view.table("usage")
    heads = [
        "tenant",
        n("entitled", "GPU h"),
        n("held by jobs", "GPU h"),
        n("held by services", "GPU h"),
        n("useful", "GPU h"),
        n("lost", "GPU h"),
        n("held", "% of entitled"),
        n("useful", "% of held"),
    ]
    rows = []
    for k, name in enumerate(view.tenants):
        mine = usage["tenant_index"] == k
        entitled, batch, serve, useful, lost = (
            float(usage[c][mine].sum())
            for c in ("entitled_gpu_h", "batch_gpu_h", "serve_gpu_h", "useful_gpu_h", "lost_gpu_h")
        )
        held = batch + serve
        rows.append(
            [
                name,
                *(numbers.large(one) for one in (entitled, batch, serve, useful, lost)),
                numbers.percent(held / entitled if entitled else None),
                numbers.percent(useful / held if held else None),
            ]
        )
    return table("Tenants over the whole horizon, record and projection together", heads, rows)


def _waits(view: View) -> Figure:
    jobs = view.table("jobs")
    done = jobs["outcome"] == "finished"
    grid = np.concatenate([[0.0], np.geomspace(1.0, max(60.0, float(jobs["wait_s"][done].max())), 160)])
    sums = {str(k): float((done & (jobs["tenant_index"] == k)).sum()) for k in range(len(view.tenants))}
    kept, _ = ranked({key: value for key, value in sums.items() if value}, 6)
    traces = []
    axis_min = series(np.maximum(grid, 0.5) / 60)
    for key in kept:
        waits = np.sort(jobs["wait_s"][done & (jobs["tenant_index"] == int(key))])
        share = np.searchsorted(waits, grid, side="right") / len(waits)
        traces.append(line(axis_min, share * 100, short(view.tenants[int(key)]), view.tenant_colors.get(key, OTHERS)))
    ticks = {
        "tickvals": [1 / 60, 1, 10, 60, 600, 1440, 14400],
        "ticktext": ["1 s", "1 min", "10 min", "1 h", "10 h", "1 day", "10 days"],
    }
    layout = {
        "xaxis": axis("wait", type="log", **ticks),
        "yaxis": axis("% of jobs that waited no longer", range=[0, 101]),
        "hovermode": "x unified",
    }
    return Figure(
        "chart-waits",
        "Waits of the jobs that finished",
        traces,
        layout,
        "Wait is end less submit less useful run time; jobs that did not wait stand at the left edge.",
    )


def _heat(view: View) -> Figure:
    jobs = view.table("jobs")
    done = jobs["outcome"] == "finished"
    local = jobs["submit_s"][done] + round(float(view.meta.get("utc_offset_h", 0.0)) * 3600)
    day = (local // 86_400 + view.clock.start.weekday()) % 7
    cell = day * 24 + local % 86_400 // 3_600
    total = np.bincount(cell, weights=jobs["wait_s"][done], minlength=168)
    count = np.bincount(cell, minlength=168)
    mean = np.where(count > 0, total / np.maximum(count, 1) / 60, np.nan).reshape(7, 24)
    trace = {
        "type": "heatmap",
        "z": [series(row, 3) for row in mean],
        "y": list(WEEKDAYS),
        "x": list(range(24)),
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": "min"}, "thickness": 12},
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{y} %{x}:00, mean wait %{z} min<extra></extra>",
    }
    layout = {
        "xaxis": axis(f"hour of submission, UTC{float(view.meta.get('utc_offset_h', 0.0)):+g}"),
        "yaxis": axis("", autorange="reversed"),
    }
    return Figure("chart-heat", "Mean wait by hour and weekday of submission", [trace], layout, height_px=280)


def _sizes(view: View) -> Any:
    jobs = view.table("jobs")
    done = jobs["outcome"] == "finished"
    heads = [n("chips"), n("jobs"), n("mean wait"), n("median wait"), n("95th percentile"), n("chip-hours")]
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


def _goodput(view: View) -> Figure:
    usage = view.table("usage")
    total = {
        name: float(usage[name].sum()) / 1e6
        for name in ("entitled_gpu_h", "batch_gpu_h", "serve_gpu_h", "useful_gpu_h", "lost_gpu_h", "down_gpu_h")
    }
    held = total["batch_gpu_h"] + total["serve_gpu_h"]
    idle = total["entitled_gpu_h"] - held - total["down_gpu_h"]
    overhead = held - total["useful_gpu_h"] - total["lost_gpu_h"]
    steps = [
        ("entitled", total["entitled_gpu_h"], "absolute"),
        ("idle", -idle, "relative"),
        ("under repair", -total["down_gpu_h"], "relative"),
        ("redone work", -total["lost_gpu_h"], "relative"),
    ]
    if abs(overhead) > 1e-9 * max(1.0, held):
        steps.append(("other overhead", -overhead, "relative"))
    steps.append(("useful", 0.0, "total"))
    trace = {
        "type": "waterfall",
        "x": [name for name, _, _ in steps],
        "y": series([value for _, value, _ in steps]),
        "measure": [how for _, _, how in steps],
        "decreasing": {"marker": {"color": "--c4"}},
        "increasing": {"marker": {"color": "--c3"}},
        "totals": {"marker": {"color": "--c1"}},
        "connector": {"line": {"color": "--grid", "width": 1}},
        "text": [
            numbers.large(abs(value) * 1e6) if how != "total" else numbers.large(total["useful_gpu_h"] * 1e6)
            for _, value, how in steps
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "x+text",
    }
    layout = {"yaxis": axis("million GPU h", rangemode="tozero"), "showlegend": False, "margin": {"t": 36}}
    return Figure(
        "chart-goodput",
        "Where the GPU-hours go",
        [trace],
        layout,
        "Whole horizon, record and projection together.",
        320,
    )


def _months(view: View) -> Any:
    columns = ("entitled_gpu_h", "batch_gpu_h", "serve_gpu_h", "useful_gpu_h", "lost_gpu_h", "down_gpu_h")
    found = [view.per_month("usage", column) for column in columns]
    heads = [
        "month",
        n("entitled", "GPU h"),
        n("jobs", "GPU h"),
        n("services", "GPU h"),
        n("useful", "GPU h"),
        n("redone", "GPU h"),
        n("under repair", "GPU h"),
    ]
    rows = [
        (view.month_part(at), [view.month(at), *(numbers.count(column[k]) for column in found)])
        for k, at in enumerate(view.edges_s[:-1])
    ]
    return parted(view, "GPU-hours of all tenants by month", heads, rows)


def _failures(view: View) -> Any:
    outages = view.table("outages")
    heads = ["cause", n("failures"), n("that killed a job"), n("chips down", "chip h"), n("work lost", "chip h")]
    rows = []
    for cause in sorted({str(one) for one in outages["cause"]}):
        mine = outages.where(outages["cause"] == cause)
        rows.append(
            [
                cause,
                numbers.count(len(mine)),
                numbers.count((mine["job_id"] >= 0).sum()),
                numbers.large(float((mine["chips_down"] * mine["repair_s"]).sum()) / 3_600),
                numbers.large(float(mine["lost_gpu_s"].sum()) / 3_600),
            ]
        )
    return table("Failures that struck, by cause", heads, rows)
