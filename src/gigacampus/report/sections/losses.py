"""Failures, and where the GPU-hours go: from what is entitled to what is useful."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, month_bars, series, time_figure
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import behind
from gigacampus.report.view import OTHERS, SERIES, View, ranked, short

GOES, CAUSES = "t-gpu-hours-go", "t-failures-by-month"
HOW = {
    "entitled": "Chips that tenants may use, times time",
    "idle": "Entitled less held by work less under repair",
    "under repair": "Chips of failed nodes until they are repaired, times time",
    "redone work": "Work since the last checkpoint that failures destroyed",
    "other overhead": "Held less useful less redone: restarts and checkpoints",
    "useful": "What the work needed",
}


def parts(view: View) -> list[Any]:
    """The waterfall, failures by month and cause, each with its table."""
    found: list[Any] = [_goodput(view), behind("Where the GPU-hours go", _steps_table(view))]
    if view.has("outages"):
        found += [_failures(view), behind("Failures by month", _months(view))]
        found.append(behind("Failures by cause", _causes(view)))
    return found


def steps(view: View) -> list[tuple[str, float]]:
    """GPU-hours from entitled to useful: name and signed amount."""
    usage = view.table("usage")
    names = ("entitled_gpu_h", "batch_gpu_h", "serve_gpu_h", "useful_gpu_h", "lost_gpu_h", "down_gpu_h")
    entitled, batch, serve, useful, lost, down = (float(usage[name].sum()) for name in names)
    held = batch + serve
    overhead = held - useful - lost
    found = [("entitled", entitled), ("idle", held + down - entitled), ("under repair", -down), ("redone work", -lost)]
    if abs(overhead) > 1e-9 * max(1.0, held):
        found.append(("other overhead", -overhead))
    return [*found, ("useful", useful)]


def _goodput(view: View) -> Figure:
    found = steps(view)
    size, word = numbers.prefix(found[0][1])
    trace = {
        "type": "waterfall",
        "x": [name for name, _ in found],
        "y": series([value / size for _, value in found]),
        "measure": ["absolute", *["relative"] * (len(found) - 2), "total"],
        "decreasing": {"marker": {"color": "--c4"}},
        "increasing": {"marker": {"color": "--c3"}},
        "totals": {"marker": {"color": "--c1"}},
        "connector": {"line": {"color": "--grid", "width": 1}},
        "text": [numbers.large(abs(value)) for _, value in found],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "x+text",
    }
    layout = {"yaxis": axis(f"{word}GPU h", rangemode="tozero"), "margin": {"t": 36}}
    note = "Whole horizon, record and projection together."
    return Figure("chart-goodput", "Where the GPU-hours go", [trace], layout, note, 320, table=GOES)


def _steps_table(view: View) -> Any:
    found = steps(view)
    heads = [
        "step",
        n("amount", "GPU h", "Sums of usage over all tenants and months; what is taken off is negative"),
        n("share", "% of entitled", "The amount over what is entitled"),
        "what it is",
    ]
    whole = found[0][1]
    rows = [
        [name, numbers.large(value), numbers.percent(value / whole if whole else None), HOW[name]]
        for name, value in found
    ]
    return table("GPU-hours from entitled to useful, whole horizon", heads, rows, ident=GOES, topic="work")


def _counts(view: View) -> dict[str, Any]:
    """Failures by cause and month, the commonest first."""
    outages = view.table("outages")
    month = view.month_index(outages["at_s"])
    names = sorted({str(one) for one in outages["cause"]})
    found = {name: np.bincount(month[outages["cause"] == name], minlength=len(view.months)) for name in names}
    return dict(sorted(found.items(), key=lambda one: -int(one[1].sum())))


def _failures(view: View) -> Figure:
    found = _counts(view)
    kept, rest = ranked({name: float(count.sum()) for name, count in found.items()})
    traces = [month_bars(view, found[name], short(name), SERIES[k]) for k, name in enumerate(kept)]
    if rest:
        traces.append(month_bars(view, sum(found[name] for name in rest), f"{len(rest)} other causes", OTHERS))
    title = "Failures of nodes by cause"
    return time_figure(view, "chart-failures", title, traces, "failures a month", table=CAUSES, barmode="stack")


def _months(view: View) -> Any:
    outages = view.table("outages")
    month = view.month_index(outages["at_s"])
    killed = np.bincount(month[outages["job_id"] >= 0], minlength=len(view.months))
    lost = np.bincount(month, weights=outages["lost_gpu_s"] / 3_600, minlength=len(view.months))
    found = _counts(view)
    kept = list(found)[:8]
    every = sum(found.values())
    heads = [
        "month",
        n("failures", "", "Rows of outages"),
        n("that killed a job", "", "Rows of outages with a job"),
        n("work lost", "GPU h", "outages.lost_gpu_s"),
        *(n(name, "", "Rows of outages of that cause") for name in kept),
    ]
    rows = [
        (
            view.month_part(at),
            [
                view.month(at),
                numbers.count(every[k]),
                numbers.count(killed[k]),
                numbers.large(lost[k]),
                *(numbers.count(found[name][k]) for name in kept),
            ],
        )
        for k, at in enumerate(view.edges_s[:-1])
    ]
    return parted(view, "Failures that struck, by month and cause", heads, rows, ident=CAUSES, topic="work")


def _causes(view: View) -> Any:
    outages = view.table("outages")
    heads = [
        "cause",
        n("failures", "", "Rows of outages"),
        n("that killed a job", "", "Rows of outages with a job"),
        n("chips down", "chip h", "Chips of the node times the time until it is repaired"),
        n("work lost", "chip h", "outages.lost_gpu_s"),
    ]
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
    return table("Failures that struck, by cause", heads, rows, topic="work")
