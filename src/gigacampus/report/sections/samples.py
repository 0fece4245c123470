"""How sure the build-out is: fans and milestones where samples were run, and what moves them most."""

from __future__ import annotations

from typing import Any

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import Figure, Trace, axis, series, stock, time_figure
from gigacampus.report.listing import n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View

MOST_MOVERS = 12
HOW = (
    "The plan is drawn again with every ranged input drawn anew; P10, P50 and P90 are taken of the results by month, "
    "and of each milestone's day."
)
MONTHS, MOVERS = "t-samples-by-month", "t-movers"


def section(view: View) -> Section | None:
    """Fans by month, milestones' dates, a tornado; None for a run without samples."""
    if not view.has("sample_months"):
        return None
    fans = (
        ("chart-fan-chips", "Live chips", "chips", 1.0, "chips at the month's end"),
        ("chart-fan-power", "Provisioned IT power of live chips", "it_w", 1e6, "MW of IT at the month's end"),
    )
    parts: list[Any] = [_fan(view, *one) for one in fans]
    if view.has("sample_milestones"):
        parts.append(_milestones(view))
    if view.has("movers"):
        parts += [_tornado(view), behind("What each range does on its own", _movers(view))]
    parts.append(behind("Samples month by month", _months(view)))
    warning = "P10 to P90 of stated inputs, drawn independently; not a forecast."
    return Section(
        "samples", "Ranges", "How sure is that?", answer(view), parts, warning=warning, how=HOW, topic="live"
    )


def answer(view: View) -> str:
    """The spread at the end, and the last milestone's dates, in words."""
    months = view.table("sample_months")
    ends = [numbers.count(months[f"{p}_chips"][-1]) for p in ("p10", "p50", "p90")]
    said = f"At the end {ends[1]} chips are live in the median sample, {ends[0]} to {ends[2]} from P10 to P90"
    if view.has("sample_milestones"):
        first = next(view.table("sample_milestones").rows())
        dates = [_day(view, first[key]) for key in ("p10_s", "p50_s", "p90_s")]
        said += f"; {first['title']}: {dates[1]} in the median, {dates[0]} to {dates[2]} from P10 to P90"
    return f"{said}."


def _day(view: View, at_s: int) -> str:
    return "not within the horizon" if at_s == NEVER else view.day(at_s)


def _fan(view: View, ident: str, title: str, column: str, scale: float, unit: str) -> Figure:
    months = view.table("sample_months")

    def level(percentile: str, color: str, **more: Any) -> Trace:
        return stock(view, months[f"{percentile}_{column}"] / scale, percentile.upper(), color, **more)

    traces = [
        level("p10", "--c5", width=1),
        level("p90", "--c5", width=1, fill="tonexty", fillcolor="--c1-soft"),
        level("p50", "--c1", width=3),
    ]
    if view.has("buildout_months"):
        own = view.table("buildout_months")["live_chips" if column == "chips" else "live_it_w"]
        traces.append(stock(view, own / scale, "this run (all medians)", "--ink", width=1.5, line={"dash": "dot"}))
    return time_figure(view, ident, f"{title}: P10, P50, P90", traces, unit, table=MONTHS)


def _milestones(view: View) -> Any:
    heads = [
        "milestone",
        "P10",
        "P50",
        "P90",
        n("not within the horizon", "% of samples", "sample_milestones.never_fraction"),
    ]
    rows = [
        (
            view.part(row["p50_s"]),
            [
                row["title"],
                *(_day(view, row[key]) for key in ("p10_s", "p50_s", "p90_s")),
                numbers.percent(row["never_fraction"]),
            ],
        )
        for row in view.table("sample_milestones").rows()
    ]
    return parted(view, "Milestones: the day by which so many of ten samples are there", heads, rows)


def _tornado(view: View) -> Figure:
    rows = list(view.table("movers").rows())[:MOST_MOVERS]
    names = [row["path"] for row in rows]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": series([row[end] for row in rows]),
            "name": f"input at its {word}",
            "marker": {"color": color},
            "customdata": [row["text"] for row in rows],
            "hovertemplate": "%{y} (%{customdata}) at its " + word + ": %{x:+,.4r}<extra></extra>",
        }
        for end, word, color in (("low", "P10", "--c5"), ("high", "P90", "--c2"))
    ]
    metric, unit = rows[0]["metric"].replace("_", " ").replace("h100e", "H100e"), rows[0]["unit"]
    metric = f"{metric}{'' if unit in metric else f', {unit}'}; against medians"
    layout = {
        "xaxis": axis(metric, showgrid=True, zeroline=True),
        "yaxis": axis("", autorange="reversed", type="category", tickfont={"size": 11}),
        "barmode": "overlay",
        "margin": {"t": 8},
    }
    return Figure("chart-tornado", "What moves the build-out", traces, layout, "", 90 + 26 * len(rows), table=MOVERS)


def _movers(view: View) -> Any:
    heads = ["input", "range", "moves", n("at P10", "", "movers.low"), n("at P90", "", "movers.high"), "unit"]
    rows = [
        [
            row["path"],
            row["text"],
            row["metric"].replace("_", " ").replace("h100e", "H100e"),
            *_signed(row),
            row["unit"],
        ]
        for row in view.table("movers").rows()
    ]
    return table("Each ranged input alone, all others at their medians", heads, rows, ident=MOVERS, topic="live")


def _signed(row: dict[str, Any]) -> list[str]:
    return [numbers.signed(row[end], 4) for end in ("low", "high")]


def _months(view: View) -> Any:
    parts = ("p10", "p50", "p90")
    heads = [
        "month",
        *(n(f"live chips, {p.upper()}", "", f"sample_months.{p}_chips") for p in parts),
        *(n(f"H100e, {p.upper()}", "", f"sample_months.{p}_h100e") for p in parts),
        *(n(f"MW IT, {p.upper()}", "", f"sample_months.{p}_it_w") for p in parts),
    ]
    rows = [
        (
            view.month_part(row["month_s"]),
            [
                view.month(row["month_s"]),
                *(numbers.count(row[f"{p}_chips"]) for p in parts),
                *(numbers.count(row[f"{p}_h100e"]) for p in parts),
                *(numbers.figure(row[f"{p}_it_w"] / 1e6) for p in parts),
            ],
        )
        for row in view.table("sample_months").rows()
    ]
    return parted(view, "P10, P50 and P90 at each month's end", heads, rows, ident=MONTHS, topic="live")
